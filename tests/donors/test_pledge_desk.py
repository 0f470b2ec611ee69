"""The treasurer finds a regular gift, reads all that is known of it, and ends it."""

import datetime as dt
import re
from typing import cast

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings

from donors import changes, subscriptions, turns
from donors.models import EndedWhy, Pledge, PledgeState, Rhythm
from funding import clock
from funding.audit.models import Record
from funding.ledger.models import Fund
from funding.users.models import Role, User
from tests.books import assert_agreed
from tests.donors.regular import Giver
from tests.people import make_person, sign_in
from tests.sandbox.conftest import Sandbox

NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def tara(committed: None) -> User:
    return make_person("tara@fund.example", "Tara Lindqvist", Role.TREASURER)


@pytest.fixture
def desk(client: Client, tara: User) -> Client:
    """A browser in which the treasurer has signed in, with both steps."""
    sign_in(client, tara)
    return client


def get(client: Client, path: str) -> HttpResponse:
    return cast(HttpResponse, client.get(path))


def unfold(page: HttpResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"</?time[^>]*>", "", page.text))


def page_of(pledge: Pledge, what: str = "") -> str:
    return f"/treasurer/pledges/{pledge.uuid}/{what}"


def listed(client: Client, query: str) -> set[str]:
    """The references of the rows that a filter shows."""
    return set(re.findall(r"/treasurer/pledges/([0-9a-f-]{36})/", get(client, query).text))


def test_each_is_found_by_what_is_quoted_of_it(desk: Client, giver: Giver, general: Fund) -> None:
    monthly = giver.begins(general)
    yearly = giver.begins(
        general, email="bob@donor.example", name="Bob", rhythm=Rhythm.YEARLY, amount_minor=7700
    )
    left = giver.starts(general, email="left@donor.example", name="Zoe")
    subscriptions.leave(pledge_id=left.pk)
    invoice = monthly.instalments.get().invoice
    everything = {str(each.uuid) for each in (monthly, yearly, left)}
    assert listed(desk, "/treasurer/pledges/") == everything
    for query, found in (
        ("q=bob@donor", yearly),
        ("q=Zoe", left),
        (f"q={monthly.subscription}", monthly),
        (f"q={monthly.customer}", monthly),
        (f"q={invoice}", monthly),
        (f"q={str(yearly.uuid)[:8]}", yearly),
        ("rhythm=yearly", yearly),
        ("state=left", left),
        ("state=running&rhythm=monthly", monthly),
    ):
        assert listed(desk, f"/treasurer/pledges/?{query}") == {str(found.uuid)}, query
    assert "No regular gift fits that." in unfold(get(desk, "/treasurer/pledges/?q=nobody"))


def test_what_is_promised_a_year_adds_up(desk: Client, giver: Giver, general: Fund) -> None:
    giver.begins(general)
    giver.begins(general, rhythm=Rhythm.QUARTERLY, amount_minor=2000)
    paused = giver.begins(general, rhythm=Rhythm.YEARLY, amount_minor=7700, cover_minor=100)
    turns.make(changes.skip(pledge_id=paused.pk, actor="system").pk)
    ended = giver.begins(general, amount_minor=9900)
    turns.make(changes.end(pledge_id=ended.pk, actor="system").pk)
    giver.starts(general, amount_minor=8800)
    page = unfold(get(desk, "/treasurer/pledges/"))
    for figure in ("120.00", "80.00", "78.00", "278.00"):
        assert f'<td class="n">{figure}</td>' in page
    assert "A promise is no money yet." in page


def test_the_file_has_a_line_for_each(desk: Client, giver: Giver, general: Fund) -> None:
    pledge = giver.begins(general, cover_minor=41)
    answer = desk.get("/treasurer/pledges/?csv=1&state=running")
    head, line = b"".join(answer).decode().lstrip("\ufeff").splitlines()
    told = dict(zip(head.split(","), line.split(","), strict=True))
    assert told["reference"] == str(pledge.uuid)
    assert (told["gift"], told["cover"], told["currency"]) == ("10.00", "0.41", "EUR")
    assert (told["rhythm"], told["subscription"]) == ("monthly", pledge.subscription)


def test_its_page_tells_all_and_leads_to_its_gifts_and_back(
    desk: Client, giver: Giver, general: Fund, tara: User
) -> None:
    pledge = giver.begins(general)
    asked = changes.pause(
        pledge_id=pledge.pk,
        until=clock.today("UTC") + dt.timedelta(days=60),
        actor=f"user:{tara.pk}",
    )
    turns.make(asked.pk)
    page = unfold(get(desk, page_of(pledge)))
    for told in (pledge.subscription, pledge.customer, "Paused until", "Tara Lindqvist", "Stripe"):
        assert told in page
    gift = pledge.instalments.get().gift
    assert gift is not None
    assert f'href="/treasurer/gifts/{gift.uuid}/"' in page
    assert f'href="{page_of(pledge)}"' in get(desk, f"/treasurer/gifts/{gift.uuid}/").text
    assert "You give €10.00 every month" in page
    assert 'href="/treasurer/pledges/"' in get(desk, "/treasurer/").text


def test_it_is_ended_with_a_reason_once(
    desk: Client, giver: Giver, general: Fund, tara: User
) -> None:
    pledge = giver.begins(general)
    refused = desk.post(page_of(pledge, "end/"), {"reason": " "})
    assert refused.status_code == 422
    assert "Write why it is ended." in refused.text
    assert pledge.changes.count() == 0
    reason = {"reason": "Her daughter rang: she has died."}
    answer = desk.post(page_of(pledge, "end/"), reason)
    assert (answer.status_code, answer["Location"]) == (302, page_of(pledge))
    pledge.refresh_from_db()
    assert (pledge.state, pledge.ended_why) == (PledgeState.ENDED, EndedWhy.STAFF)
    page = unfold(get(desk, page_of(pledge)))
    assert "Ended by the fund" in page
    assert "Her daughter rang: she has died." in page
    again = desk.post(page_of(pledge, "end/"), reason)
    assert again.status_code == 409
    assert "not running any more" in again.text
    assert pledge.changes.get().actor == f"user:{tara.pk}"
    assert not Record.objects.filter(facts__icontains="daughter").exists()


def test_an_old_proof_is_asked_for_again_before_an_end(
    client: Client, giver: Giver, general: Fund, tara: User
) -> None:
    pledge = giver.begins(general)
    sign_in(client, tara, minutes_ago=6)
    answer = client.post(page_of(pledge, "end/"), {"reason": "Asked for."})
    assert answer.status_code == 302
    assert "reauthenticate" in answer["Location"]
    pledge.refresh_from_db()
    assert pledge.state == PledgeState.ACTIVE


def test_an_end_that_stripe_cannot_hear_is_done_later(
    desk: Client, giver: Giver, general: Fund, settings: Settings
) -> None:
    pledge, there = giver.begins(general), settings.STRIPE_API_BASE
    settings.STRIPE_API_BASE = NOBODY
    answer = desk.post(page_of(pledge, "end/"), {"reason": "Asked for."}, follow=True)
    assert "nothing is lost" in answer.text
    settings.STRIPE_API_BASE = there
    turns.make(pledge.changes.get().pk)
    pledge.refresh_from_db()
    assert pledge.ended_why == EndedWhy.STAFF


def test_an_open_payment_is_tried_again_for_a_donor_who_types_nothing(
    desk: Client, giver: Giver, general: Fund, tara: User, stripe: Sandbox
) -> None:
    pledge = giver.begins(general)
    assert "Try it now" not in get(desk, page_of(pledge)).text
    nothing = desk.post(page_of(pledge, "try/"), follow=True)
    assert "Nothing is open" in nothing.text
    giver.plays(pledge, next=["insufficient_funds", "generic_decline"])
    giver.passes(pledge)
    giver.hears()
    shown = unfold(get(desk, page_of(pledge)))
    assert "are taken now by Card ending 4242, once, if the bank agrees" in shown
    refused = desk.post(page_of(pledge, "try/"), follow=True)
    assert "It was not paid: Your card was declined." in unfold(cast(HttpResponse, refused))
    assert giver.charges() == 1000
    for _twice in range(2):
        paid = desk.post(page_of(pledge, "try/"), follow=True)
        assert paid.status_code == 200
    giver.seconds(100)
    giver.hears()
    pledge.refresh_from_db()
    assert (pledge.state, giver.charges()) == (PledgeState.ACTIVE, 2000)
    tried = list(pledge.changes.order_by("pk").values_list("kind", "state", "actor"))
    by = f"user:{tara.pk}"
    assert tried == [("retry", "refused", by), ("retry", "done", by)]
    assert_agreed(stripe)


def test_list_and_page_need_few_queries_however_many_there_are(
    desk: Client, giver: Giver, general: Fund, count_queries: type
) -> None:
    pledge = giver.begins(general)
    counts = []
    for number in range(2):
        for path in ("/treasurer/pledges/", page_of(pledge)):
            with count_queries(connection) as captured:
                assert get(desk, path).status_code == 200
            counts.append(len(captured))
        giver.begins(general, email=f"donor{number}@donor.example")
        giver.passes(pledge)
        subscriptions.follow(pledge.pk)
    assert counts[:2] == counts[2:]
    assert max(counts) <= 18
