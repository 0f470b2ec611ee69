"""Where an award is paid to.

A changed account is the commonest way to steal a grant. So every change is a further row,
takes the approvals back that were given for the old one, and is told to the applicant.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.ledger import book
from funding.ledger.refusals import refusing
from funding.users import roles
from funding.users.models import Role, User
from grants import bank_details, disbursements, notices
from grants.models import Award, AwardState, BankDetails


class NotYours(Refused):
    """Only the applicant, or the officer for them, says where the money goes."""


def enter_bank_details(
    *,
    award_id: int,
    holder: str,
    iban: str = "",
    account_number: str = "",
    bic: str = "",
    bank_name: str = "",
    country: str = "",
    by: User,
) -> BankDetails:
    """Write down where an award is paid to; the same account again is the row that stands.

    Payments that were requested or checked for another account need new approvals: a checked
    one is no longer payable. Raises NotYours, bank_details.NotAnAccount,
    disbursements.AwardNotActive.
    """
    account = bank_details.read(
        holder=holder,
        iban=iban,
        account_number=account_number,
        bic=bic,
        bank_name=bank_name,
        country=country,
    )
    with refusing(), transaction.atomic():
        details = _enter(award_id, account, by)
        book.settle_constraints()
    return details


def _enter(award_id: int, account: bank_details.Account, by: User) -> BankDetails:
    award = disbursements.lock(award_id)
    if award.application.applicant_id != by.pk and not roles.has(by, Role.OFFICER):
        raise NotYours(_("Only the applicant, or the officer for them, enters bank details."))
    if award.state != AwardState.ACTIVE:
        raise disbursements.AwardNotActive(_("This award is over, so nothing more is paid."))
    before = bank_details.current(award_id)
    if before is not None and before.sha256 == account.sha256:
        return before
    details = BankDetails.objects.create(
        award=award,
        holder=account.holder,
        iban=account.iban,
        account_number=account.account_number,
        bic=account.bic,
        bank_name=account.bank_name,
        country=account.country,
        sha256=account.sha256,
        entered_by=by,
        entered_at=clock.now(),
    )
    _tell(award, details, before, by)
    return details


def _tell(award: Award, details: BankDetails, before: BankDetails | None, by: User) -> None:
    reopened = disbursements.reopen(award=award, details=details, by=by)
    log.record(
        actor=f"user:{by.pk}",
        action="bank_details.entered" if before is None else "bank_details.changed",
        subject=f"award:{award.pk}",
        bank_details=details.pk,
        reopened=reopened,
    )
    notices.bank_details_entered(award, details, before=before, reopened=reopened)
