"""What the page of an award tells of its schedule and of the agreement on it."""

from typing import Any

from funding.money import Money
from grants import agreements, award_budgets, changes, disbursements, reports, tranches
from grants.models import Agreement, Award


def shown(award: Award) -> dict[str, Any]:
    """The schedule of an award, if it has one, what can be asked for now, and the agreement."""
    schedule, parts = tranches.current(award.pk), tranches.of(award)
    agreement, nothing = agreements.current(award.pk), Money(0, award.currency)
    return {
        "schedule": schedule,
        "parts_due": parts,
        "ready": sum((each.amount for each in parts if each.is_ready), start=nothing),
        "reports": tranches.report_days(schedule) if schedule else [],
        "report_dues": reports.dues(award),
        "agreement": agreement,
        "counts": counts(agreement),
        "changes": changes.of(award),
        "lack": agreements.lack(award) if schedule else "",
        "must_fit": award_budgets.is_lacking(award),
    }


def counts(agreement: Agreement | None) -> bool:
    """Whether it was accepted, or is about what stands now."""
    if agreement is None:
        return False
    return agreement.accepted_at is not None or agreements.is_up_to_date(agreement)


def can_ask(award: Award) -> bool:
    """Whether something of it can be asked for now."""
    if not disbursements.left_to_request(award):
        return False
    parts = tranches.of(award)
    return not parts or any(part.is_ready for part in parts)
