"""Money of gifts that nobody has accepted yet: in the Treasury, owed, and in no fund.

Every entry is the one that the gift would make, with what it would bring to a fund standing in
suspense instead. So its value, its fee and what goes back of it are booked as they come, and
accepting it takes all of that out again and books the gift as any other.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from django.conf import settings
from django.db.models import Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from donors.models import (
    Gift,
    GiftState,
    HeldGift,
    HeldState,
    HeldVerdict,
    Verdict,
    VerdictState,
)
from funding import clock
from funding.audit import log
from funding.documents import paper
from funding.ledger import book, periods, verify
from funding.ledger.book import Leg
from funding.ledger.models import Entry, Fund, Posting, Reason
from funding.mail import outbox
from funding.money import Money, split

# What a gift brings to a fund or costs it; the rest are places of money and the exchange.
_OF_FUNDS: Final = frozenset(
    {"gifts", "fee_cover", "refunds", "disputes", "payment_fees", "dispute_fees"}
)

# Which entries stand for the balance transaction of a held gift, and which still wait for it.
BOOKINGS: Final = """
SELECT balance_transaction, 'held:' || id || verb
FROM donors_heldgift, (VALUES (':arrive'), (':value')) v (verb) WHERE balance_transaction <> ''
"""
PENDING: Final = """
SELECT 'held:' || h.id || ':arrive' FROM donors_heldgift h
JOIN donors_gift g ON g.id = h.gift_id AND g.means = 'stripe'
WHERE h.balance_transaction = '' AND h.ended_at IS NULL
"""
_INVARIANTS: Final = {
    "held_gift_waits_in_suspense": """
SELECT 'held gift ' || h.id, 'suspense ' || coalesce(sum(p.amount_minor), 0)
FROM donors_heldgift h JOIN donors_gift g ON g.id = h.gift_id
LEFT JOIN ledger_entry e ON e.cause = 'held:' || h.id
LEFT JOIN ledger_posting p ON p.entry_id = e.id AND p.account_id = 'suspense'
     AND p.currency = g.currency
WHERE h.ended_at IS NULL GROUP BY h.id, g.id
HAVING coalesce(sum(p.amount_minor), 0)
       < h.refunded_minor + h.withdrawn_minor - g.amount_minor - g.cover_minor
    OR coalesce(sum(p.amount_minor), 0) > 0
""",
    "held_gift_leaves_nothing_behind": """
SELECT 'held gift ' || h.id, p.account_id || ' ' || p.currency || ' ' || sum(p.amount_minor)
FROM donors_heldgift h JOIN ledger_entry e ON e.cause = 'held:' || h.id
JOIN ledger_posting p ON p.entry_id = e.id
JOIN ledger_fund f ON f.id = p.fund_id AND f.is_treasury
WHERE h.ended_at IS NOT NULL AND p.account_id IN ('suspense', 'fx')
GROUP BY h.id, p.account_id, p.currency HAVING sum(p.amount_minor) <> 0
""",
}


def register() -> None:
    """Say what `ledger verify` asks of held gifts."""
    for name, question in _INVARIANTS.items():
        verify.register(name, question)


def of(gift: Gift) -> HeldGift | None:
    """What is held of a locked gift, or was, locked."""
    return HeldGift.objects.select_for_update(no_key=True).filter(gift=gift).first()


def unaccepted(gift: Gift) -> HeldGift | None:
    """What is held of a locked gift, or went back, as long as nobody has accepted it."""
    held = of(gift)
    return held if held is not None and held.state != HeldState.ACCEPTED else None


def hold(
    gift: Gift,
    *,
    reasons: Sequence[str],
    paid_at: dt.datetime,
    day: dt.date,
    legs: Sequence[Leg],
    actor: str,
) -> HeldGift:
    """Keep the money of a locked, paid gift out of its funds, and tell the giver."""
    now = clock.now()
    gift.state, gift.ended_at, gift.ended_why, gift.error = GiftState.HELD, None, "", ""
    gift.save()
    held = HeldGift.objects.create(
        gift=gift, reasons=list(reasons), paid_at=paid_at, held_at=now, due_at=now
    )
    post(held, verb="arrive", legs=legs, day=day, actor=actor)
    log.record(
        actor=actor,
        action="gift.held",
        subject=f"gift:{gift.pk}",
        minor=gift.gross_minor,
        currency=gift.currency,
        reasons=",".join(reasons),
    )
    mail(gift, "gift_held", key=f"gift:{gift.pk}:held")
    return held


def post(held: HeldGift, *, verb: str, legs: Sequence[Leg], day: dt.date, actor: str) -> None:
    """Book legs of a held gift in the Treasury, under 'held:<id>:<verb>'."""
    post_as(held, key=f"held:{held.pk}:{verb}", legs=legs, day=day, actor=actor)


def post_as(held: HeldGift, *, key: str, legs: Sequence[Leg], day: dt.date, actor: str) -> None:
    """The same under a key by which Stripe's account book knows it."""
    treasury = Fund.objects.get(entity_id=held.gift.entity_id, is_treasury=True).pk
    book.post(
        entity_id=held.gift.entity_id,
        key=key,
        reason=Reason.SUSPENSE,
        cause=f"held:{held.pk}",
        actor=actor,
        happened_on=day,
        legs=[
            Leg("suspense" if leg.account in _OF_FUNDS else leg.account, treasury, leg.amount)
            for leg in legs
        ],
    )


def value(held: HeldGift, *, worth: Money, fee: Money, transaction: str = "") -> None:
    """Note what the money was worth and cost, as its entry says."""
    held.value_currency, held.value_minor, held.fee_minor = worth.currency, worth.minor, fee.minor
    held.balance_transaction, held.valued_at = transaction, clock.now()
    held.save()


def release(held: HeldGift, *, day: dt.date, actor: str) -> None:
    """Take its entries out of the Treasury again, for the gift itself to be booked."""
    for verb in ("value", "arrive"):
        if book.find(f"held:{held.pk}:{verb}") is not None:
            book.reverse(
                key_of=f"held:{held.pk}:{verb}",
                key=f"held:{held.pk}:{verb}-released",
                reason=Reason.RESOLVED,
                actor=actor,
                happened_on=day,
            )


def moved(held: HeldGift, gift: Gift, *, refunded: int = 0, withdrawn: int = 0) -> None:
    """Count what went back of a held gift, below zero what came again; it ends when all went."""
    held.refunded_minor += refunded
    held.withdrawn_minor += withdrawn
    if held.gone_minor >= gift.gross_minor:
        end(held, gift, _("The money went back before the gift was accepted."))
    elif held.state == HeldState.RETURNED:
        _come_again(held, gift)
    held.save()


def end(held: HeldGift, gift: Gift, why: str) -> None:
    """The money is not with us any more: what it cost is borne as fees of the gift would be."""
    if held.state != HeldState.RETURNED:
        _close(held, gift, why)
    _bear_costs(held, gift)


def _close(held: HeldGift, gift: Gift, why: str) -> None:
    now = clock.now()
    verdict = held.verdicts.filter(state=VerdictState.STANDS).first()
    held.verdicts.filter(state=VerdictState.PROPOSED).update(
        state=VerdictState.LAPSED, decided_at=now
    )
    held.state, held.ended_at = HeldState.RETURNED, now
    held.save()
    gift.state, gift.ended_at = GiftState.FAILED, now
    gift.ended_why = (verdict.reason if verdict else why)[:200]
    gift.save(update_fields=["state", "ended_at", "ended_why"])
    log.record(actor="system", action="gift.returned", subject=f"gift:{gift.pk}")


def _come_again(held: HeldGift, gift: Gift) -> None:
    declined = held.verdicts.filter(state=VerdictState.STANDS, verdict=Verdict.DECLINE)
    held.state = HeldState.DECLINED if declined.exists() else HeldState.WAITING
    held.ended_at = None
    gift.state, gift.ended_at, gift.ended_why = GiftState.HELD, None, ""
    gift.save(update_fields=["state", "ended_at", "ended_why"])


def _bear_costs(held: HeldGift, gift: Gift) -> None:
    """Move what is left in the Treasury, fees and exchange, to the funds that bear fees."""
    treasury = Fund.objects.get(entity_id=gift.entity_id, is_treasury=True).pk
    rows = Posting.objects.filter(entry__cause=f"held:{held.pk}", fund_id=treasury)
    left = rows.filter(account_id__in=["suspense", "fx"]).values_list("account_id", "currency")
    sums = [row for row in left.annotate(sum=Sum("amount_minor")).order_by() if row[2]]
    if not sums:
        return
    lines = list(gift.lines.select_related("fund").order_by("position"))
    place = _place(held, treasury)
    legs: list[Leg] = []
    for account, currency, minor in sums:
        cost = Money(minor, currency)
        legs += [Leg(account, treasury, -cost), Leg(place, treasury, cost)]
        shares = split(minor, [line.amount_minor + line.cover_minor for line in lines])
        own = "payment_fees" if account == "suspense" else "fx"
        for line, part in zip(lines, shares, strict=True):
            fund_id = line.fund.fees_from_id or line.fund_id
            legs.append(Leg(own, fund_id, Money(part, currency)))
            legs.append(Leg(place, fund_id, Money(-part, currency)))
    times = Entry.objects.filter(key__startswith=f"held:{held.pk}:costs-").count()
    book.post(
        entity_id=gift.entity_id,
        key=f"held:{held.pk}:costs-{times + 1}",
        reason=Reason.RESOLVED,
        cause=f"held:{held.pk}",
        actor="system",
        happened_on=today(gift),
        legs=legs,
    )


def _place(held: HeldGift, treasury: int) -> str:
    """Where its money came: Stripe's account or a bank's."""
    rows = Posting.objects.filter(entry__key=f"held:{held.pk}:arrive", fund_id=treasury)
    return str(rows.exclude(account_id="suspense").values_list("account_id", flat=True)[0])


def forget(held: HeldGift, gift: Gift, *, actor: str) -> None:
    """Undo the holding of a gift that was entered by mistake: no money came."""
    release(held, day=today(gift), actor=actor)
    HeldVerdict.objects.filter(held=held, state=VerdictState.PROPOSED).update(
        state=VerdictState.LAPSED, decided_at=clock.now()
    )
    held.state, held.ended_at = HeldState.RETURNED, clock.now()
    held.save()


def today(gift: Gift) -> dt.date:
    """Today in the books of the body, or the first open day after it."""
    return periods.open_day(entity_id=gift.entity_id, day=clock.today(gift.entity.zone))


def mail(gift: Gift, template: str, *, key: str, why: str = "") -> None:
    """Tell the giver in plain words; somebody without an address is told by hand."""
    if not gift.donor.email:
        return
    entity = paper.entity_facts(gift.entity)
    outbox.queue(
        key=key,
        cause=f"gift:{gift.pk}",
        to_address=gift.donor.email,
        to_name=gift.donor_name,
        template=template,
        context={
            "donor_name": gift.donor_name,
            "amount": gift.gross,
            "why": why,
            "by_card": not gift.is_by_hand,
            "contact_url": f"{settings.SITE_URL}{reverse('contact')}",
            "entity": entity,
            "illustrative": entity["is_illustrative"],
        },
        language=gift.language,
    )
