"""Whether the statements of a bank account follow on each other, and which one is missing.

A statement that tells both its balances is kept as a span of days once it is taken in. The
opening balance of the next must be the closing one of the last; where it is not, a statement
between them is missing, and its lines are in nobody's books.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from donors.models import BankLine, StatementSpan
from funding import clock
from funding.alerts import alarms
from funding.alerts.alarms import Cause
from funding.alerts.models import Kind
from funding.ledger.models import Account
from funding.money import Money

_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Told:
    """What a statement says of itself."""

    starts_on: dt.date
    ends_on: dt.date
    opening: Money
    closing: Money
    number: str = ""


@dataclass(frozen=True, slots=True)
class Break:
    """Two statements that do not follow on each other. What lies between is not known."""

    after: dt.date
    before: dt.date
    closing: Money
    opening: Money

    @property
    def sentence(self) -> str:
        """What is missing, with dates and sums."""
        said = {
            "after": self.after.isoformat(),
            "before": self.before.isoformat(),
            "closing": self.closing.text(),
            "opening": self.opening.text(),
            "between": (self.opening - self.closing).text(),
        }
        return (
            _(
                "The statement up to %(after)s closes with %(closing)s, and the one from "
                "%(before)s opens with %(opening)s: %(between)s between them is on a statement "
                "that is missing."
            )
            % said
        )


def keep(*, place: str, told: Sequence[Told], actor: str) -> None:
    """Keep what statements said that were taken in, and sound or end the alarm."""
    for each in told:
        StatementSpan.objects.get_or_create(
            place_id=place,
            starts_on=each.starts_on,
            ends_on=each.ends_on,
            opening_minor=each.opening.minor,
            closing_minor=each.closing.minor,
            defaults={
                "currency": each.opening.currency,
                "number": each.number[:60],
                "taken_by": actor,
                "taken_at": clock.now(),
            },
        )
    sound(place)


def sound(place: str) -> None:
    """Let the alerts about an account be exactly the breaks between its statements."""
    alarms.match(
        kind=Kind.STATEMENT_MISSING,
        causes={
            f"statement:{place}:{each.after.isoformat()}": Cause(
                each.sentence, f"{reverse('reconcile')}#missing"
            )
            for each in breaks(place)
        },
        why=_("The statements follow on each other now."),
        among=f"statement:{place}:",
    )


def breaks(place: str, more: Sequence[Told] = ()) -> list[Break]:
    """Where the statements of an account do not follow on each other, the oldest first.

    `more` are statements that are not taken in yet.
    """
    kept = [_told(span) for span in StatementSpan.objects.filter(place_id=place)]
    ordered = sorted({*kept, *more}, key=lambda each: (each.starts_on, each.ends_on))
    return list(_breaks(place, ordered))


def _told(span: StatementSpan) -> Told:
    return Told(span.starts_on, span.ends_on, span.opening, span.closing, span.number)


def _breaks(place: str, ordered: Sequence[Told]) -> Iterator[Break]:
    last: Told | None = None
    for each in ordered:
        if last is None:
            last = each
            continue
        if each.opening.currency != last.closing.currency:
            continue
        if each.starts_on > last.ends_on:
            if each.opening != last.closing:
                yield Break(last.ends_on, each.starts_on, last.closing, each.opening)
            last = each
        elif each.ends_on > last.ends_on or each.starts_on == last.ends_on:
            if not _meets(place, last, each):
                yield Break(last.ends_on, each.starts_on, last.closing, each.opening)
            last = max(last, each, key=lambda one: (one.ends_on, one.starts_on))


def _meets(place: str, last: Told, each: Told) -> bool:
    """Whether an overlapping statement begins with a balance that the earlier one had.

    Banks count the day of the last closing as the day of the next opening, so it may also begin
    just where the earlier one ended.
    """
    if each.opening == last.closing:
        return True
    rows = BankLine.objects.filter(
        place_id=place,
        currency=last.closing.currency,
        booked_on__gte=last.starts_on,
        booked_on__lt=each.starts_on,
    )
    before = rows.aggregate(sum=Sum("amount_minor"))["sum"] or 0
    return each.opening.minor == last.opening.minor + before


def notes(place: str, told: Sequence[Told], known: int) -> list[str]:
    """What is said of statements before they are taken in: overlaps and what is missing."""
    found: list[str] = []
    for each in told:
        over = StatementSpan.objects.filter(
            place_id=place, starts_on__lte=each.ends_on, ends_on__gte=each.starts_on
        )
        days = over.order_by("-ends_on").first()
        if days is not None and known:
            sentence = _(
                "Days from %(from)s to %(to)s are on a statement that was taken in before. "
                "%(count)s lines are known, and are not taken again."
            )
            found.append(
                sentence
                % {
                    "from": max(days.starts_on, each.starts_on).isoformat(),
                    "to": min(days.ends_on, each.ends_on).isoformat(),
                    "count": known,
                }
            )
    before = set(breaks(place))
    found += [each.sentence for each in breaks(place, told) if each not in before]
    return found[:_SHOWN]


def covered(place: str, first: dt.date, last: dt.date) -> list[tuple[dt.date, dt.date]]:
    """The spans of days, among these, of statements that were taken in whole."""
    rows = StatementSpan.objects.filter(place_id=place, starts_on__lte=last, ends_on__gte=first)
    return list(rows.values_list("starts_on", "ends_on"))


def missing() -> list[tuple[Account, Break]]:
    """Every break of every account, for the page of reconciling."""
    ids = StatementSpan.objects.order_by("place_id").values_list("place_id", flat=True).distinct()
    places = Account.objects.filter(pk__in=ids).order_by("pk")
    return [(place, each) for place in places for each in breaks(place.pk)]
