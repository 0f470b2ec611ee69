"""What zoos had promised before, from a table: each becomes a promise here, and is invoiced.

The zoo itself is on record already, with who acts for it; a row names it. Invoices fall due from
the day in the row on, by the same rule as for any other promise.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from donors.intake import pledge_rows
from donors.models import Contribution, Pace, Rhythm, Zoo
from donors.zoos import contributions, words
from donors.zoos.contributions import NotAPromise, Offer
from funding.audit import log
from funding.imports import cells, kinds
from funding.imports.cells import WrongCell
from funding.imports.kinds import Field, Kind, Verdict
from funding.imports.models import Import, Row
from funding.ledger.models import Fund

NAME: Final = "promises"
# A row becomes the same promise however often it comes: its token is made of what tells it apart.
_SPACE: Final = uuid.UUID("5d1d0a3e-6b0c-4f0e-9a55-0f7c7f3f1c52")
_PACES: Final = {Rhythm.QUARTERLY: Pace.QUARTERLY, Rhythm.YEARLY: Pace.YEARLY}

FIELDS: Final = (
    Field(
        "zoo",
        gettext_lazy("Zoo, by its registration number or exact legal name"),
        is_needed=True,
        guesses=("organisation", "legal name", "registration number"),
    ),
    Field("amount", gettext_lazy("Sum each time"), is_needed=True, guesses=("sum", "betrag")),
    Field("currency", gettext_lazy("Currency"), is_needed=True, guesses=("ccy",)),
    Field(
        "rhythm",
        gettext_lazy("How often: quarter, year or once"),
        is_needed=True,
        guesses=("frequency", "interval", "how often"),
    ),
    Field(
        "next",
        gettext_lazy("Next invoice on"),
        is_needed=True,
        guesses=("next due", "next due on", "next invoice", "next due day"),
    ),
    Field("fund", gettext_lazy("Fund, by its name or its word in addresses"), guesses=("purpose",)),
    Field("wish", gettext_lazy("What it is for, in the zoo’s words"), guesses=("words", "for")),
    Field("order", gettext_lazy("Order number"), guesses=("order number", "po", "purchase order")),
    Field(
        "reference",
        gettext_lazy("Reference"),
        guesses=("external reference", "id", "pledge id"),
        is_key=True,
    ),
)


@dataclass(frozen=True, slots=True)
class _Known:
    """What rows are held against, looked up once for all of them."""

    funds: Mapping[str, Fund]
    zoos: Mapping[str, list[int]]
    there: Mapping[uuid.UUID, Contribution]


def register() -> None:
    """Let promises of zoos be taken over."""
    words_ = gettext_lazy("What zoos promised, to be invoiced from here on")
    kinds.register(NAME, Kind(words=words_, fields=FIELDS, check=check, take=take))


def check(batch: Import, rows: Sequence[Row]) -> list[Verdict]:
    """What is wrong with them, or that they were taken over before."""
    known = _known(batch, rows)
    return [_verdict(batch, row, known) for row in rows]


def _known(batch: Import, rows: Sequence[Row]) -> _Known:
    there = Contribution.objects.filter(form_token__in=[_token(batch, row) for row in rows])
    return _Known(
        pledge_rows.open_funds(batch.entity_id),
        _zoos(row.values.get("zoo", "") for row in rows),
        {each.form_token: each for each in there},
    )


def _zoos(names: Iterable[str]) -> dict[str, list[int]]:
    """The zoos that have one of these numbers or names, by it in small letters."""
    said = {name.strip() for name in names if name.strip()}
    which = Q(legal_name__in=said) | Q(organisation__registration_number__in=said)
    found: dict[str, list[int]] = {}
    for zoo in Zoo.objects.filter(which).select_related("organisation").order_by("pk"):
        for name in {zoo.legal_name, zoo.organisation.registration_number} - {""}:
            found.setdefault(name, []).append(zoo.pk)
    return found


def _token(batch: Import, row: Row) -> uuid.UUID:
    return uuid.uuid5(_SPACE, f"{batch.entity_id}:{row.key}")


def _verdict(batch: Import, row: Row, known: _Known) -> Verdict:
    try:
        zoo_id, offer = _read(batch, row, known)
    except WrongCell as error:
        return Verdict(error=str(error))
    if found := known.there.get(offer.token):
        there = (found.zoo_id, found.currency, found.amount_minor, found.pace)
        if there == (zoo_id, offer.currency, offer.amount_minor, offer.pace):
            return Verdict(is_known=True)
        return Verdict(error=_("One with this reference was taken over with another sum or zoo."))
    try:
        contributions.must_be_one(offer, offer.wish)
    except NotAPromise as refusal:
        return Verdict(error=refusal.sentence)
    return Verdict()


def _read(batch: Import, row: Row, known: _Known) -> tuple[int, Offer]:
    """The zoo and what it offers. Raises WrongCell."""
    values = row.values
    name = values.get("zoo", "").strip()
    zoos = known.zoos.get(name, [])
    if not zoos:
        raise WrongCell(_("%s is no zoo on record. Write it down first.") % (name or "''"))
    if len(zoos) > 1:
        raise WrongCell(_("%s is the name of several zoos. Write the registration number.") % name)
    asked = values.get("fund", "").strip().lower()
    if asked and asked not in known.funds:
        raise WrongCell(_("%s is no fund of ours that takes gifts.") % asked)
    currency = values.get("currency", "").strip().upper()
    amount = cells.money(values.get("amount", ""), currency)
    order = str(batch.options.get("dates") or cells.DAY_FIRST)
    return zoos[0], Offer(
        token=_token(batch, row),
        entity_id=batch.entity_id,
        currency=currency,
        amount_minor=amount.minor,
        pace=_pace(values.get("rhythm", "")),
        starts_on=cells.day(values.get("next", ""), order),
        fund_id=known.funds[asked].pk if asked else None,
        wish=words.one_line(values.get("wish", ""), 500),
        order_number=words.one_line(values.get("order", ""), 60),
    )


def _pace(text: str) -> Pace:
    if text.strip().lower() == Pace.ONCE:
        return Pace.ONCE
    rhythm = pledge_rows.rhythm(text)
    if rhythm not in _PACES:
        raise WrongCell(_("Zoos are invoiced once, by the quarter or by the year."))
    return _PACES[rhythm]


def take(batch: Import, rows: Sequence[Row], actor: str) -> None:
    """Write some of them down, by the rule that any promise goes by."""
    known = _known(batch, rows)
    for row in rows:
        zoo_id, offer = _read(batch, row, known)
        made = contributions.promise(zoo_id=zoo_id, offer=offer, actor=actor)
        subject = f"contribution:{made.pk}"
        log.record(actor=actor, action="contribution.taken_over", subject=subject, file=batch.pk)
