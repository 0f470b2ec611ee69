"""Reminding grantees of a report: 14 and 3 days before its day, and 3 and 14 days after it.

The mails that were written say what was told: each is queued under the report, its day and the
reminder, so a worker that starts late tells the newest one only, and no one twice.
"""

import datetime as dt
from typing import Final

from funding import clock
from grants import award_notices, reports
from grants.models import Award, AwardState
from grants.reports import Due

# Days from the day on which a report is due; below nought before it.
WHEN: Final = (-14, -3, 3, 14)
_OWED: Final = frozenset({"ok", "soon", "late"})


def sweep() -> int:
    """Write every reminder that is due. Returns how many mails."""
    rows = Award.objects.filter(state=AwardState.ACTIVE, schedules__isnull=False).distinct()
    return sum(_remind(due) for award in rows.whole() for due in reports.dues(award))


def _remind(due: Due) -> int:
    today = clock.today(due.award.entity.zone)
    reached = [days for days in WHEN if due.due_on + dt.timedelta(days=days) <= today]
    if due.light not in _OWED or not reached:
        return 0
    return award_notices.report_due(due.award, due.kind, due.due_on, reached[-1])
