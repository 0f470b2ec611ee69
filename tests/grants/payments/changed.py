"""Changes of the cast's award, as its grantee asks for them and the office answers."""

import datetime as dt
from dataclasses import replace
from typing import Any

from grants import award_budgets, change_facts, changes, reports
from grants.change_facts import Wish
from grants.models import AwardChange, ReportSending
from tests.grants.payments.cast import Stage
from tests.grants.payments.reported import sent
from tests.grants.payments.scheduled import agreed, scheduled
from tests.grants.payments.test_agreements import asked

LATER = dt.timedelta(days=60)


def under_way(set_: Stage) -> None:
    """The award is asked for by line, set out in the usual parts, and agreed on."""
    asked(set_, 60_000, 40_000)
    scheduled(set_)
    agreed(set_)


def wish(set_: Stage, **facts: Any) -> Wish:
    """What stands, with these differences; without any, two more months for the end."""
    now = change_facts.standing(set_.award)
    return replace(now, **facts or {"final_due_on": now.final_due_on + LATER})


def money(set_: Stage, *sums: int) -> Wish:
    """What stands, with these sums of the parts."""
    now = change_facts.standing(set_.award)
    parts = tuple(
        replace(piece, amount_minor=minor) for piece, minor in zip(now.parts, sums, strict=True)
    )
    return replace(now, parts=parts)


def requested(set_: Stage, wanted: Wish | None = None, **facts: Any) -> AwardChange:
    """Asel asks for a change."""
    told: dict[str, Any] = {
        "wish": wanted or wish(set_),
        "reason": "The pass was closed by snow.",
        "after": 0,
        "by": set_.asel,
    }
    return changes.ask(award_id=set_.award.pk, **told | facts)


def approved(set_: Stage, row: AwardChange, **facts: Any) -> AwardChange:
    """Pat approves it."""
    told: dict[str, Any] = {"words": "", "by": set_.pat}
    return changes.approve(change_id=row.pk, **told | facts)


def accepted(set_: Stage, row: AwardChange, **facts: Any) -> AwardChange:
    """Asel accepts the amendment."""
    told: dict[str, Any] = {"sha256": row.sha256, "name": "Asel Example", "by": set_.asel}
    return changes.accept(change_id=row.pk, **told | facts)


def budget(set_: Stage) -> list[int]:
    """What the award pays of each line now."""
    row = award_budgets.current(set_.award.pk)
    return list(row.lines.values_list("amount_minor", flat=True)) if row else []


def reported(set_: Stage, kind: str = "interim") -> ReportSending:
    """Asel sends a report on both lines, and Pat accepts it."""
    return reports.accept(sending_id=sent(set_, kind, **{"spent-1": "0"}).pk, by=set_.pat)
