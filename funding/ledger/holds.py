"""Money of a fund kept back while a decision is open."""

import datetime as dt

from django.db import transaction

from funding import clock
from funding.audit import log
from funding.ledger import balances, book
from funding.ledger.book import Leg
from funding.ledger.models import Hold, Reason
from funding.ledger.refusals import EntryConflict, overdrawn, refusing
from funding.money import Money


def place(*, fund_id: int, cause: str, amount: Money, actor: str) -> Hold:
    """Keep money back for a cause such as 'motion:7'; again with the same sum: the same hold.

    Raises FundOverdrawn, FundIsClosed, PeriodClosed; EntryConflict when the cause holds
    another sum already; ValueError for a sum that is not above zero in the fund's currency.
    """
    with refusing(), transaction.atomic():
        (fund,) = balances.lock_funds([fund_id])
        if amount.currency != fund.currency or amount.minor <= 0:
            raise ValueError("A hold is a sum above zero in the fund's own currency.")
        standing = Hold.objects.filter(fund=fund, cause=cause).first()
        if standing is not None:
            if standing.amount_minor != amount.minor:
                raise EntryConflict(f"{cause} holds another sum already.")
            return standing
        left = balances.available(fund.pk)
        if left < amount:
            raise overdrawn(fund=fund.name, left=left, needed=amount)
        hold = Hold.objects.create(
            fund=fund, cause=cause, amount_minor=amount.minor, placed_at=clock.now()
        )
        _post(hold, amount, Reason.HOLD, "place", actor, clock.today(fund.entity.zone))
        book.settle_constraints()
    return hold


def release(*, hold_id: int, actor: str) -> Hold:
    """Let the money go again; again: nothing. Raises PeriodClosed."""
    with refusing(), transaction.atomic():
        hold = Hold.objects.select_for_update(no_key=True).get(pk=hold_id)
        if hold.released_at is not None:
            return hold
        hold.released_at = clock.now()
        hold.save(update_fields=["released_at"])
        amount = Money(-hold.amount_minor, hold.fund.currency)
        day = clock.today(hold.fund.entity.zone)
        _post(hold, amount, Reason.HOLD_RELEASED, "release", actor, day)
        book.settle_constraints()
    return hold


def _post(
    hold: Hold, amount: Money, reason: Reason, verb: str, actor: str, happened_on: dt.date
) -> None:
    book.post(
        entity_id=hold.fund.entity_id,
        key=f"hold:{hold.pk}:{verb}",
        reason=reason,
        cause=hold.cause,
        actor=actor,
        happened_on=happened_on,
        legs=[
            Leg("held", hold.fund_id, -amount),
            Leg("held_contra", hold.fund_id, amount),
        ],
    )
    log.record(
        actor=actor,
        action=f"hold.{verb}",
        subject=f"hold:{hold.pk}",
        minor=abs(amount.minor),
        currency=amount.currency,
    )
