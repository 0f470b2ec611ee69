"""Statements of a bank account, as CAMT.053 or CSV: every line once, however often it comes."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from donors.intake import camt, cells, lines
from donors.intake.cells import WrongCell
from donors.intake.lines import Told
from donors.models import BankLine
from funding.errors import Refused
from funding.imports import kinds
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
            asks=frozenset({"place", "balances", "dates"}),
        ),
    )


def read(batch: Import, content: bytes) -> Iterator[tuple[int, dict[str, str]]] | None:
    """The rows of a CAMT.053, whose balances are checked first; None for anything else.

    Refuses: Unreadable, also for another account than this place had before.
    """
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
    }
    rows = [row for statement in found for row in statement.rows]
    return iter(list(enumerate(rows, 1)))


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
    return [_verdict(batch, row, by_key.get(row.key), closed) for row in rows]


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
    if not (options.get("opening") and options.get("closing")) or options.get("iban"):
        # A CAMT was added up when it was read, statement by statement.
        return []
    if batch.rows.filter(state=RowState.BAD).exists():
        return []
    currency = batch.entity.currency
    opening, closing = (cells.money(options[name], currency) for name in ("opening", "closing"))
    total = opening
    for row in batch.rows.iterator(chunk_size=1000):
        amount = told_of(batch, row).amount
        if amount.currency != currency:
            return [_("Balances are told for lines in %s alone.") % currency]
        total += amount
    if total == closing:
        return []
    sentence = _("%(opening)s and the lines come to %(sum)s, and not to %(closing)s.")
    said = {"opening": opening.text(), "sum": total.text(), "closing": closing.text()}
    return [sentence % said]


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
