"""Which gifts a person looks at before they are accepted: large ones, and odd ones.

Whatever is held was paid, and waits in the Treasury until somebody has said what becomes of it.
"""

import datetime as dt

from django.db.models import Q
from django.utils.translation import gettext as _

from donors.models import AcceptanceTerms, Gift, GiftState, HeldWhy, Means
from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.ledger.models import Fund
from funding.money import Money, exponent


class WrongTerms(Refused):
    """A limit is no sum above zero, or the days are not between one and a year."""


def terms_of(entity_id: int) -> AcceptanceTerms:
    """What counts for a receiving body now; what it starts with where nobody set anything."""
    newest = AcceptanceTerms.objects.filter(entity_id=entity_id).first()
    return newest or AcceptanceTerms(entity_id=entity_id)


def set_terms(
    *, entity_id: int, limit_minor: int, days: int, cash_minor: int, words: str, actor: str
) -> AcceptanceTerms:
    """Say what is held from now on. Gifts that came before stay as they are. Refuses: WrongTerms.

    The same terms again change nothing.
    """
    if not (0 < limit_minor <= 10**15 and 0 < cash_minor <= 10**15 and 0 < days <= 366):
        raise WrongTerms(_("Write limits above zero, and between one day and a year."))
    said = (limit_minor, days, cash_minor, words.strip()[:400])
    now = terms_of(entity_id)
    if now.pk is not None and said == (now.limit_minor, now.days, now.cash_minor, now.words):
        return now
    made = AcceptanceTerms.objects.create(
        entity_id=entity_id,
        limit_minor=said[0],
        days=said[1],
        cash_minor=said[2],
        words=said[3],
        set_by=actor,
        set_at=clock.now(),
    )
    log.record(
        actor=actor, action="acceptance.set", subject=f"entity:{entity_id}", minor=limit_minor
    )
    return made


def reasons(
    gift: Gift, *, funds: list[Fund], worth: Money | None, is_unknown: bool = False
) -> list[str]:
    """Why this gift, that came just now, is held: codes of HeldWhy, none when it is not.

    `worth` is its value in the body's currency where that is known already. An organisation that
    we have on record was looked at when it was invited, so the limits are for persons.
    """
    terms, minor = terms_of(gift.entity_id), _worth(gift, worth)
    found: list[str] = []
    if gift.donor.organisation_id is None:
        if minor > terms.limit_minor:
            found.append(HeldWhy.LIMIT)
        elif minor + _of_late(gift, terms.days) > terms.limit_minor:
            found.append(HeldWhy.SUM)
    if _asks_for_more(gift.message, terms.words, funds):
        found.append(HeldWhy.WORDS)
    if is_unknown:
        found.append(HeldWhy.UNKNOWN)
    if gift.means == Means.CASH and not gift.donor.email and minor > terms.cash_minor:
        found.append(HeldWhy.CASH)
    return found


def over_one_person(gift: Gift, worth: Money | None, limit_minor: int) -> bool:
    """Whether a sum is above what one person may decide alone."""
    return _worth(gift, worth) > limit_minor


def _worth(gift: Gift, worth: Money | None) -> int:
    """Minor units of the body's own currency; estimated from the last gift in a foreign one."""
    own = gift.entity.currency
    if worth is not None and worth.currency == own:
        return worth.minor
    if gift.currency == own:
        return gift.gross_minor
    before = Gift.objects.filter(
        entity_id=gift.entity_id, currency=gift.currency, value_currency=own, value_minor__gt=0
    )
    last = before.order_by("-final_at", "-pk").first()
    if last is not None and last.value_minor is not None:
        return -(-gift.gross_minor * last.value_minor // last.gross_minor)
    # Nobody knows a rate yet, so the figure counts as it is written.
    shift = exponent(own) - exponent(gift.currency)
    return gift.gross_minor * 10**shift if shift >= 0 else -(-gift.gross_minor // 10**-shift)


def _of_late(gift: Gift, days: int) -> int:
    """What the same person gave in the last days, beside this gift."""
    if not gift.donor.email:
        return 0
    since = clock.now() - dt.timedelta(days=days)
    rows = Gift.objects.filter(
        Q(state=GiftState.SETTLED, settled_at__gte=since)
        | Q(state=GiftState.HELD, created_at__gte=since),
        donor_id=gift.donor_id,
        entity_id=gift.entity_id,
    ).exclude(pk=gift.pk)
    return sum(
        _worth(row, None if row.value_minor is None else Money(row.value_minor, row.value_currency))
        for row in rows.select_related("entity")
    )


def _asks_for_more(message: str, words: str, funds: list[Fund]) -> bool:
    """Whether the message sets a condition, and names none of the funds that were chosen."""
    said = message.casefold()
    marks = [word.strip().casefold() for word in words.split(",") if word.strip()]
    if not any(mark in said for mark in marks):
        return False
    return not any(fund.name.casefold() in said for fund in funds)
