"""Regular gifts of another system from a table: recorded, and not charged.

What a file knows of a regular giver is no card and no mandate. So a row becomes an
`EarlierPledge`, whose giver is asked by mail to begin anew when staff says so.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from donors.fees import LIMITS
from donors.intake import donor_rows
from donors.models import EarlierPledge, Rhythm
from donors.zoos.words import one_line
from funding import clock
from funding.audit.models import Record
from funding.imports import cells, kinds
from funding.imports.cells import WrongCell
from funding.imports.kinds import Field, Kind, Verdict
from funding.imports.models import Import, Row
from funding.ledger.models import Fund
from funding.money import Money
from funding.users import guests

NAME: Final = "pledges"
_AHEAD: Final = dt.timedelta(days=366 * 2)
_FIRST: Final = dt.date(1900, 1, 1)

# What spreadsheets write, in small letters; a number is a number of months.
_RHYTHMS: Final = {
    Rhythm.MONTHLY: "month, monthly, every month, per month, 1, m, månad, varje månad, monatlich",
    Rhythm.QUARTERLY: "quarter, quarterly, every quarter, every three months, 3, q, kvartal, "
    "varje kvartal, vierteljährlich",
    Rhythm.YEARLY: "year, yearly, annual, annually, every year, per year, 12, y, år, årligen, "
    "varje år, jährlich",
}

FIELDS: Final = (
    Field("name", gettext_lazy("Giver"), is_needed=True, guesses=("donor", "full name", "giver")),
    Field(
        "email",
        gettext_lazy("E-mail"),
        is_needed=True,
        guesses=("e-mail", "mail", "email address"),
    ),
    Field("amount", gettext_lazy("Sum each time"), is_needed=True, guesses=("sum", "betrag")),
    Field("currency", gettext_lazy("Currency"), guesses=("ccy",)),
    Field(
        "rhythm",
        gettext_lazy("How often: month, quarter or year"),
        is_needed=True,
        guesses=("frequency", "interval", "how often"),
    ),
    Field("day", gettext_lazy("Day of the month"), guesses=("day of month", "charge day")),
    Field("fund", gettext_lazy("Fund, by its name or its word in addresses"), guesses=("purpose",)),
    Field("began", gettext_lazy("Began on"), guesses=("started on", "start date", "started")),
    Field(
        "next",
        gettext_lazy("Next one due on"),
        guesses=("next due", "next due on", "next due day", "next date"),
    ),
    Field("method", gettext_lazy("How it was paid"), guesses=("payment method", "old method")),
    Field(
        "reference",
        gettext_lazy("Reference"),
        guesses=("external reference", "id", "mandate", "pledge id"),
        is_key=True,
    ),
    Field("language", gettext_lazy("Language"), guesses=("lang",)),
)


@dataclass(frozen=True, slots=True)
class _Known:
    """What rows are held against, looked up once for a thousand of them."""

    funds: Mapping[str, Fund]
    there: Mapping[str, EarlierPledge]
    today: dt.date


def register() -> None:
    """Let regular gifts be taken over."""
    words = gettext_lazy("Regular gifts of another system, to be asked for anew")
    kinds.register(NAME, Kind(words=words, fields=FIELDS, check=check, take=take))


def check(batch: Import, rows: Sequence[Row]) -> list[Verdict]:
    """What is wrong with them, or that they were taken over before."""
    known = _known(batch, rows)
    return [_verdict(batch, row, known) for row in rows]


def _known(batch: Import, rows: Sequence[Row]) -> _Known:
    there = EarlierPledge.objects.filter(
        entity_id=batch.entity_id, reference__in=[row.key for row in rows]
    )
    return _Known(
        open_funds(batch.entity_id),
        {each.reference: each for each in there},
        clock.today(batch.entity.zone),
    )


def open_funds(entity_id: int) -> dict[str, Fund]:
    """The funds of a body that take gifts, by every word that a file may name them by."""
    funds: dict[str, Fund] = {}
    rows = Fund.objects.filter(entity_id=entity_id, is_treasury=False, closed_on=None)
    for fund in rows.filter(is_open_to_gifts=True):
        funds[fund.slug] = funds[fund.name.lower()] = funds[str(fund.pk)] = fund
    return funds


def _verdict(batch: Import, row: Row, known: _Known) -> Verdict:
    try:
        read = _read(batch, row, known)
    except WrongCell as error:
        return Verdict(error=str(error))
    found = known.there.get(row.key)
    if found is None:
        return Verdict()
    if (found.amount, found.rhythm) == (read.amount, read.rhythm):
        return Verdict(is_known=True)
    return Verdict(error=_("One with this reference was taken over with another sum or rhythm."))


def _read(batch: Import, row: Row, known: _Known) -> EarlierPledge:
    """A row as what it becomes, without its donor yet. Raises WrongCell."""
    values = row.values
    asked = (values.get("fund") or str(batch.options.get("fund") or "")).strip().lower()
    fund = known.funds.get(asked)
    if fund is None:
        raise WrongCell(_("%s is no fund of ours that takes gifts.") % (asked or "''"))
    currency = (values.get("currency") or fund.currency).strip().upper()
    amount = cells.money(values.get("amount", ""), currency)
    _must_be_chargeable(amount)
    name = one_line(values.get("name", ""), 201)
    donor_rows.must_be_a_name(name)
    if not values.get("email", "").strip():
        raise WrongCell(_("A regular giver is asked by mail: write an address."))
    donor_rows.must_be_an_address(values["email"])
    order = str(batch.options.get("dates") or cells.DAY_FIRST)
    began = _day(values.get("began", ""), order)
    if began is not None and not _FIRST <= began <= known.today:
        raise WrongCell(_("%s is no day on which it can have begun.") % began)
    next_on = _day(values.get("next", ""), order)
    if next_on is not None and not _FIRST <= next_on <= known.today + _AHEAD:
        raise WrongCell(_("%s is more than two years away.") % next_on)
    return EarlierPledge(
        entity_id=batch.entity_id,
        donor_name=name,
        fund=fund,
        currency=currency,
        amount_minor=amount.minor,
        rhythm=rhythm(values.get("rhythm", "")),
        day=_day_of_month(values.get("day", "")),
        began_on=began,
        next_on=next_on,
        method=one_line(values.get("method", ""), 60),
        language=donor_rows.language(values.get("language", "")),
        reference=row.key,
        batch=batch,
    )


def _must_be_chargeable(amount: Money) -> None:
    limit = LIMITS.get(amount.currency)
    if limit is None:
        raise WrongCell(_("Regular gifts in %s cannot be given here.") % amount.currency)
    if amount < limit.minimum or limit.maximum < amount:
        sentence = _("%(sum)s cannot be given regularly here: only from %(least)s to %(most)s.")
        told = {"sum": amount.text(), "least": limit.minimum.text(), "most": limit.maximum.text()}
        raise WrongCell(sentence % told)


def rhythm(text: str) -> Rhythm:
    """How often, by a word of a few languages or a number of months. Raises WrongCell."""
    word = " ".join(text.lower().split())
    for each, words in _RHYTHMS.items():
        if word in words.split(", "):
            return each
    raise WrongCell(_("%s is no rhythm. Write month, quarter or year.") % (text or "''"))


def _day(text: str, order: str) -> dt.date | None:
    return cells.day(text, order) if text.strip() else None


def _day_of_month(text: str) -> int | None:
    bare = text.strip()
    if not bare:
        return None
    if bare.isascii() and bare.isdigit() and len(bare) < 3 and 1 <= int(bare) <= 31:
        return int(bare)
    raise WrongCell(_("%s is no day of a month.") % text)


def take(batch: Import, rows: Sequence[Row], actor: str) -> None:
    """Write some of them down, with their donors, in a handful of statements."""
    known, now = _known(batch, rows), clock.now()
    read = [_read(batch, row, known) for row in rows]
    people = donor_rows.found_or_made(
        [
            (row.values["email"], each.donor_name, each.language)
            for row, each in zip(rows, read, strict=True)
        ]
    )
    for each, donor in zip(read, people, strict=True):
        each.donor, each.taken_at = donor, now
    EarlierPledge.objects.bulk_create(read)
    Record.objects.bulk_create(
        Record(
            at=now,
            actor=actor,
            action="earlier_pledge.taken_over",
            subject=f"earlier_pledge:{each.pk}",
            facts={"minor": each.amount_minor, "currency": each.currency, "import": batch.pk},
        )
        for each in read
    )
    guests.ensure_many({donor.email: donor.name for donor in people if donor.email})
