"""Payments under an award: requested, checked and released by three people.

Checking makes a payment payable; releasing records what the bank did. Every step locks the
award first, so that no two of them count the same money.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.ledger import book, periods
from funding.ledger.models import Account, Entry, Fund, Kind, Posting, Reason, Restriction
from funding.ledger.refusals import refusing
from funding.money import Money
from funding.users import roles
from funding.users.models import Role, User
from grants import bank_details, journals, notices, screenings
from grants.models import (
    Award,
    AwardShare,
    AwardState,
    BankDetails,
    Disbursement,
    DisbursementState,
)

MAY_CHECK: Final = (Role.OFFICER, Role.CHAIR)
MAY_DECLINE: Final = (Role.OFFICER, Role.CHAIR, Role.TREASURER)
_LIVE: Final = (
    DisbursementState.REQUESTED,
    DisbursementState.CHECKED,
    DisbursementState.RELEASED,
)


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
    """What of an award is neither requested, paid nor returned."""
    live = award.disbursements.filter(state__in=_LIVE).aggregate(sum=Sum("amount_minor"))["sum"]
    return Money(award.amount_minor - (live or 0) - _returned_minor(award), award.currency)


@transaction.atomic
def request(*, award_id: int, amount_minor: int, purpose: str, by: User) -> Disbursement:
    """Ask for a payment, as the applicant or as the officer for them.

    Raises WrongPerson, AwardNotActive, OverTheAward, WrongState without bank details.
    """
    award = lock(award_id)
    if award.application.applicant_id != by.pk and not roles.has(by, Role.OFFICER):
        raise WrongPerson(_("Only the applicant, or the officer for them, asks for a payment."))
    _must_be_active(award)
    left = left_to_request(award)
    if not 0 < amount_minor <= left.minor:
        sentence = _("%(left)s of this award can still be asked for.")
        raise OverTheAward(sentence % {"left": left.text()})
    if not purpose.strip():
        raise WrongState(_("Write what the payment is for."))
    details = bank_details.current(award_id)
    if details is None:
        raise WrongState(_("Enter the bank details first."))
    last = award.disbursements.aggregate(last=Max("number"))["last"] or 0
    disbursement = Disbursement.objects.create(
        award=award,
        number=last + 1,
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

    Raises WrongPerson, WrongState, BankChanged, AwardNotActive, PeriodClosed.
    """
    with refusing(), transaction.atomic():
        disbursement = _lock_with_award(disbursement_id)
        award = disbursement.award
        _must_be(disbursement, DisbursementState.REQUESTED)
        _must_be_active(award)
        _must_be_another(disbursement, by, MAY_CHECK)
        _must_be_the_same_bank(disbursement, bank_sha256)
        disbursement.state = DisbursementState.CHECKED
        disbursement.checked_by, disbursement.checked_at = by, clock.now()
        disbursement.save()
        _book_due(disbursement, by)
        _record(disbursement, by, "checked")
        book.settle_constraints()
    return disbursement


def release(*, disbursement_id: int, bank_sha256: str, payment: Payment, by: User) -> Disbursement:
    """Record that the bank has paid a checked payment out.

    Raises WrongPerson, WrongState, BankChanged, NotAPayment, AwardNotActive, PeriodClosed,
    screenings.NotScreened.
    """
    with refusing(), transaction.atomic():
        disbursement = _lock_with_award(disbursement_id)
        _must_be(disbursement, DisbursementState.CHECKED)
        _must_be_active(disbursement.award)
        _must_be_another(disbursement, by, (Role.TREASURER,))
        _must_be_the_same_bank(disbursement, bank_sha256)
        screenings.needed_for_release(disbursement.bank_details, by)
        _must_be_a_payment(disbursement, payment)
        disbursement.state = DisbursementState.RELEASED
        disbursement.released_by, disbursement.released_at = by, clock.now()
        disbursement.paid_on, disbursement.rate = payment.paid_on, payment.rate.strip()
        disbursement.sent_currency = payment.sent.currency
        disbursement.sent_minor = payment.sent.minor
        disbursement.fee_minor = payment.fee_minor
        disbursement.bank_reference = payment.reference.strip()
        disbursement.save()
        _book_paid(disbursement, payment, by)
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
            _take_back_due(disbursement, by)
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
            _take_back_due(disbursement, by)
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


def _must_be_active(award: Award) -> None:
    if award.state != AwardState.ACTIVE:
        raise AwardNotActive(_("This award is over, so nothing more is paid."))


def _must_be(disbursement: Disbursement, *states: DisbursementState) -> None:
    if disbursement.state not in states:
        is_now = DisbursementState(disbursement.state).label.lower()
        raise WrongState(_("This payment is %(state)s by now.") % {"state": is_now})


def _must_be_another(disbursement: Disbursement, by: User, wanted: tuple[Role, ...]) -> None:
    if not roles.has(by, *wanted):
        raise WrongPerson(_("This step is not for you to take."))
    if by.pk == disbursement.requested_by_id:
        raise WrongPerson(_("You asked for this payment. Another person takes this step."))
    if by.pk == disbursement.checked_by_id:
        raise WrongPerson(_("You checked this payment. A third person releases it."))
    if by.pk == disbursement.award.application.applicant_id:
        raise WrongPerson(_("This award is your own. Another person takes this step."))
    if by.pk == disbursement.bank_details.entered_by_id:
        raise WrongPerson(_("You entered the bank details. Another person takes this step."))


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
    places = Account.objects.filter(entity_id=award.entity_id, kind=Kind.BANK)
    if not places.filter(code=payment.place).exists():
        raise NotAPayment(_("Choose one of the bank accounts of this organisation."))


def _checked_on(disbursement: Disbursement) -> dt.date:
    assert disbursement.checked_at is not None
    return disbursement.checked_at.astimezone(ZoneInfo(disbursement.award.entity.zone)).date()


def _cause(award: Award) -> str:
    return f"award:{award.pk}"


def _due_entries(disbursement: Disbursement) -> list[Entry]:
    prefix = f"{_cause(disbursement.award)}:due-{disbursement.number}."
    return list(Entry.objects.filter(key__startswith=prefix).order_by("pk"))


def _still_promised(award: Award) -> dict[int, int]:
    """What each fund has promised and not yet been asked for."""
    booked = Posting.objects.filter(
        Q(entry__reason=Reason.AWARD_DUE) | Q(entry__reverses__reason=Reason.AWARD_DUE),
        entry__cause=_cause(award),
        account_id="committed",
    )
    gone = dict(booked.values_list("fund_id").annotate(sum=Sum("amount_minor")))
    return {row.fund_id: row.amount_minor - gone.get(row.fund_id, 0) for row in _shares(award)}


def _shares(award: Award) -> QuerySet[AwardShare]:
    return award.shares.order_by("fund_id")


def _open_day(award: Award) -> dt.date:
    today = clock.today(award.entity.zone)
    return periods.open_day(entity_id=award.entity_id, day=today)


def _book_due(disbursement: Disbursement, by: User) -> None:
    award = disbursement.award
    turn = len(_due_entries(disbursement)) + 1
    parts = journals.parts_of(disbursement.amount_minor, _still_promised(award))
    book.post(
        entity_id=award.entity_id,
        key=f"{_cause(award)}:due-{disbursement.number}.{turn}",
        reason=Reason.AWARD_DUE,
        cause=_cause(award),
        actor=f"user:{by.pk}",
        happened_on=_open_day(award),
        legs=journals.due(parts, award.currency),
    )


def _take_back_due(disbursement: Disbursement, by: User) -> None:
    entry = _due_entries(disbursement)[-1]
    verb = entry.key.rpartition(":due-")[2]
    book.reverse(
        key_of=entry.key,
        key=f"{_cause(disbursement.award)}:undue-{verb}",
        reason=Reason.REVERSAL,
        actor=f"user:{by.pk}",
        happened_on=_open_day(disbursement.award),
    )


def _book_paid(disbursement: Disbursement, payment: Payment, by: User) -> None:
    award = disbursement.award
    owed = Posting.objects.filter(entry=_due_entries(disbursement)[-1], account_id="payable")
    book.post(
        entity_id=award.entity_id,
        key=f"{_cause(award)}:paid-{disbursement.number}",
        reason=Reason.AWARD_PAID,
        cause=_cause(award),
        actor=f"user:{by.pk}",
        happened_on=payment.paid_on,
        legs=journals.paid(
            {fund_id: -minor for fund_id, minor in owed.values_list("fund_id", "amount_minor")},
            currency=award.currency,
            bank=payment.place,
            fee_minor=payment.fee_minor,
            fee_fund_id=bears_bank_fees(award),
        ),
    )


def bears_bank_fees(award: Award) -> int:
    """The fund that bears what the bank keeps: the entity's first unrestricted one.

    A restricted gift is not spent on the bank; without an unrestricted fund the award's first
    one bears it.
    """
    free = Fund.objects.filter(
        entity_id=award.entity_id,
        currency=award.currency,
        restriction=Restriction.UNRESTRICTED,
        is_treasury=False,
        closed_on__isnull=True,
    )
    first = free.order_by("position", "name", "pk").first()
    return first.pk if first else next(share.fund_id for share in _shares(award))


def _returned_minor(award: Award) -> int:
    back = Posting.objects.filter(
        entry__cause=_cause(award), entry__reason=Reason.AWARD_RETURNED, account_id="grants"
    )
    return -(back.aggregate(sum=Sum("amount_minor"))["sum"] or 0)


def _record(disbursement: Disbursement, by: User, verb: str) -> None:
    log.record(
        actor=f"user:{by.pk}",
        action=f"disbursement.{verb}",
        subject=_cause(disbursement.award),
        disbursement=disbursement.pk,
        minor=disbursement.amount_minor,
        bank_details=disbursement.bank_details_id,
    )
