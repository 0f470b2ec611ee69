"""A donor's own pages of a regular gift, and the page that a mailed link opens."""

import datetime as dt
import re
from typing import Any, cast

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from donors import changes, subscriptions, turns
from donors.models import ChangeKind, ChangeState, Pledge, PledgeState
from donors.pledge_mails import REPAIR
from funding.ledger.models import Fund
from funding.mail import links
from funding.parties.models import Entity
from funding.users.models import User
from tests import make
from tests.donors.regular import Giver
from tests.people import make_person, sign_in

STEPS = ("amount", "rhythm", "day", "fund", "skip", "pause", "resume", "retry", "card", "end")
ALICE = "alice@donor.example"
NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def dogs(entity: Entity) -> Fund:
    return make.fund(entity, "Dogs and herders", slug="dogs", position=200)


@pytest.fixture
def alice(committed: None) -> User:
    return make_person(ALICE, "Alice Example")


@pytest.fixture
def hers(client: Client, alice: User) -> Client:
    """A browser in which Alice has signed in."""
    sign_in(client, alice, factor=False)
    return client


def unfold(page: HttpResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"</?time[^>]*>", "", page.text))


def page_of(found: Pledge, what: str = "") -> str:
    return f"/account/pledges/{found.uuid}/{what}{'/' if what else ''}"


def get(client: Client, path: str) -> HttpResponse:
    return cast(HttpResponse, client.get(path))


def send(client: Client, path: str, **typed: str) -> HttpResponse:
    return cast(HttpResponse, client.post(path, typed))


def said(client: Client, answer: HttpResponse) -> str:
    """The page to which an answer leads, which says what came of it."""
    assert answer.status_code == 302, answer.text
    return unfold(get(client, answer["Location"]))


def link(found: Pledge) -> str:
    """The address that a mail carries."""
    return reverse("donors:pledge_repair", kwargs={"token": links.sign(REPAIR, str(found.uuid))})


def words(when: dt.date | dt.datetime | None) -> str:
    assert when is not None
    return f"{when.day} {when:%B %Y}"


def behind(giver: Giver, fund: Fund, *trouble: str, **facts: Any) -> Pledge:
    """A pledge whose second instalment was declined, once for each of these troubles."""
    found = giver.begins(fund, **facts)
    giver.plays(found, next=list(trouble or ("insufficient_funds",)))
    giver.passes(found)
    return subscriptions.follow(found.pk)


# Who may.


def test_nobody_but_whoever_gave_sees_a_pledge(
    client: Client, giver: Giver, general: Fund, alice: User
) -> None:
    found = giver.begins(general)
    eve = make_person("eve@donor.example", "Eve Example")
    paths = [page_of(found), *(page_of(found, step) for step in STEPS)]
    assert {get(client, path)["Location"].split("?")[0] for path in paths} == {"/accounts/login/"}
    sign_in(client, eve, factor=False)
    for path in paths:
        assert get(client, path).status_code == 404
        assert send(client, path, amount="5").status_code in {404, 405}
    assert found.changes.count() == 0
    sign_in(client, alice, factor=False)
    assert {get(client, path).status_code for path in paths} == {200}
    assert get(client, page_of(found, "sell")).status_code == 404


def test_an_address_that_is_not_verified_shows_nothing(
    client: Client, giver: Giver, general: Fund
) -> None:
    found = giver.begins(general)
    other = make_person("other@donor.example", "Other")
    EmailAddress.objects.create(user=other, email=ALICE, verified=False, primary=False)
    sign_in(client, other, factor=False)
    assert get(client, page_of(found)).status_code == 404
    assert send(client, page_of(found, "end")).status_code == 404
    found.refresh_from_db()
    assert found.state == PledgeState.ACTIVE


def test_a_pledge_that_has_not_begun_has_no_page(hers: Client, giver: Giver, general: Fund) -> None:
    found = giver.starts(general)
    assert get(hers, page_of(found)).status_code == 404


# How it stands.


def test_the_page_tells_what_is_taken_when_and_by_what(
    hers: Client, giver: Giver, general: Fund
) -> None:
    found = giver.begins(general, cover_minor=41)
    page = unfold(get(hers, page_of(found)))
    for told in (
        "€10.41 every month",
        "€10.00 for the fund and €0.41 to pay the payment fee.",
        f"The next €10.41 are taken on {words(found.next_at)}.",
        "Card ending 4242",
        "General fund",
        "received",
        "The receipt follows.",
    ):
        assert told in page
    assert "no-store" in get(hers, page_of(found))["Cache-Control"]


def test_a_gift_that_failed_says_what_to_do(hers: Client, giver: Giver, general: Fund) -> None:
    found = behind(giver, general)
    page = unfold(get(hers, page_of(found)))
    assert found.state == PledgeState.BEHIND
    assert "has not been paid. Nothing was taken for it." in page
    assert "If you do nothing, the same is tried again on" in page
    assert f'href="{page_of(found, "card")}"' in page
    assert f'href="{page_of(found, "retry")}"' in page
    assert "Leave the next one out" not in page


def test_a_bank_that_wants_to_hear_the_donor_gets_a_link(
    hers: Client, giver: Giver, general: Fund
) -> None:
    found = behind(giver, general, "requires_action")
    page = unfold(get(hers, page_of(found)))
    url = found.instalments.order_by("-due_on")[0].pay_url
    assert url
    assert f'href="{url}" rel="noreferrer">Confirm the payment</a>' in page


def test_the_page_needs_few_queries_however_long_it_runs(
    hers: Client, giver: Giver, general: Fund, dogs: Fund, count_queries: Any
) -> None:
    found = giver.begins(general)
    counts = []
    for number in range(3):
        with count_queries(connection) as captured:
            assert get(hers, page_of(found)).status_code == 200
        counts.append(len(captured))
        fund = (dogs, general)[number % 2]
        asked = changes.change_fund(pledge_id=found.pk, fund_id=fund.pk, actor="user:1")
        turns.make(asked.pk)
        giver.passes(found)
        found = subscriptions.follow(found.pk)
    assert counts[1] == counts[2] <= 15


# The steps.


def test_another_sum_counts_from_the_next_gift_on(
    hers: Client, giver: Giver, general: Fund, alice: User
) -> None:
    found = giver.begins(general)
    page = unfold(get(hers, page_of(found, "amount")))
    assert f"Nothing is taken now: from {words(found.next_at)} on it is the new sum." in page
    assert 'value="10.00"' in page
    told = said(hers, send(hers, page_of(found, "amount"), amount="15", cover="on"))
    found.refresh_from_db()
    assert (found.amount_minor, found.cover_minor) == (1500, 49)
    assert "The new sum stands." in told
    assert "€10.00 became €15.49." in told
    change = found.changes.get()
    assert (change.actor, change.state) == (f"user:{alice.pk}", ChangeState.DONE)


@pytest.mark.parametrize(
    ("what", "typed", "status", "sentence"),
    [
        ("amount", {"amount": "ten"}, 422, "Write the amount in digits"),
        ("amount", {"amount": ""}, 422, "Write how much it is to be each time."),
        ("amount", {"amount": "2.99"}, 409, "From €3.00 to €10,000.00 each time."),
        ("amount", {"amount": "10"}, 409, "It is so already."),
        ("rhythm", {"amount": "10", "rhythm": "daily"}, 422, "Choose how often."),
        ("rhythm", {"amount": "1.50", "rhythm": "yearly"}, 409, "From €3.00 to €10,000.00"),
        ("day", {"day": "31"}, 422, "Choose a day from 1 to 28"),
        ("fund", {"fund": "nowhere"}, 422, "Choose one of these funds."),
        ("fund", {"fund": ""}, 422, "Choose a fund."),
        ("pause", {}, 422, "Choose until when, or write a day."),
        ("pause", {"other": "soon"}, 422, "Write a day such as"),
        ("pause", {"other": "2020-01-01"}, 409, "The next instalment is due on"),
        ("pause", {"other": "2199-01-01"}, 409, "A pause is at most a year."),
        ("resume", {}, 409, "It is so already."),
        ("retry", {}, 409, "Nothing is open"),
    ],
)
def test_a_refusal_says_why_keeps_what_was_typed_and_changes_nothing(
    hers: Client,
    giver: Giver,
    general: Fund,
    what: str,
    typed: dict[str, str],
    status: int,
    sentence: str,
) -> None:
    found = giver.begins(general)
    before = changes.as_it_stands(found)
    answer = send(hers, page_of(found, what), **typed)
    page = unfold(answer)
    assert answer.status_code == status
    assert sentence in page
    assert "Nothing was changed, and nothing you wrote is lost." in page
    for value in filter(None, typed.values()):
        if what in {"amount", "pause"}:
            assert f'value="{value}"' in page
    found.refresh_from_db()
    assert changes.as_it_stands(found) == before
    assert found.changes.count() == 0


def test_once_a_year_is_proposed_with_the_sum_of_a_year(
    hers: Client, giver: Giver, general: Fund
) -> None:
    found = giver.begins(general)
    page = unfold(get(hers, page_of(found, "rhythm") + "?rhythm=yearly"))
    assert 'value="120.00"' in page
    assert 'value="yearly" checked' in page
    told = said(hers, send(hers, page_of(found, "rhythm"), amount="120.00", rhythm="yearly"))
    assert "€10.00 every month became €120.00 every year." in told
    found.refresh_from_db()
    assert (found.rhythm, found.amount_minor) == ("yearly", 12000)


def test_another_day_and_another_fund(
    hers: Client, giver: Giver, general: Fund, dogs: Fund
) -> None:
    found = giver.begins(general)
    assert found.next_at is not None
    day = 12 if found.next_at.day != 12 else 13
    assert f'<option value="{day}">{day} · next on {day} ' in unfold(
        get(hers, page_of(found, "day"))
    )
    assert "The new day stands." in said(hers, send(hers, page_of(found, "day"), day=str(day)))
    told = said(hers, send(hers, page_of(found, "fund"), fund="dogs"))
    assert "General fund became Dogs and herders." in told
    found.refresh_from_db()
    assert found.next_at is not None
    assert (found.next_at.day, found.fund) == (day, dogs)


def test_the_next_is_left_out_once_however_often_it_is_sent(
    hers: Client, giver: Giver, general: Fund
) -> None:
    found = giver.begins(general)
    page = unfold(get(hers, page_of(found, "skip")))
    assert f"The gift of {words(found.next_at)} is not taken; the one of" in page
    told = said(hers, send(hers, page_of(found, "skip")))
    assert f"The gift of {words(found.next_at)} is left out. Then it goes on by itself:" in told
    again = send(hers, page_of(found, "skip"))
    assert again.status_code == 409
    assert "The pledge is paused. Let it go on first." in unfold(again)
    assert found.changes.count() == 1


def test_a_pause_is_chosen_from_a_list_prolonged_and_ended(
    hers: Client, giver: Giver, general: Fund
) -> None:
    found = giver.begins(general)
    page = unfold(get(hers, page_of(found, "pause") + "?times=3"))
    chosen = re.search(r'name="until" value="([\d-]+)" checked', page)
    assert chosen
    assert "Leave 3 gifts out" in page
    until = dt.date.fromisoformat(chosen[1])
    told = said(hers, send(hers, page_of(found, "pause"), until=chosen[1]))
    assert f"Nothing is taken before {words(until)}. Then it goes on by itself: €10.00 on" in told
    later = until + dt.timedelta(days=40)
    told = said(hers, send(hers, page_of(found, "pause"), until=chosen[1], other=str(later)))
    assert f"Nothing is taken before {words(later)}." in told
    found.refresh_from_db()
    assert found.state == PledgeState.PAUSED
    assert "The pause is over." in said(hers, send(hers, page_of(found, "resume")))
    found.refresh_from_db()
    assert found.state == PledgeState.ACTIVE


def test_an_end_offers_less_first_and_is_made_once(
    hers: Client, giver: Giver, general: Fund
) -> None:
    found = giver.begins(general)
    page = unfold(get(hers, page_of(found, "end")))
    assert "Stop giving €10.00 a month?" in page
    assert f"The gift of {words(found.next_at)} will not be taken, and nothing after it." in page
    for offered in ("amount/?amount=5.00", "skip/", "pause/?times=3", "rhythm/?rhythm=yearly"):
        assert f'href="{page_of(found)}{offered}"' in page
    assert "Ended. Nothing more is taken." in said(hers, send(hers, page_of(found, "end")))
    assert "not running any more" in said(hers, send(hers, page_of(found, "end")))
    assert found.changes.count() == 1
    found.refresh_from_db()
    assert (found.state, found.ended_why) == (PledgeState.ENDED, "giver")
    page = unfold(get(hers, page_of(found)))
    assert "You ended it on" in page
    assert f'href="{page_of(found, "again")}"' in page
    assert "Change the sum" not in page


def test_what_stripe_cannot_hear_now_is_written_down_and_done_later(
    hers: Client, giver: Giver, general: Fund, settings: Settings
) -> None:
    found, there = giver.begins(general), settings.STRIPE_API_BASE
    settings.STRIPE_API_BASE = NOBODY
    told = said(hers, send(hers, page_of(found, "amount"), amount="15"))
    assert "It is written down and done as soon as it answers; nothing is lost" in told
    assert "Your last change is still being made" in told
    again = send(hers, page_of(found, "amount"), amount="20")
    assert again.status_code == 409
    assert "Your last change is still being made. Please try again in a minute." in unfold(again)
    assert 'value="20"' in again.text
    assert send(hers, page_of(found, "card")).status_code == 503
    settings.STRIPE_API_BASE = there
    turns.make(found.changes.get(kind=ChangeKind.AMOUNT).pk)
    found.refresh_from_db()
    assert found.amount_minor == 1500


def test_a_payment_is_tried_again_and_the_answer_told(
    hers: Client, giver: Giver, general: Fund
) -> None:
    found = behind(giver, general, "insufficient_funds", "generic_decline")
    assert "are taken now by Card ending 4242" in unfold(get(hers, page_of(found, "retry")))
    answer = send(hers, page_of(found, "retry"))
    assert answer.status_code == 409
    assert "The bank said no again. Nothing was taken." in unfold(answer)
    told = said(hers, send(hers, page_of(found, "retry")))
    assert "It went through. Thank you." in told
    found.refresh_from_db()
    assert found.state == PledgeState.ACTIVE


def test_another_card_is_given_at_stripe_and_charged_from_then_on(
    hers: Client, giver: Giver, general: Fund
) -> None:
    found = behind(giver, general)
    answer = send(hers, page_of(found, "card"))
    change = found.changes.get()
    assert (answer.status_code, answer["Location"]) == (303, change.checkout_url)
    back = f"{page_of(found)}?card={change.uuid}"
    assert "No card or account was given." in said(hers, get(hers, back))
    giver.stripe.control("pay", session=change.checkout, card="5555555555554444")
    told = said(hers, get(hers, back))
    assert "Your gifts are taken by Card ending 4444 from now on." in told
    assert "Card ending 4242 became Card ending 4444." in told
    found.refresh_from_db()
    assert found.state == PledgeState.ACTIVE


@pytest.mark.parametrize("card", ["", "x", "6f1d6b1e-0000-4000-8000-000000000000"])
def test_a_card_of_another_pledge_says_nothing(
    hers: Client, giver: Giver, general: Fund, card: str
) -> None:
    found = giver.begins(general)
    other = giver.begins(general, email="eve@donor.example")
    send(hers, page_of(found, "card"))
    change = found.changes.get()
    for asked in (f"{page_of(found)}?card={card}", f"{link(other)}?card={change.uuid}"):
        answer = get(hers, asked)
        assert answer["Location"] == asked.split("?")[0]
        assert 'role="status"' not in said(hers, answer)
