"""A giver who has signed in is told when mails to them did not arrive."""

import pytest
from django.core.cache import cache
from django.test import Client

from funding import clock
from funding.mail.models import Mail, MailState
from tests.people import make_person, sign_in

SAID = "Mails to you did not arrive."


@pytest.fixture(autouse=True)
def fresh_counters(db: None) -> None:
    cache.clear()


def lose(address: str, state: MailState) -> None:
    now = clock.now()
    Mail.objects.create(
        key=f"gift:1:{address}:{state}",
        cause="gift:1",
        to_address=address,
        subject=f"Receipt {address}",
        text="",
        html="",
        message_id=f"<{address}-{state}>",
        state=state,
        queued_at=now,
        due_at=now,
        sent_at=now if state in {MailState.SENT, MailState.BOUNCED} else None,
    )


@pytest.mark.parametrize("state", [MailState.FAILED, MailState.BOUNCED])
def test_a_mail_that_came_back_stands_on_the_account(client: Client, state: MailState) -> None:
    lose("alice@example.org", state)
    lose("bob@example.org", state)
    sign_in(client, make_person("alice@example.org"), factor=False)
    page = client.get("/account/").content.decode()
    assert SAID in page
    assert "Receipt alice@example.org" in page
    assert "bob@" not in page


def test_nothing_is_said_while_mails_arrive_or_the_address_is_not_confirmed(
    client: Client,
) -> None:
    lose("alice@example.org", MailState.SENT)
    lose("alice@example.org", MailState.LET_GO)
    sign_in(client, make_person("alice@example.org"), factor=False)
    assert SAID not in client.get("/account/").content.decode()
    stranger = Client()
    lose("eve@example.org", MailState.BOUNCED)
    sign_in(stranger, make_person("eve@example.org", verified=False), factor=False)
    assert SAID not in stranger.get("/account/").content.decode()
