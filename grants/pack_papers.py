"""The parts of an auditor's pack that people sent: their files and words, agreement and reports."""

from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from funding.documents.models import Document
from grants import files, pack_parts
from grants.models import (
    Agreement,
    Attachment,
    Award,
    AwardChange,
    Closing,
    FileState,
    Message,
    Referee,
    Remark,
    Report,
    ReportSending,
    Submission,
    WriteOff,
)
from grants.pack_parts import File, as_json, table


def register() -> None:
    """Called when the app starts."""
    for name, source in (
        ("papers", _papers), ("attachments", _attachments), ("messages", _messages),
        ("references", _references),
        ("discussion", _discussion), ("agreement", _agreement), ("changes", _changes),
        ("reports", _reports), ("closing", _closing),
    ):  # fmt: skip
        pack_parts.register(name, source)


def _papers(award: Award) -> Iterator[File]:
    rows = Submission.objects.filter(application=award.application).select_related("document")
    for row in rows.order_by("number"):
        about = f"What was sent, time {row.number}, SHA-256 {row.sha256}."
        yield from _pdf(row.document, f"02-application/sent-{row.number}", about)


def _attachments(award: Award) -> Iterator[File]:
    rows = Attachment.objects.filter(application=award.application, file__state=FileState.WHOLE)
    for number, row in enumerate(rows.select_related("file").order_by("pk"), 1):
        # The name is its applicant's own; in the archive it is a number. Its ending was given to it
        # by what the file is.
        path = f"02-application/files/{number:02}{PurePath(row.file.name).suffix}"
        yield File(path, b"".join(files.content(row.file)), f"{row.file.name}, as it was sent.")


def _messages(award: Award) -> Iterator[File]:
    told = table(
        Message.objects.filter(application=award.application).select_related("author"),
        "author", "from_office", "text", "shared_with_committee", "sent_at",
    )  # fmt: skip
    if told:
        about = "What the office and those who applied wrote to each other."
        yield as_json("02-application/messages.json", told, about)


def _discussion(award: Award) -> Iterator[File]:
    told = table(
        Remark.objects.filter(application=award.application).select_related("author"),
        "author", "text", "sent_at",
    )  # fmt: skip
    if told:
        about = "What members who took part in the decision wrote to each other before it."
        yield as_json("07-decision/discussion.json", told, about)


def _references(award: Award) -> Iterator[File]:
    told = table(
        Referee.objects.filter(application=award.application, asked_at__isnull=False),
        "name", "organisation", "relation", "asked_at", "declined_at", "written_at", "words",
        "may_applicant_read",
    )  # fmt: skip
    if told:
        yield as_json("02-application/references.json", told, "What referees were asked and wrote.")


def _agreement(award: Award) -> Iterator[File]:
    rows = Agreement.objects.filter(award=award).select_related("document", "signed")
    for row in rows.order_by("version"):
        folder = f"09-agreement/version-{row.version}"
        told: dict[str, Any] = {
            "facts": row.facts,
            "sha256": row.sha256,
            "drawn_up_by": str(row.drawn_up_by),
            "drawn_up_at": row.drawn_up_at,
            "accepted_as": row.accepted_as,
            "accepted_at": row.accepted_at,
            "accepted_sha256": row.accepted_sha256,
            "countersigned_by": str(row.countersigned_by) if row.countersigned_by else None,
            "countersigned_at": row.countersigned_at,
        }
        yield as_json(f"{folder}.json", told, "Who drew the agreement up, accepted and signed it.")
        yield from _pdf(row.document, f"{folder}-to-accept", "The agreement as it was accepted.")
        yield from _pdf(row.signed, f"{folder}-signed", "The agreement as it was signed.")


def _changes(award: Award) -> Iterator[File]:
    people = ("asked_by", "approved_by", "confirmed_by", "ended_by")
    rows = AwardChange.objects.filter(award=award).select_related("document", "signed", *people)
    for row in rows.order_by("number"):
        folder = f"09-agreement/change-{row.number}"
        told: dict[str, Any] = {
            "facts": row.facts,
            "sha256": row.sha256,
            "needs_second": row.needs_second,
            "state": row.state,
            "words": row.words,
            "accepted_as": row.accepted_as,
            "accepted_sha256": row.accepted_sha256,
        }
        told |= {name: str(getattr(row, name) or "") for name in people}
        told |= {
            name: getattr(row, name)
            for name in ("asked_at", "approved_at", "confirmed_at", "ended_at", "accepted_at")
        }
        yield as_json(f"{folder}.json", told, "What was to be changed, and who said what to it.")
        yield from _pdf(row.document, f"{folder}-to-accept", "The amendment as it was offered.")
        yield from _pdf(row.signed, f"{folder}-signed", "The amendment as it was accepted.")


def _reports(award: Award) -> Iterator[File]:
    for report in Report.objects.filter(award=award).order_by("pk"):
        folder = f"11-reports/{report.kind}"
        rows = ReportSending.objects.filter(report=report).select_related("sent_by", "answered_by")
        for row in rows.order_by("number"):
            lines = table(row.lines.all(), "position", "what", "budget_minor", "spent_minor", "why")
            told = {
                "facts": row.facts,
                "sha256": row.sha256,
                "spent_minor": row.spent_minor,
                "lines": lines,
                "sent_by": str(row.sent_by),
                "sent_at": row.sent_at,
                "answer": row.answer,
                "words": row.words,
                "answered_by": str(row.answered_by) if row.answered_by else None,
                "answered_at": row.answered_at,
            }
            about = "The report as it was sent, what was spent on each line, and its answer."
            yield as_json(f"{folder}-{row.number}.json", told, about)
        for number, photo in enumerate(
            report.photos.filter(removed_at__isnull=True).order_by("pk"), 1
        ):
            about = f"{photo.shows} {photo.taken_by}"
            yield File(f"{folder}-photo-{number:02}.jpg", bytes(photo.content), about)


def _closing(award: Award) -> Iterator[File]:
    told = {
        "written_off": table(
            WriteOff.objects.filter(award=award).select_related("proposed_by", "agreed_by"),
            "amount_minor", "reason", "proposed_by", "proposed_at", "agreed_by", "agreed_at",
        ),
        "closed": table(
            Closing.objects.filter(award=award).select_related("closed_by"),
            "paid_minor", "spent_minor", "written_off_minor", "note", "closed_by", "closed_at",
        ),
    }  # fmt: skip
    if any(told.values()):
        yield as_json("11-endings/closing.json", told, "How the award ended.")


def _pdf(document: Document | None, path: str, about: str) -> Iterator[File]:
    if document is not None and document.content is not None:
        yield File(f"{path}.pdf", bytes(document.content), f"{about} {document.name}.")
