"""Goal: a change takes effect at Stripe and here, or in neither, and is written down."""

import datetime as dt

import pytest

from donors import changes, methods, pledges, rhythms, stuck, subscriptions, turns
from donors.gifts import FundClosed
from donors.models import (
    ChangeState,
    EndedWhy,
    Instalment,
    Pledge,
    PledgeChange,
    PledgeState,
    Rhythm,
)
from funding import clock
from funding.audit.models import Record
from funding.ledger.models import Fund
from funding.mail.models import Mail
from funding.money import Money
from tests import make
from tests.books import assert_agreed
from tests.donors.regular import Giver, promise, states, told
from tests.donors.test_debit_races import together
from tests.donors.test_instalments import newest, unpaid
from tests.sandbox.conftest import Sandbox

ALICE = "user:1"


def done(change: PledgeChange) -> PledgeChange:
    """Made at once, as a page does it."""
    made = turns.make(change.pk)
    assert made.state == ChangeState.DONE, made.error
    return made


def amount(pledge: Pledge, minor: int, **how: object) -> PledgeChange:
    money = Money(minor, pledge.currency)
    told = {"pledge_id": pledge.pk, "amount": money, "covers": False, "actor": ALICE} | how
    return changes.change_amount(**told)  # type: ignore[arg-type]


# From the next time on.


def test_another_sum_counts_from_the_next_instalment(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    pledge = giver.begins(general)
    change = done(amount(pledge, 1500, covers=True))
    assert (change.before["amount_minor"], change.after["amount_minor"]) == (1000, 1500)
    pledge.refresh_from_db()
    assert (pledge.amount_minor, pledge.cover_minor > 0) == (1500, True)
    assert giver.charges() == 1000
    giver.passes(pledge)
    giver.hears()
    last = newest(pledge)
    assert (last.amount_minor, last.cover_minor) == (1500, pledge.cover_minor)
    assert giver.charges() == 2500 + pledge.cover_minor
    assert told(pledge) == ["begun", f"change-{change.pk}"]
    text = " ".join(Mail.objects.get(key__contains=f"change-{change.pk}").text.split())
    assert "You gave €10.00 every month" in text
    assert Record.objects.filter(action="pledge.amount.done", actor=ALICE).count() == 1
    assert not Record.objects.filter(action="pledge.followed").exists()
    assert_agreed(stripe)


def test_an_instalment_that_was_made_before_keeps_its_split(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    pledge = giver.begins(general, amount_minor=1000, cover_minor=41)
    giver.plays(pledge, next=["insufficient_funds"])
    giver.passes(pledge)
    done(amount(pledge, 2000))
    giver.hears()
    open_one = newest(pledge)
    assert (open_one.state, open_one.amount_minor, open_one.cover_minor) == ("open", 1000, 41)
    assert open_one.next_try_at is not None
    giver.until(open_one.next_try_at)
    giver.hears()
    assert states(pledge) == ["paid", "paid"]
    assert_agreed(stripe)


def test_another_rhythm_keeps_the_day_and_charges_nothing_at_once(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    pledge = giver.begins(general)
    next_at = pledge.next_at
    done(amount(pledge, 9000, rhythm=Rhythm.YEARLY))
    pledge.refresh_from_db()
    assert (pledge.rhythm, pledge.next_at, pledge.state) == ("yearly", next_at, PledgeState.ACTIVE)
    assert giver.charges() == 1000
    giver.passes(pledge)
    giver.hears()
    pledge.refresh_from_db()
    assert giver.charges() == 10_000
    assert pledge.next_at is not None
    assert next_at is not None
    assert pledge.next_at.date() == rhythms.months_after(next_at.date(), 12)
    assert_agreed(stripe)


def test_another_day_moves_the_next_instalment_and_those_after_it(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    giver.jumps(dt.datetime(2027, 3, 14, 9, tzinfo=dt.UTC))
    pledge = giver.begins(general)
    change = changes.change_day(pledge_id=pledge.pk, day=20, actor=ALICE)
    done(change)
    giver.passes(pledge)
    giver.hears()
    giver.passes(pledge)
    giver.hears()
    days = Instalment.objects.order_by("due_on").values_list("due_on", flat=True)
    assert [day.isoformat() for day in days] == ["2027-03-14", "2027-04-20", "2027-05-20"]
    assert giver.charges() == 3000
    assert_agreed(stripe)


def test_another_fund_needs_no_word_to_stripe(general: Fund, giver: Giver, stripe: Sandbox) -> None:
    other = make.fund(general.entity, name="Mongolia fund")
    pledge = giver.begins(general)
    stripe.control("faults", api=[{"kind": "error_before", "probability": 1.0}])
    done(changes.change_fund(pledge_id=pledge.pk, fund_id=other.pk, actor=ALICE))
    stripe.control("faults", clear=True)
    giver.passes(pledge)
    giver.hears()
    gift = newest(pledge).gift
    assert gift is not None
    assert [line.fund_id for line in gift.lines.all()] == [other.pk]
    closed = make.fund(general.entity, is_open_to_gifts=False)
    with pytest.raises(FundClosed):
        changes.change_fund(pledge_id=pledge.pk, fund_id=closed.pk, actor=ALICE)
    assert_agreed(stripe)


def test_the_next_one_left_out_is_not_charged_and_the_one_after_it_is(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    pledge = giver.begins(general)
    done(changes.skip(pledge_id=pledge.pk, actor=ALICE))
    pledge.refresh_from_db()
    assert pledge.state == PledgeState.PAUSED
    with pytest.raises(changes.Behind):
        changes.skip(pledge_id=pledge.pk, actor=ALICE)
    giver.passes(pledge)
    giver.days(2, then=giver.hears)
    assert states(pledge) == ["paid", "skipped"]
    pledge.refresh_from_db()
    assert pledge.state == PledgeState.ACTIVE
    giver.passes(pledge)
    giver.hears()
    assert (states(pledge), giver.charges()) == (["paid", "skipped", "paid"], 2000)
    assert not any("failed" in each for each in told(pledge))
    assert_agreed(stripe)


def test_a_pause_lets_nothing_fall_due_before_its_day_and_ends_by_itself(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    giver.jumps(dt.datetime(2027, 3, 14, 9, tzinfo=dt.UTC))
    pledge = giver.begins(general)
    with pytest.raises(changes.OutOfRange, match="2027-04-14"):
        changes.pause(pledge_id=pledge.pk, until=dt.date(2027, 4, 10), actor=ALICE)
    with pytest.raises(changes.OutOfRange, match="at most a year"):
        changes.pause(pledge_id=pledge.pk, until=dt.date(2029, 4, 10), actor=ALICE)
    done(changes.pause(pledge_id=pledge.pk, until=dt.date(2027, 6, 1), actor=ALICE))
    for _month in range(3):
        giver.passes(pledge)
        giver.hears()
    assert states(pledge) == ["paid", "skipped", "skipped", "paid"]
    pledge.refresh_from_db()
    assert (pledge.state, pledge.resumes_at) == (PledgeState.ACTIVE, None)
    assert giver.charges() == 2000
    assert_agreed(stripe)


def test_a_pause_can_be_ended_before_its_day(general: Fund, giver: Giver) -> None:
    pledge = giver.begins(general)
    until = clock.now().date() + dt.timedelta(days=90)
    done(changes.pause(pledge_id=pledge.pk, until=until, actor=ALICE))
    done(changes.resume(pledge_id=pledge.pk, actor=ALICE))
    pledge.refresh_from_db()
    assert pledge.state == PledgeState.ACTIVE
    with pytest.raises(changes.NothingChanged):
        changes.resume(pledge_id=pledge.pk, actor=ALICE)
    giver.passes(pledge)
    giver.hears()
    assert states(pledge) == ["paid", "paid"]


# A new card.


def test_a_new_card_is_charged_from_then_on_and_for_what_is_open_at_once(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    pledge = unpaid(giver, general)
    url = methods.new_method(pledge_id=pledge.pk, actor=ALICE, return_url="http://localhost/x/")
    change = PledgeChange.objects.get()
    assert (change.state, change.checkout_url) == (ChangeState.OPENED, url)
    assert methods.follow_setup(change.pk).state == ChangeState.OPENED
    said = stripe.control("pay", session=change.checkout, card="5555555555554444")
    assert said["state"] == "succeeded"
    giver.seconds(100)
    errors = together(*[lambda: methods.follow_setup_page(change.checkout)] * 3, methods.sweep)
    assert errors == []
    giver.hears()
    giver.sweeps()
    pledge.refresh_from_db()
    assert (pledge.method, pledge.state) == ("Card ending 4444", PledgeState.ACTIVE)
    assert states(pledge) == ["paid", "paid"]
    assert giver.charges() == 2000
    giver.passes(pledge)
    # Stripe keeps events for thirty days, so that only a look tells of the payment before.
    giver.hears()
    giver.sweeps()
    gift = newest(pledge).gift
    assert gift is not None
    assert gift.method == "Card ending 4444"
    assert_agreed(stripe)


def test_a_page_for_a_card_that_was_left_changes_nothing(general: Fund, giver: Giver) -> None:
    pledge = giver.begins(general)
    methods.new_method(pledge_id=pledge.pk, actor=ALICE, return_url="http://localhost/x/")
    giver.seconds(4 * 3600)
    giver.sweeps()
    assert PledgeChange.objects.get().state == ChangeState.REFUSED
    pledge.refresh_from_db()
    assert (pledge.method, told(pledge)) == ("Card ending 4242", ["begun"])


# An end.


def test_an_end_is_at_once_and_asks_no_more_for_what_is_open(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    pledge = unpaid(giver, general)
    done(changes.end(pledge_id=pledge.pk, actor=ALICE))
    pledge.refresh_from_db()
    assert (pledge.state, pledge.ended_why) == (PledgeState.ENDED, EndedWhy.GIVER)
    assert states(pledge) == ["paid", "unpaid"]
    invoice = stripe.client().invoices.retrieve(newest(pledge).invoice)
    assert invoice.status == "void"
    giver.days(40, then=giver.sweeps)
    assert giver.charges() == 1000
    assert told(pledge)[-1] == "ended"
    with pytest.raises(changes.NotRunning):
        changes.end(pledge_id=pledge.pk, actor=ALICE)
    with pytest.raises(changes.NotRunning):
        amount(pledge, 1500)
    assert_agreed(stripe)


def test_an_end_comes_before_a_change_that_was_not_made_yet(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    pledge = giver.begins(general)
    before = amount(pledge, 1500)
    done(changes.end(pledge_id=pledge.pk, actor=ALICE))
    before.refresh_from_db()
    assert before.state == ChangeState.REFUSED
    assert turns.make(before.pk).state == ChangeState.REFUSED
    pledge.refresh_from_db()
    assert (pledge.state, pledge.amount_minor) == (PledgeState.ENDED, 1000)


def test_ending_twice_at_once_is_one_end(general: Fund, giver: Giver) -> None:
    pledge = giver.begins(general)
    first = changes.end(pledge_id=pledge.pk, actor=ALICE)
    assert changes.end(pledge_id=pledge.pk, actor=ALICE).pk == first.pk
    errors = together(*[lambda: turns.make(first.pk)] * 3)
    assert errors == []
    assert told(pledge) == ["begun", "ended"]


# In both or in neither.


def test_what_stripe_will_not_do_is_refused_and_all_is_as_before(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    pledge = giver.begins(general)
    change = amount(pledge, 1500)
    stripe.client().subscriptions.cancel(pledge.subscription)
    made = turns.make(change.pk)
    assert (made.state, bool(made.error)) == (ChangeState.REFUSED, True)
    pledge.refresh_from_db()
    assert (pledge.amount_minor, told(pledge)) == (1000, ["begun"])


@pytest.mark.parametrize("kind", ["error_before", "error_after", "reset_after", "timeout_after"])
def test_a_change_whose_answer_is_lost_is_made_once_when_stripe_answers(
    general: Fund, giver: Giver, stripe: Sandbox, kind: str
) -> None:
    pledge = giver.begins(general)
    change = amount(pledge, 1500)
    fault = {"kind": kind, "next": 3, "path": "/v1/subscriptions", "method": "POST"}
    stripe.control("faults", api=[fault])
    made = turns.make(change.pk)
    stripe.control("faults", clear=True)
    if made.state == ChangeState.ASKED:
        pledge.refresh_from_db()
        assert pledge.amount_minor == 1000
        with pytest.raises(changes.ChangeUnderWay):
            amount(pledge, 2000)
        giver.seconds(600)
        giver.sweeps()
    change.refresh_from_db()
    assert change.state == ChangeState.DONE
    pledge.refresh_from_db()
    assert pledge.amount_minor == 1500
    giver.passes(pledge)
    giver.hears()
    assert giver.charges() == 2500
    assert told(pledge) == ["begun", f"change-{change.pk}"]
    assert_agreed(stripe)


def test_a_change_that_cannot_be_made_is_on_the_list_of_what_is_stuck(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    pledge = giver.begins(general)
    change = amount(pledge, 1500)
    stripe.control("faults", api=[{"kind": "error_before", "probability": 1.0}])
    PledgeChange.objects.update(due_at=clock.now(), attempts=turns.STUCK_AFTER - 1)
    turns.sweep()
    assert [each.pk for each in turns.stuck()] == [change.pk]
    for _twice in range(2):
        stuck.retry_change(pk=change.pk, actor="user:7")
    assert PledgeChange.objects.get().attempts == 0
    PledgeChange.objects.update(attempts=turns.STUCK_AFTER)
    stuck.leave_change(pk=change.pk, actor="user:7", why="The donor wrote to us.")
    change.refresh_from_db()
    pledge.refresh_from_db()
    assert (change.state, pledge.amount_minor) == (ChangeState.REFUSED, 1000)
    stripe.control("faults", clear=True)
    assert turns.make(change.pk).state == ChangeState.REFUSED


# What is refused before anything is written.


@pytest.mark.parametrize("minor", [299, 1_000_001])
def test_a_sum_out_of_range_is_refused(general: Fund, giver: Giver, minor: int) -> None:
    pledge = giver.begins(general)
    with pytest.raises(changes.OutOfRange):
        amount(pledge, minor)
    assert not pledge.changes.exists()


def test_what_is_so_already_and_what_has_not_begun_is_refused(general: Fund, giver: Giver) -> None:
    started = pledges.start(promise(general, email="bob@donor.example"))
    with pytest.raises(changes.NotRunning):
        amount(started, 1500)
    pledge = giver.begins(general)
    with pytest.raises(changes.NothingChanged):
        amount(pledge, 1000)
    with pytest.raises(changes.OutOfRange):
        changes.change_amount(
            pledge_id=pledge.pk, amount=Money(1000, "USD"), covers=False, actor=ALICE
        )
    with pytest.raises(changes.OutOfRange):
        changes.change_day(pledge_id=pledge.pk, day=31, actor=ALICE)
    assert not PledgeChange.objects.exists()


def test_an_unpaid_instalment_comes_before_day_rhythm_and_pause(
    general: Fund, giver: Giver
) -> None:
    pledge = unpaid(giver, general)
    until = clock.now().date() + dt.timedelta(days=90)
    for deed in (
        lambda: changes.skip(pledge_id=pledge.pk, actor=ALICE),
        lambda: changes.pause(pledge_id=pledge.pk, until=until, actor=ALICE),
        lambda: amount(pledge, 9000, rhythm=Rhythm.YEARLY),
    ):
        with pytest.raises(changes.Behind):
            deed()
    assert not pledge.changes.exists()


def test_a_pledge_is_followed_while_a_change_is_made(general: Fund, giver: Giver) -> None:
    pledge = giver.begins(general)
    change = amount(pledge, 1500)
    errors = together(
        lambda: turns.make(change.pk),
        lambda: subscriptions.follow(pledge.pk),
        lambda: subscriptions.follow_subscription(pledge.subscription),
    )
    assert errors == []
    giver.hears()
    pledge.refresh_from_db()
    assert (pledge.amount_minor, pledge.cover_minor) == (1500, 0)
