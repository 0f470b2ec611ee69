"""Mails to the applicant about the money of an award."""

from typing import Any

from funding.mail import outbox
from funding.money import Money
from grants.models import Award, AwardState, BankDetails, Cancellation, Disbursement, Return


def bank_details_entered(
    award: Award, details: BankDetails, *, is_change: bool, reopened: int
) -> None:
    """Tell the applicant's own address, which no change of bank details can change."""
    applicant = award.application.applicant_id
    number = details.iban or details.account_number
    facts = {
        "is_change": is_change,
        "reopened": reopened,
        "ending": number[-4:],
        "by_applicant": details.entered_by_id == applicant,
    }
    _queue(award, f"bankdetails:{details.pk}:entered", "bank_details", facts)


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


def _of(disbursement: Disbursement) -> dict[str, Any]:
    amount = Money(disbursement.amount_minor, disbursement.award.currency)
    return {"amount": amount, "number": disbursement.number}


def _queue(award: Award, key: str, template: str, facts: dict[str, Any]) -> None:
    application, entity = award.application, award.entity
    outbox.queue(
        key=key,
        cause=f"award:{award.pk}",
        to_address=application.applicant.email,
        to_name=application.applicant.name,
        template=template,
        context={
            **facts,
            "name": application.applicant.name,
            "project": application.project.title,
            "entity": {
                "legal_name": entity.legal_name,
                "address": entity.address.splitlines(),
                "contact_email": entity.contact_email,
            },
            "illustrative": entity.is_illustrative,
        },
    )
