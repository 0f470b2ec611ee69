"""Goal: much money goes back only when two people have agreed."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from donors import approvals, refunds
from donors.models import Refund, RefundState
from donors.refunds import NothingToRefund
from funding.errors import Refused
from funding.ledger.models import Entry, Fund
from funding.users.models import Role, User
from funding.users.second import SecondPersonNeeded
from tests.donors.conftest import Visitor
from tests.donors.test_refunds import received
from tests.people import make_person
from tests.sandbox.conftest import Sandbox


@pytest.fixture
def tara(committed: None) -> User:
    """A treasurer."""
    return make_person("tara@example.org", "Tara", Role.TREASURER)


@pytest.fixture
def tom(committed: None) -> User:
    """Another treasurer."""
    return make_person("tom@example.org", "Tom", Role.TREASURER)


def large(general: Fund, visitor: Visitor, by: User, minor: int = 50_001) -> Refund:
    """A refund over the limit."""
    gift = received(visitor, general, lines=((general.pk, 80_000),))
    return refunds.request(
        gift_id=gift.pk, amount_minor=minor, reason="Given twice.", actor=f"user:{by.pk}"
    )


def test_at_the_limit_one_person_is_enough(
    general: Fund, visitor: Visitor, stripe: Sandbox, tara: User
) -> None:
    assert large(general, visitor, tara, 50_000).state == RefundState.REQUESTED


def test_over_the_limit_nothing_is_sent_before_a_second_person(
    general: Fund, visitor: Visitor, stripe: Sandbox, tara: User, tom: User
) -> None:
    refund = large(general, visitor, tara)
    before = Entry.objects.count()
    refunds.send(refund.pk)
    refunds.sweep()
    refund.refresh_from_db()
    assert (refund.state, Entry.objects.count()) == (RefundState.PROPOSED, before)
    assert stripe.client().refunds.list().data == []
    approvals.approve(refund_id=refund.pk, by=tom)
    refunds.send(refund.pk)
    refund.refresh_from_db()
    assert refund.state == RefundState.SUCCEEDED
    assert refund.decided_by == f"user:{tom.pk}"
    with pytest.raises(SecondPersonNeeded):
        approvals.approve(refund_id=refund.pk, by=tom)


def test_whoever_proposed_it_does_not_agree_to_it(
    general: Fund, visitor: Visitor, stripe: Sandbox, tara: User
) -> None:
    refund = large(general, visitor, tara)
    eve = make_person("eve@example.org", "Eve", Role.OFFICER)
    for who in (tara, eve):
        with pytest.raises(SecondPersonNeeded):
            approvals.approve(refund_id=refund.pk, by=who)
    rows = Refund.objects.filter(pk=refund.pk)
    with (
        pytest.raises(IntegrityError, match="refund_is_decided_by_another_person"),
        transaction.atomic(),
    ):
        rows.update(decided_by=refund.requested_by, decided_at=refund.created_at, state="requested")
    with (
        pytest.raises(IntegrityError, match="refund_over_the_limit_has_a_second_person"),
        transaction.atomic(),
    ):
        rows.update(state="requested")


def test_small_refunds_of_one_gift_count_together(
    general: Fund, visitor: Visitor, stripe: Sandbox, tara: User
) -> None:
    first = large(general, visitor, tara, 30_000)
    second = refunds.request(
        gift_id=first.gift_id, amount_minor=20_001, reason="Again.", actor=f"user:{tara.pk}"
    )
    assert (first.state, second.state) == (RefundState.REQUESTED, RefundState.PROPOSED)


def test_a_proposed_refund_keeps_its_money_until_it_is_declined(
    general: Fund, visitor: Visitor, stripe: Sandbox, tara: User, tom: User
) -> None:
    refund = large(general, visitor, tara, 60_000)
    asked: dict[str, Any] = {
        "gift_id": refund.gift_id,
        "amount_minor": 30_000,
        "actor": f"user:{tara.pk}",
    }
    with pytest.raises(NothingToRefund):
        refunds.request(reason="More.", **asked)
    approvals.decline(refund_id=refund.pk, by=tom)
    with pytest.raises(Refused, match="why"):
        refunds.request(reason="  ", **asked)
    assert refunds.request(reason="More.", **asked).state == RefundState.REQUESTED
