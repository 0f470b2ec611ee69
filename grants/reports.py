"""Reports of grantees: written, sent, accepted or sent back; and which of them are late.

The report of a fund to its givers is another thing and lives with the pages. A report here is
what a grantee tells of the work and the money, and what unlocks the next part of the award.
"""

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from funding import clock, pictures
from funding.audit import log
from funding.errors import Refused
from funding.ledger import book
from funding.users import roles
from funding.users.models import Role, User
from grants import (
    award_notices,
    disbursements,
    report_texts,
    schedules,
    submissions,
    texts,
    tranches,
)
from grants.disbursements import WrongPerson, WrongState
from grants.models import (
    Award,
    AwardState,
    Report,
    ReportAnswer,
    ReportKind,
    ReportLine,
    ReportPhoto,
    ReportSending,
)
from grants.report_texts import Told

MAY_ANSWER: Final = (Role.OFFICER, Role.CHAIR)
MOST_PHOTOS: Final = 6
_MOST_BYTES: Final = 10_000_000
_SIZE: Final = (960, 720)
_LARGE_BYTES: Final = 120_000
# Twice as wide as it is shown; six of them on a page leave it below 100 kB.
_SMALL: Final = (320, 240)
_SMALL_BYTES: Final = 10_000
# How long before its day a report counts as coming up.
SOON: Final = dt.timedelta(days=14)


class Stale(Refused):
    """Another window saved since this one was opened."""


class Incomplete(Refused):
    """Something is missing. `gaps` names each thing, by the field where it belongs."""

    def __init__(self, gaps: Mapping[str, str]) -> None:
        super().__init__(" ".join(gaps.values()))
        self.gaps = dict(gaps)


@dataclass(frozen=True, slots=True)
class Due:
    """One report of an award: its day, and how it stands today.

    `light` is "done", "waits" for an answer, "ok", "soon" or "late".
    """

    award: Award
    kind: ReportKind
    due_on: dt.date
    light: str

    @property
    def name(self) -> str:
        """'Interim report'."""
        return str(self.kind.label)


def dues(award: Award) -> list[Due]:
    """The reports of an award in their order; none where it has no schedule."""
    schedule = tranches.current(award.pk)
    if schedule is None:
        return []
    days = [(ReportKind.FINAL, schedule.final_due_on)]
    if schedule.interim_due_on is not None:
        days.insert(0, (ReportKind.INTERIM, schedule.interim_due_on))
    today = clock.today(award.entity.zone)
    answers = dict(
        ReportSending.objects.filter(report__award=award)
        .order_by("pk")
        .values_list("report__kind", "answer")
    )
    return [Due(award, kind, day, _light(answers.get(kind), day, today)) for kind, day in days]


def _light(answer: str | None, day: dt.date, today: dt.date) -> str:
    if answer == ReportAnswer.ACCEPTED:
        return "done"
    if answer == ReportAnswer.NONE:
        return "waits"
    if day < today:
        return "late"
    return "soon" if day - SOON <= today else "ok"


def overdue(organisation_id: int) -> list[str]:
    """Which reports this organisation owes by now, each as a sentence; empty if none."""
    rows = Award.objects.filter(application__project__organisation_id=organisation_id)
    found = []
    for award in rows.exclude(state=AwardState.CANCELLED).whole():
        for due in dues(award):
            if due.light == "late":
                words = _("The %(report)s of “%(work)s” was due on %(day)s and is not here.")
                told = {
                    "report": due.name.lower(),
                    "work": award.application.project.title,
                    "day": texts.day(due.due_on),
                }
                found.append(words % told)
    return found


def begun(award: Award, kind: str) -> Report | None:
    """The report of this kind, if anybody has begun it."""
    return Report.objects.filter(award=award, kind=kind).first()


def last(report: Report | None) -> ReportSending | None:
    """What was sent last."""
    return report.sendings.order_by("-number").first() if report else None


def is_open(report: Report | None) -> bool:
    """Whether the grantee writes it now: never sent, or sent back."""
    sent = last(report)
    return sent is None or sent.answer == ReportAnswer.RETURNED


@transaction.atomic
def save(
    *, award_id: int, kind: ReportKind, version: int, typed: Mapping[str, str], by: User
) -> Report:
    """Keep a draft as it was typed, whatever it is. `version` is the one the page showed.

    Raises WrongPerson, WrongState, Stale, disbursements.AwardNotActive.
    """
    award, report = _own(award_id, kind, by)
    kept = report_texts.kept(typed)
    if report is None:
        if version:
            raise Stale(_stale())
        return Report.objects.create(
            award=award, kind=kind, typed=kept, version=1, saved_at=clock.now()
        )
    if report.typed == kept:
        return report
    if report.version != version:
        raise Stale(_stale())
    report.typed, report.version, report.saved_at = kept, version + 1, clock.now()
    report.save()
    return report


@transaction.atomic
def send(*, award_id: int, kind: ReportKind, version: int, by: User) -> ReportSending:
    """Freeze what is written and give it to the officers. Sent again, it is the one that waits.

    Raises WrongPerson, WrongState, Stale, Incomplete, disbursements.AwardNotActive.
    """
    award = disbursements.lock(award_id)
    report = begun(award, kind)
    sent = last(report)
    is_theirs = award.application.applicant_id == by.pk
    if sent is not None and sent.answer == ReportAnswer.NONE and is_theirs:
        return sent
    award, report = _own(award_id, kind, by)
    if report is None or report.version != version:
        raise Stale(_stale())
    told, gaps = report_texts.read(award, kind, report.typed)
    if gaps:
        raise Incomplete(gaps)
    sending = _freeze(report, told, (sent.number if sent else 0) + 1, by)
    _record(sending, by, "sent")
    return sending


@transaction.atomic
def accept(*, sending_id: int, by: User) -> ReportSending:
    """Accept a report: the parts of the award that wait for it can be asked for.

    Accepted again it stays. Raises WrongPerson, WrongState.
    """
    sending = _answer(sending_id, by, ReportAnswer.ACCEPTED, "")
    award, kind = sending.report.award, sending.report.kind
    for part in tranches.of(award):
        if part.row.condition == kind:
            words = _("%(report)s accepted.") % {"report": ReportKind(kind).label}
            schedules.fulfil(award, part.number, words, by)
    return sending


@transaction.atomic
def send_back(*, sending_id: int, words: str, by: User) -> ReportSending:
    """Send a report back to the grantee with what is lacking. Raises WrongPerson, WrongState."""
    said = texts.paragraphs(words)[:1000]
    if not said:
        raise WrongState(_("Write what is lacking."))
    return _answer(sending_id, by, ReportAnswer.RETURNED, said)


@transaction.atomic
def add_photo(
    *,
    award_id: int,
    kind: ReportKind,
    content: bytes,
    shows: str,
    taken_by: str,
    has_consent: bool,
    is_public: bool,
    by: User,
) -> ReportPhoto:
    """Add a photo to a report that is being written; the same picture again is the one there.

    Raises WrongPerson, WrongState, pictures.NotAPicture, disbursements.AwardNotActive.
    """
    award, report = _own(award_id, kind, by)
    what, whose = texts.one_line(shows)[:300], texts.one_line(taken_by)[:120]
    if not what or not whose:
        raise WrongState(_("Write what the photo shows and who took it."))
    if is_public and report_texts.names_a_point(what):
        raise WrongState(report_texts.too_exact())
    if not has_consent:
        raise WrongState(_("A photo is sent only if everybody who can be recognised agreed."))
    large, small = drawn(content)
    if report is None:
        report = Report.objects.create(award=award, kind=kind, saved_at=clock.now())
    standing = report.photos.filter(removed_at__isnull=True)
    sha256 = hashlib.sha256(large).hexdigest()
    if same := standing.filter(sha256=sha256).first():
        return same
    if standing.count() >= MOST_PHOTOS:
        raise WrongState(_("A report has at most %(n)s photos.") % {"n": MOST_PHOTOS})
    return ReportPhoto.objects.create(
        report=report,
        content=large,
        small=small,
        sha256=sha256,
        shows=what,
        taken_by=whose,
        has_consent=True,
        is_public=is_public,
        added_at=clock.now(),
    )


@transaction.atomic
def remove_photo(*, award_id: int, kind: ReportKind, photo_id: int, by: User) -> None:
    """Take a photo off a report that is being written. What was sent with it stays sent."""
    _award, report = _own(award_id, kind, by)
    rows = ReportPhoto.objects.filter(report=report, pk=photo_id, removed_at__isnull=True)
    rows.update(removed_at=clock.now())


def photos(report: Report | None) -> list[ReportPhoto]:
    """The photos that stand on it, without their bytes."""
    if report is None:
        return []
    return list(
        report.photos.filter(removed_at__isnull=True).defer("content", "small").order_by("pk")
    )


def photos_of(award: Award) -> QuerySet[ReportPhoto]:
    """Every photo that was ever on a report of this award, without their bytes."""
    rows = ReportPhoto.objects.filter(report__award=award).select_related("report")
    return rows.defer("content", "small")


def _own(award_id: int, kind: str, by: User) -> tuple[Award, Report | None]:
    award = disbursements.lock(award_id)
    if award.application.applicant_id != by.pk:
        raise WrongPerson(_("Only the applicant writes the report."))
    disbursements.must_be_active(award)
    if kind not in {due.kind for due in dues(award)}:
        raise WrongState(_("This award has no such report."))
    report = begun(award, kind)
    if not is_open(report):
        raise WrongState(_("This report was sent."))
    return award, report


def _freeze(report: Report, told: Told, number: int, by: User) -> ReportSending:
    facts: dict[str, Any] = told.facts | {
        "photos": [
            {
                "id": photo.pk,
                "sha256": photo.sha256,
                "shows": photo.shows,
                "taken_by": photo.taken_by,
                "is_public": photo.is_public,
            }
            for photo in photos(report)
        ]
    }
    sending = ReportSending.objects.create(
        report=report,
        number=number,
        facts=facts,
        sha256=submissions.fingerprint(facts),
        spent_minor=sum(line.spent_minor for line in told.lines),
        is_public=told.is_public,
        sent_by=by,
        sent_at=clock.now(),
    )
    ReportLine.objects.bulk_create(
        ReportLine(
            sending=sending,
            position=line.position,
            what=line.what,
            budget_minor=line.budget_minor,
            spent_minor=line.spent_minor,
            why=line.why,
        )
        for line in told.lines
    )
    book.settle_constraints()
    return sending


def _answer(sending_id: int, by: User, answer: ReportAnswer, words: str) -> ReportSending:
    award_id = ReportSending.objects.values_list("report__award_id", flat=True).get(pk=sending_id)
    award = disbursements.lock(award_id)
    sending = ReportSending.objects.select_related("report__award").get(pk=sending_id)
    if not roles.has(by, *MAY_ANSWER):
        raise WrongPerson(_("This step is not for you to take."))
    if why := disbursements.why_not_award(award, by):
        raise WrongPerson(why)
    if sending.answer == answer:
        return sending
    if sending.answer != ReportAnswer.NONE:
        raise WrongState(_("This report was answered by now."))
    sending.answer, sending.words = answer, words
    sending.answered_by, sending.answered_at = by, clock.now()
    sending.save()
    _record(sending, by, str(answer))
    award_notices.report_answered(sending)
    return sending


def drawn(content: bytes) -> tuple[bytes, bytes]:
    """The picture as two JPEGs, large and small, with nothing else that was in the file.

    Refuses: NotAPicture.
    """
    ground = pictures.on_white(pictures.read(content, most_bytes=_MOST_BYTES))
    return pictures.jpeg(ground, _SIZE, _LARGE_BYTES), pictures.jpeg(ground, _SMALL, _SMALL_BYTES)


def _stale() -> str:
    return _("Another window saved this report meanwhile. What you typed is below.")


def _record(sending: ReportSending, by: User, verb: str) -> None:
    log.record(
        actor=f"user:{by.pk}",
        action=f"report.{verb}",
        subject=f"award:{sending.report.award_id}",
        kind=sending.report.kind,
        number=sending.number,
    )
