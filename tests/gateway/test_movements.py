"""Goal: every line of Stripe's account book is stored once, and booked once or seen."""

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction
from psycopg.errors import CheckViolation

from donors import gifts
from donors.models import Gift, GiftState
from funding import clock
from funding.alerts.models import Alert
from funding.gateway import movements, suspense, transactions
from funding.gateway.client import Unreachable
from funding.gateway.models import Cursor, Movement, MovementState, Resolution
from funding.ledger.models import Entry, Fund, Posting
from funding.site import webhooks
from funding.users.models import Role
from funding.users.second import SecondPersonNeeded
from tests import make
from tests.books import assert_agreed
from tests.clocks import clock_at as clock_at
from tests.conftest import as_root
from tests.donors.conftest import Visitor
from tests.people import make_person
from tests.sandbox.conftest import Sandbox

AT_ONCE = "4000000000000077"
FEE = {"reporting_category": "fee", "type": "stripe_fee", "amount": -350}
HOLD = {"reporting_category": "risk_reserved_funds", "type": "reserve_hold", "amount": -500}
RELEASE = HOLD | {"type": "reserve_release", "amount": 500}
UNKNOWN = {"reporting_category": "other_adjustment", "type": "adjustment", "amount": 120}


def received(visitor: Visitor, fund: Fund, **facts: Any) -> Gift:
    """A gift that is paid, of which no webhook has told."""
    gift = make.gift(fund, **facts)
    visitor.pays(gift, card=AT_ONCE)
    visitor.waits()
    return gift


def test_the_walk_stores_every_line_once_and_never_changes_its_facts(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    received(visitor, general)
    assert transactions.walk() == 1
    before = Movement.objects.values().get()
    Cursor.objects.all().delete()
    assert transactions.walk() == 0
    assert Movement.objects.values().get() == before
    assert before["net_minor"] == before["amount_minor"] - before["fee_minor"]
    webhooks.follow_movements()
    assert Movement.objects.get().state == MovementState.BOOKED
    assert_agreed(stripe)


def test_the_first_walk_begins_before_all_that_was_ever_booked(
    general: Fund,
    visitor: Visitor,
    stripe: Sandbox,
    clock_at: Callable[[dt.datetime], None],
) -> None:
    gift = received(visitor, general)
    gifts.follow(gift.pk)
    # As where books are older than the account book is kept, with a mark from before.
    clock_at(clock.now() + dt.timedelta(days=200))
    Cursor.objects.create(name=transactions.NAME, reached_at=clock.now())
    assert transactions.walk() == 1
    webhooks.follow_movements()
    assert Movement.objects.get().state == MovementState.BOOKED
    assert transactions.walk() == 0


def test_a_walk_that_breaks_off_in_the_middle_of_its_pages_loses_nothing(
    general: Fund, stripe: Sandbox
) -> None:
    for _ in range(105):
        stripe.control("movements", **FEE)
    path = "/v1/balance_transactions"
    first = {"kind": "slow", "seconds": 0, "next": 1, "path": path}
    stripe.control("faults", api=[first, {"kind": "error_before", "next": 9, "path": path}])
    with pytest.raises(Unreachable):
        transactions.walk()
    assert (Movement.objects.count(), Cursor.objects.count()) == (100, 0)
    stripe.control("faults", clear=True)
    webhooks.walk_movements()
    assert Movement.objects.filter(state=MovementState.BOOKED).count() == 105
    assert_agreed(stripe)


def test_two_walks_at_once_make_one_row_and_one_entry(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    received(visitor, general)
    gate, failed = threading.Barrier(2), []

    def walk() -> None:
        try:
            gate.wait()
            webhooks.walk_movements()
        except Exception as error:  # noqa: BLE001 -- told below
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=walk) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert Movement.objects.count() == 1
    assert Gift.objects.get().state == GiftState.SETTLED
    assert_agreed(stripe)


def test_a_line_that_appears_late_is_found_by_the_overlap(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    stripe.control("movements", **FEE)
    received(visitor, general)
    webhooks.walk_movements()
    late = Movement.objects.get(category="charge")
    as_root("DELETE FROM gateway_movement WHERE category = 'charge'")
    # As if a later line had been seen, and this one had not been there yet.
    assert Cursor.objects.get().reached_at == late.created_at
    webhooks.walk_movements()
    assert Movement.objects.get(category="charge").stripe_id == late.stripe_id
    assert_agreed(stripe)


def test_the_mark_follows_stripes_clock_and_not_ours(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    received(visitor, general)
    webhooks.walk_movements()
    mark = Cursor.objects.get(name=transactions.NAME)
    assert mark.reached_at == Movement.objects.get().created_at
    webhooks.walk_movements()
    mark.refresh_from_db()
    assert mark.reached_at == Movement.objects.get().created_at


def test_a_week_without_webhooks_comes_right_by_one_walk(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    stripe.control("payouts", schedule="daily")
    made = [received(visitor, general, email=f"d{day}@donor.example") for day in range(7)]
    for day in range(7):
        if day == 2:
            session = stripe.client().checkout.sessions.retrieve(made[0].checkout)
            stripe.control("refund", payment_intent=session.payment_intent, amount=500)
        stripe.control("clock", advance_days=1)
    webhooks.walk_movements()
    webhooks.walk_movements()
    assert not movements.waiting().exists()
    assert not movements.suspended().exists()
    assert Gift.objects.filter(state=GiftState.SETTLED).count() == 7
    assert_agreed(stripe)


def sums() -> dict[str, int]:
    """What each account has, places of money by their kind, nought left out."""
    found: dict[str, int] = {}
    for code, minor in Posting.objects.values_list("account_id", "amount_minor"):
        kind = code.partition(":")[0]
        found[kind] = found.get(kind, 0) + minor
    return {kind: minor for kind, minor in found.items() if minor}


def test_a_fee_of_stripe_falls_on_the_first_free_fund(
    general: Fund, entity: object, stripe: Sandbox
) -> None:
    stripe.control("movements", **FEE)
    webhooks.walk_movements()
    webhooks.walk_movements()
    assert Entry.objects.get().reason == "stripe_fee"
    assert sums() == {"payment_fees": 350, "clearing": -350}
    assert set(Posting.objects.values_list("fund_id", flat=True)) == {general.pk}
    assert_agreed(stripe)


def test_without_a_free_fund_a_fee_waits_in_suspense(entity: object, stripe: Sandbox) -> None:
    stripe.control("movements", **FEE)
    webhooks.walk_movements()
    assert sums() == {"suspense": 350, "clearing": -350}
    assert_agreed(stripe)


def test_a_reserve_is_ours_all_the_while(general: Fund, visitor: Visitor, stripe: Sandbox) -> None:
    received(visitor, general)
    webhooks.walk_movements()
    stripe.control("movements", **HOLD)
    webhooks.walk_movements()
    assert sums()["in_transit"] == 500
    assert_agreed(stripe)
    stripe.control("movements", **RELEASE)
    webhooks.walk_movements()
    assert "in_transit" not in sums()
    assert_agreed(stripe)


def test_what_nobody_knows_goes_to_suspense_once_with_an_alarm(
    general: Fund, stripe: Sandbox
) -> None:
    stripe.control("movements", **UNKNOWN)
    webhooks.walk_movements()
    webhooks.walk_movements()
    found = Movement.objects.get()
    assert found.state == MovementState.SUSPENSE
    assert sums() == {"suspense": -120, "clearing": 120}
    assert Alert.objects.get().kind == "movement_unknown"
    assert_agreed(stripe)


def test_a_treasurer_says_what_it_is_and_only_once(general: Fund, stripe: Sandbox) -> None:
    stripe.control("movements", **UNKNOWN)
    webhooks.walk_movements()
    tara = make_person("tara@fund.example", "Tara", Role.TREASURER)
    told: dict[str, Any] = {
        "movement_id": Movement.objects.get().pk,
        "fund_id": general.pk,
        "reason": "Stripe wrote us.",
        "by": tara,
    }
    suspense.propose(meaning="income", **told)
    with pytest.raises(suspense.NotInSuspense):
        suspense.propose(meaning="income", **told)
    assert sums() == {"other_income": -120, "clearing": 120}
    assert Alert.objects.get().closed_why == "Stripe wrote us."
    assert_agreed(stripe)


def test_money_that_went_out_is_no_income_and_nothing_moves(general: Fund, stripe: Sandbox) -> None:
    stripe.control("movements", **UNKNOWN | {"amount": -120})
    webhooks.walk_movements()
    tara = make_person("tara@fund.example", "Tara", Role.TREASURER)
    told: dict[str, Any] = {
        "movement_id": Movement.objects.get().pk,
        "reason": "Asked.",
        "by": tara,
    }
    before = sums()
    with pytest.raises(suspense.WrongFund):
        suspense.propose(meaning="income", fund_id=general.pk, **told)
    foreign = make.fund(general.entity, "Pounds", currency="GBP")
    with pytest.raises(suspense.WrongFund):
        suspense.propose(meaning="fee", fund_id=foreign.pk, **told)
    assert sums() == before
    assert not Resolution.objects.exists()
    suspense.propose(meaning="fee", fund_id=general.pk, **told)
    assert sums() == {"payment_fees": 120, "clearing": -120}


def test_above_the_limit_it_takes_two_people(general: Fund, stripe: Sandbox) -> None:
    stripe.control("movements", **UNKNOWN | {"amount": 9_000_000})
    webhooks.walk_movements()
    tara = make_person("tara@fund.example", "Tara", Role.TREASURER)
    ada = make_person("ada@fund.example", "Ada", Role.ADMINISTRATOR)
    eve = make_person("eve@fund.example", "Eve")
    before = sums()
    made = suspense.propose(
        movement_id=Movement.objects.get().pk,
        meaning="income",
        fund_id=general.pk,
        reason="A legacy.",
        by=tara,
    )
    for person in (tara, eve):
        with pytest.raises(SecondPersonNeeded):
            suspense.approve(resolution_id=made.pk, by=person)
    assert sums() == before
    with pytest.raises(IntegrityError, match="resolution_over_the_limit_takes_two"):
        Resolution.objects.update(state="booked", decided_by=tara, decided_at=made.proposed_at)
    suspense.approve(resolution_id=made.pk, by=ada)
    with pytest.raises(SecondPersonNeeded):
        suspense.approve(resolution_id=made.pk, by=ada)
    assert sums() == {"other_income": -9_000_000, "clearing": 9_000_000}
    assert_agreed(stripe)


def test_suspense_ends_by_itself_when_the_owner_books_after_all(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    # Its reference is lost for a while, so nobody knows the charge.
    uuid = gift.uuid
    Gift.objects.filter(pk=gift.pk).update(uuid="00000000-0000-4000-8000-000000000001")
    webhooks.walk_movements()
    assert Movement.objects.get().state == MovementState.SUSPENSE
    assert_agreed(stripe)
    Gift.objects.filter(pk=gift.pk).update(uuid=uuid)
    gifts.follow(gift.pk)
    webhooks.follow_movements()
    assert Movement.objects.get().state == MovementState.BOOKED
    assert "suspense" not in sums()
    assert Alert.objects.get().closed_at is not None
    assert_agreed(stripe)


def test_attempts_that_are_used_up_stay_visible_and_begin_again(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    Gift.objects.filter(pk=gift.pk).update(amount_minor=1)
    transactions.walk()
    Movement.objects.update(attempts=movements.MAX_ATTEMPTS - 1)
    webhooks.follow_movements()
    (stuck,) = movements.given_up()
    assert "PaymentMismatch" in stuck.error
    Gift.objects.filter(pk=gift.pk).update(amount_minor=2550)
    movements.retry(pk=stuck.pk, actor="user:1")
    movements.retry(pk=stuck.pk, actor="user:1")
    webhooks.follow_movements()
    assert Movement.objects.get().state == MovementState.BOOKED
    assert_agreed(stripe)


@pytest.mark.parametrize(
    ("facts", "constraint"),
    [
        ("net_minor = 1", "movement_net_is_amount_less_fee"),
        ("state = 'lost'", "movement_state_is_known"),
        ("state = 'suspense', entry_key = ''", "movement_in_suspense_has_its_entry"),
        ("currency = 'eur'", "movement_currency_is_iso"),
    ],
)
def test_the_database_refuses_what_cannot_be(
    general: Fund, stripe: Sandbox, facts: str, constraint: str
) -> None:
    stripe.control("movements", **UNKNOWN)
    transactions.walk()
    with pytest.raises(CheckViolation, match=constraint):
        as_root(f"UPDATE gateway_movement SET {facts}")


def test_what_stripe_said_of_a_movement_stays(general: Fund, stripe: Sandbox) -> None:
    stripe.control("movements", **UNKNOWN)
    transactions.walk()
    before = Movement.objects.values().get()
    for facts in ({"source": "ch_other"}, {"category": "fee"}, {"amount_minor": 1, "net_minor": 1}):
        with pytest.raises(IntegrityError, match="its facts stay"), transaction.atomic():
            Movement.objects.update(**facts)
    with pytest.raises(IntegrityError, match="its facts stay"), transaction.atomic():
        Movement.objects.all().delete()
    assert Movement.objects.values().get() == before


def test_one_movement_is_looked_up_by_the_indexes_of_those_who_book(general: Fund) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        asked = "SELECT FROM {bookings} b WHERE b.balance_transaction = 'txn_1'"
        cursor.execute(f"EXPLAIN {movements.with_bookings(asked)}")
        plan = " ".join(row[0] for row in cursor.fetchall())
        cursor.execute("RESET enable_seqscan")
    assert "gift_of_movement" in plan
    assert "refund_of_movement" in plan
    assert "gateway_movement_stripe_id" in plan
