"""Goal: two clicks at once give back once, and two people at once decide once."""

import time
import uuid

import pytest
from django.db import IntegrityError
from django.db.models import Sum

from donors import approvals, refunds
from donors.models import Refund, RefundState
from donors.refunds import NothingToRefund
from funding.audit.models import Record
from funding.ledger.models import Fund
from funding.users.models import Role, User
from funding.users.second import SecondPersonNeeded
from tests.donors.conftest import Visitor
from tests.donors.test_refunds import received
from tests.ledger.racing import together
from tests.people import make_person
from tests.sandbox.conftest import Sandbox


@pytest.fixture
def deciders(committed: None) -> list[User]:
    """Two who may decide on what a third one proposed."""
    return [make_person(f"t{number}@x.example", "", Role.TREASURER) for number in range(2)]


def test_a_form_sent_four_times_at_once_is_one_refund(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift, token = received(visitor, general), uuid.uuid4()

    def send(_number: int) -> int:
        made = refunds.request(
            gift_id=gift.pk, amount_minor=500, reason="Twice.", actor="user:1", token=token
        )
        return int(made.pk)

    assert set(together(4, send)) == {Refund.objects.get().pk}
    assert Record.objects.filter(action="refund.requested").count() == 1


def test_without_the_lock_the_second_click_is_an_error(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift, token = received(visitor, general), uuid.uuid4()

    def send(_number: int) -> object:
        standing = Refund.objects.filter(uuid=token).first()
        time.sleep(0.3)
        return standing or Refund.objects.create(
            uuid=token,
            gift=gift,
            amount_minor=500,
            reason="Twice.",
            requested_by="user:1",
            created_at=gift.created_at,
            due_at=gift.created_at,
        )

    assert [type(each) for each in together(2, send)].count(IntegrityError) == 1


def test_many_refunds_at_once_give_back_no_more_than_was_paid(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)

    def send(_number: int) -> Refund:
        return refunds.request(
            gift_id=gift.pk, amount_minor=1000, reason="Asked.", actor="user:1", token=uuid.uuid4()
        )

    outcomes = together(4, send)
    assert [type(each) for each in outcomes].count(NothingToRefund) == 2
    assert Refund.objects.aggregate(sum=Sum("amount_minor"))["sum"] == 2000


def test_one_agrees_and_one_declines_at_once_and_one_of_them_is_heard(
    general: Fund, visitor: Visitor, stripe: Sandbox, deciders: list[User]
) -> None:
    gift = received(visitor, general, lines=((general.pk, 80_000),))
    refund = refunds.request(
        gift_id=gift.pk, amount_minor=60_000, reason="Twice.", actor="user:999999"
    )

    def decide(number: int) -> str:
        rule = (approvals.approve, approvals.decline)[number]
        return rule(refund_id=refund.pk, by=deciders[number]).state

    outcomes = together(2, decide)
    assert [type(each) for each in outcomes].count(SecondPersonNeeded) == 1
    (heard,) = [each for each in outcomes if isinstance(each, str)]
    refund.refresh_from_db()
    assert refund.state == heard
    assert heard in {RefundState.REQUESTED, RefundState.DECLINED}
    decided = ("refund.approved", "refund.declined")
    assert Record.objects.filter(action__in=decided).count() == 1


def test_without_the_lock_both_would_be_heard(
    general: Fund, visitor: Visitor, stripe: Sandbox, deciders: list[User]
) -> None:
    gift = received(visitor, general, lines=((general.pk, 80_000),))
    refund = refunds.request(
        gift_id=gift.pk, amount_minor=60_000, reason="Twice.", actor="user:999999"
    )

    def decide(number: int) -> bool:
        row = Refund.objects.get(pk=refund.pk)
        time.sleep(0.3)
        if row.state != RefundState.PROPOSED:
            return False
        row.state = (RefundState.REQUESTED, RefundState.DECLINED)[number]
        row.decided_by, row.decided_at = f"user:{deciders[number].pk}", row.created_at
        row.save()
        return True

    assert together(2, decide) == [True, True]
