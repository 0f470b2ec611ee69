"""Goal: a large or odd gift is in no fund before it is accepted, and nothing of it is lost."""

import datetime as dt
import time
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from donors import acceptance, gifts, refunds, verdicts
from donors.acceptance import WrongTerms
from donors.models import (
    Gift,
    GiftState,
    HeldGift,
    HeldState,
    HeldVerdict,
    HeldWhy,
    Refund,
    RefundState,
    VerdictState,
)
from donors.refunds import NothingToRefund
from donors.verdicts import NeedsAReason, NotHeld
from funding import clock, jobs
from funding.ledger import balances
from funding.ledger.models import Entry, Fund, Lot, Posting
from funding.mail.models import Mail
from funding.site import reconcile
from funding.users.models import Role, User
from funding.users.second import SecondPersonNeeded
from tests import make
from tests.books import assert_agreed
from tests.donors.conftest import Visitor
from tests.donors.test_disputes import moves, taken
from tests.donors.test_found_refunds import by_hand
from tests.donors.test_refunds import received
from tests.ledger.racing import together
from tests.people import make_person
from tests.sandbox.conftest import Sandbox

LARGE = 1_200_000


@pytest.fixture
def two(committed: None) -> list[User]:
    """Two treasurers."""
    return [make_person(f"t{number}@x.example", "", Role.TREASURER) for number in range(2)]


def large(visitor: Visitor, fund: Fund, **facts: Any) -> HeldGift:
    """EUR 12,000, paid by card."""
    return HeldGift.objects.get(gift=received(visitor, fund, lines=((fund.pk, LARGE),), **facts))


def suspense() -> int:
    rows = Posting.objects.filter(account_id="suspense").values_list("amount_minor", flat=True)
    return -sum(rows)


def accepted(held: HeldGift, two: list[User]) -> HeldGift:
    made = verdicts.propose(held_id=held.pk, verdict="accept", reason="", by=two[0])
    verdicts.confirm(verdict_id=made.pk, by=two[1])
    return HeldGift.objects.get(pk=held.pk)


def declined(held: HeldGift, two: list[User], why: str = "We know too little.") -> HeldGift:
    made = verdicts.propose(held_id=held.pk, verdict="decline", reason=why, by=two[0])
    verdicts.confirm(verdict_id=made.pk, by=two[1])
    return HeldGift.objects.get(pk=held.pk)


def agrees(stripe: Sandbox) -> None:
    """The books are Stripe's, and reconciling finds nothing."""
    assert_agreed(stripe)
    assert reconcile.differences_of(reconcile.run()) == []


def test_the_database_lets_no_held_gift_into_a_fund(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    held = large(visitor, general)
    before = Entry.objects.count()
    with pytest.raises(IntegrityError, match="held_gift_is_not_received"), transaction.atomic():
        Gift.objects.filter(pk=held.gift_id).update(state="settled", settled_at=clock.now())
    entry = Entry(
        entity_id=general.entity_id,
        key=f"gift:{held.gift_id}:settle",
        reason="gift",
        cause=f"gift:{held.gift_id}",
        actor="user:1",
        happened_on=dt.date(2027, 1, 1),
        booked_at=clock.now(),
    )
    with pytest.raises(IntegrityError, match="held_gift_is_in_no_fund"), transaction.atomic():
        entry.save()
    assert (Entry.objects.count(), balances.available(general.pk).minor) == (before, 0)


def test_the_database_keeps_what_was_held_and_decided(
    general: Fund, visitor: Visitor, stripe: Sandbox, two: list[User]
) -> None:
    held = accepted(large(visitor, general), two)
    rows, said = HeldGift.objects.filter(pk=held.pk), HeldVerdict.objects.filter(held=held)
    with pytest.raises(IntegrityError, match="heldgift_stays"), transaction.atomic():
        rows.update(state=HeldState.WAITING, ended_at=None)
    with pytest.raises(IntegrityError, match="heldgift_stays"), transaction.atomic():
        rows.update(reasons=[])
    with pytest.raises(IntegrityError, match="heldverdict_stays"), transaction.atomic():
        said.update(decided_by="user:9")
    terms = acceptance.set_terms(
        entity_id=general.entity_id, limit_minor=1, days=1, cash_minor=1, words="", actor="user:1"
    )
    with pytest.raises(IntegrityError, match="acceptanceterms_stay"), transaction.atomic():
        type(terms).objects.update(limit_minor=5)


@pytest.mark.parametrize(
    ("facts", "constraint"),
    [
        ({"decided_by": "user:1", "state": "stands"}, "heldverdict_is_of_two_people"),
        ({"reason": ""}, "heldverdict_declines_with_a_reason_and_two"),
        ({"needs_second": False}, "heldverdict_declines_with_a_reason_and_two"),
        ({"state": "stands"}, "heldverdict_has_its_second_person"),
    ],
)
def test_the_database_wants_two_people_and_a_reason_to_decline(
    general: Fund, visitor: Visitor, stripe: Sandbox, facts: dict[str, Any], constraint: str
) -> None:
    said: dict[str, Any] = {
        "held": large(visitor, general),
        "verdict": "decline",
        "reason": "Odd.",
        "needs_second": True,
        "state": "proposed",
        "proposed_by": "user:1",
        "proposed_at": clock.now(),
        "decided_at": clock.now(),
    }
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        HeldVerdict.objects.create(**said | facts)


def test_one_verdict_stands_at_a_time(
    general: Fund, visitor: Visitor, stripe: Sandbox, two: list[User]
) -> None:
    held = large(visitor, general)
    made = verdicts.propose(held_id=held.pk, verdict="accept", reason="", by=two[0])
    with pytest.raises(NotHeld):
        verdicts.propose(held_id=held.pk, verdict="decline", reason="Odd.", by=two[1])
    with pytest.raises(SecondPersonNeeded):
        verdicts.confirm(verdict_id=made.pk, by=two[0])
    verdicts.turn_down(verdict_id=made.pk, by=two[1])
    with pytest.raises(NotHeld):
        verdicts.confirm(verdict_id=made.pk, by=two[1])
    with pytest.raises(NeedsAReason):
        verdicts.propose(held_id=held.pk, verdict="decline", reason=" ", by=two[1])
    eve = make_person("eve@x.example", "")
    with pytest.raises(SecondPersonNeeded):
        verdicts.propose(held_id=held.pk, verdict="accept", reason="", by=eve)
    assert suspense() > 0
    assert HeldGift.objects.get().state == HeldState.WAITING


def test_accepting_and_declining_at_once_is_one_verdict(
    general: Fund, visitor: Visitor, stripe: Sandbox, two: list[User]
) -> None:
    held = large(visitor, general)

    def decide(number: int) -> str:
        verdict = ("accept", "decline")[number]
        return verdicts.propose(
            held_id=held.pk, verdict=verdict, reason="Odd.", by=two[number]
        ).verdict

    outcomes = together(2, decide)
    assert [type(each) for each in outcomes].count(NotHeld) == 1
    made = HeldVerdict.objects.get()

    def answer(number: int) -> str:
        rule = (verdicts.confirm, verdicts.turn_down)[number]
        other = next(one for one in two if f"user:{one.pk}" != made.proposed_by)
        return rule(verdict_id=made.pk, by=other).state

    assert [type(each) for each in together(2, answer)].count(NotHeld) == 1
    agrees(stripe)


def test_without_the_lock_the_database_still_keeps_one(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    held = large(visitor, general)

    def decide(number: int) -> object:
        standing = HeldVerdict.objects.filter(held=held).exists()
        time.sleep(0.3)
        return standing or HeldVerdict.objects.create(
            held=held,
            verdict="decline",
            reason="Odd.",
            needs_second=True,
            state=VerdictState.PROPOSED,
            proposed_by=f"user:{number}",
            proposed_at=clock.now(),
        )

    assert [type(each) for each in together(2, decide)].count(IntegrityError) == 1


def test_a_large_gift_is_here_and_nowhere(general: Fund, visitor: Visitor, stripe: Sandbox) -> None:
    held = large(visitor, general)
    assert (held.reasons, held.state) == ([HeldWhy.LIMIT], HeldState.WAITING)
    gift = Gift.objects.get()
    assert (gift.state, gift.settled_at, gift.receipts.count()) == (GiftState.HELD, None, 0)
    jobs.sweep_once()
    assert (balances.available(general.pk).minor, Lot.objects.count()) == (0, 0)
    assert suspense() == LARGE - (held.fee_minor or 0) > 0
    assert [mail.subject for mail in Mail.objects.all()] == [
        "Your gift is here, and we are looking at it"
    ]
    gifts.follow(gift.pk)
    assert verdicts.sweep() == 0
    agrees(stripe)


def test_an_accepted_gift_is_as_any_other(
    general: Fund, visitor: Visitor, stripe: Sandbox, two: list[User]
) -> None:
    held = accepted(large(visitor, general), two)
    gift = Gift.objects.get()
    assert (held.state, gift.state, gift.settled_at) == ("accepted", "settled", held.paid_at)
    assert gift.receipts.count() == 1
    assert (suspense(), balances.available(general.pk).minor) == (0, LARGE - (gift.fee_minor or 0))
    jobs.sweep_once()
    assert Lot.objects.count() == 1
    agrees(stripe)
    refund = refunds.request(
        gift_id=gift.pk, amount_minor=1000, reason="Asked.", actor=f"user:{two[0].pk}"
    )
    refunds.send(refund.pk)
    agrees(stripe)


def test_a_gift_is_accepted_before_its_value_is_known(
    general: Fund, visitor: Visitor, stripe: Sandbox, two: list[User]
) -> None:
    gift = make.gift(general, lines=((general.pk, LARGE),))
    visitor.pays(gift)
    gifts.follow(gift.pk)
    held = HeldGift.objects.get()
    assert held.valued_at is None
    assert reconcile.differences_of(reconcile.run()) == []
    accepted(held, two)
    assert reconcile.differences_of(reconcile.run()) == []
    visitor.waits()
    gift = gifts.follow(gift.pk)
    assert gift.final_at is not None
    agrees(stripe)


def test_a_small_odd_gift_is_accepted_by_one(
    general: Fund, visitor: Visitor, stripe: Sandbox, two: list[User]
) -> None:
    received(visitor, general, message="Only for kittens, please")
    held = HeldGift.objects.get()
    assert held.reasons == [HeldWhy.WORDS]
    made = verdicts.propose(held_id=held.pk, verdict="accept", reason="", by=two[0])
    assert (made.state, made.needs_second) == (VerdictState.STANDS, False)
    assert Gift.objects.get().state == GiftState.SETTLED
    agrees(stripe)


def test_a_wish_that_the_fund_fits_is_not_held(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    received(visitor, general, message="Only for the General Fund")
    assert Gift.objects.get().state == GiftState.SETTLED


def test_several_gifts_of_days_count_together(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    received(visitor, general, lines=((general.pk, 600_000),))
    received(visitor, general, lines=((general.pk, 600_000),), email="bo@donor.example")
    assert not HeldGift.objects.exists()
    received(visitor, general, lines=((general.pk, 400_001),))
    assert HeldGift.objects.get().reasons == [HeldWhy.SUM]
    agrees(stripe)


def test_a_foreign_gift_is_held_by_what_it_is_worth(
    general: Fund, visitor: Visitor, stripe: Sandbox, two: list[User]
) -> None:
    received(visitor, general, lines=((general.pk, 1_100_000),), currency="GBP")
    held = HeldGift.objects.get()
    assert (held.value_currency, held.state) == ("EUR", HeldState.WAITING)
    agrees(stripe)
    declined(held, two)
    jobs.sweep_once()
    visitor.waits()
    jobs.sweep_once()
    assert HeldGift.objects.get().state == HeldState.RETURNED
    agrees(stripe)


def test_a_declined_gift_goes_back_and_its_giver_is_told(
    general: Fund, visitor: Visitor, stripe: Sandbox, two: list[User]
) -> None:
    held = declined(large(visitor, general), two, "We may not take this.")
    fee = held.fee_minor or 0
    for _again in range(2):
        refunds.send(Refund.objects.get().pk)
        jobs.sweep_once()
    held.refresh_from_db()
    gift = Gift.objects.get()
    assert (held.state, gift.state, gift.settled_at) == ("returned", "failed", None)
    assert gift.ended_why == "We may not take this."
    assert (suspense(), balances.available(general.pk).minor) == (0, -fee)
    told = Mail.objects.get(key=f"held:{held.pk}:declined")
    assert "We may not take this." in told.text
    agrees(stripe)
    # News that comes again changes nothing.
    stands = Entry.objects.count()
    gifts.follow_payment(gift.payment_intent)
    assert (Entry.objects.count(), HeldGift.objects.get().state) == (stands, "returned")
    with pytest.raises(NotHeld):
        verdicts.propose(held_id=held.pk, verdict="accept", reason="", by=two[0])


def test_money_that_went_while_it_was_held_ends_it(
    general: Fund, visitor: Visitor, stripe: Sandbox, two: list[User]
) -> None:
    held = large(visitor, general)
    made = verdicts.propose(held_id=held.pk, verdict="accept", reason="", by=two[0])
    facts = by_hand(stripe, held.gift, LARGE)
    assert refunds.follow(facts["id"])
    assert HeldVerdict.objects.get().state == VerdictState.LAPSED
    with pytest.raises(NotHeld):
        verdicts.confirm(verdict_id=made.pk, by=two[1])
    assert (HeldGift.objects.get().state, Gift.objects.get().state) == ("returned", "failed")
    assert suspense() == 0
    agrees(stripe)


def test_a_dispute_of_a_held_gift_takes_it_and_can_bring_it_again(
    general: Fund, visitor: Visitor, stripe: Sandbox, two: list[User]
) -> None:
    held = large(visitor, general)
    dispute = taken(stripe, held.gift)
    held.refresh_from_db()
    assert (held.state, held.withdrawn_minor) == (HeldState.RETURNED, LARGE)
    agrees(stripe)
    moves(stripe, dispute, "won")
    held.refresh_from_db()
    assert (held.state, held.gone_minor) == (HeldState.WAITING, 0)
    agrees(stripe)
    with pytest.raises(NotHeld):
        verdicts.propose(held_id=held.pk, verdict="accept", reason="", by=two[0])
    verdicts.propose(held_id=held.pk, verdict="decline", reason="Disputed.", by=two[0])


def test_a_held_gift_is_not_refunded_beside_its_verdict(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    held = large(visitor, general)
    with pytest.raises(NothingToRefund):
        refunds.request(gift_id=held.gift_id, amount_minor=5, reason="x", actor="user:1")
    assert not Refund.objects.exists()


def test_a_return_that_stripe_refused_is_tried_again(
    general: Fund, visitor: Visitor, stripe: Sandbox, two: list[User]
) -> None:
    held = declined(large(visitor, general), two)
    with pytest.raises(NotHeld):
        verdicts.send_back_again(held_id=held.pk, by=two[0])
    Refund.objects.update(state=RefundState.FAILED, ended_at=clock.now())
    verdicts.send_back_again(held_id=held.pk, by=two[0])
    refunds.send(Refund.objects.latest("pk").pk)
    assert HeldGift.objects.get().state == HeldState.RETURNED
    agrees(stripe)


@pytest.mark.parametrize("facts", [{"limit_minor": 0}, {"days": 0}, {"cash_minor": 10**18}])
def test_terms_are_sums_above_zero(general: Fund, facts: dict[str, int]) -> None:
    said: dict[str, Any] = {"limit_minor": 5, "days": 5, "cash_minor": 5, "words": ""} | facts
    with pytest.raises(WrongTerms):
        acceptance.set_terms(entity_id=general.entity_id, actor="user:1", **said)
    assert acceptance.terms_of(general.entity_id).pk is None
