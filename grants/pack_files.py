"""The parts of an auditor's pack that every award has, from its call to its last cent.

Members' own words on their interests stay with the chair, and of an account the last four signs
are shown. People are named: an auditor asks who did what.
"""

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.db.models import Q, QuerySet
from django.template.loader import render_to_string

from funding.audit.models import Record
from funding.documents.models import Document
from funding.ledger import exports
from funding.ledger.exports import Scope
from funding.ledger.models import Entry
from funding.mail.models import Mail
from grants import pack_parts, submissions
from grants.models import (
    Allocation,
    Award,
    BankDetails,
    Declaration,
    Item,
    Objection,
    Ratification,
    Recusal,
    Review,
    Vote,
)
from grants.pack_parts import File, as_json, table


def register() -> None:
    """Called when the app starts."""
    for name, source in (
        ("call", _call), ("application", _application), ("checks", _checks),
        ("interests", _interests), ("reviews", _reviews), ("ranking", _ranking),
        ("motion", _motion), ("letters", _letters), ("schedule", _schedule),
        ("payments", _payments), ("endings", _endings), ("ledger", _ledger), ("log", _log),
    ):  # fmt: skip
        pack_parts.register(name, source)


def _call(award: Award) -> Iterator[File]:
    round_ = award.application.round
    told: dict[str, Any] = {
        field.name: getattr(round_, field.attname) for field in round_._meta.concrete_fields
    }
    told |= {
        "criteria_and_anchors": [
            table(round_.criterions.all(), "position", "name", "question", "weight"),
            [
                table(each.anchors.all(), "mark", "sentence")
                for each in round_.criterions.order_by("pk")
            ],
        ],
        "conditions": table(round_.conditions.all(), "position", "question", "wanted", "otherwise"),
        "cost_limits": table(round_.cost_limits.all(), "category", "most_percent"),
        "funds": table(round_.funds.select_related("fund"), "fund__name", "envelope_minor"),
        "lottery_sha256": getattr(getattr(round_, "lottery", None), "sha256", None),
    }
    yield as_json("01-call/call.json", told, "The call with its criteria, limits and funds.")


def _application(award: Award) -> Iterator[File]:
    application = award.application
    facts = application.submitted or {}
    path = "02-application/application"
    sent = {"sha256": application.sha256, "sent_at": application.submitted_at, "facts": facts}
    yield as_json(f"{path}.json", sent, "The application as it was sent.")
    if facts:
        context = {"facts": submissions.shown(facts), "application": application}
        text = render_to_string("grants/pack_application.html", context)
        about = "The same, to be read in a browser."
        yield File(f"{path}.html", text.encode(), about)


def _checks(award: Award) -> Iterator[File]:
    desk = table(
        award.application.desk_checks.select_related("checked_by", "confirmed_by"),
        "items", "facts", "result", "reason", "sentence", "checked_by", "checked_at",
        "confirmed_by", "confirmed_at", "ended_at", "ended_why",
    )  # fmt: skip
    lists = table(
        award.screenings.select_related("made_by"),
        "names", "list_name", "list_date", "result", "note", "made_by", "made_at",
    )  # fmt: skip
    told = {"before_the_committee": desk, "lists": lists}
    yield as_json("03-checks/checks.json", told, "Checks of the desk, and looks into lists.")


def _interests(award: Award) -> Iterator[File]:
    said = Declaration.objects.filter(application=award.application)
    out = Recusal.objects.filter(application=award.application)
    rows = said.select_related("member", "ruling__ruled_by")
    told = {
        "declared": [
            {
                "member": str(row.member),
                "interest": row.interest,
                "nature": row.nature,
                "flags": row.flags,
                "declared_at": row.declared_at,
                "ruling": _ruling(row),
            }
            for row in rows.order_by("pk")
        ],
        "stepped_out": table(out.select_related("member"), "member", "declared_at"),
    }
    about = "What members declared, the chair's rulings, who stepped out."
    yield as_json("04-interests/interests.json", told, about)


def _ruling(row: Declaration) -> dict[str, Any] | None:
    ruling = getattr(row, "ruling", None)
    if ruling is None:
        return None
    return {
        "may_take_part": ruling.may_take_part,
        "sentence": ruling.sentence,
        "by": str(ruling.ruled_by),
        "at": ruling.ruled_at,
    }


def _reviews(award: Award) -> Iterator[File]:
    rows = Review.objects.filter(application=award.application, handed_in_at__isnull=False)
    told = [
        {
            "member": str(row.member),
            "number": row.number,
            "handed_in_at": row.handed_in_at,
            "correction": row.correction,
            "reasons": row.reasons,
            "advice": row.advice,
            "marks": table(
                row.marks.select_related("criterion"), "criterion__name", "mark", "comment"
            ),
        }
        for row in rows.select_related("member").order_by("pk")
    ]
    yield as_json("05-reviews/reviews.json", told, "Every opinion that was handed in, and when.")


def _ranking(award: Award) -> Iterator[File]:
    for row in Allocation.objects.filter(round=award.application.round).order_by("number"):
        where = f"06-ranking/proposal-{row.number}.json"
        yield File(where, row.frozen.encode(), f"Proposal as it was frozen, SHA-256 {row.sha256}.")
        facts = {"sha256": row.sha256, "changes": row.changes, "made_at": row.made_at}
        name = f"06-ranking/proposal-{row.number}-facts.json"
        yield as_json(name, facts, "When it was frozen, and what somebody altered.")


def _motion(award: Award) -> Iterator[File]:
    items = Item.objects.filter(application=award.application)
    for item in items.select_related("motion__put_by", "motion__minute").order_by("pk"):
        motion = item.motion
        if motion.put_at is None:
            continue
        folder = f"07-decision/motion-{motion.number}"
        told = {
            "frozen": motion.frozen,
            "sha256": motion.sha256,
            "text": motion.text,
            "put_by": str(motion.put_by),
            "put_at": motion.put_at,
            "closes_at": motion.closes_at,
            "urgent_why": motion.urgent_why,
            "counted_at": motion.counted_at,
            "ratification": table(
                Ratification.objects.filter(motion=motion).select_related("member"),
                "member", "is_agreed", "reason", "made_at",
            ),
            "objections": table(
                Objection.objects.filter(motion=motion).select_related("member"),
                "member", "reason", "made_at", "closed_at",
            ),
            "decided_at": motion.decided_at,
            "amount_minor": item.amount_minor,
            "reason": item.reason,
            "outcome": item.state,
            "votes": table(
                Vote.objects.filter(item=item).select_related("member"),
                "member", "choice", "cast_at",
            ),
        }  # fmt: skip
        yield as_json(f"{folder}/motion.json", told, "The motion as it was put, and its votes.")
        yield from _paper(motion.minute, f"{folder}/minutes", "The minutes.")


def _letters(award: Award) -> Iterator[File]:
    yield from _paper(award.letter, "08-letters/award-letter", "The letter of award.")
    causes = [f"award:{award.pk}", f"application:{award.application_id}"]
    rows = Mail.objects.filter(cause__in=causes)
    told = table(rows, "key", "subject", "state", "queued_at", "sent_at")
    yield as_json("08-letters/mails.json", told, "Which mails went out on it, and when.")


def _paper(document: Document | None, path: str, about: str) -> Iterator[File]:
    if document is not None and document.content is not None:
        said = f"{about} {document.name}, {document.state}."
        yield File(f"{path}.pdf", bytes(document.content), said)


def _schedule(award: Award) -> Iterator[File]:
    told = {
        "versions": [
            {
                "version": each.version,
                "made_by": str(each.made_by),
                "made_at": each.made_at,
                "amount_minor": each.amount_minor,
                "interim_due_on": each.interim_due_on,
                "final_due_on": each.final_due_on,
                "parts": table(
                    each.tranches.all(),
                    "number", "amount_minor", "due_on", "condition", "words", "is_retention",
                ),
            }
            for each in award.schedules.select_related("made_by").order_by("pk")
        ],
        "met": table(
            award.fulfilments.select_related("met_by"),
            "tranche_number", "words", "met_by", "met_at",
        ),
    }  # fmt: skip
    yield as_json("09-schedule/schedule.json", told, "In which parts it is paid, and on what.")


def _payments(award: Award) -> Iterator[File]:
    payments = table(
        award.disbursements.select_related("requested_by", "checked_by", "released_by"),
        "number", "amount_minor", "purpose", "state", "bank_sha256", "requested_by",
        "requested_at", "checked_by", "checked_at", "released_by", "released_at", "declined_why",
        "paid_on", "sent_currency", "sent_minor", "rate", "fee_minor", "bank_reference",
    )  # fmt: skip
    accounts = [_account(row) for row in award.bank_details.select_related("entered_by")]
    told = {"currency": award.currency, "payments": payments, "accounts": accounts}
    about = "Every payment with who asked, checked and released, and what the bank did."
    yield as_json("10-payments/payments.json", told, about)


def _account(row: BankDetails) -> dict[str, Any]:
    number = row.iban or row.account_number
    return {
        "holder": row.holder,
        "number": "…" + number[-4:],
        "bank": row.bank_name,
        "country": row.country,
        "sha256": row.sha256,
        "entered_by": str(row.entered_by),
        "entered_at": row.entered_at,
    }


def _endings(award: Award) -> Iterator[File]:
    cancelled = table(
        award.cancellations.select_related("cancelled_by"),
        "amount_minor", "reason", "cancelled_by", "cancelled_at",
    )  # fmt: skip
    back = table(
        award.returns.select_related("recorded_by", "place"),
        "amount_minor", "returned_on", "place", "reference", "recorded_by", "recorded_at",
    )  # fmt: skip
    told = {"state": award.state, "cancelled": cancelled, "came_back": back}
    yield as_json("11-endings/endings.json", told, "What was cancelled, and what came back.")


def _ledger(award: Award) -> Iterator[File]:
    lines = exports.csv_lines(Scope(entity_id=award.entity_id, cause=f"award:{award.pk}"))
    about = "Every line of the journal that this award caused."
    yield File("12-ledger/journal.csv", "".join(lines).encode(), about)


def _log(award: Award) -> Iterator[File]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(["at", "actor", "action", "subject", "facts"])
    for row in _records(award):
        told = as_json("", row.facts, "").content.decode().replace("\n", "")
        writer.writerow([row.at.isoformat(), row.actor, row.action, row.subject, told])
    about = "The log of deeds on this award, its application, motions and payments, by number."
    yield File("13-log/log.csv", buffer.getvalue().encode(), about)


def _records(award: Award) -> QuerySet[Record]:
    motions = Item.objects.filter(application=award.application).values_list("motion", flat=True)
    payments = award.disbursements.values_list("pk", flat=True)
    subjects = [f"award:{award.pk}", f"application:{award.application_id}"]
    subjects += [f"motion:{pk}" for pk in motions] + [f"disbursement:{pk}" for pk in payments]
    # What was said when a pack was made or taken away is no fact of the award.
    rows = Record.objects.filter(subject__in=subjects).exclude(Q(action__startswith="pack."))
    return rows.order_by("pk")


def entries_of(award: Award) -> int:
    """How many entries the journal has of it: what the ledger's file must come to."""
    return Entry.objects.filter(cause=f"award:{award.pk}").count()
