"""Gifts from a table: a hundred thousand of them take as many statements as a hundred times one.

Every row is a slip as a person would fill in, judged by the same words. What makes a row the
same as one that came before is its reference, or all that it says.
"""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from donors import journals
from donors.intake import donor_rows, offline, statements
from donors.intake.offline import Slip
from donors.journals import Share
from donors.models import Donor, Gift, GiftLine, GiftState, Means, Receipt
from funding import clock
from funding.audit.models import Record
from funding.imports import cells, kinds
from funding.imports.cells import WrongCell
from funding.imports.kinds import Field, Kind, Verdict
from funding.imports.models import Import, Row
from funding.ledger import bulk
from funding.ledger.bulk import Draft
from funding.ledger.models import Fund, Reason
from funding.money import Money
from funding.users import guests

NAME: Final = "gifts"

FIELDS: Final = (
    Field(
        "day",
        gettext_lazy("Day on which it came"),
        is_needed=True,
        guesses=("date", "received on", "gift date", "datum"),
    ),
    Field("name", gettext_lazy("Donor"), is_needed=True, guesses=("donor", "full name")),
    Field("email", gettext_lazy("E-mail"), guesses=("e-mail", "mail", "email address")),
    Field("amount", gettext_lazy("Sum"), is_needed=True, guesses=("sum", "gift", "betrag")),
    Field("currency", gettext_lazy("Currency"), guesses=("ccy",)),
    Field(
        "value",
        gettext_lazy("What the bank credited, of foreign money"),
        guesses=("credited", "value in own currency"),
    ),
    Field("fund", gettext_lazy("Fund, by its name or its word in addresses"), guesses=("purpose",)),
    Field("means", gettext_lazy("How it came: bank, cheque or cash"), guesses=("method", "how")),
    Field(
        "reference",
        gettext_lazy("Reference"),
        guesses=("external reference", "transaction id", "id", "receipt number"),
        is_key=True,
    ),
    Field("message", gettext_lazy("Message"), guesses=("note", "comment")),
    Field("language", gettext_lazy("Language"), guesses=("lang",)),
)


@dataclass(frozen=True, slots=True)
class _Known:
    """What rows are held against, looked up once for a thousand of them."""

    funds: Mapping[str, Fund]
    gifts: Mapping[str, Gift]
    closed: list[tuple[dt.date, dt.date]]
    today: dt.date


def register() -> None:
    """Let gifts be imported."""
    kinds.register(
        NAME,
        Kind(
            words=gettext_lazy("Gifts and their donors"),
            fields=FIELDS,
            check=check,
            take=take,
            asks=frozenset({"place", "fund", "receipts", "dates"}),
        ),
    )


def check(batch: Import, rows: Sequence[Row]) -> list[Verdict]:
    """What is wrong with gifts, or that they were taken in before."""
    known = _known(batch, rows)
    return [_verdict(batch, row, known) for row in rows]


def _known(batch: Import, rows: Sequence[Row]) -> _Known:
    funds: dict[str, Fund] = {}
    for fund in Fund.objects.filter(entity_id=batch.entity_id, is_treasury=False, closed_on=None):
        funds[fund.slug] = funds[fund.name.lower()] = funds[str(fund.pk)] = fund
    stand = Gift.objects.filter(
        entity_id=batch.entity_id, reference__in=[row.key for row in rows]
    ).exclude(state=GiftState.FAILED)
    return _Known(
        funds,
        {gift.reference: gift for gift in stand},
        statements.closed_days(batch.entity_id),
        clock.today(batch.entity.zone),
    )


def _verdict(batch: Import, row: Row, known: _Known) -> Verdict:
    try:
        slip, _fund, _worth = _read(batch, row, known)
    except WrongCell as error:
        return Verdict(error=str(error))
    if gift := known.gifts.get(row.key):
        if (gift.received_on, gift.gross) == (slip.received_on, slip.amount):
            return Verdict(is_known=True)
        return Verdict(error=_("A gift with this reference stands with another sum or day."))
    if slip.received_on > known.today:
        return Verdict(error=_("%s has not come yet.") % slip.received_on)
    if any(starts <= slip.received_on <= ends for starts, ends in known.closed):
        return Verdict(error=_("%s lies in a period that is closed.") % slip.received_on)
    return Verdict()


def _read(batch: Import, row: Row, known: _Known) -> tuple[Slip, Fund, Money]:
    """A row as a slip, without its donor yet, its fund, and its value. Raises WrongCell."""
    values, options = row.values, batch.options
    asked = (values.get("fund") or str(options.get("fund") or "")).strip().lower()
    fund = known.funds.get(asked)
    if fund is None:
        raise WrongCell(_("%s is no open fund of ours.") % (asked or "''"))
    amount = cells.money(
        values.get("amount", ""), (values.get("currency") or fund.currency).strip().upper()
    )
    if amount.minor <= 0:
        raise WrongCell(_("A gift is a sum above zero."))
    worth = _worth(values.get("value", ""), amount, fund)
    name = values.get("name", "").strip()
    donor_rows.must_be_a_name(name)
    donor_rows.must_be_an_address(values.get("email", ""))
    slip = Slip(
        token=uuid.uuid4(),
        entity_id=batch.entity_id,
        donor_id=0,
        donor_name=name,
        lines=((fund.pk, amount.minor),),
        currency=amount.currency,
        means=_means(values.get("means", "")),
        place=options["place"],
        received_on=cells.day(values.get("day", ""), options.get("dates", cells.DAY_FIRST)),
        reference=row.key,
        value=worth,
        message=values.get("message", "")[:500],
        language=donor_rows.language(values.get("language", "")),
    )
    return slip, fund, worth


def _worth(text: str, amount: Money, fund: Fund) -> Money:
    if amount.currency == fund.currency:
        return amount
    if not text.strip():
        sentence = _("The fund is kept in %s. Say in it what the bank credited.")
        raise WrongCell(sentence % fund.currency)
    worth = cells.money(text, fund.currency)
    if worth.minor <= 0:
        raise WrongCell(_("What the bank credited is a sum above zero."))
    return worth


def _means(text: str) -> Means:
    word = text.strip().lower()
    for means in (Means.BANK, Means.CHEQUE, Means.CASH):
        if word in {means.value, str(means.label).lower(), ""}:
            return means
    raise WrongCell(_("%s is not how a gift comes. Write bank, cheque or cash.") % text)


def take(batch: Import, rows: Sequence[Row], actor: str) -> None:
    """Enter the gifts of some rows, in a handful of statements."""
    known = _known(batch, rows)
    read = [_read(batch, row, known) for row in rows]
    people = donor_rows.found_or_made(
        [
            (row.values.get("email", ""), row.values["name"], slip.language)
            for row, (slip, _fund, _worth) in zip(rows, read, strict=True)
        ]
    )
    gifts = [
        offline.unsaved(slip, batch.entity, donor, worth, actor)
        for (slip, _fund, worth), donor in zip(read, people, strict=True)
    ]
    Gift.objects.bulk_create(gifts)
    GiftLine.objects.bulk_create(
        GiftLine(gift=gift, fund=fund, amount_minor=gift.amount_minor, position=0)
        for gift, (_slip, fund, _worth) in zip(gifts, read, strict=True)
    )
    bulk.post_many(
        entity_id=batch.entity_id,
        actor=actor,
        drafts=[
            draft
            for gift, (slip, fund, worth) in zip(gifts, read, strict=True)
            for draft in _drafts(gift, slip, fund, worth)
        ],
    )
    _note(batch, gifts, people, actor)


def _drafts(gift: Gift, slip: Slip, fund: Fund, worth: Money) -> list[Draft]:
    shares = [Share(fund.pk, fund.currency, fund.fees_from_id or fund.pk, gift.amount_minor, 0)]
    is_foreign = worth.currency != gift.currency
    cause = f"gift:{gift.pk}"
    came = Draft(
        key=f"{cause}:settle",
        reason=Reason.GIFT,
        cause=cause,
        happened_on=slip.received_on,
        legs=journals.received(shares, currency=gift.currency, clearing=slip.place),
        final_at=None if is_foreign else gift.final_at,
    )
    if not is_foreign:
        return [came]
    legs = journals.valued(
        shares, gross=gift.gross, value=worth, fee=Money(0, worth.currency), clearing=slip.place
    )
    day, final_at = slip.received_on, gift.final_at
    return [came, Draft(f"{cause}:value", Reason.GIFT_VALUE, cause, day, legs, final_at)]


def _note(batch: Import, gifts: list[Gift], people: list[Donor], actor: str) -> None:
    now = clock.now()
    Record.objects.bulk_create(
        Record(
            at=now,
            actor=actor,
            action="gift.entered",
            subject=f"gift:{gift.pk}",
            facts={"minor": gift.gross_minor, "currency": gift.currency, "import": batch.pk},
        )
        for gift in gifts
    )
    if batch.options.get("receipts"):
        Receipt.objects.bulk_create(
            Receipt(gift=gift, gives_minor=gift.gross_minor, created_at=now, due_at=now)
            for gift in gifts
        )
    guests.ensure_many({donor.email: donor.name for donor in people if donor.email})
