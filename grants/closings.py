"""The end of an award that was set out: its reports accepted, and nothing left unspent.

What was paid and not spent comes back to the funds it came from (`endings.record_return`), or two
people write it off and say why. Only then is the award closed, with a note.
"""

from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.money import Money
from funding.users import roles
from funding.users.models import Role, User
from grants import award_notices, disbursements, figures, reports, texts, tranches
from grants.disbursements import WrongPerson, WrongState
from grants.models import (
    Award,
    AwardState,
    Closing,
    ReportAnswer,
    ReportKind,
    ReportSending,
    WriteOff,
)

MAY_CLOSE: Final = (Role.OFFICER, Role.CHAIR)
MAY_WRITE_OFF: Final = (Role.OFFICER, Role.CHAIR, Role.TREASURER)


class NotAtItsEnd(Refused):
    """Something is still owed by one of the two sides."""


def final(award: Award) -> ReportSending | None:
    """The final report that was accepted."""
    rows = ReportSending.objects.filter(report__award=award, report__kind=ReportKind.FINAL)
    return rows.filter(answer=ReportAnswer.ACCEPTED).first()


def unspent(award: Award) -> Money:
    """What was paid, and by the accepted final report neither spent nor sent back. Nothing
    before there is one, and what was written off does not count."""
    told, nothing = final(award), Money(0, award.currency)
    if told is None:
        return nothing
    gone = WriteOff.objects.filter(award=award, agreed_at__isnull=False).first()
    paid = figures.of([award.pk])[award.pk].paid
    left = paid.minor - told.spent_minor - (gone.amount_minor if gone else 0)
    return Money(max(0, left), award.currency)


def lacks(award: Award) -> list[str]:
    """What keeps the award from being closed, each as a sentence; empty if nothing does."""
    found = [
        _("The %(report)s is not accepted.") % {"report": due.name.lower()}
        for due in reports.dues(award)
        if due.light != "done"
    ]
    now = figures.of([award.pk])[award.pk]
    if now.payable or award.disbursements.filter(state="requested").exists():
        found.append(_("A payment is open. Pay or decline it."))
    elif now.committed:
        words = _("%(sum)s is promised and not paid. Pay it, or cancel the rest.")
        found.append(words % {"sum": now.committed.text()})
    if left := unspent(award):
        words = _("%(sum)s was paid and not spent. It comes back, or two people write it off.")
        found.append(words % {"sum": left.text()})
    return found


@transaction.atomic
def propose_write_off(*, award_id: int, reason: str, by: User) -> WriteOff:
    """Propose not to ask back what was not spent; another person agrees.

    Proposed again it is the one that stands. Raises WrongPerson, NotAtItsEnd, WrongState.
    """
    award = disbursements.lock(award_id)
    _must_be_somebody_else(award, by)
    disbursements.must_be_active(award)
    if standing := WriteOff.objects.filter(award=award).first():
        return standing
    left = unspent(award)
    if not left:
        raise NotAtItsEnd(_("Nothing of this award is unspent by its final report."))
    if not texts.one_line(reason):
        raise WrongState(_("Write why it is not asked back."))
    row = WriteOff.objects.create(
        award=award,
        amount_minor=left.minor,
        reason=texts.one_line(reason)[:400],
        proposed_by=by,
        proposed_at=clock.now(),
    )
    _record(award, by, "award.write_off_proposed", left.minor)
    return row


@transaction.atomic
def agree_write_off(*, award_id: int, by: User) -> WriteOff:
    """Agree to a write-off that another person proposed; agreed before, it stays.

    Raises WrongPerson, WrongState.
    """
    award = disbursements.lock(award_id)
    _must_be_somebody_else(award, by)
    row = WriteOff.objects.filter(award=award).first()
    if row is None:
        raise WrongState(_("Nobody has proposed to write anything off."))
    if row.agreed_at is not None:
        return row
    if row.proposed_by_id == by.pk:
        raise WrongPerson(_("You proposed it. Another person agrees."))
    row.agreed_by, row.agreed_at = by, clock.now()
    row.save()
    _record(award, by, "award.write_off_agreed", row.amount_minor)
    return row


@transaction.atomic
def close(*, award_id: int, note: str, by: User) -> Closing:
    """Close an award with a note; closed before, it stays. The grantee is told.

    Raises WrongPerson, WrongState, NotAtItsEnd with what is lacking, AwardNotActive.
    """
    award = disbursements.lock(award_id)
    _must_be_somebody_else(award, by, MAY_CLOSE)
    if standing := Closing.objects.filter(award=award).first():
        return standing
    disbursements.must_be_active(award)
    if tranches.current(award_id) is None:
        raise WrongState(_("An award without a schedule ends by itself, with its last payment."))
    if missing := lacks(award):
        raise NotAtItsEnd(" ".join(missing))
    words = texts.paragraphs(note)[:1000]
    if not words:
        raise WrongState(_("Write a last word: what was reached, and how the money went."))
    told, gone = final(award), WriteOff.objects.filter(award=award, agreed_at__isnull=False)
    assert told is not None
    row = Closing.objects.create(
        award=award,
        paid_minor=figures.of([award.pk])[award.pk].paid.minor,
        spent_minor=told.spent_minor,
        written_off_minor=sum(gone.values_list("amount_minor", flat=True)),
        note=words,
        closed_by=by,
        closed_at=clock.now(),
    )
    award.state = AwardState.CLOSED
    award.save(update_fields=["state"])
    _record(award, by, "award.closed", row.paid_minor)
    award_notices.closed(award, words)
    return row


def _must_be_somebody_else(
    award: Award, by: User, wanted: tuple[Role, ...] = MAY_WRITE_OFF
) -> None:
    if not roles.has(by, *wanted):
        raise WrongPerson(_("This step is not for you to take."))
    if why := disbursements.why_not_award(award, by):
        raise WrongPerson(why)


def _record(award: Award, by: User, action: str, minor: int) -> None:
    log.record(actor=f"user:{by.pk}", action=action, subject=f"award:{award.pk}", minor=minor)
