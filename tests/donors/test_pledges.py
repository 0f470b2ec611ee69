"""Goal: a pledge is charged once for each instalment, and told as it is."""

import datetime as dt
import uuid
from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction

from donors import pledges, stuck, subscriptions
from donors.gifts import FundClosed, TokenReused
from donors.models import (
    EndedWhy,
    Gift,
    GiftState,
    Instalment,
    InstalmentState,
    Pledge,
    PledgeChange,
    PledgeState,
    Receipt,
)
from funding import clock
from funding.audit.models import Record
from funding.gateway import subscriptions as gateway
from funding.gateway.client import Unreachable
from funding.ledger.models import Entry, Fund
from funding.users.models import User
from tests import make
from tests.books import assert_agreed
from tests.donors.regular import Giver, promise, states, told
from tests.sandbox.conftest import Sandbox

# Begun, or not.


def test_the_same_form_twice_is_one_pledge_and_other_content_is_refused(general: Fund) -> None:
    wanted = promise(general)
    first = pledges.start(wanted)
    assert pledges.start(wanted).pk == first.pk
    for other in ({"amount_minor": 2000}, {"rhythm": "yearly"}, {"email": "eve@donor.example"}):
        with pytest.raises(TokenReused):
            pledges.start(replace(wanted, **other))
    assert Pledge.objects.count() == 1


def test_a_fund_that_takes_no_gifts_takes_no_pledge(general: Fund) -> None:
    Fund.objects.filter(pk=general.pk).update(is_open_to_gifts=False)
    with pytest.raises(FundClosed):
        pledges.start(promise(general))
    assert (Pledge.objects.count(), Record.objects.filter(action="pledge.started").count()) == (
        0,
        0,
    )


def test_a_pledge_begins_on_the_page_and_its_first_gift_is_booked(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    pledge = giver.begins(general, amount_minor=1000, cover_minor=41)
    assert (pledge.state, pledge.method) == (PledgeState.ACTIVE, "Card ending 4242")
    assert pledge.next_at is not None
    (instalment,) = Instalment.objects.all()
    assert (instalment.state, instalment.amount_minor, instalment.cover_minor) == (
        InstalmentState.PAID, 1000, 41,
    )  # fmt: skip
    gift = instalment.gift
    assert gift is not None
    assert (gift.state, gift.gross_minor, gift.donor) == (GiftState.SETTLED, 1041, pledge.donor)
    assert gift.final_at is not None
    assert [line.fund_id for line in gift.lines.all()] == [general.pk]
    assert Receipt.objects.filter(gift=gift).count() == 1
    assert User.objects.filter(email="alice@donor.example").count() == 1
    assert told(pledge) == ["begun"]
    assert_agreed(stripe)


def test_a_page_that_was_left_begins_nothing(general: Fund, giver: Giver, stripe: Sandbox) -> None:
    pledge = giver.starts(general)
    assert giver.pays(pledge, card="4000000000000002")["state"] == "declined"
    assert subscriptions.follow(pledge.pk).state == PledgeState.STARTED
    giver.seconds(4 * 3600)
    giver.sweeps()
    pledge.refresh_from_db()
    assert (pledge.state, pledge.began_at) == (PledgeState.LEFT, None)
    assert (Instalment.objects.count(), Gift.objects.count(), told(pledge)) == (0, 0, [])
    assert giver.charges() == 0
    assert_agreed(stripe)


def test_nobody_told_that_the_page_was_made_and_it_begins_all_the_same(
    general: Fund, giver: Giver
) -> None:
    pledge = giver.starts(general)
    Pledge.objects.update(checkout="", checkout_url="")
    assert giver.pays(pledge)["state"] == "succeeded"
    giver.hears()
    pledge.refresh_from_db()
    assert (pledge.state, states(pledge)) == (PledgeState.ACTIVE, ["paid"])


@pytest.mark.parametrize("kind", ["error_before", "error_after", "reset_after"])
def test_a_page_asked_for_while_stripe_fails_is_one_page_in_the_end(
    general: Fund, giver: Giver, stripe: Sandbox, kind: str
) -> None:
    pledge = pledges.start(promise(general))
    fault = {"kind": kind, "next": 3, "path": "/v1/checkout", "method": "POST"}
    stripe.control("faults", api=[fault])
    try:
        pledges.checkout(pledge.pk)
    except Unreachable:
        stripe.control("faults", clear=True)
        pledges.checkout(pledge.pk)
    pledge.refresh_from_db()
    assert giver.pays(pledge)["state"] == "succeeded"
    giver.seconds(100)
    assert subscriptions.follow(pledge.pk).state == PledgeState.ACTIVE
    assert giver.charges() == 1000
    assert_agreed(stripe)


# Each instalment once.


def test_each_month_brings_one_gift_whoever_tells_of_it(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    pledge = giver.begins(general)
    giver.passes(pledge)
    giver.hears()
    giver.passes(pledge)
    giver.sweeps()
    assert states(pledge) == ["paid"] * 3
    giver.hears(again=True)
    giver.hears(again=True)
    giver.sweeps()
    assert Gift.objects.filter(state=GiftState.SETTLED, final_at__isnull=False).count() == 3
    assert Entry.objects.filter(reason="gift").count() == 3
    assert giver.charges() == 3000
    assert told(pledge) == ["begun"]
    assert_agreed(stripe)


def test_a_year_that_nobody_tells_of_comes_right_by_looking(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    pledge = giver.begins(general, rhythm="quarterly", currency="JPY", amount_minor=1500)
    for _quarter in range(4):
        giver.passes(pledge)
        giver.sweeps()
    assert states(pledge) == ["paid"] * 5
    assert giver.charges("jpy") == 5 * 1500
    assert_agreed(stripe)


def test_the_account_book_alone_finds_an_instalment(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    pledge = giver.begins(general)
    giver.passes(pledge)
    # Neither an event nor a look at the pledge: only the walk over what moved money.
    Pledge.objects.update(due_at=clock.now() + dt.timedelta(days=1))
    giver.sweeps()
    assert states(pledge) == ["paid", "paid"]
    assert_agreed(stripe)


def test_the_last_day_of_a_month_comes_back(general: Fund, giver: Giver, stripe: Sandbox) -> None:
    giver.jumps(dt.datetime(2027, 1, 31, 9, tzinfo=dt.UTC))
    pledge = giver.begins(general)
    for _month in range(3):
        giver.passes(pledge)
        giver.sweeps()
    days = Instalment.objects.order_by("due_on").values_list("due_on", flat=True)
    assert [day.isoformat() for day in days] == [
        "2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30",
    ]  # fmt: skip
    assert_agreed(stripe)


def test_a_yearly_pledge_begun_on_the_29th_of_february(general: Fund, giver: Giver) -> None:
    giver.jumps(dt.datetime(2028, 2, 29, 9, tzinfo=dt.UTC))
    pledge = giver.begins(general, rhythm="yearly")
    assert pledge.next_at is not None
    assert pledge.next_at.date() == dt.date(2029, 2, 28)


# What is older than what is known, and what somebody did at Stripe.


def test_an_answer_older_than_what_is_known_changes_nothing(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    pledge = giver.begins(general)
    old, asked_at = gateway.fetch(pledge.subscription), clock.now()
    giver.seconds(10)
    stripe.client().subscriptions.cancel(pledge.subscription)
    giver.hears()
    pledge.refresh_from_db()
    assert pledge.state == PledgeState.ENDED
    subscriptions.project(pledge_id=pledge.pk, plan=old, asked_at=asked_at)
    subscriptions.project(pledge_id=pledge.pk, plan=old, asked_at=clock.now())
    pledge.refresh_from_db()
    assert (pledge.state, pledge.ended_why) == (PledgeState.ENDED, EndedWhy.STRIPE)
    assert told(pledge) == ["begun", "ended"]


def test_a_sum_that_was_changed_in_the_dashboard_is_followed_and_noted(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    pledge = giver.begins(general, amount_minor=1000, cover_minor=41)
    item = {"id": pledge.item, "price_data": {
        "currency": "eur", "product": pledge.product, "unit_amount": 700,
        "recurring": {"interval": "month", "interval_count": 1},
    }}  # fmt: skip
    stripe.client().subscriptions.update(
        pledge.subscription, {"items": [item], "proration_behavior": "none"}
    )
    giver.hears()
    giver.passes(pledge)
    giver.hears()
    pledge.refresh_from_db()
    assert (pledge.amount_minor, pledge.cover_minor) == (700, 0)
    assert Record.objects.filter(action="pledge.followed").count() == 1
    last = Instalment.objects.latest("due_on")
    assert (last.amount_minor, last.cover_minor, last.state) == (700, 0, "paid")
    assert_agreed(stripe)


def test_the_list_of_what_is_stuck_has_what_cannot_be_followed(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    pledge = giver.begins(general)
    stripe.control("faults", api=[{"kind": "error_before", "probability": 1.0}])
    # Stripe's own library would wait in between; the rule counts whole attempts.
    Pledge.objects.update(due_at=clock.now(), failures=subscriptions.STUCK_AFTER - 1)
    subscriptions.sweep()
    assert [each.pk for each in subscriptions.stuck()] == [pledge.pk]
    stripe.control("faults", clear=True)
    for _twice in range(2):
        stuck.retry_pledge(pk=pledge.pk, actor="user:7")
    assert Record.objects.filter(action="pledge.retried", actor="user:7").count() == 1
    subscriptions.sweep()
    assert not subscriptions.stuck().exists()
    assert Pledge.objects.get().failures == 0


# What the database refuses.


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"amount_minor": 0}, "pledge_promises_money"),
        ({"cover_minor": -1}, "pledge_cover_adds"),
        ({"currency": "eur"}, "pledge_currency_is_iso"),
        ({"rhythm": "daily"}, "pledge_rhythm_is_known"),
        ({"state": "active"}, "pledge_state_fits_its_instants"),
        ({"ended_why": "giver"}, "pledge_ended_says_why"),
        ({"ended_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}, "pledge_state_fits_its_instants"),
        (
            {"began_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "state": "active"},
            "pledge_begun_has_its_subscription",
        ),
        (
            {"resumes_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)},
            "pledge_resumes_from_a_pause",
        ),
    ],
)
def test_the_database_refuses_a_pledge_that_cannot_be(
    general: Fund, wrong: dict[str, object], name: str
) -> None:
    pledge = pledges.start(promise(general))
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Pledge.objects.filter(pk=pledge.pk).update(**wrong)


@pytest.mark.parametrize("field", ["checkout", "subscription"])
def test_no_two_pledges_share_what_is_one_at_stripe(general: Fund, field: str) -> None:
    for _each in range(2):
        pledges.start(promise(general))
    with pytest.raises(IntegrityError, match=f"pledge_{field}_is_its_own"), transaction.atomic():
        Pledge.objects.update(**{field: "the_same"})


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"amount_minor": 0}, "instalment_gives_money"),
        ({"cover_minor": -1}, "instalment_cover_adds"),
        (
            {"state": "lost", "ended_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)},
            "instalment_state_is_known",
        ),
        ({"state": "paid", "ended_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)},
         "instalment_paid_has_its_gift"),
        ({"state": "skipped"}, "instalment_ended_has_its_instant"),
    ],
)  # fmt: skip
def test_the_database_refuses_an_instalment_that_cannot_be(
    general: Fund, wrong: dict[str, object], name: str
) -> None:
    instalment = open_instalment(general)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Instalment.objects.filter(pk=instalment.pk).update(**wrong)


def test_no_instalment_is_due_twice_and_no_payment_pays_two(general: Fund) -> None:
    first = open_instalment(general, payment_intent="pi_1")
    for wrong, name in (
        ({"invoice": first.invoice}, "instalment_is_due_once"),
        ({"payment_intent": "pi_1"}, "instalment_payment_is_its_own"),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            open_instalment(general, **wrong)
    gift = make.gift(general)
    Instalment.objects.filter(pk=first.pk).update(gift=gift)
    with pytest.raises(IntegrityError, match="gift_id"), transaction.atomic():
        open_instalment(general, gift=gift)


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"kind": "colour"}, "pledgechange_kind_is_known"),
        ({"state": "done"}, "pledgechange_state_fits_its_instant"),
        ({"state": "opened"}, "pledgechange_opened_is_a_card"),
    ],
)
def test_the_database_refuses_a_change_that_cannot_be(
    general: Fund, wrong: dict[str, object], name: str
) -> None:
    change = asked_change(pledges.start(promise(general)))
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        PledgeChange.objects.filter(pk=change.pk).update(**wrong)


def test_one_change_at_a_time_and_each_page_for_one(general: Fund) -> None:
    pledge = pledges.start(promise(general))
    asked_change(pledge)
    with pytest.raises(IntegrityError, match="pledgechange_one_at_a_time"), transaction.atomic():
        asked_change(pledge)
    opened = {"kind": "method", "state": "opened", "checkout": "cs_1"}
    asked_change(pledge, **opened)
    with (
        pytest.raises(IntegrityError, match="pledgechange_checkout_is_its_own"),
        transaction.atomic(),
    ):
        asked_change(pledge, **opened)


def open_instalment(fund: Fund, **facts: object) -> Instalment:
    """An instalment that nobody has paid, of a pledge of its own."""
    pledge = pledges.start(promise(fund))
    told: dict[str, object] = {
        "pledge": pledge,
        "invoice": f"in_{uuid.uuid4().hex}",
        "fund": fund,
        "currency": "EUR",
        "amount_minor": 1000,
        "due_on": dt.date(2026, 1, 1),
        "created_at": clock.now(),
        "told_at": clock.now(),
    }
    return Instalment.objects.create(**told | facts)


def asked_change(pledge: Pledge, **facts: object) -> PledgeChange:
    told: dict[str, object] = {
        "pledge": pledge,
        "kind": "resume",
        "actor": "user:1",
        "created_at": clock.now(),
        "due_at": clock.now(),
    }
    return PledgeChange.objects.create(**told | facts)
