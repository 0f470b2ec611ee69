"""Reports of the cast's award, as its grantee writes them and an officer answers."""

from typing import Any

from grants import reports
from grants.models import ReportKind, ReportSending
from tests.grants.payments.cast import Stage


def typed(spent: str = "1000", **facts: str) -> dict[str, str]:
    """A form of a report on an award without lines."""
    return {
        "narrative": "Forty traps stood for two winters.",
        "spent-0": spent,
        "why-0": "",
        "indicator-0": "Traps",
        "planned-0": "40",
        "achieved-0": "38",
    } | facts


def sent(set_: Stage, kind: str = "interim", spent: str = "600", **facts: str) -> ReportSending:
    """Asel writes a report and sends it."""
    which = ReportKind(kind)
    report = reports.begun(set_.award, kind)
    kept = reports.save(
        award_id=set_.award.pk,
        kind=which,
        version=report.version if report else 0,
        typed=typed(spent, **facts),
        by=set_.asel,
    )
    return reports.send(award_id=set_.award.pk, kind=which, version=kept.version, by=set_.asel)


def reported(set_: Stage, kind: str = "interim", spent: str = "600", **facts: Any) -> ReportSending:
    """Asel sends a report, and Pat accepts it."""
    return reports.accept(sending_id=sent(set_, kind, spent, **facts).pk, by=set_.pat)
