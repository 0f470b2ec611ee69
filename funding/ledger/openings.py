"""What a fund had before this ledger began: one person proposes, another one books."""

import datetime as dt

from django.db import transaction

from funding import clock
from funding.ledger import decisions
from funding.ledger.book import Leg, post, settle_constraints
from funding.ledger.models import Fund, Opening, Reason, Step
from funding.ledger.refusals import refusing
from funding.money import Money


def propose(
    *, fund_id: int, place: str, amount: Money, as_of: dt.date, reason: str, by: int
) -> Opening:
    """Ask for an opening balance; nothing is booked yet.

    `as_of` is the day on which the fund had the money, `place` where it lay, `by` the
    proposing user's id. Raises Misfit; ValueError for a sum that is not above zero in the
    fund's currency.
    """
    with refusing(), transaction.atomic():
        fund = Fund.objects.get(pk=fund_id)
        if amount.currency != fund.currency or amount.minor <= 0:
            raise ValueError("An opening balance is a sum above zero in the fund's currency.")
        opening = Opening.objects.create(
            fund=fund,
            place_id=place,
            amount_minor=amount.minor,
            as_of=as_of,
            reason=reason,
            proposed_by_id=by,
            proposed_at=clock.now(),
        )
        decisions.note(opening, actor=f"user:{by}", action="proposed")
    return opening


def book(*, opening_id: int, by: int) -> Opening:
    """Book a proposed opening balance on its own day. `by` is not the proposer.

    Raises NeedsAnotherPerson, AlreadyDecided, PeriodClosed.
    """
    with refusing(), transaction.atomic():
        opening = _locked(opening_id)
        decisions.decide(opening, state=Step.BOOKED, by=by)
        fund = opening.fund
        amount = Money(opening.amount_minor, fund.currency)
        post(
            entity_id=fund.entity_id,
            key=f"opening:{opening.pk}:book",
            reason=Reason.OPENING,
            cause=f"opening:{opening.pk}",
            actor=f"user:{by}",
            happened_on=opening.as_of,
            legs=[
                Leg(opening.place_id, fund.pk, amount),
                Leg("brought_forward", fund.pk, -amount),
            ],
        )
        settle_constraints()
    return opening


def decline(*, opening_id: int, by: int) -> Opening:
    """Turn a proposed opening balance down. Raises NeedsAnotherPerson, AlreadyDecided."""
    with refusing(), transaction.atomic():
        opening = _locked(opening_id)
        decisions.decide(opening, state=Step.DECLINED, by=by)
    return opening


def _locked(opening_id: int) -> Opening:
    rows = Opening.objects.select_related("fund")
    return rows.select_for_update(no_key=True, of=("self",)).get(pk=opening_id)
