"""Who may see the reports of funds: everybody who holds a role, and nobody else."""

import datetime as dt
from typing import Any

from funding.site import reports
from funding.site.models import FundReport
from tests.access.table import Page
from tests.access.world import STAFF, World, general

READERS = set(STAFF)


def asked(world: World) -> FundReport:
    """One that waits for the worker."""
    return _asked(world, dt.date(2025, 1, 1))


def made(world: World) -> FundReport:
    """One that is done, with its document."""
    report = _asked(world, dt.date(2025, 7, 1))
    assert reports.make(report.pk)
    return report


def _asked(world: World, start: dt.date) -> FundReport:
    fund = world.of(general)
    return reports.ask(
        entity_id=fund.entity_id,
        fund_id=fund.pk,
        currency=fund.currency,
        starts_on=start,
        ends_on=dt.date(2025, 12, 31),
        by=world["tara"],
    )


def _asked_for(world: World) -> dict[str, Any]:
    return {"pk": world.of(asked).pk}


def _made(world: World) -> dict[str, Any]:
    return {"pk": world.of(made).pk}


def _file(world: World) -> dict[str, Any]:
    return _made(world) | {"version": 1}


PAGES = [
    Page("reports", READERS),
    Page(
        "report_ask",
        READERS,
        method="POST",
        sends=lambda world: {
            "subject": f"fund:{world.of(general).pk}",
            "period": "days",
            "starts_on": "2025-01-01",
            "ends_on": "2025-03-31",
        },
    ),
    Page("report", READERS, _asked_for, state="waiting"),
    Page("report", READERS, _made, state="done"),
    Page("report_again", READERS, _made, method="POST"),
    Page("report_file", READERS, _file),
]
