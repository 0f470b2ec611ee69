"""Payments under an award: requested, checked and released by three people.

Checking makes a payment payable; releasing records what the bank did. Every step locks the
award first, so that no two of them count the same money.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max, QuerySet, Sum
from django.utils.translation import gettext as _

from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.ledger import book
from funding.ledger.models import Account, Kind
from funding.ledger.refusals import refusing
from funding.money import Money
from funding.users import roles
from funding.users.models import Role, User
from grants import (
    bank_details,
    country_rules,
    entries,
    figures,
    notices,
    payee_checks,
    tranches,
)
from grants.models import Award, AwardState, BankDetails, Disbursement, DisbursementState

MAY_CHECK: Final = (Role.OFFICER, Role.CHAIR)
MAY_RELEASE: Final = (Role.TREASURER,)
MAY_DECLINE: Final = (Role.OFFICER, Role.CHAIR, Role.TREASURER)


class AwardNotActive(Refused):
    """The award is closed or cancelled."""


class OverTheAward(Refused):
    """More than what is left of the award."""


class WrongPerson(Refused):
    """This step is for another role, or for another person than took an earlier one."""


class WrongState(Refused):
    """The payment is not at this step."""


class BankChanged(Refused):
    """The bank details are not the ones that this approval is for."""


class NotAPayment(Refused):
    """What the bank did cannot be recorded like this."""


@dataclass(frozen=True, slots=True)
class Payment:
    """What the bank did: its day and account, what it sent, and what it kept.

    `fee_minor` is in the award's currency, `rate` as the bank printed it, needed when the
    sum was sent in another currency.
    """

    paid_on: dt.date
    place: str
    sent: Money
    rate: str
    fee_minor: int
    reference: str


def lock(award_id: int) -> Award:
    """The award, locked for the rest of the transaction."""
    return Award.objects.select_for_update(no_key=True).get(pk=award_id)


def left_to_request(award: Award) -> Money:
    """What of an award is still promised and not asked for."""
    asked = award.disbursements.filter(state=DisbursementState.REQUESTED)
    minor = asked.aggregate(sum=Sum("amount_minor"))["sum"] or 0
    return figures.of([award.pk])[award.pk].committed - Money(minor, award.currency)


def next_number(award: Award) -> int:
    """The number of the payment that would be asked for now."""
    last: int | None = award.disbursements.aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


@transaction.atomic
def request(
    *,
    award_id: int,
    amount_minor: int,
    purpose: str,
    by: User,
    number: int | None = None,
    tranche: int | None = None,
) -> Disbursement:
    """Ask for a payment, as the applicant or as the officer for them.

    `number` is the one that the asker was shown: the same request again is the row that stands.
    `tranche` is the number of the part that is asked for, where the award has a schedule.
    Raises WrongPerson, AwardNotActive, OverTheAward, WrongState without bank details or when
    another payment has taken the number; tranches.NotAPart, NotYetDue, OverThePart.
    """
    award = lock(award_id)
    if award.application.applicant_id != by.pk and not roles.has(by, Role.OFFICER):
        raise WrongPerson(_("Only the applicant, or the officer for them, asks for a payment."))
    if number and (standing := award.disbursements.filter(number=number).first()):
        again = (amount_minor, purpose.strip(), tranche)
        if (standing.amount_minor, standing.purpose, standing.tranche_number) == again:
            return standing
        raise WrongState(_("Another payment was asked for meanwhile. Look at it first."))
    must_be_active(award)
    left = left_to_request(award)
    if not 0 < amount_minor <= left.minor:
        sentence = _("%(left)s of this award can still be asked for.")
        raise OverTheAward(sentence % {"left": left.text()})
    tranches.must_be_ready(award, tranche, amount_minor)
    if not purpose.strip():
        raise WrongState(_("Write what the payment is for."))
    details = bank_details.current(award_id)
    if details is None:
        raise WrongState(_("Enter the bank details first."))
    disbursement = Disbursement.objects.create(
        award=award,
        number=next_number(award),
        tranche_number=tranche,
        amount_minor=amount_minor,
        purpose=purpose.strip(),
        bank_details=details,
        bank_sha256=details.sha256,
        requested_by=by,
        requested_at=clock.now(),
    )
    _record(disbursement, by, "requested")
    return disbursement


def check(*, disbursement_id: int, bank_sha256: str, by: User) -> Disbursement:
    """Approve a request for the bank details that the checker has seen: it falls due.

    Raises WrongPerson, WrongState, BankChanged, AwardNotActive, PeriodClosed,
    country_rules.CountryBlocked.
    """
    with refusing(), transaction.atomic():
        disbursement = _lock_with_award(disbursement_id)
        award = disbursement.award
        _must_be(disbursement, DisbursementState.REQUESTED)
        must_be_active(award)
        _must_be_another(disbursement, by, MAY_CHECK)
        _must_be_the_same_bank(disbursement, bank_sha256)
        country_rules.must_allow(award, disbursement.bank_details, clock.today(award.entity.zone))
        disbursement.state = DisbursementState.CHECKED
        disbursement.checked_by, disbursement.checked_at = by, clock.now()
        disbursement.save()
        entries.due(disbursement, by)
        _record(disbursement, by, "checked")
        book.settle_constraints()
    return disbursement


def release(*, disbursement_id: int, bank_sha256: str, payment: Payment, by: User) -> Disbursement:
    """Record that the bank has paid a checked payment out.

    Raises WrongPerson, WrongState, BankChanged, NotAPayment, AwardNotActive, PeriodClosed,
    payee_checks.BankWaits, country_rules.CountryBlocked, screenings.NotScreened.
    """
    with refusing(), transaction.atomic():
        disbursement = _lock_with_award(disbursement_id)
        _must_be(disbursement, DisbursementState.CHECKED)
        must_be_active(disbursement.award)
        _must_be_another(disbursement, by, MAY_RELEASE)
        _must_be_the_same_bank(disbursement, bank_sha256)
        payee_checks.must_be_done(disbursement, by, payment.paid_on)
        _must_be_a_payment(disbursement, payment)
        disbursement.state = DisbursementState.RELEASED
        disbursement.released_by, disbursement.released_at = by, clock.now()
        disbursement.paid_on, disbursement.rate = payment.paid_on, payment.rate.strip()
        disbursement.sent_currency = payment.sent.currency
        disbursement.sent_minor = payment.sent.minor
        disbursement.fee_minor = payment.fee_minor
        disbursement.bank_reference = payment.reference.strip()
        disbursement.save()
        entries.paid(
            disbursement,
            on=payment.paid_on,
            place=payment.place,
            fee_minor=payment.fee_minor,
            by=by,
        )
        close_when_done(disbursement.award)
        _record(disbursement, by, "released")
        notices.paid(disbursement)
        book.settle_constraints()
    return disbursement


def decline(*, disbursement_id: int, why: str, by: User) -> Disbursement:
    """Turn a payment down that has not left yet; a checked one is no longer payable.

    Raises WrongPerson, WrongState.
    """
    with refusing(), transaction.atomic():
        disbursement = _lock_with_award(disbursement_id)
        _must_be(disbursement, DisbursementState.REQUESTED, DisbursementState.CHECKED)
        if not roles.has(by, *MAY_DECLINE):
            raise WrongPerson(_("An officer, a chair or a treasurer declines a payment."))
        if not why.strip():
            raise WrongState(_("Write why the payment is declined."))
        if disbursement.state == DisbursementState.CHECKED:
            entries.take_back_due(disbursement, by)
        disbursement.state, disbursement.declined_why = DisbursementState.DECLINED, why.strip()
        disbursement.save()
        _record(disbursement, by, "declined")
        notices.declined(disbursement)
        book.settle_constraints()
    return disbursement


def reopen(*, award: Award, details: BankDetails, by: User) -> int:
    """Send payments that have not left back to be checked, for these bank details.

    The award is locked by the caller. Returns how many there were.
    """
    waiting = award.disbursements.filter(
        state__in=[DisbursementState.REQUESTED, DisbursementState.CHECKED]
    )
    rows = list(waiting.select_for_update())
    for disbursement in rows:
        if disbursement.state == DisbursementState.CHECKED:
            entries.take_back_due(disbursement, by)
        disbursement.state = DisbursementState.REQUESTED
        disbursement.checked_by = disbursement.checked_at = None
        disbursement.bank_details, disbursement.bank_sha256 = details, details.sha256
        disbursement.save()
        _record(disbursement, by, "reopened")
    return len(rows)


def _lock_with_award(disbursement_id: int) -> Disbursement:
    award_id = Disbursement.objects.values_list("award_id", flat=True).get(pk=disbursement_id)
    lock(award_id)
    return Disbursement.objects.select_for_update(of=("self",)).get(pk=disbursement_id)


def must_be_active(award: Award) -> None:
    """Raise AwardNotActive for an award that is over."""
    if award.state != AwardState.ACTIVE:
        raise AwardNotActive(_("This award is over, so nothing more is paid."))


def close_when_done(award: Award) -> None:
    """End an award of which nothing is left to pay. The award is locked by the caller.

    One that was set out and paid ends with its closing, once its reports are accepted.
    """
    now = figures.of([award.pk])[award.pk]
    if now.sent and tranches.current(award.pk) is not None:
        return
    if not now.payable and not now.committed:
        award.state = AwardState.CLOSED if now.sent else AwardState.CANCELLED
        award.save(update_fields=["state"])


def bank_accounts(entity_id: int) -> QuerySet[Account]:
    """The bank accounts from which this entity pays, and to which money comes back."""
    return Account.objects.filter(entity_id=entity_id, kind=Kind.BANK)


def _must_be(disbursement: Disbursement, *states: DisbursementState) -> None:
    if disbursement.state not in states:
        is_now = DisbursementState(disbursement.state).label.lower()
        raise WrongState(_("This payment is %(state)s by now.") % {"state": is_now})


def why_not(disbursement: Disbursement, by: User, wanted: tuple[Role, ...]) -> str:
    """Why this person does not take the next step, as a sentence; empty if they may."""
    if not roles.has(by, *wanted):
        return _("This step is not for you to take.")
    if by.pk == disbursement.requested_by_id:
        return _("You asked for this payment. Another person takes this step.")
    if by.pk == disbursement.checked_by_id:
        return _("You checked this payment. A third person releases it.")
    if by.pk == disbursement.bank_details.entered_by_id:
        return _("You entered the bank details. Another person takes this step.")
    return why_not_award(disbursement.award, by)


def why_not_award(award: Award, by: User) -> str:
    """Why this person takes no step for an award that others decide on; empty if they may."""
    if by.pk == award.application.applicant_id:
        return _("This award is your own. Another person takes this step.")
    if award.application.recusals.filter(member=by).exists():
        return _("You stepped out of this application. Another person takes this step.")
    return ""


def _must_be_another(disbursement: Disbursement, by: User, wanted: tuple[Role, ...]) -> None:
    if why := why_not(disbursement, by, wanted):
        raise WrongPerson(why)


def _must_be_the_same_bank(disbursement: Disbursement, seen_sha256: str) -> None:
    now = bank_details.current(disbursement.award_id)
    if now is None or not now.sha256 == disbursement.bank_sha256 == seen_sha256:
        sentence = _("The bank details were changed meanwhile. Look at the new ones first.")
        raise BankChanged(sentence)


def _must_be_a_payment(disbursement: Disbursement, payment: Payment) -> None:
    award = disbursement.award
    if not _checked_on(disbursement) <= payment.paid_on <= clock.today(award.entity.zone):
        raise NotAPayment(_("The bank paid between the day of the check and today."))
    if payment.fee_minor < 0 or payment.sent.minor <= 0:
        raise NotAPayment(_("Amounts are above zero, and the fee is not below it."))
    if not payment.reference.strip():
        raise NotAPayment(_("Write the reference that the bank gave."))
    if payment.sent.currency != award.currency and not payment.rate.strip():
        raise NotAPayment(_("Write the rate at which the bank changed the money."))
    if payment.sent.currency == award.currency and payment.sent.minor != disbursement.amount_minor:
        raise NotAPayment(_("Without a change of currency the bank sends what was approved."))
    if not bank_accounts(award.entity_id).filter(code=payment.place).exists():
        raise NotAPayment(_("Choose one of the bank accounts of this organisation."))


def _checked_on(disbursement: Disbursement) -> dt.date:
    assert disbursement.checked_at is not None
    return disbursement.checked_at.astimezone(ZoneInfo(disbursement.award.entity.zone)).date()


def _record(disbursement: Disbursement, by: User, verb: str) -> None:
    log.record(
        actor=f"user:{by.pk}",
        action=f"disbursement.{verb}",
        subject=entries.cause(disbursement.award),
        disbursement=disbursement.pk,
        minor=disbursement.amount_minor,
        bank_details=disbursement.bank_details_id,
    )
