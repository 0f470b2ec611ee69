"""Mails that an application came in, about reviews, decisions, and the money of an award."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse

from funding import clock
from funding.documents.models import Document
from funding.mail import outbox
from funding.mail.models import Mail
from funding.money import Money
from funding.parties.models import Entity
from funding.users.models import User
from grants import bank_details, gaps, texts
from grants.models import (
    Application,
    Assignment,
    Award,
    AwardState,
    BankDetails,
    Cancellation,
    CoApplicant,
    Completion,
    DeclineLetter,
    DeskCheck,
    Disbursement,
    Message,
    Motion,
    Objection,
    Return,
    Right,
)


def bank_details_entered(
    award: Award, details: BankDetails, *, before: BankDetails | None, reopened: int
) -> None:
    """Tell the applicant's own address, which no change of bank details can change.

    And the address that was told of the account before, where it is another by now: whoever
    takes an address over before the account is still seen by its owner.
    """
    applicant = award.application.applicant_id
    number = details.iban or details.account_number
    facts = {
        "is_change": before is not None,
        "until": texts.instant(bank_details.waits_until(details) or details.entered_at),
        "reopened": reopened,
        "ending": number[-4:],
        "by_applicant": details.entered_by_id == applicant,
    }
    key = "bankdetails:%s:entered"
    _queue(award, key % details.pk, "bank_details", facts)
    told = Mail.objects.filter(key=key % before.pk).first() if before else None
    if told and told.to_address not in {"", award.application.applicant.email}:
        former = f"bankdetails:{details.pk}:former"
        _queue(award, former, "bank_details", facts, to_address=told.to_address)


def paid(disbursement: Disbursement) -> None:
    """Tell that a payment has left."""
    facts = _of(disbursement) | {
        "paid_on": disbursement.paid_on,
        "sent": Money(disbursement.sent_minor or 0, disbursement.sent_currency),
        "rate": disbursement.rate,
        "reference": disbursement.bank_reference,
    }
    _queue(disbursement.award, f"disbursement:{disbursement.pk}:paid", "payment_sent", facts)


def declined(disbursement: Disbursement) -> None:
    """Tell that a request was declined, and why."""
    facts = _of(disbursement) | {"why": disbursement.declined_why}
    key = f"disbursement:{disbursement.pk}:declined"
    _queue(disbursement.award, key, "payment_declined", facts)


def cancelled(row: Cancellation) -> None:
    """Tell that the rest of an award was cancelled, and why."""
    award = row.award
    facts = {
        "amount": Money(row.amount_minor, award.currency),
        "why": row.reason,
        "is_over": award.state != AwardState.ACTIVE,
    }
    _queue(award, f"cancellation:{row.pk}:told", "award_cancelled", facts)


def returned(row: Return) -> None:
    """Tell that unspent money has arrived here."""
    facts = {
        "amount": Money(row.amount_minor, row.award.currency),
        "returned_on": row.returned_on,
        "reference": row.reference,
    }
    _queue(row.award, f"return:{row.pk}:told", "money_returned", facts)


def awarded(award: Award, document: Document) -> None:
    """Tell that the application is funded, with the letter."""
    shares = award.shares.select_related("fund").order_by("fund_id")
    facts = {
        "amount": Money(award.amount_minor, award.currency),
        "is_whole": award.amount_minor == award.application.ask_minor,
        "reason": award.item.reason if award.item else "",
        "lines": [(row.fund.name, Money(row.amount_minor, award.currency)) for row in shares],
        "round": award.application.round.name,
        "document_name": document.name,
        "award_id": award.pk,
    }
    _queue(award, f"award:{award.pk}:letter", "award_notice", facts, [_file(document)])


def application_received(application: Application, number: int = 1) -> None:
    """Confirm that an application was sent, with its fingerprint and what comes next."""
    round_ = application.round
    outbox.queue(
        key=f"application:{application.pk}:received" + (f"-{number}" if number > 1 else ""),
        cause=f"application:{application.pk}",
        to_address=application.applicant.email,
        to_name=application.applicant.name,
        template="application_received",
        context={
            "project": application.project.title,
            "round": round_.name,
            "ask": Money(application.ask_minor, round_.currency),
            "minimum": Money(application.minimum_minor, round_.currency),
            "submitted": texts.instant(application.submitted_at or clock.now()),
            "decides_on": round_.decides_on,
            "number": number,
            "sha256": application.sha256,
            "address": application.uuid,
            **issuer(round_.entity),
        },
    )


def application_returned(row: Completion) -> None:
    """Tell what is missing in an application, and by when to complete it: its applicant, and
    those who write it with them."""
    _of_completion(row, "application_returned", {"reasons": gaps.told(row.reasons)})
    application = row.application
    writers = CoApplicant.objects.filter(application=application, ended_at=None, right=Right.EDIT)
    for each in writers.select_related("person").order_by("pk"):
        outbox.queue(
            key=f"application:{application.pk}:returned-{each.person_id}",
            cause=f"application:{application.pk}",
            to_address=each.person.email,
            to_name=each.person.name,
            template="application_returned_told",
            context={
                "project": application.project.title,
                "round": application.round.name,
                "who": application.applicant.name,
                "due": texts.instant(row.due_at),
                "address": application.uuid,
                "reasons": gaps.told(row.reasons),
                **issuer(application.round.entity),
            },
        )


def application_stands(row: Completion) -> None:
    """Tell that an application was not completed in time, so what was sent first stands."""
    _of_completion(row, "application_stands", {})


def _of_completion(row: Completion, template: str, facts: dict[str, Any]) -> None:
    told = {"due": texts.instant(row.due_at), "address": row.application.uuid}
    key = f"application:{row.application_id}:{template.removeprefix('application_')}"
    _to_applicant(row.application, key, template, told | facts)


def message_written(message: Message, person: User) -> None:
    """Tell one of the other side that there is a message, and nothing of what it says."""
    application = message.application
    view = "grants:apply_messages" if message.from_office else "grants:officer_messages"
    place = reverse(view, kwargs={"uuid": application.uuid})
    outbox.queue(
        key=f"message:{message.pk}:user:{person.pk}",
        cause=f"application:{application.pk}",
        to_address=person.email,
        to_name=person.name,
        template="application_message",
        context={
            "project": application.project.title,
            "round": application.round.name,
            "is_office": not message.from_office,
            "here_url": f"{settings.SITE_URL}{place}",
            **issuer(application.round.entity),
        },
    )


def application_declined(letter: DeclineLetter) -> None:
    """Tell that an application is not funded, and why, with the letter as it was looked at."""
    application = letter.application
    _to_applicant(
        application,
        f"application:{application.pk}:declined",
        "application_declined",
        {
            "reason": letter.feedback,
            "improve": letter.improve,
            "document_name": letter.document.name,
        },
        [_file(letter.document)],
    )


def application_refused(check: DeskCheck) -> None:
    """Tell that an application is not eligible, and why."""
    application = check.application
    _to_applicant(
        application,
        f"deskcheck:{check.pk}:refused",
        "application_refused",
        {"reason": check.sentence},
    )


def application_reopened(check: DeskCheck) -> None:
    """Tell that an application that was refused is looked at again."""
    _to_applicant(check.application, f"deskcheck:{check.pk}:reopened", "application_reopened", {})


def _to_applicant(
    application: Application,
    key: str,
    template: str,
    facts: dict[str, Any],
    files: Sequence[outbox.File] = (),
) -> None:
    outbox.queue(
        key=key,
        cause=f"application:{application.pk}",
        to_address=application.applicant.email,
        to_name=application.applicant.name,
        template=template,
        context={
            "project": application.project.title,
            "round": application.round.name,
            "decides_on": application.round.decides_on,
            **facts,
            **issuer(application.round.entity),
        },
        attachments=files,
    )


def tell_voters(motion: Motion, people: Sequence[User]) -> None:
    """Tell who may vote that a motion is urgent, or that it is no longer so."""
    objection = Objection.objects.filter(motion=motion).first()
    place = reverse("grants:committee_motion", kwargs={"pk": motion.pk})
    for person in people:
        outbox.queue(
            key=f"motion:{motion.pk}:{'ordinary' if objection else 'urgent'}-{person.pk}",
            cause=f"motion:{motion.pk}",
            to_address=person.email,
            to_name=person.name,
            template="motion_urgent",
            context={
                "number": motion.number,
                "round": motion.round.name,
                "why": motion.urgent_why,
                "objection": objection.reason if objection else "",
                "until": texts.instant(motion.closes_at),
                "here_url": f"{settings.SITE_URL}{place}",
                **issuer(motion.round.entity),
            },
        )


def to_ratify(motion: Motion, people: Sequence[User]) -> None:
    """Tell trustees that the committee adopted something that waits for one of them."""
    place = reverse("grants:committee_ratification", kwargs={"pk": motion.pk})
    for person in people:
        outbox.queue(
            key=f"motion:{motion.pk}:ratify-{person.pk}",
            cause=f"motion:{motion.pk}",
            to_address=person.email,
            to_name=person.name,
            template="motion_to_ratify",
            context={
                "number": motion.number,
                "round": motion.round.name,
                "here_url": f"{settings.SITE_URL}{place}",
                **issuer(motion.round.entity),
            },
        )


def minute(motion: Motion, document: Document, person: User) -> None:
    """Send the minute of a motion to one of those who keep it."""
    outbox.queue(
        key=f"motion:{motion.pk}:minute-{person.pk}",
        cause=f"motion:{motion.pk}",
        to_address=person.email,
        to_name=person.name,
        template="minute",
        context={
            "number": motion.number,
            "round": motion.round.name,
            "motion_id": motion.pk,
            "is_urgent": bool(motion.urgent_why),
            "document_name": document.name,
            **issuer(motion.round.entity),
        },
        attachments=[_file(document)],
    )


def about_reviews(person: User) -> str:
    """What the reminders of one person are kept under."""
    return f"reviews:user:{person.pk}"


def reviews_owed(
    person: User, own: Sequence[Assignment], late: Sequence[Assignment], now: dt.datetime
) -> None:
    """Remind a member of all reviews of theirs, and tell a chair which of others are late.

    Only titles are told: whoever has not said what ties them to an application knows no more.
    """
    first = [*own, *late][0].application.round
    outbox.queue(
        key=f"{about_reviews(person)}:{now.date()}",
        cause=about_reviews(person),
        to_address=person.email,
        to_name=person.name,
        template="reviews_owed",
        context={
            "own": [_owed(each, now) for each in own],
            "late": [_owed(each, now) for each in late],
            "first_due": texts.instant(first.marks_due_at or now),
            **issuer(first.entity),
        },
    )


def _owed(row: Assignment, now: dt.datetime) -> dict[str, Any]:
    due = row.application.round.marks_due_at or now
    return {
        "project": row.application.project.title,
        "uuid": row.application.uuid,
        "member": row.member.name,
        "due": texts.instant(due),
        "is_late": due <= now,
    }


def _file(document: Document) -> outbox.File:
    assert document.content is not None
    return outbox.File(f"{document.name}.pdf", "application/pdf", bytes(document.content))


def _of(disbursement: Disbursement) -> dict[str, Any]:
    amount = Money(disbursement.amount_minor, disbursement.award.currency)
    return {"amount": amount, "number": disbursement.number}


def _queue(
    award: Award,
    key: str,
    template: str,
    facts: dict[str, Any],
    files: Sequence[outbox.File] = (),
    *,
    to_address: str = "",
) -> None:
    application = award.application
    outbox.queue(
        key=key,
        cause=f"award:{award.pk}",
        to_address=to_address or application.applicant.email,
        to_name=application.applicant.name,
        template=template,
        context={
            **facts,
            "name": application.applicant.name,
            "project": application.project.title,
            **issuer(award.entity),
        },
        attachments=files,
    )


def issuer(entity: Entity) -> dict[str, Any]:
    """What a mail tells of the body that sends it."""
    return {
        "entity": {
            "legal_name": entity.legal_name,
            "address": entity.address.splitlines(),
            "contact_email": entity.contact_email,
        },
        "illustrative": entity.is_illustrative,
    }
