"""Statements of a bank account, as CAMT.053 or CSV: every line once, however often it comes."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, Final

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from donors.intake import camt, continuity, lines
from donors.intake.lines import Told
from donors.models import BankLine
from funding.errors import Refused
from funding.imports import cells, kinds
from funding.imports.cells import WrongCell
from funding.imports.kinds import Field, Kind, Verdict
from funding.imports.models import Import, Row, RowState, State
from funding.imports.reading import Unreadable
from funding.ledger.models import Period
from funding.money import Money

NAME: Final = "statement"

FIELDS: Final = (
    Field(
        "day",
        gettext_lazy("Day of booking"),
        is_needed=True,
        guesses=("date", "booking date", "booked on", "buchungstag", "datum", "bokföringsdag"),
    ),
    Field(
        "amount",
        gettext_lazy("Sum, below zero for money that went"),
        guesses=("sum", "betrag", "belopp", "montant"),
    ),
    Field("credit", gettext_lazy("Sum that came"), guesses=("money in", "paid in", "haben")),
    Field("debit", gettext_lazy("Sum that went"), guesses=("money out", "paid out", "soll")),
    Field("currency", gettext_lazy("Currency"), guesses=("ccy", "währung", "valuta")),
    Field(
        "reference",
        gettext_lazy("The bank’s reference"),
        guesses=("bank reference", "transaction id", "id", "referenz"),
        is_key=True,
    ),
    Field(
        "payer",
        gettext_lazy("Who paid or was paid"),
        guesses=("name", "counterparty", "payee", "auftraggeber", "motpart"),
    ),
    Field("iban", gettext_lazy("Their account"), guesses=("account", "counterparty account")),
    Field(
        "text",
        gettext_lazy("What they wrote"),
        guesses=("description", "details", "memo", "verwendungszweck", "meddelande"),
    ),
)


def register() -> None:
    """Let statements be imported."""
    kinds.register(
        NAME,
        Kind(
            words=gettext_lazy("Statement of a bank account"),
            fields=FIELDS,
            check=check,
            take=take,
            reader=read,
            whole=whole,
            finish=finish,
            asks=frozenset({"place", "balances", "dates"}),
        ),
    )


def read(batch: Import, content: bytes) -> Iterator[tuple[int, dict[str, str]]] | None:
    """The rows of a CAMT.053, whose balances are checked first; None for anything else.

    Refuses: Unreadable, also for another account than this place had before.
    """
    # Whatever was found of an earlier reading of the same file counts no more.
    batch.options = {
        name: value
        for name, value in batch.options.items()
        if name not in {"claimed", "days", "notes", "spans"}
    }
    if not camt.is_camt(content):
        return None
    found = camt.read(content)
    _must_be_ours(batch, found[0].iban)
    days = [each.ends_on for each in found if each.ends_on]
    batch.options = batch.options | {
        "iban": found[0].iban,
        "opening": found[0].opening.plain(),
        "closing": found[-1].closing.plain(),
        "currency": found[0].opening.currency,
        "ends_on": max(days).isoformat() if days else "",
        "spans": [_span(each) for each in found if each.starts_on and each.ends_on],
    }
    rows = [row for statement in found for row in statement.rows]
    return iter(list(enumerate(rows, 1)))


def _span(found: camt.Statement) -> list[object]:
    starts_on, ends_on = found.starts_on, found.ends_on
    assert starts_on is not None
    assert ends_on is not None
    return [
        min(starts_on, ends_on).isoformat(),
        ends_on.isoformat(),
        found.opening.minor,
        found.closing.minor,
        found.opening.currency,
        found.number,
    ]


def spans(batch: Import) -> list[continuity.Told]:
    """What the statements of a file say of themselves, where they tell both balances."""
    return [
        continuity.Told(
            dt.date.fromisoformat(starts_on),
            dt.date.fromisoformat(ends_on),
            Money(opening, currency),
            Money(closing, currency),
            number,
        )
        for starts_on, ends_on, opening, closing, currency, number in batch.options.get("spans", [])
    ]


def _must_be_ours(batch: Import, iban: str) -> None:
    before = Import.objects.filter(
        kind=NAME, state=State.DONE, options__place=batch.options["place"]
    ).exclude(options__iban=None)
    known = before.order_by("-pk").values_list("options__iban", flat=True).first()
    if known and iban and known != iban:
        sentence = _(
            "This is a statement of %(iban)s, and statements of %(known)s were taken in for this "
            "account before."
        )
        raise Unreadable(sentence % {"iban": iban, "known": known})


def check(batch: Import, rows: Sequence[Row]) -> list[Verdict]:
    """What is wrong with lines, or that they came before."""
    known = BankLine.objects.filter(
        place_id=batch.options["place"], reference__in=[row.key for row in rows]
    )
    by_key = {line.reference: line for line in known}
    closed = closed_days(batch.entity_id)
    found = [_verdict(batch, row, by_key.get(row.key), closed) for row in rows]
    return _without_overlap(batch, rows, found)


def _without_overlap(batch: Import, rows: Sequence[Row], found: Sequence[Verdict]) -> list[Verdict]:
    """Lines on days of which both this and an earlier statement tell all are known.

    Another form of the same statement calls its lines by other names: each line in the books
    that this file does not name stands for one new row of its day and sum. How many were taken
    for such is kept with the file, because rows are judged by the thousand.
    """
    mine = _days_told(batch)
    fresh = [
        (n, told_of(batch, row))
        for n, (row, verdict) in enumerate(zip(rows, found, strict=True))
        if not (verdict.error or verdict.is_known)
    ]
    if not mine or not fresh:
        return list(found)
    days = [told.booked_on for _n, told in fresh]
    earlier = continuity.covered(batch.options["place"], min(days), max(days))
    both = [
        (n, told)
        for n, told in fresh
        if any(first <= told.booked_on <= last for first, last in earlier)
        and any(first <= told.booked_on <= last for first, last in mine)
    ]
    if not both:
        return list(found)
    unnamed = _unnamed(batch, {told.booked_on for _n, told in both})
    claimed: dict[str, int] = batch.options.setdefault("claimed", {})
    judged = list(found)
    for n, told in both:
        what = f"{told.booked_on.isoformat()} {told.amount.minor} {told.amount.currency}"
        if unnamed[what] > claimed.get(what, 0):
            claimed[what] = claimed.get(what, 0) + 1
            judged[n] = Verdict(is_known=True)
    return judged


def _days_told(batch: Import) -> list[tuple[dt.date, dt.date]]:
    """The days of which this file tells everything: a CSV does where both balances are typed."""
    if told := spans(batch):
        return [(each.starts_on, each.ends_on) for each in told]
    options = batch.options
    if not (options.get("opening") and options.get("closing")):
        return []
    if "days" not in options:
        order = options.get("dates", cells.DAY_FIRST)
        days = set[dt.date]()
        for values in batch.rows.values_list("values", flat=True).iterator(chunk_size=1000):
            with suppress(WrongCell):
                days.add(cells.day(values.get("day", ""), order))
        batch.options = options | {
            "days": [min(days).isoformat(), max(days).isoformat()] if days else []
        }
    kept = batch.options["days"]
    return [(dt.date.fromisoformat(kept[0]), dt.date.fromisoformat(kept[1]))] if kept else []


def _unnamed(batch: Import, days: set[dt.date]) -> Counter[str]:
    """Lines in the books on these days that the file does not call by their references."""
    lines = BankLine.objects.filter(place_id=batch.options["place"], booked_on__in=days)
    named = batch.rows.filter(key=OuterRef("reference"))
    rest = lines.exclude(Exists(named)).values_list("booked_on", "amount_minor", "currency")
    return Counter(f"{day.isoformat()} {minor} {currency}" for day, minor, currency in rest)


def _verdict(batch: Import, row: Row, known: BankLine | None, closed: list[Any]) -> Verdict:
    try:
        told = told_of(batch, row)
    except WrongCell as error:
        return Verdict(error=str(error))
    if known is not None:
        if (known.booked_on, known.amount) == (told.booked_on, told.amount):
            return Verdict(is_known=True)
        return Verdict(error=_("The bank’s reference came before with another sum or day."))
    if any(starts <= told.booked_on <= ends for starts, ends in closed):
        return Verdict(error=_("%s lies in a period that is closed.") % told.booked_on)
    return Verdict()


def told_of(batch: Import, row: Row) -> Told:
    """A row as the line that it is. Raises WrongCell."""
    values, options = row.values, batch.options
    currency = (values.get("currency") or options.get("currency") or "").upper()
    amount = _amount(values, currency or batch.entity.currency)
    if not amount.minor:
        raise WrongCell(_("A line moves money, and this one has no sum."))
    return Told(
        place=options["place"],
        booked_on=cells.day(values.get("day", ""), options.get("dates", cells.DAY_FIRST)),
        amount=amount,
        reference=row.key,
        payer_name=values.get("payer", ""),
        payer_iban=values.get("iban", ""),
        text=values.get("text", ""),
    )


def _amount(values: dict[str, str], currency: str) -> Money:
    if values.get("amount"):
        return cells.money(values["amount"], currency)
    came, went = values.get("credit", ""), values.get("debit", "")
    total = Money(0, currency)
    if came:
        total += cells.money(came, currency)
    if went:
        out = cells.money(went, currency)
        total += out if out.minor < 0 else -out
    return total


def whole(batch: Import) -> list[str]:
    """Whether the lines lead from the opening to the closing balance, where both are told."""
    options = batch.options
    if options.get("spans"):
        # A CAMT was added up when it was read, statement by statement.
        return _noted(batch)
    if not (options.get("opening") and options.get("closing")) or options.get("iban"):
        return []
    if batch.rows.filter(state=RowState.BAD).exists():
        return []
    currency = batch.entity.currency
    opening, closing = (cells.money(options[name], currency) for name in ("opening", "closing"))
    total, days = opening, set[dt.date]()
    for row in batch.rows.iterator(chunk_size=1000):
        told = told_of(batch, row)
        amount = told.amount
        days.add(told.booked_on)
        if amount.currency != currency:
            return [_("Balances are told for lines in %s alone.") % currency]
        total += amount
    if total == closing:
        first, last = min(days).isoformat(), max(days).isoformat()
        kept = [first, last, opening.minor, closing.minor, currency, ""]
        batch.options = options | {"spans": [kept]}
        return _noted(batch)
    sentence = _("%(opening)s and the lines come to %(sum)s, and not to %(closing)s.")
    said = {"opening": opening.text(), "sum": total.text(), "closing": closing.text()}
    return [sentence % said]


def _noted(batch: Import) -> list[str]:
    """Keep what is to be said of overlaps and gaps: a warning, and no mistake."""
    said = continuity.notes(batch.options["place"], spans(batch), batch.known_count)
    batch.options = batch.options | {"notes": said}
    return []


def finish(batch: Import, actor: str) -> None:
    """Keep which days and balances were told, and say what is missing."""
    continuity.keep(place=batch.options["place"], told=spans(batch), actor=actor)


def take(batch: Import, rows: Sequence[Row], actor: str) -> None:
    """Book the lines. Refuses what `lines.arrive` refuses."""
    for row in rows:
        try:
            lines.arrive(told=told_of(batch, row), actor=actor)
        except Refused as refusal:
            sentence = _("Line %(line)s: %(why)s")
            raise Refused(sentence % {"line": row.number, "why": refusal.sentence}) from refusal


def closed_days(entity_id: int) -> list[tuple[dt.date, dt.date]]:
    """The closed periods of a body, first and last day."""
    rows = Period.objects.filter(entity_id=entity_id, closed_at__isnull=False)
    return list(rows.values_list("starts_on", "ends_on"))
