"""Lines of bank statements: booked on arrival against money not yet understood."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Abs
from django.utils.translation import gettext as _

from donors.models import BankLine
from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.ledger import accounts, book, verify
from funding.ledger.book import Leg
from funding.ledger.models import Account, Fund, Reason
from funding.money import Money

_INVARIANTS: Final = {
    "suspense_is_what_bank_lines_say": """
SELECT currency, 'postings ' || sum(ours) || ', lines ' || sum(theirs) FROM (
    SELECT p.currency, -p.amount_minor AS ours, 0 AS theirs FROM ledger_posting p
    JOIN ledger_entry e ON e.id = p.entry_id AND e.cause LIKE 'bankline:%'
    WHERE p.account_id = 'suspense'
    UNION ALL
    SELECT currency, 0, sign(amount_minor) * (abs(amount_minor) - matched_minor)
    FROM donors_bankline
) x GROUP BY currency HAVING sum(ours) <> sum(theirs)
""",
    "bank_line_counts_its_parts": """
SELECT 'bankline ' || l.id, 'counts ' || l.matched_minor || ', parts ' || coalesce(sum(
           p.amount_minor), 0)
FROM donors_bankline l
LEFT JOIN donors_bankpart p ON p.line_id = l.id AND p.undone_at IS NULL
GROUP BY l.id HAVING l.matched_minor <> coalesce(sum(p.amount_minor), 0)
""",
}


class OtherLine(Refused):
    """The bank's reference stands already, with other content."""


class WrongLine(Refused):
    """It moves no money, has no reference, or is in no bank account of ours."""


@dataclass(frozen=True, slots=True)
class Told:
    """A line as the bank tells of it. `amount` is above zero when money came."""

    place: str
    booked_on: dt.date
    amount: Money
    reference: str
    payer_name: str = ""
    payer_iban: str = ""
    text: str = ""


def arrive(*, told: Told, actor: str) -> BankLine:
    """Write a line down and book it in the Treasury. The same line again is the same row.

    Refuses: WrongLine, OtherLine, and PeriodClosed for a day in a closed period.
    """
    if known := _known(told):
        return known
    try:
        with transaction.atomic():
            return _write(told, actor)
    except IntegrityError:
        if known := _known(told):
            return known
        raise


def _known(told: Told) -> BankLine | None:
    line = BankLine.objects.filter(place_id=told.place, reference=told.reference).first()
    if line is not None and (line.booked_on, line.amount) != (told.booked_on, told.amount):
        sentence = _("The line %s of the bank came before with another sum or day.")
        raise OtherLine(sentence % told.reference)
    return line


def _write(told: Told, actor: str) -> BankLine:
    place = Account.objects.filter(pk=told.place).first()
    if place is None or place.entity_id is None:
        raise WrongLine(_("Choose a bank account of ours."))
    if place.pk not in accounts.banks_of(place.entity_id):
        raise WrongLine(_("Choose a bank account of ours."))
    if not told.amount.minor or not told.reference.strip():
        raise WrongLine(_("A line of a statement moves money and has a reference."))
    line = BankLine.objects.create(
        entity_id=place.entity_id,
        place=place,
        booked_on=told.booked_on,
        currency=told.amount.currency,
        amount_minor=told.amount.minor,
        payer_name=told.payer_name.strip()[:140],
        payer_iban=told.payer_iban.replace(" ", "").upper()[:34],
        text=told.text.strip()[:600],
        reference=told.reference,
        entered_by=actor,
        created_at=clock.now(),
    )
    book.post(
        entity_id=line.entity_id,
        key=f"bankline:{line.pk}:arrive",
        reason=Reason.SUSPENSE,
        cause=f"bankline:{line.pk}",
        actor=actor,
        happened_on=line.booked_on,
        legs=legs(line, line.amount),
    )
    log.record(
        actor=actor,
        action="bankline.arrived",
        subject=f"bankline:{line.pk}",
        minor=line.amount_minor,
        currency=line.currency,
    )
    return line


def legs(line: BankLine, amount: Money) -> list[Leg]:
    """Money of a line that waits to be understood; with the other sign it waits no more."""
    treasury = Fund.objects.get(entity_id=line.entity_id, is_treasury=True)
    return [
        Leg(line.place_id, treasury.pk, amount),
        Leg("suspense", treasury.pk, -amount),
    ]


def waiting() -> QuerySet[BankLine]:
    """The lines of which a part is not explained yet, the oldest first."""
    return BankLine.objects.exclude(matched_minor=Abs(F("amount_minor"))).order_by(
        "booked_on", "pk"
    )


def register() -> None:
    """Say what `ledger verify` asks of bank lines."""
    for name, question in _INVARIANTS.items():
        verify.register(name, question)
