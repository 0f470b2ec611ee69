"""What an application says, as plain values, and as it is kept."""

import datetime as dt
from dataclasses import dataclass

from grants import applicants, budgets, sections
from grants.models import Application, BudgetLine


@dataclass(frozen=True, slots=True)
class Content:
    """What an application says, as far as it is written. An empty country: across the range."""

    title: str
    theme: str
    area: str
    summary: str = ""
    methods: str = ""
    country: str = ""
    province: str = ""
    starts_on: dt.date | None = None
    ends_on: dt.date | None = None
    minimum_minor: int = 0
    minimum_reason: str = ""
    may_be_shown_unfunded: bool = False
    lines: tuple[budgets.Line, ...] = ()
    body: applicants.Body | None = None
    rate: budgets.Rate | None = None
    beside: sections.Sections = sections.NOTHING


def of(application: Application) -> Content:
    """What is kept of an application now."""
    project = application.project
    return Content(
        title=project.title,
        theme=project.theme_id,
        area=project.area_id,
        summary=project.summary,
        methods=application.methods,
        country=str(project.country),
        province=project.province,
        starts_on=project.starts_on,
        ends_on=project.ends_on,
        minimum_minor=application.minimum_minor,
        minimum_reason=application.minimum_reason,
        may_be_shown_unfunded=application.may_be_shown_unfunded,
        lines=tuple(lines_of(application)),
        rate=rate_of(application),
        beside=sections.of(application),
    )


def lines_of(application: Application) -> list[budgets.Line]:
    """The budget as it is kept."""
    rows = BudgetLine.objects.filter(application=application).order_by("position", "pk")
    return [
        budgets.Line(row.category, row.what, row.quantity, row.unit_minor, row.source, _local(row))
        for row in rows
    ]


def _local(row: BudgetLine) -> budgets.Local | None:
    if row.local_unit_minor is None or not row.local_rate_e4 or row.local_rate_on is None:
        return None
    rate = budgets.Rate(row.local_currency, row.local_rate_e4, row.local_rate_on)
    return budgets.Local(row.local_unit_minor, rate)


def rate_of(application: Application) -> budgets.Rate | None:
    """The rate that its applicant says, if they have said one."""
    if not application.local_rate_e4 or application.local_rate_on is None:
        return None
    return budgets.Rate(
        application.local_currency, application.local_rate_e4, application.local_rate_on
    )
