"""Goal: every award and payment is found, adds up in the sentence above, and waits for somebody."""

import csv
import io
from typing import Any

import pytest
from django.test import Client
from django.utils.html import strip_tags

from funding import clock, waits
from funding.users.models import Role, User
from grants.models import AwardShare, Recusal, ScreeningResult
from tests.grants.payments import cast
from tests.grants.payments.cast import IBAN, Stage, stage
from tests.grants.payments.desk import at, browser, text
from tests.people import make_person

pytestmark = pytest.mark.django_db
AWARDS, PAYMENTS = "/awards/", "/treasurer/payments/"


@pytest.fixture
def set_() -> Stage:
    """The award with a paid, a payable, an asked and a declined payment; and another award."""
    made = stage()
    made.paid(30_000)
    made.checked(made.requested(20_000, purpose="Batteries"))
    made.requested(10_000, purpose="Fuel")
    other = cast.award(made.entity, made.eve, 5_000, slug="other")
    AwardShare.objects.create(award=other, fund=made.funds[1], amount_minor=5_000)
    cast.adopt(other, [made.funds[1]], (5_000,))
    project = other.application.project
    project.title = "Ladakh"
    project.save()
    return made


def rows(client: Client, address: str) -> list[dict[str, str]]:
    """The file behind a list."""
    answer: Any = client.get(address, {"csv": "1"}) if "?" not in address else client.get(address)
    content = answer.getvalue().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content)))


def test_awards_add_up_in_the_sentence_and_in_the_file(set_: Stage) -> None:
    client = browser(set_.pat)
    said = " ".join(strip_tags(text(client.get(AWARDS))).split())
    assert "2 awards. Awarded €1,050.00: €300.00 paid, €200.00 payable, €550.00 still" in said
    found = rows(client, AWARDS)
    assert {row["project"]: row["committed"] for row in found} == {
        "Ladakh": "50.00",
        "Steppe": "500.00",
    }
    assert found[1]["funds"] == "Fund 0; Fund 1"
    for row in found:
        parts = sum(float(row[name]) for name in ("paid", "payable", "committed"))
        assert float(row["awarded"]) == parts


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"q": "ladakh"}, ["Ladakh"]),
        ({"q": "Steppe Team"}, ["Ladakh", "Steppe"]),
        ({"q": "nothing"}, []),
        ({"fund": "0"}, ["Steppe"]),
        ({"fund": "1"}, ["Ladakh", "Steppe"]),
        ({"round": "call-other"}, ["Ladakh"]),
        ({"state": "closed"}, []),
        ({"start": "2999-01-01"}, []),
        ({"end": "2999-01-01"}, ["Ladakh", "Steppe"]),
        ({"state": "nonsense", "start": "nonsense"}, ["Ladakh", "Steppe"]),
    ],
)
def test_awards_are_filtered_on_the_page_and_in_the_file(
    set_: Stage, asked: dict[str, str], found: list[str]
) -> None:
    if "fund" in asked:
        asked = {"fund": set_.funds[int(asked["fund"])].slug}
    client = browser(set_.dan)
    page = text(client.get(AWARDS, asked))
    assert (f"{len(found)} awards." if len(found) != 1 else "One award.") in page
    answer: Any = client.get(AWARDS, asked | {"csv": "1"})
    content = answer.getvalue().decode("utf-8-sig")
    assert sorted(row["project"] for row in csv.DictReader(io.StringIO(content))) == found


def test_whoever_stepped_out_finds_the_award_in_no_list(set_: Stage) -> None:
    Recusal.objects.create(
        application=set_.award.application,
        member=set_.dan,
        reason="My brother.",
        declared_at=clock.now(),
    )
    client = browser(set_.dan)
    page = text(client.get(AWARDS))
    assert "One is left out because you stepped out of it." in page
    assert "Awarded €50.00" in page
    assert [row["project"] for row in rows(client, AWARDS)] == ["Ladakh"]
    page = text(client.get(at(set_.award)), 403)
    assert "You stepped out of this application" in page
    assert "1,000.00" not in page
    assert not any("Steppe" in wait.title for wait in waits.for_user(set_.dan))


def test_payments_are_found_and_added_up(set_: Stage) -> None:
    client = browser(set_.tara)
    page = " ".join(strip_tags(text(client.get(PAYMENTS))).split())
    assert "3 payments. Together €600.00." in page
    for asked, numbers in (
        ({"state": "released"}, ["1"]),
        ({"q": "Batteries"}, ["2"]),
        ({"q": "SEB 4711"}, ["1"]),
        ({"award": str(set_.award.pk)}, ["3", "2", "1"]),
        ({"award": "999999"}, []),
        ({"fund": set_.funds[0].slug}, ["3", "2", "1"]),
        ({"start": "2999-01-01"}, []),
    ):
        answer: Any = client.get(PAYMENTS, asked | {"csv": "1"})
        content = answer.getvalue().decode("utf-8-sig")
        assert [row["number"] for row in csv.DictReader(io.StringIO(content))] == numbers, asked


def test_the_file_of_payments_names_everybody_and_hides_the_account(set_: Stage) -> None:
    paid = rows(browser(set_.tara), PAYMENTS)[-1]
    assert (paid["requested_by"], paid["checked_by"], paid["released_by"]) == (
        "Asel",
        "Pat",
        "Tara",
    )
    assert (paid["account"], paid["fee"], paid["bank_reference"]) == ("… 7466", "15.00", "SEB 4711")
    assert IBAN.replace(" ", "") not in str(paid)


def titles(person: User) -> list[tuple[str, str]]:
    """What waits for a person, and its state."""
    return [(wait.title, wait.state) for wait in waits.for_user(person)]


def test_each_step_waits_for_whoever_may_take_it() -> None:
    set_ = stage()
    assert titles(set_.asel) == [("Say where your award is paid to: Steppe", "bank details")]
    set_.banked()
    assert titles(set_.asel) == [("Ask for money of your award: Steppe", "can be asked for")]
    row = set_.requested(100_000)
    assert titles(set_.asel) == []
    check = ("Check a payment of €1,000.00 for Steppe", "to check")
    assert [check in titles(who) for who in (set_.pat, set_.dan, set_.tara, set_.eve)] == [
        True,
        True,
        False,
        False,
    ]
    set_.checked(row)
    look = ("Look the payee up: Steppe", "to look up")
    release = "Release a payment of €1,000.00 for Steppe"
    ada = make_person("ada@example.org", "Ada", Role.ADMINISTRATOR)
    assert look in titles(set_.pat)
    assert look in titles(ada)
    assert titles(set_.tara) == [(release, "not ready")]
    set_.screened(result=ScreeningResult.POSSIBLE)
    assert "found a match" in waits.for_user(set_.tara)[0].sentence
    set_.screened()
    assert look in titles(set_.pat)
    set_.screened(by=set_.paul)
    assert look not in titles(set_.pat)
    assert titles(set_.tara) == [(release, "to release")]
    set_.released(row)
    assert [titles(who) for who in (set_.asel, set_.pat, set_.dan, set_.tara, ada)] == [[]] * 5


def test_a_payment_does_not_wait_for_whoever_asked_for_it() -> None:
    set_ = stage()
    set_.banked()
    set_.requested(by=set_.paul)
    assert titles(set_.paul) == []
    assert len(titles(set_.pat)) == 1
