"""Reports that everybody may read: shown by the office, of what their grantees agreed to.

Nothing of a report is shown but what its grantee ticked while writing it: a few words, and beside
them the counts, the sums and single photos. An officer or a chair decides that it is shown, once
it is accepted; the grantee can take the consent back at any time, and with that it is hidden.
"""

from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from funding import clock
from funding.audit import log
from funding.users import roles
from funding.users.models import User
from grants import disbursements, public_reports, report_texts, reports, texts
from grants.disbursements import WrongPerson, WrongState
from grants.models import (
    Award,
    Publication,
    PublicationKind,
    ReportAnswer,
    ReportPhoto,
    ReportSending,
)
from grants.reports import MAY_ANSWER


@transaction.atomic
def publish(*, sending_id: int, by: User) -> None:
    """Show an accepted report to everybody, as far as its grantee agreed. Again, it stays shown.

    Raises WrongPerson, WrongState.
    """
    sending = _lock(sending_id)
    _must_have_role(sending.report.award, by)
    if last(sending) == PublicationKind.SHOWN:
        return
    if why := why_not(sending):
        raise WrongState(why)
    for photo in public_reports.photos_of([sending]).filter(small=b"").only("content"):
        photo.small = reports.drawn(bytes(photo.content))[1]
        photo.save(update_fields=["small"])
    _write(sending, PublicationKind.SHOWN, by)


@transaction.atomic
def hide(*, sending_id: int, words: str, by: User) -> None:
    """Take a report off the public pages, or leave it off them, and say why.

    Raises WrongPerson, WrongState.
    """
    sending = _lock(sending_id)
    _must_have_role(sending.report.award, by)
    why = texts.one_line(words)[:400]
    if not why:
        raise WrongState(_("Write why it is not shown."))
    if last(sending) == PublicationKind.WITHDRAWN:
        raise WrongState(_("The grantee took the consent back, so nothing of it is shown."))
    if last(sending) != PublicationKind.HIDDEN:
        _write(sending, PublicationKind.HIDDEN, by, why)


@transaction.atomic
def withdraw(*, sending_id: int, by: User) -> None:
    """Take the consent back: nothing of the report is shown from now on. Again, it stays so.

    Raises WrongPerson, WrongState.
    """
    sending = _lock(sending_id)
    _must_be_grantee(sending, by)
    if last(sending) != PublicationKind.WITHDRAWN:
        _write(sending, PublicationKind.WITHDRAWN, by)


@transaction.atomic
def agree(*, sending_id: int, by: User) -> None:
    """Give a consent again that was taken back; the office decides anew. Again, it stays given.

    Raises WrongPerson, WrongState.
    """
    sending = _lock(sending_id)
    _must_be_grantee(sending, by)
    if last(sending) == PublicationKind.WITHDRAWN:
        _write(sending, PublicationKind.AGREED, by)


@transaction.atomic
def hide_photo(*, award_id: int, photo_id: int, by: User) -> None:
    """Show one photo nowhere any more; the report stays. For good, and harmless when repeated.

    Raises WrongPerson.
    """
    award = disbursements.lock(award_id)
    if award.application.applicant_id != by.pk:
        _must_have_role(award, by)
    hidden = ReportPhoto.objects.filter(report__award=award, pk=photo_id, is_public=True)
    if hidden.update(is_public=False):
        _record(award.pk, by, "photo_hidden", photo=photo_id)


def withdraw_all(grantee: User) -> None:
    """Take back whatever somebody agreed to, as they are removed, in the open transaction."""
    mine = ReportSending.objects.filter(
        report__award__application__applicant=grantee, is_public=True
    )
    for pk in mine.order_by("pk").values_list("pk", flat=True):
        withdraw(sending_id=pk, by=grantee)


def last(sending: ReportSending) -> str:
    """What was done last to show it or not; empty if nobody has decided."""
    kinds = Publication.objects.filter(sending=sending).order_by("-number")
    return kinds.values_list("kind", flat=True).first() or ""


def why_not(sending: ReportSending) -> str:
    """Why nothing of it can be shown now; empty if it can."""
    if sending.answer != ReportAnswer.ACCEPTED:
        return _("Only a report that is accepted is shown.")
    if not sending.is_public or last(sending) == PublicationKind.WITHDRAWN:
        return _("The grantee has not agreed that anything of it is shown.")
    said = [sending.facts.get("summary", "")]
    said += [each["shows"] for each in sending.facts.get("photos", []) if each["is_public"]]
    if any(report_texts.names_a_point(each) for each in said):
        return report_texts.too_exact()
    return ""


def undecided() -> QuerySet[Any]:
    """Accepted reports whose grantees agreed, of which nobody has said whether they are shown."""
    rows = public_reports.with_last().filter(answer=ReportAnswer.ACCEPTED, is_public=True)
    return rows.filter(Q(step__isnull=True) | Q(step=PublicationKind.AGREED))


def _lock(sending_id: int) -> ReportSending:
    """The sending, with its award held as whoever answers it holds it."""
    award_id = ReportSending.objects.values_list("report__award_id", flat=True).get(pk=sending_id)
    disbursements.lock(award_id)
    return ReportSending.objects.select_related("report__award__application").get(pk=sending_id)


def _must_have_role(award: Award, by: User) -> None:
    if not roles.has(by, *MAY_ANSWER):
        raise WrongPerson(_("This step is not for you to take."))
    if why := disbursements.why_not_award(award, by):
        raise WrongPerson(why)


def _must_be_grantee(sending: ReportSending, by: User) -> None:
    if sending.report.award.application.applicant_id != by.pk:
        raise WrongPerson(_("Only the applicant says what may be shown."))
    if not sending.is_public:
        raise WrongState(_("Nothing of this report was to be shown."))


def _write(sending: ReportSending, kind: PublicationKind, by: User, words: str = "") -> None:
    Publication.objects.create(
        sending=sending,
        number=sending.publications.count() + 1,
        kind=kind,
        words=words,
        made_by=by,
        made_at=clock.now(),
    )
    report = sending.report
    _record(report.award_id, by, str(kind), kind=report.kind, number=sending.number)


def _record(award_id: int, by: User, verb: str, **facts: Any) -> None:  # noqa: ANN401
    log.record(actor=f"user:{by.pk}", action=f"report.{verb}", subject=f"award:{award_id}", **facts)
