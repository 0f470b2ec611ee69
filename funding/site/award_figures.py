"""What a fund report says of awards: those of its days, earlier ones still open, payments."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from funding.ledger.breakdowns import Span
from grants import countries, standings
from grants.models import Award
from grants.standings import Sent, Standing

_DAY: Final = dt.timedelta(days=1)
_SUMS: Final = ("awarded", "paid", "payable", "committed", "paid_before", "paid_during")

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Awards:
    """Rows in whole minor units, with their sums, as a snapshot keeps them.

    `awards` were adopted in the span, `earlier` ones before it and still had money to come.
    Every row keeps awarded = paid + payable + committed at the end of the last day.
    """

    awards: list[Row]
    awards_sum: Row
    earlier: list[Row]
    earlier_sum: Row
    countries: int
    payments: list[Row]
    payments_sum: int


def awards_of(span: Span) -> Awards:
    """The awards that drew on these funds, as they stood at the end of the span."""
    after = standings.standings(span.fund_ids, span.end)
    before = {row.award_id: row for row in standings.standings(span.fund_ids, span.start - _DAY)}
    sent = standings.sent(span.fund_ids, span.start, span.end)
    known = _known({row.award_id for row in after})
    rows = [(row, _row(row, before.get(row.award_id), known[row.award_id])) for row in after]
    new = [told for row, told in rows if row.adopted_on >= span.start]
    earlier = [told for row, told in rows if row.adopted_on < span.start and _was_open(row, before)]
    return Awards(
        awards=new,
        awards_sum=_sum(new),
        earlier=earlier,
        earlier_sum=_sum(earlier),
        countries=len({told["country"] for told in new if told["country"]}),
        payments=[_payment(row, known[row.award_id]) for row in sent],
        payments_sum=sum(row.minor for row in sent),
    )


def _known(award_ids: set[int]) -> dict[int, Award]:
    found = Award.objects.filter(pk__in=award_ids).select_related("application__project")
    return {award.pk: award for award in found}


def _words(award: Award) -> dict[str, str]:
    project = award.application.project
    code = str(project.country)
    return {"title": project.title, "country": countries.name(code) if code else ""}


def _row(row: Standing, before: Standing | None, award: Award) -> Row:
    now = row.figures
    paid_before = before.figures.paid.minor if before else 0
    cost_before = paid_before + (before.figures.payable.minor if before else 0)
    return _words(award) | {
        "adopted_on": row.adopted_on.isoformat(),
        "adopted": now.adopted.minor,
        "cancelled": now.cancelled.minor,
        "returned": now.returned.minor,
        "awarded": now.awarded.minor,
        "paid": now.paid.minor,
        "payable": now.payable.minor,
        "committed": now.committed.minor,
        "paid_before": paid_before,
        "paid_during": now.paid.minor - paid_before,
        # What it took from the balance in these days: what fell due, less what came back.
        "drawn": now.paid.minor + now.payable.minor - cost_before,
    }


def _was_open(row: Standing, before: dict[int, Standing]) -> bool:
    """Whether an earlier award still had money to come, or anything of it changed since."""
    then = before[row.award_id].figures
    return bool(then.payable or then.committed or then != row.figures)


def _sum(rows: list[Row]) -> Row:
    return {name: sum(row[name] for row in rows) for name in _SUMS}


def _payment(row: Sent, award: Award) -> Row:
    return _words(award) | {"day": row.day.isoformat(), "number": row.number, "minor": row.minor}
