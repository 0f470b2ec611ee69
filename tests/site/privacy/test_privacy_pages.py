"""Goal: the pages about a person ask the same number of questions, however much there is."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from funding import clock
from funding.ledger.models import Fund
from funding.site.privacy.models import Erasure, ErasureState, Kept, KeptWhat
from funding.users.models import Role, User
from tests import make
from tests.donors.stating import at, given
from tests.people import make_person, sign_in
from tests.site.privacy import lives
from tests.site.privacy.test_erasures import left

pytestmark = pytest.mark.django_db


def asked(client: Client, address: str) -> int:
    """How many questions a page puts to the database."""
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


@pytest.fixture
def general() -> Fund:
    return make.fund(make.entity())


def lived(fund: Fund, number: int) -> User:
    email = f"life{number}@donor.example"
    for day in range(1, number + 2):
        given(fund, 1000, at(f"2025-03-0{day}"), email=email)
    left()
    return lives.have_account(email, "Life")


def test_a_persons_own_pages(client: Client, general: Fund) -> None:
    counts = []
    for number in (1, 6):
        sign_in(client, lived(general, number))
        client.get("/account/data/")
        counts.append([asked(client, page) for page in ("/account/data/", "/account/data/erase/")])
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 40, counts


def removed(fund: Fund, number: int) -> None:
    """So many who were removed and of whom papers are kept, and as many under way."""
    for each in range(number):
        day = dt.date(2015 + each, 3, 1)
        facts: dict[str, Any] = {
            "asked_by": "user:1",
            "asked_at": clock.now(),
            "restored": "restore:1",
        }
        ended = Erasure.objects.create(
            subject=f"donor:{number}{each}", state=ErasureState.DONE, begun_at=clock.now(),
            ended_at=clock.now(), stripe_told_at=clock.now(), due_at=clock.now(), **facts,
        )  # fmt: skip
        Erasure.objects.create(subject=f"donor:{number}{each}", due_at=clock.now(), **facts)
        for kind in KeptWhat:
            Kept.objects.create(
                erasure=ended, entity=fund.entity, what=kind, number=number * 100 + each,
                ground="aid" if kind == KeptWhat.DECLARATION else "books", counts_from=day,
            )  # fmt: skip


def test_what_is_kept(client: Client, general: Fund) -> None:
    sign_in(client, make_person("tara@cast.example", "Tara", Role.TREASURER))
    counts = []
    for number in (1, 9):
        removed(general, number)
        client.get("/treasurer/privacy/kept/")
        counts.append(asked(client, "/treasurer/privacy/kept/"))
    assert counts[0] == counts[1]
    assert counts[0] <= 30, counts


def test_what_was_typed_for_a_body_stays_when_it_is_refused(client: Client, general: Fund) -> None:
    sign_in(client, make_person("tara@cast.example", "Tara", Role.TREASURER))
    address = f"/treasurer/privacy/kept/{general.entity.slug}/"
    answer = client.post(address, {"books": "99", "aid": "seven"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert ('value="99"' in page, 'value="seven"' in page) == (True, True)
