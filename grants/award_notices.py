"""Mails between an award's adoption and its end: what the grantee is to do, and what came of it."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from funding.mail import outbox
from funding.money import Money
from funding.users.models import User
from grants.models import (
    Agreement,
    Award,
    AwardChange,
    ChangeState,
    ReportAnswer,
    ReportKind,
    ReportSending,
)


def agreement_to_accept(agreement: Agreement) -> None:
    """Tell the applicant that there is a text to read and to accept."""
    key = f"agreement:{agreement.pk}:to-accept"
    _queue(agreement.award, key, "award_agreement", {"is_new": agreement.version > 1})


def agreement_signed(agreement: Agreement) -> None:
    """Tell the applicant that it is signed for the entity."""
    _queue(agreement.award, f"agreement:{agreement.pk}:signed", "award_agreement_signed", {})


def report_answered(sending: ReportSending) -> None:
    """Tell the grantee that a report was accepted, or sent back and why."""
    report = sending.report
    facts = {
        "is_accepted": sending.answer == ReportAnswer.ACCEPTED,
        "report": ReportKind(report.kind).label.lower(),
        "kind": report.kind,
        "why": sending.words,
    }
    _queue(report.award, f"report:{sending.pk}:answered", "award_report_answered", facts)


def report_due(award: Award, kind: ReportKind, due_on: dt.date, days: int) -> int:
    """Remind of a report, once for this day and distance from it. Returns how many mails."""
    key = f"award:{award.pk}:report-{kind}-{due_on}-{days}"
    if outbox.sent_with_prefix(key):
        return 0
    facts = {"report": kind.label.lower(), "kind": str(kind), "due_on": due_on, "is_late": days > 0}
    _queue(award, key, "award_report_due", facts)
    return 1


def closed(award: Award, note: str) -> None:
    """Tell the grantee that the award is closed."""
    _queue(award, f"award:{award.pk}:closed", "award_closed", {"note": note})


def change_asked(change: AwardChange, people: Sequence[User]) -> None:
    """Tell the officers that a grantee asks for a change."""
    for person in people:
        key = f"change:{change.pk}:asked:user:{person.pk}"
        facts = {"number": change.number, "who": change.asked_by.name}
        _queue(change.award, key, "award_change_asked", facts, person)


def change_answered(change: AwardChange) -> None:
    """Tell the grantee that there is an amendment to accept, or why there is none."""
    facts = {
        "number": change.number,
        "is_offered": change.state == ChangeState.OFFERED,
        "why": change.words,
    }
    key = f"change:{change.pk}:{change.state}"
    _queue(change.award, key, "award_change_answered", facts)


def change_ended(change: AwardChange, people: Sequence[User]) -> None:
    """Tell those who dealt with it that the grantee has accepted the amendment, or withdrawn."""
    for person in people:
        key = f"change:{change.pk}:{change.state}:user:{person.pk}"
        facts = {
            "number": change.number,
            "who": change.asked_by.name,
            "is_accepted": change.state == ChangeState.ACCEPTED,
        }
        _queue(change.award, key, "award_change_ended", facts, person)


def _queue(
    award: Award, key: str, template: str, facts: dict[str, Any], person: User | None = None
) -> None:
    application, entity = award.application, award.entity
    to = person or application.applicant
    outbox.queue(
        key=key,
        cause=f"award:{award.pk}",
        to_address=to.email,
        to_name=to.name,
        template=template,
        context={
            **facts,
            "name": to.name,
            "project": application.project.title,
            "award_id": award.pk,
            "amount": Money(award.amount_minor, award.currency),
            "entity": {
                "legal_name": entity.legal_name,
                "address": entity.address.splitlines(),
                "contact_email": entity.contact_email,
            },
            "illustrative": entity.is_illustrative,
        },
    )
