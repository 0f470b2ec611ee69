"""What each step of an award books. The caller holds the award's lock and has checked the step.

Every entry has the cause `award:<id>`, which is how `figures` finds it.
"""

import datetime as dt
from collections.abc import Mapping

from funding import clock
from funding.ledger import book, funds, periods
from funding.ledger.models import Entry, Posting, Reason
from funding.users.models import User
from grants import figures, journals
from grants.models import Award, Cancellation, Disbursement, Return


def cause(award: Award) -> str:
    """The award as the journal names it: 'award:7'."""
    return f"award:{award.pk}"


def adopted(award: Award, parts: Mapping[int, int], *, actor: str) -> None:
    """An award is adopted: every fund promises its part, by the fund's id."""
    book.post(
        entity_id=award.entity_id,
        key=f"{cause(award)}:adopt",
        reason=Reason.AWARD,
        cause=cause(award),
        actor=actor,
        happened_on=_open_day(award),
        legs=journals.adopted(parts, award.currency),
    )


def due(disbursement: Disbursement, by: User) -> None:
    """A checked payment falls due, on each fund in proportion to what it still has promised."""
    award = disbursement.award
    turn = len(_due_of(disbursement)) + 1
    parts = journals.parts_of(disbursement.amount_minor, _promised(award))
    book.post(
        entity_id=award.entity_id,
        key=f"{cause(award)}:due-{disbursement.number}.{turn}",
        reason=Reason.AWARD_DUE,
        cause=cause(award),
        actor=f"user:{by.pk}",
        happened_on=_open_day(award),
        legs=journals.due(parts, award.currency),
    )


def take_back_due(disbursement: Disbursement, by: User) -> None:
    """A checked payment is no longer payable, and promised again."""
    entry = _due_of(disbursement)[-1]
    verb = entry.key.rpartition(":due-")[2]
    book.reverse(
        key_of=entry.key,
        key=f"{cause(disbursement.award)}:undue-{verb}",
        reason=Reason.REVERSAL,
        actor=f"user:{by.pk}",
        happened_on=_open_day(disbursement.award),
    )


def paid(disbursement: Disbursement, *, on: dt.date, place: str, fee_minor: int, by: User) -> None:
    """A payment has left the bank account `place`, which kept a fee of its own."""
    award = disbursement.award
    owed = Posting.objects.filter(entry=_due_of(disbursement)[-1], account_id="payable")
    book.post(
        entity_id=award.entity_id,
        key=f"{cause(award)}:paid-{disbursement.number}",
        reason=Reason.AWARD_PAID,
        cause=cause(award),
        actor=f"user:{by.pk}",
        happened_on=on,
        legs=journals.paid(
            {fund_id: -minor for fund_id, minor in owed.values_list("fund_id", "amount_minor")},
            currency=award.currency,
            bank=place,
            fee_minor=fee_minor,
            fee_fund_id=bears_bank_fees(award),
        ),
    )


def freed(cancellation: Cancellation, by: User) -> None:
    """What was promised and not asked for is the funds' own again."""
    award = cancellation.award
    book.post(
        entity_id=award.entity_id,
        key=f"{cause(award)}:cancelled-{cancellation.pk}",
        reason=Reason.AWARD_CANCELLED,
        cause=cause(award),
        actor=f"user:{by.pk}",
        happened_on=_open_day(award),
        legs=journals.freed(
            journals.parts_of(cancellation.amount_minor, _promised(award)), award.currency
        ),
    )


def returned(row: Return, by: User) -> None:
    """Unspent money has come back, to each fund in proportion to what it has paid so far."""
    award = row.award
    paid_so_far = {fund: each.paid.minor for fund, each in figures.by_fund(award.pk).items()}
    book.post(
        entity_id=award.entity_id,
        key=f"{cause(award)}:returned-{row.pk}",
        reason=Reason.AWARD_RETURNED,
        cause=cause(award),
        actor=f"user:{by.pk}",
        happened_on=row.returned_on,
        legs=journals.returned(
            journals.parts_of(row.amount_minor, paid_so_far),
            currency=award.currency,
            bank=row.place_id,
        ),
    )


def bears_bank_fees(award: Award) -> int:
    """The fund that bears what the bank keeps: the entity's first unrestricted one.

    A restricted gift is not spent on the bank; without an unrestricted fund the award's first
    one bears it.
    """
    first = funds.bears_costs(entity_id=award.entity_id, currency=award.currency)
    shares = award.shares.order_by("fund_id")
    return first.pk if first else next(share.fund_id for share in shares)


def _promised(award: Award) -> dict[int, int]:
    """What each fund has promised and not yet been asked for."""
    return {fund: each.committed.minor for fund, each in figures.by_fund(award.pk).items()}


def _due_of(disbursement: Disbursement) -> list[Entry]:
    prefix = f"{cause(disbursement.award)}:due-{disbursement.number}."
    return list(Entry.objects.filter(key__startswith=prefix).order_by("pk"))


def _open_day(award: Award) -> dt.date:
    today = clock.today(award.entity.zone)
    return periods.open_day(entity_id=award.entity_id, day=today)
