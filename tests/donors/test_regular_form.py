"""The giving form with a rhythm, and the thanks for a regular gift."""

import datetime as dt
import re
import uuid
from typing import cast

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings

from donors import changes, subscriptions, turns
from donors.models import Gift, Pledge, PledgeState, Rhythm
from funding.ledger.models import Fund
from funding.mail.models import Mail
from tests import make
from tests.donors.regular import Giver
from tests.people import make_person, sign_in

ALICE = "alice@donor.example"
NOBODY = "http://127.0.0.1:9"


def filled(fund: Fund, **changes: str) -> dict[str, str]:
    """What a browser sends for EUR 25.00 every month to this fund."""
    return {
        "token": str(uuid.uuid4()),
        "shown": "EUR",
        "rhythm": "monthly",
        "choice": "25.00",
        "amount": "",
        "currency": "EUR",
        "fund": fund.slug,
        "name": "Alice Example",
        "email": ALICE,
        "message": "",
    } | changes


def send(client: Client, form: dict[str, str]) -> HttpResponse:
    return cast(HttpResponse, client.post("/give/", form))


def get(client: Client, path: str) -> HttpResponse:
    return cast(HttpResponse, client.get(path))


def unfold(page: HttpResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"</?time[^>]*>", "", page.text))


def said(answer: HttpResponse) -> str:
    """What stands in the box above the form."""
    found = re.search(r'id="said">(.*?)<form', unfold(answer))
    assert found
    return found[1]


def thanked(client: Client, pledge: Pledge) -> str:
    answer = get(client, f"/give/thanks/?pledge={pledge.uuid}")
    assert "no-store" in answer["Cache-Control"]
    return unfold(answer)


# The form.


@pytest.mark.parametrize("rhythm", Rhythm.values)
def test_an_address_can_choose_a_rhythm(
    client: Client, giver: Giver, general: Fund, rhythm: str
) -> None:
    page = get(client, f"/give/?rhythm={rhythm}&amount=10").text
    assert f'value="{rhythm}" checked' in page
    assert 'value="once" checked' in get(client, "/give/?rhythm=daily").text


def test_the_day_of_the_second_gift_is_shown_before_paying_and_is_kept(
    client: Client, giver: Giver, general: Fund
) -> None:
    giver.jumps(dt.datetime(2027, 1, 31, 9, tzinfo=dt.UTC))
    page = unfold(get(client, "/give/?rhythm=monthly"))
    shown = dict(re.findall(r'class="for-(\w+)">[^<]*the next one on ([^.]+)\.', page))
    assert shown == {
        "monthly": "28 February 2027",
        "quarterly": "30 April 2027",
        "yearly": "31 January 2028",
    }
    send(client, filled(general))
    pledge = Pledge.objects.get()
    giver.pays(pledge)
    giver.seconds(100)
    next_at = subscriptions.follow(pledge.pk).next_at
    assert next_at is not None
    assert f"{next_at:%-d %B %Y}" == shown["monthly"]


@pytest.mark.parametrize("rhythm", Rhythm.values)
def test_a_rhythm_makes_a_pledge_and_leads_to_its_page(
    client: Client, giver: Giver, general: Fund, rhythm: str
) -> None:
    answer = send(client, filled(general, rhythm=rhythm, cover="on", message="For the cats"))
    pledge = Pledge.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, pledge.checkout_url)
    assert (pledge.rhythm, pledge.amount_minor, pledge.cover_minor) == (rhythm, 2500, 64)
    assert (pledge.message, pledge.state) == ("For the cats", PledgeState.STARTED)
    assert Gift.objects.count() == 0


@pytest.mark.parametrize("rhythm", ["", "once"])
def test_once_makes_a_gift(client: Client, giver: Giver, general: Fund, rhythm: str) -> None:
    assert send(client, filled(general, rhythm=rhythm)).status_code == 303
    assert (Gift.objects.count(), Pledge.objects.count()) == (1, 0)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"rhythm": "daily"}, "Choose how often."),
        ({"choice": "", "amount": "2"}, "The smallest gift by card is €3.00."),
        ({"email": "alice"}, "Write an e-mail address such as"),
    ],
)
def test_a_mistake_keeps_the_rhythm_and_promises_nothing(
    client: Client, giver: Giver, general: Fund, changes: dict[str, str], sentence: str
) -> None:
    answer = send(client, filled(general, **{"rhythm": "yearly"} | changes))
    assert answer.status_code == 422
    assert unfold(answer).count(sentence) == 2
    kept = "once" if changes.get("rhythm") else "yearly"
    assert f'value="{kept}" checked' in answer.text
    assert Pledge.objects.count() == 0


def test_the_same_form_twice_is_one_pledge_and_with_another_sum_refused(
    client: Client, giver: Giver, general: Fund
) -> None:
    form = filled(general)
    first, second = send(client, form), send(client, form)
    assert first["Location"] == second["Location"]
    refused = send(client, form | {"choice": "50.00"})
    assert refused.status_code == 409
    assert "This form was sent before with another amount" in said(refused)
    assert form["token"] not in refused.text
    assert Pledge.objects.count() == 1


def test_a_fund_that_closed_meanwhile_is_refused_and_nothing_is_lost(
    client: Client, giver: Giver, general: Fund
) -> None:
    general.is_open_to_gifts = False
    general.save(update_fields=["is_open_to_gifts"])
    answer = send(client, filled(general, message="Kept words"))
    assert answer.status_code == 422
    assert Pledge.objects.count() == 0


def test_a_page_that_cannot_be_reached_keeps_what_was_typed(
    client: Client, giver: Giver, general: Fund, settings: Settings
) -> None:
    there, form = settings.STRIPE_API_BASE, filled(general, message="Kept words")
    settings.STRIPE_API_BASE = NOBODY
    answer = send(client, form)
    assert answer.status_code == 503
    assert "Nothing was taken." in said(answer)
    assert "Kept words" in answer.text
    assert 'value="monthly" checked' in answer.text
    settings.STRIPE_API_BASE = there
    assert send(client, form).status_code == 303
    assert Pledge.objects.count() == 1


def test_a_page_that_was_left_leads_back_to_the_filled_form(
    client: Client, giver: Giver, general: Fund
) -> None:
    pledge = giver.starts(general, rhythm=Rhythm.QUARTERLY, amount_minor=3100, message="Cats")
    page = get(client, f"/give/?again={pledge.uuid}").text
    for kept in ('value="quarterly" checked', 'value="31.00"', "Cats", ALICE):
        assert kept in page
    again = str(pledge.uuid)
    same = filled(general, rhythm="quarterly", amount="31", message="Cats", again=again)
    assert send(client, same)["Location"] == pledge.checkout_url
    assert Pledge.objects.count() == 1
    other = send(client, same | {"amount": "32", "token": str(uuid.uuid4())})
    assert other.status_code == 303
    assert Pledge.objects.count() == 2


def test_one_that_runs_is_not_shown_to_whoever_knows_its_number(
    client: Client, giver: Giver, general: Fund
) -> None:
    pledge = giver.begins(general)
    page = get(client, f"/give/?again={pledge.uuid}").text
    assert ALICE not in page
    assert 'value="once" checked' in page


# A second one.


def test_a_second_one_is_asked_about_once_by_who_reads_the_address(
    client: Client, giver: Giver, general: Fund
) -> None:
    sign_in(client, make_person(ALICE))
    giver.begins(general)
    form = filled(general, choice="50.00", rhythm="yearly")
    answer = send(client, form)
    assert answer.status_code == 409
    assert "You give to General fund regularly already." in said(answer)
    assert Pledge.objects.count() == 1
    assert send(client, form | {"confirm": "1"}).status_code == 303
    assert Pledge.objects.count() == 2


def test_a_part_of_a_regular_gift_counts_as_one_to_its_fund(
    client: Client, giver: Giver, general: Fund
) -> None:
    dogs = make.fund(general.entity, "Dogs and herders", slug="dogs", position=200)
    sign_in(client, make_person(ALICE))
    giver.begins(general, lines=((general.pk, 1500), (dogs.pk, 1000)))
    answer = send(client, filled(dogs))
    assert answer.status_code == 409
    assert "You give to Dogs and herders regularly already." in said(answer)
    dens = make.fund(general.entity, "Dens", slug="dens", position=300)
    assert send(client, filled(dens)).status_code == 303


@pytest.mark.parametrize("reader", ["", "bob@donor.example"])
def test_a_stranger_learns_nothing_and_the_mailbox_is_told(
    client: Client, giver: Giver, general: Fund, reader: str
) -> None:
    giver.begins(general)
    if reader:
        sign_in(client, make_person(reader))
    answer = send(client, filled(general, name="Mallory"))
    assert answer.status_code == 303
    second = Pledge.objects.latest("pk")
    giver.pays(second)
    subscriptions.follow(second.pk)
    mail = Mail.objects.get(key=f"pledge:{second.pk}:begun")
    assert "by another pledge as well" in " ".join(mail.text.split())
    first = Mail.objects.exclude(pk=mail.pk).get(key__endswith=":begun")
    assert "another pledge" not in first.text


def test_nothing_is_asked_of_another_fund_an_end_a_page_that_was_left_or_a_single_gift(
    client: Client, giver: Giver, general: Fund
) -> None:
    giver.starts(general, email="left@donor.example")
    ended = giver.begins(general, email="ended@donor.example")
    turns.make(changes.end(pledge_id=ended.pk, actor="system").pk)
    giver.begins(general)
    for form in (
        filled(general, email="left@donor.example"),
        filled(general, email="ended@donor.example"),
        filled(general, rhythm="once"),
    ):
        assert send(client, form).status_code == 303


def test_addresses_are_tried_only_so_often(client: Client, giver: Giver, general: Fund) -> None:
    giver.begins(general)
    statuses = [send(client, filled(general)).status_code for _ in range(11)]
    assert statuses == [303] * 10 + [429]


# The thanks.


def test_a_begun_one_is_thanked_for_though_no_webhook_came(
    client: Client, giver: Giver, general: Fund
) -> None:
    pledge = giver.starts(general, cover_minor=41)
    page = thanked(client, pledge)
    assert "Not finished yet." in page
    assert "Nothing was taken." in page
    assert pledge.checkout_url.split("?")[0] in page
    giver.pays(pledge)
    page = thanked(client, pledge)
    pledge.refresh_from_db()
    assert pledge.state == PledgeState.ACTIVE
    for told in (
        "You give €10.41 every month to General fund.",
        "The first €10.41 are here. The receipt goes to a…@donor.example",
        "Card ending 4242",
        f"{pledge.next_at:%-d %B %Y}",
    ):
        assert told in page
    assert "Alice" not in page
    assert ALICE not in page


def test_a_first_debit_is_on_its_way(client: Client, giver: Giver, general: Fund) -> None:
    pledge = giver.starts(general)
    giver.pays(pledge, account="AT611904300234573201")
    page = thanked(client, pledge)
    assert "The first direct debit is on its way" in page
    assert "SEPA Direct Debit ending 3201" in page


def test_one_that_was_left_or_has_ended_is_told(
    client: Client, giver: Giver, general: Fund
) -> None:
    left, ended = giver.starts(general), giver.begins(general, email="bob@donor.example")
    subscriptions.leave(pledge_id=left.pk)
    page = thanked(client, left)
    assert "This regular gift was not begun" in page
    assert "rhythm=monthly" in page
    turns.make(changes.end(pledge_id=ended.pk, actor="system").pk)
    assert "This regular gift has ended." in thanked(client, ended)


def test_the_thanks_are_told_when_stripe_does_not_answer(
    client: Client, giver: Giver, general: Fund, settings: Settings
) -> None:
    pledge = giver.starts(general)
    settings.STRIPE_API_BASE = NOBODY
    page = thanked(client, pledge)
    assert "Not finished yet." in page
    assert "The payment service could not be asked just now." in page


@pytest.mark.parametrize("asked", ["", "x", "0b9dcd0e-3f3b-4f61-9a38-3a8f8e8f7f00"])
def test_an_unknown_one_is_not_here(
    client: Client, giver: Giver, general: Fund, asked: str
) -> None:
    assert get(client, f"/give/thanks/?pledge={asked}").status_code == 404


# The account.


def test_the_account_shows_what_runs_first_and_what_has_ended_behind_a_line(
    client: Client, giver: Giver, general: Fund, count_queries: type
) -> None:
    sign_in(client, make_person(ALICE, "Alice Example"), factor=False)
    assert "Regular giving" not in get(client, "/account/").text
    ended, running = giver.begins(general), giver.begins(general, amount_minor=2000)
    giver.begins(general, email="bob@donor.example", amount_minor=7700)
    turns.make(changes.end(pledge_id=ended.pk, actor="system").pk)
    with count_queries(connection) as few:
        page = unfold(get(client, "/account/"))
    assert page.index("€20.00 every month") < page.index("One that has ended")
    assert page.index("One that has ended") < page.index("€10.00 every month")
    assert f"Next on {running.next_at:%-d %B %Y}." in page
    assert "€77.00" not in page
    giver.begins(general, amount_minor=3000)
    with count_queries(connection) as more:
        get(client, "/account/")
    assert len(more) == len(few)
