"""How an award ends: the rest is cancelled, or money that was not spent comes back."""

import datetime as dt
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.ledger import book
from funding.ledger.refusals import refusing
from funding.money import Money
from funding.users import roles
from funding.users.models import Role, User
from grants import disbursements, entries, figures, notices
from grants.disbursements import MAY_CHECK, WrongPerson
from grants.models import Award, Cancellation, DisbursementState, Return

MAY_CANCEL: Final = MAY_CHECK
MAY_RECORD: Final = (Role.TREASURER,)


class NothingLeft(Refused):
    """Everything of this award is paid, asked for, or cancelled."""


class NotAnEnding(Refused):
    """What was written cannot be recorded like this."""


class RecordedBefore(Refused):
    """This payment back to us stands in the books already."""


def cancel_rest(*, award_id: int, reason: str, by: User) -> Cancellation:
    """Set free what of an award is promised and not asked for.

    Payments that are asked for or payable stay, and are paid or declined as before. Raises
    WrongPerson, NotAnEnding without a reason, NothingLeft, disbursements.AwardNotActive.
    """
    with refusing(), transaction.atomic():
        award = disbursements.lock(award_id)
        _must_be_somebody_else(award, by, MAY_CANCEL)
        disbursements.must_be_active(award)
        if not reason.strip():
            raise NotAnEnding(_("Write why the rest is cancelled."))
        rest = disbursements.left_to_request(award)
        if not rest:
            raise NothingLeft(_("Nothing of this award is left to cancel."))
        row = Cancellation.objects.create(
            award=award,
            amount_minor=rest.minor,
            reason=reason.strip(),
            cancelled_by=by,
            cancelled_at=clock.now(),
        )
        entries.freed(row, by)
        disbursements.close_when_done(award)
        _record(award, by, "award.rest_cancelled", rest, row.pk)
        notices.cancelled(row)
        book.settle_constraints()
    return row


def record_return(
    *,
    award_id: int,
    amount_minor: int,
    returned_on: dt.date,
    place: str,
    reference: str,
    by: User,
) -> Return:
    """Write down that unspent money came back to the bank account `place`.

    It goes to the funds that paid it and is free for other awards. Raises WrongPerson,
    NotAnEnding, RecordedBefore, ledger.refusals.PeriodClosed.
    """
    with refusing(), transaction.atomic():
        award = disbursements.lock(award_id)
        _must_be_somebody_else(award, by, MAY_RECORD)
        _must_be_a_return(award, amount_minor, returned_on, place, reference)
        row, is_new = Return.objects.get_or_create(
            award=award,
            place_id=place,
            returned_on=returned_on,
            reference=reference.strip(),
            defaults={
                "amount_minor": amount_minor,
                "recorded_by": by,
                "recorded_at": clock.now(),
            },
        )
        if not is_new:
            sentence = _("A return with this reference and day was recorded before: %(sum)s.")
            amount = Money(row.amount_minor, row.award.currency)
            raise RecordedBefore(sentence % {"sum": amount.text()})
        entries.returned(row, by)
        _record(award, by, "award.money_returned", Money(amount_minor, award.currency), row.pk)
        notices.returned(row)
        book.settle_constraints()
    return row


def _must_be_somebody_else(award: Award, by: User, wanted: tuple[Role, ...]) -> None:
    if not roles.has(by, *wanted):
        raise WrongPerson(_("This step is not for you to take."))
    if why := disbursements.why_not_award(award, by):
        raise WrongPerson(why)


def _must_be_a_return(
    award: Award, amount_minor: int, returned_on: dt.date, place: str, reference: str
) -> None:
    paid = figures.of([award.pk])[award.pk].paid
    if not 0 < amount_minor <= paid.minor:
        sentence = _("Of this award %(paid)s was paid and not returned. No more can come back.")
        raise NotAnEnding(sentence % {"paid": paid.text()})
    released = award.disbursements.filter(state=DisbursementState.RELEASED)
    first = released.order_by("paid_on").values_list("paid_on", flat=True).first()
    if first is None or not first <= returned_on <= clock.today(award.entity.zone):
        raise NotAnEnding(_("The money came back between the day of the first payment and today."))
    if not reference.strip():
        raise NotAnEnding(_("Write the reference that the bank gave."))
    if not disbursements.bank_accounts(award.entity_id).filter(code=place).exists():
        raise NotAnEnding(_("Choose one of the bank accounts of this organisation."))


def _record(award: Award, by: User, action: str, amount: Money, row_id: int) -> None:
    log.record(
        actor=f"user:{by.pk}",
        action=action,
        subject=entries.cause(award),
        row=row_id,
        minor=amount.minor,
        state=str(award.state),
    )
