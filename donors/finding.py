"""Finding gifts and refunds by whatever a donor, a bank or Stripe quotes of them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Self
from uuid import UUID

from django.db.models import Count, F, Prefetch, Q, QuerySet, Sum

from donors import rhythms
from donors.fees import LIMITS
from donors.models import (
    Dispute,
    Gift,
    GiftLine,
    Instalment,
    Pledge,
    Receipt,
    Refund,
    Rhythm,
    Withdrawal,
)
from donors.models.pledges import RUNNING
from funding.money import Money, MoneyError, parse

# How Stripe begins the names of what a gift or a refund can be at its side.
_STRIPE: Final = re.compile(r"(pi|cs|ch|py|pyr|re|txn|mandate|du|dp)_\w+")
_REFERENCE: Final = re.compile(r"[0-9a-f]{8}[0-9a-f-]*", re.IGNORECASE)
_NUMBER: Final = re.compile(r"([A-Z]{2,8})-(\d{4})-(\d{1,9})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sums:
    """How many rows there are, and what they come to in each currency."""

    count: int
    moneys: tuple[Money, ...]

    @classmethod
    def of(cls, rows: Iterable[tuple[str, int, int | None]]) -> Self:
        """From (currency, how many, minor units)."""
        known = sorted(rows)
        moneys = tuple(Money(minor or 0, currency) for currency, _count, minor in known)
        return cls(sum(count for _currency, count, _minor in known), moneys)


@dataclass(frozen=True, slots=True)
class AYear:
    """What the running pledges of one currency and rhythm promise."""

    rhythm: Rhythm
    count: int
    each_time: Money
    a_year: Money


def gifts(words: str) -> QuerySet[Gift]:
    """The gifts to which these words may refer; all of them for none.

    An e-mail address or a part of it, a part of a name, our reference or its beginning, the
    number of a receipt, a sum in any currency (with or without the fee cover, or as its value),
    or any name that Stripe gave to its payment, its refunds or their transactions.
    """
    text = words.strip()
    if not text:
        return Gift.objects.all()
    if _STRIPE.fullmatch(text):
        return Gift.objects.filter(_of_stripe(text))
    if number := _NUMBER.fullmatch(text):
        return Gift.objects.filter(_of_paper(number))
    found = Q(donor_name__icontains=text) | Q(donor__name__icontains=text)
    found |= Q(donor__email__icontains=text) | Q(mandate_reference__iexact=text)
    if _REFERENCE.fullmatch(text):
        found |= _of_reference(text)
    for money in _sums(text):
        found |= _of_sum(money)
    return _with_charged().filter(found)


def refunds(words: str) -> QuerySet[Refund]:
    """The refunds of the gifts to which these words may refer, or that have that sum."""
    text = words.strip()
    if not text:
        return Refund.objects.all()
    found = Q(gift__in=gifts(text))
    if _REFERENCE.fullmatch(text) and (uuid := _uuid(text)):
        found |= Q(uuid=uuid)
    for money in _sums(text):
        found |= Q(gift__currency=money.currency, amount_minor=money.minor)
    return Refund.objects.filter(found)


def disputes(words: str) -> QuerySet[Dispute]:
    """The disputes of the gifts to which these words may refer, or that have that sum."""
    text = words.strip()
    if not text:
        return Dispute.objects.all()
    found = Q(gift__in=gifts(text)) | Q(stripe_id=text)
    for money in _sums(text):
        found |= Q(currency=money.currency, amount_minor=money.minor)
    return Dispute.objects.filter(found)


def pledges(words: str) -> QuerySet[Pledge]:
    """The pledges to which these words may refer; all of them for none.

    A part of the e-mail address or of the name, our reference or its beginning, or the name
    that Stripe gave to the subscription, the customer, the page or an invoice.
    """
    text = words.strip()
    if not text:
        return Pledge.objects.all()
    found = Q(donor_name__icontains=text) | Q(donor__name__icontains=text)
    found |= Q(donor__email__icontains=text) | Q(pk__in=_pledges_of_invoice(text))
    found |= Q(subscription=text) | Q(customer=text) | Q(checkout=text)
    if _REFERENCE.fullmatch(text):
        found |= _of_reference(text)
    return Pledge.objects.filter(found)


def _pledges_of_invoice(name: str) -> QuerySet[Instalment, int]:
    rows = Instalment.objects.filter(Q(invoice=name) | Q(payment_intent=name))
    return rows.values_list("pledge_id", flat=True)


def promised_a_year(rows: QuerySet[Pledge]) -> dict[Money, list[AYear]]:
    """What those of these pledges that run promise a year, by rhythm, under the sum of each
    currency. What is paused counts: it goes on.
    """
    counted = (
        rows.filter(state__in=RUNNING)
        .order_by()
        .values_list("currency", "rhythm")
        .annotate(number=Count("pk"), minor=Sum(F("amount_minor") + F("cover_minor")))
    )
    by_currency: dict[str, list[AYear]] = {}
    order = list(Rhythm)
    for currency, name, number, minor in sorted(counted, key=lambda row: order.index(row[1])):
        rhythm = Rhythm(name)
        a_year = Money(minor * rhythms.per_year(rhythm), currency)
        line = AYear(rhythm, number, Money(minor, currency), a_year)
        by_currency.setdefault(currency, []).append(line)
    return {
        sum((line.a_year for line in lines), Money(0, currency)): lines
        for currency, lines in sorted(by_currency.items())
    }


def sums_of_disputes(rows: QuerySet[Dispute]) -> Sums:
    """How many disputes, and what they are about, whatever came of them."""
    counted = rows.order_by().values_list("currency")
    return Sums.of(counted.annotate(number=Sum(1), minor=Sum("amount_minor")))


def whole(rows: QuerySet[Gift]) -> QuerySet[Gift]:
    """The gifts with all that a list shows of them, in a fixed number of queries."""
    lines = GiftLine.objects.select_related("fund").order_by("position")
    papers = Receipt.objects.filter(document__isnull=False).select_related("document")
    return rows.select_related("donor", "entity", "held").prefetch_related(
        Prefetch("lines", lines), Prefetch("receipts", papers.order_by("version"))
    )


def sums_of_gifts(rows: QuerySet[Gift]) -> Sums:
    """How many gifts, and what was received of them, gift and cover together."""
    received = Q(settled_at__isnull=False)
    gross = Sum(F("amount_minor") + F("cover_minor"), filter=received)
    counted = rows.order_by().values_list("currency").annotate(number=Sum(1), minor=gross)
    sums = Sums.of(counted)
    return replace(sums, moneys=tuple(money for money in sums.moneys if money))


def sums_of_refunds(rows: QuerySet[Refund]) -> Sums:
    """How many refunds, and what they come to, whatever their state."""
    counted = rows.order_by().values_list("gift__currency")
    return Sums.of(counted.annotate(number=Sum(1), minor=Sum("amount_minor")))


def _with_charged() -> QuerySet[Gift]:
    return Gift.objects.alias(charged=F("amount_minor") + F("cover_minor"))


def _of_stripe(name: str) -> Q:
    refunded = Refund.objects.filter(
        Q(stripe_id=name) | Q(balance_transaction=name) | Q(failure_transaction=name)
    )
    taken = Withdrawal.objects.filter(Q(balance_transaction=name) | Q(source=name))
    return (
        Q(payment_intent=name)
        | Q(checkout=name)
        | Q(charge=name)
        | Q(mandate=name)
        | Q(balance_transaction=name)
        | Q(pk__in=refunded.values("gift_id"))
        | Q(pk__in=taken.values("gift_id"))
        | Q(pk__in=Dispute.objects.filter(stripe_id=name).values("gift_id"))
    )


def _of_paper(number: re.Match[str]) -> Q:
    series, year, place = number.groups()
    papers = Receipt.objects.filter(
        document__series__iexact=series, document__year=int(year), document__number=int(place)
    )
    return Q(pk__in=papers.values("gift_id"))


def _of_reference(text: str) -> Q:
    if uuid := _uuid(text):
        return Q(uuid=uuid)
    return Q(uuid__startswith=text.lower())


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _sums(text: str) -> list[Money]:
    found = []
    for currency in LIMITS:
        try:
            found.append(parse(text, currency))
        except MoneyError:
            continue
    return found


def _of_sum(money: Money) -> Q:
    here = Q(amount_minor=money.minor) | Q(charged=money.minor)
    return Q(currency=money.currency) & here | Q(
        value_currency=money.currency, value_minor=money.minor
    )
