"""Refunds of gifts that nobody has accepted: the money leaves the Treasury, and no fund."""

from donors import holding, journals, settlements
from donors.models import Gift, HeldGift, Refund
from funding import clock
from funding.gateway.payments import Value
from funding.ledger import accounts
from funding.money import split


def went(held: HeldGift, gift: Gift, refund: Refund, value: Value) -> None:
    """Book what went out of a gift that nobody has accepted: it leaves the Treasury."""
    shares, now = settlements.shares_of(gift), clock.now()
    legs = journals.given_back(
        shares,
        parts=split(refund.amount_minor, [share.gross_minor for share in shares]),
        currency=gift.currency,
        value=-value.gross,
        fee=value.fee,
        clearing=accounts.clearing_of(gift.entity_id),
    )
    day = settlements.booking_day(gift.entity_id, gift.entity.zone, now)
    key = f"refund:{refund.pk}:book"
    holding.post_as(held, key=key, legs=legs, day=day, actor=refund.requested_by)
    refund.booked_at, refund.balance_transaction = now, value.id
    holding.moved(held, gift, refunded=refund.amount_minor)


def came_back(held: HeldGift, gift: Gift, refund: Refund, value: Value) -> None:
    """Book what came back to us of a gift that nobody has accepted."""
    shares = settlements.shares_of(gift)
    legs = journals.came_again(
        shares,
        parts=split(refund.amount_minor, [share.gross_minor for share in shares]),
        currency=gift.currency,
        value=value.gross,
        fee=value.fee,
        clearing=accounts.clearing_of(gift.entity_id),
    )
    day = settlements.booking_day(gift.entity_id, gift.entity.zone, clock.now())
    key = f"refund:{refund.pk}:returned"
    holding.post_as(held, key=key, legs=legs, day=day, actor="stripe")
    holding.moved(held, gift, refunded=-refund.amount_minor)
