"""A mail server that hears the codes, and no brakes left over from another test."""

import re
import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import Client

from funding.users.models import User
from tests.clocks import clock_at as clock_at
from tests.mail.conftest import MailServer
from tests.mail.conftest import server as server
from tests.people import make_person, sign_in

CODE = re.compile(r"^Your code: (\S+)\s*$", re.MULTILINE)


@pytest.fixture(autouse=True)
def no_brakes() -> None:
    """Every test begins as if nobody had asked for anything."""
    cache.clear()


@pytest.fixture
def alice(db: None) -> User:
    """She gives and holds no role."""
    return make_person("alice@donor.example", "Alice Example")


@pytest.fixture
def hers(client: Client, alice: User) -> Client:
    """Alice's browser, signed in by a mailed code a moment ago."""
    sign_in(client, alice, factor=False)
    return client


def code_in(server: MailServer) -> str:
    """The code in the mail that came last."""
    mail = server.received[-1]
    text = mail.get_body(("plain",))
    assert text is not None
    found = CODE.search(text.get_content())
    assert found, mail["Subject"]
    assert found[1] not in mail["Subject"], "a locked phone shows subjects"
    return found[1]


def other_than(code: str) -> str:
    """A code of the same shape that is wrong."""
    return "".join("7" if char == "3" else "3" if char.isdigit() else char for char in code[::-1])


def app_code(secret: str, steps: int = 0) -> str:
    """What the authenticator app shows now, or so many steps later.

    Near the end of a step it waits for the next one, as people do.
    """
    left = 30 - time.time() % 30
    if left < 4:
        time.sleep(left)
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))
