"""What must hold of awards, as questions to the journal: rows are what is wrong.

Each answers with (subject, what is wrong) from one snapshot, beside those of the ledger itself:
`manage.py ledger verify` asks them all.
"""

from typing import Final

from funding.ledger import verify
from grants.figures import LEGS, SUMS

# What follows it reads `figures`: of every award, by award and fund.
_NO_FILTER: Final = "NULL"
_ALL: Final = (
    LEGS.replace("%(awards)s", _NO_FILTER)
    .replace("%(rounds)s", _NO_FILTER)
    .replace("%(funds)s", _NO_FILTER)
    + ", figures AS (SELECT award_id, fund_id,"
    + SUMS
    + "FROM legs GROUP BY award_id, fund_id)"
)

IDENTITY: Final = """
SELECT format('award %s, fund %s', award_id, fund_id),
       format('adopted %s, cancelled %s, returned %s; paid %s, payable %s, committed %s',
              adopted, cancelled, returned, paid, payable, committed)
FROM figures WHERE adopted - cancelled - returned <> paid + payable + committed
"""

NOT_BELOW_ZERO: Final = """
SELECT format('award %s, fund %s', award_id, fund_id),
       format('cancelled %s, returned %s, paid %s, payable %s, committed %s',
              cancelled, returned, paid, payable, committed)
FROM figures WHERE least(cancelled, returned, paid, payable, committed) < 0
"""

ADOPTED_AS_SHARED: Final = """
SELECT format('award %s, fund %s', x.award_id, x.fund_id),
       format('its shares promise %s, the journal %s', sum(x.shared), sum(x.adopted))
FROM (
    SELECT award_id, fund_id, amount_minor AS shared, 0 AS adopted FROM grants_awardshare
    UNION ALL
    SELECT award_id, fund_id, 0, adopted FROM figures
) x
GROUP BY x.award_id, x.fund_id HAVING sum(x.shared) <> sum(x.adopted)
"""

SHARES_ADD_UP: Final = """
SELECT format('award %s', a.id),
       format('%s, its shares %s', a.amount_minor, coalesce(sum(s.amount_minor), 0))
FROM grants_award a LEFT JOIN grants_awardshare s ON s.award_id = a.id
GROUP BY a.id HAVING a.amount_minor <> coalesce(sum(s.amount_minor), 0)
"""

PAID_AS_RELEASED: Final = """
SELECT format('award %s', x.award_id),
       format('checked %s, payable %s; released %s, sent %s',
              sum(x.checked), sum(x.payable), sum(x.released), sum(x.sent))
FROM (
    SELECT award_id,
           CASE WHEN state = 'checked' THEN amount_minor ELSE 0 END AS checked, 0 AS payable,
           CASE WHEN state = 'released' THEN amount_minor ELSE 0 END AS released, 0 AS sent
    FROM grants_disbursement
    UNION ALL
    SELECT award_id, 0, payable, 0, paid + returned FROM figures
) x
GROUP BY x.award_id
HAVING sum(x.checked) <> sum(x.payable) OR sum(x.released) <> sum(x.sent)
"""

OVER_OWES_NOTHING: Final = """
SELECT format('award %s', a.id),
       format('%s, payable %s, committed %s', a.state, sum(f.payable), sum(f.committed))
FROM grants_award a JOIN figures f ON f.award_id = a.id
WHERE a.state <> 'active'
GROUP BY a.id HAVING sum(f.payable) <> 0 OR sum(f.committed) <> 0
"""

QUESTIONS: Final[dict[str, str]] = {
    "award_is_paid_payable_and_committed": _ALL + IDENTITY,
    "award_figures_are_not_below_zero": _ALL + NOT_BELOW_ZERO,
    "award_is_adopted_as_its_shares": _ALL + ADOPTED_AS_SHARED,
    "award_shares_add_up": SHARES_ADD_UP,
    "award_is_paid_as_released": _ALL + PAID_AS_RELEASED,
    "award_that_is_over_owes_nothing": _ALL + OVER_OWES_NOTHING,
}


def register() -> None:
    """Called when the app starts."""
    for name, question in QUESTIONS.items():
        verify.register(name, question)
