"""Every invariant of the ledger as a question to the postings: rows are what is wrong.

Each statement answers with (subject, what is wrong) and reads from one snapshot.
"""

from typing import Final

ENTRY_BALANCES: Final = """
SELECT e.key, format('fund %s sums to %s %s', p.fund_id, sum(p.amount_minor), p.currency)
FROM ledger_posting p JOIN ledger_entry e ON e.id = p.entry_id
GROUP BY e.key, p.fund_id, p.currency HAVING sum(p.amount_minor) <> 0
"""

ENTRY_IS_WHOLE: Final = """
SELECT e.key, format('%s postings', count(p.id))
FROM ledger_entry e LEFT JOIN ledger_posting p ON p.entry_id = e.id
GROUP BY e.id HAVING count(p.id) < 2
"""

BALANCES_AGREE: Final = """
SELECT format('fund %s %s %s', x.fund_id, x.account_id, x.currency),
       format('postings %s, balance %s', sum(x.posted), sum(x.balance))
FROM (
    SELECT fund_id, account_id, currency, amount_minor AS posted, 0 AS balance
    FROM ledger_posting
    UNION ALL
    SELECT fund_id, account_id, currency, 0, amount_minor FROM ledger_balance
    UNION ALL
    SELECT fund_id, account_id, currency, 0, amount_minor FROM ledger_balancedelta
) x
GROUP BY x.fund_id, x.account_id, x.currency HAVING sum(x.posted) <> sum(x.balance)
"""

ENTRY_STAYS_IN_ITS_ENTITY: Final = """
SELECT e.key, format('%s in fund %s', p.account_id, p.fund_id)
FROM ledger_posting p
JOIN ledger_entry e ON e.id = p.entry_id
JOIN ledger_fund f ON f.id = p.fund_id
JOIN ledger_account a ON a.code = p.account_id
WHERE f.entity_id <> e.entity_id OR a.entity_id <> e.entity_id
"""

POSTING_CURRENCY: Final = """
SELECT e.key, format('%s in %s on a fund in %s', p.account_id, p.currency, f.currency)
FROM ledger_posting p
JOIN ledger_entry e ON e.id = p.entry_id
JOIN ledger_fund f ON f.id = p.fund_id
JOIN ledger_account a ON a.code = p.account_id
WHERE p.currency <> f.currency
  AND a.kind IN ('held', 'held_contra', 'committed', 'committed_contra', 'transfers',
                 'brought_forward', 'grants', 'payable')
"""

TREASURY: Final = """
SELECT e.key, format('%s in the treasury', p.account_id)
FROM ledger_posting p
JOIN ledger_entry e ON e.id = p.entry_id
JOIN ledger_fund f ON f.id = p.fund_id AND f.is_treasury
JOIN ledger_account a ON a.code = p.account_id
WHERE a.kind NOT IN ('bank', 'clearing', 'in_transit', 'suspense', 'refund_due', 'fx')
"""

MEMO: Final = """
SELECT e.key, format('fund %s, %s and contra sum to %s', p.fund_id, m.memo, sum(p.amount_minor))
FROM ledger_posting p
JOIN ledger_entry e ON e.id = p.entry_id
JOIN (VALUES ('held', 'held'), ('held_contra', 'held'), ('committed', 'committed'),
             ('committed_contra', 'committed')) m (account, memo) ON m.account = p.account_id
GROUP BY e.key, p.fund_id, m.memo HAVING sum(p.amount_minor) <> 0
"""

TRANSFERS: Final = """
SELECT e.key, format('transfers sum to %s %s', sum(p.amount_minor), p.currency)
FROM ledger_posting p JOIN ledger_entry e ON e.id = p.entry_id
WHERE p.account_id = 'transfers'
GROUP BY e.key, p.currency HAVING sum(p.amount_minor) <> 0
"""

PERIOD_IS_OPEN: Final = """
SELECT e.key, format('happened on %s, booked after %s was closed', e.happened_on, d.name)
FROM ledger_period d
JOIN ledger_entry e ON e.entity_id = d.entity_id
     AND e.happened_on BETWEEN d.starts_on AND d.ends_on AND e.booked_at > d.closed_at
"""

REVERSAL: Final = """
SELECT e.key, format('does not mirror %s', o.key)
FROM ledger_entry e JOIN ledger_entry o ON o.id = e.reverses_id
WHERE o.reverses_id IS NOT NULL OR o.entity_id <> e.entity_id OR EXISTS (
    SELECT FROM ledger_posting p WHERE p.entry_id IN (e.id, o.id)
    GROUP BY p.fund_id, p.account_id, p.currency HAVING sum(p.amount_minor) <> 0
)
"""

HOLDS: Final = """
SELECT format('fund %s', x.fund_id), format('postings hold %s, rows %s', sum(x.posted), sum(x.held))
FROM (
    SELECT fund_id, -amount_minor AS posted, 0 AS held
    FROM ledger_posting WHERE account_id = 'held'
    UNION ALL
    SELECT fund_id, 0, amount_minor FROM ledger_hold WHERE released_at IS NULL
) x
GROUP BY x.fund_id HAVING sum(x.posted) <> sum(x.held)
"""

STEPS: Final = """
SELECT s.cause, format('%s, %s entries', s.state, count(e.id))
FROM (
    SELECT 'transfer:' || id AS cause, state FROM ledger_transfer
    UNION ALL
    SELECT 'opening:' || id, state FROM ledger_opening
) s
LEFT JOIN ledger_entry e ON e.cause = s.cause AND e.reverses_id IS NULL
GROUP BY s.cause, s.state HAVING count(e.id) <> CASE s.state WHEN 'booked' THEN 1 ELSE 0 END
"""

FEES: Final = """
SELECT format('fund %s', f.id), format('its fees are borne by fund %s', b.id)
FROM ledger_fund f JOIN ledger_fund b ON b.id = f.fees_from_id
WHERE b.entity_id <> f.entity_id OR b.currency <> f.currency OR b.is_treasury
"""

FINAL_ONCE: Final = """
SELECT e.key, 'final by itself and once more'
FROM ledger_finality l JOIN ledger_entry e ON e.id = l.entry_id
WHERE EXISTS (SELECT FROM ledger_entry o WHERE o.cause = e.cause AND o.final_at IS NOT NULL)
"""

ENTRY_IS_TRACED: Final = """
SELECT e.key, 'neither traced nor waiting for it'
FROM ledger_entry e LEFT JOIN ledger_traced t ON t.entry_id = e.id WHERE t.entry_id IS NULL
"""

# What lies on a fund's axis and nobody has, less what demands still wait for, is what the fund
# has and has not promised. A gift counts once its value is final, a transfer once it has left.
TRACED: Final = """
WITH final AS (
    SELECT DISTINCT e.cause FROM ledger_entry e JOIN ledger_traced t ON t.entry_id = e.id
    LEFT JOIN ledger_finality l ON l.entry_id = e.id
    WHERE t.place IS NOT NULL AND e.final_at IS NOT NULL OR l.place IS NOT NULL
)
SELECT format('fund %s', x.fund_id),
       format('journal %s, traced %s', sum(x.booked), sum(x.traced))
FROM (
    SELECT p.fund_id, p.amount_minor AS booked, 0 AS traced
    FROM ledger_traced t
    JOIN ledger_entry e ON e.id = t.entry_id
    LEFT JOIN ledger_entry o ON o.id = e.reverses_id
    LEFT JOIN final l ON l.cause = e.cause
    JOIN ledger_posting p ON p.entry_id = e.id
    JOIN ledger_fund f ON f.id = p.fund_id AND f.currency = p.currency AND NOT f.is_treasury
    JOIN ledger_account a ON a.code = p.account_id AND a.is_spendable AND a.kind <> 'held'
    WHERE t.place IS NOT NULL
      AND (l.cause IS NOT NULL OR coalesce(o.reason, e.reason) NOT IN (
          'gift', 'gift_value', 'fee', 'refund', 'refund_returned', 'dispute',
          'dispute_reversed', 'late_failure'))
    UNION ALL
    SELECT fund_id, 0, stop - start FROM ledger_lot
    UNION ALL
    SELECT fund_id, 0, start - stop FROM ledger_segment
    UNION ALL
    SELECT fund_id, 0, start - stop FROM ledger_gap WHERE NOT is_spent
    UNION ALL
    SELECT fund_id, 0, -waiting_minor FROM ledger_demand
    UNION ALL
    SELECT target_id, 0, waiting_minor FROM ledger_demand WHERE target_id IS NOT NULL
) x
GROUP BY x.fund_id HAVING sum(x.booked) <> sum(x.traced)
"""

DEMANDS: Final = """
SELECT d.cause, format('counts %s, has %s', d.filled_minor, coalesce(sum(s.stop - s.start), 0))
FROM ledger_demand d LEFT JOIN ledger_segment s ON s.demand_id = d.id
GROUP BY d.id HAVING d.filled_minor <> coalesce(sum(s.stop - s.start), 0)
"""

# A fund below zero is told apart by whether something happened that may push it there.
OVERDRAWN: Final = """
SELECT format('fund %s', g.fund_id), format('available %s %s', g.available_minor, g.currency),
       f.reserve_minor > 0 OR EXISTS (
           SELECT FROM ledger_posting p
           LEFT JOIN ledger_entry e ON e.id = p.entry_id AND e.reverses_id IS NOT NULL
           WHERE p.fund_id = g.fund_id
             AND (e.id IS NOT NULL OR (p.amount_minor > 0 AND p.account_id IN (
                 'refunds', 'disputes', 'payment_fees', 'dispute_fees', 'bank_fees', 'gift_aid')))
       )
FROM ledger_fund f
JOIN ledger_figures(ARRAY(SELECT id FROM ledger_fund)) g ON g.fund_id = f.id
WHERE g.available_minor < 0 AND NOT f.is_treasury
"""

QUESTIONS: Final[dict[str, str]] = {
    "entry_balances": ENTRY_BALANCES,
    "entry_is_whole": ENTRY_IS_WHOLE,
    "balances_agree_with_postings": BALANCES_AGREE,
    "entry_stays_in_its_entity": ENTRY_STAYS_IN_ITS_ENTITY,
    "posting_is_in_the_currency_of_its_fund": POSTING_CURRENCY,
    "treasury_only_moves_money": TREASURY,
    "memo_has_its_contra": MEMO,
    "transfers_cancel_out": TRANSFERS,
    "period_is_open": PERIOD_IS_OPEN,
    "reversal_mirrors_its_entry": REVERSAL,
    "held_is_what_holds_say": HOLDS,
    "decided_is_what_was_booked": STEPS,
    "fund_fees_stay_in_the_entity": FEES,
    "gift_is_final_once": FINAL_ONCE,
    "entry_is_traced_or_waits": ENTRY_IS_TRACED,
    "traced_money_is_what_was_booked": TRACED,
    "demand_counts_its_segments": DEMANDS,
}

TRIGGERS: Final[dict[str, str]] = {
    "entry_is_written_once": "ledger_entry",
    "entry_is_whole": "ledger_entry",
    "reversal_mirrors_its_entry": "ledger_entry",
    "held_gift_is_in_no_fund": "ledger_entry",
    "posting_is_written_once": "ledger_posting",
    "entry_balances": "ledger_posting",
    "fund_is_not_overdrawn": "ledger_posting",
    "lot_is_written_once": "ledger_lot",
    "segment_is_written_once": "ledger_segment",
    "gap_is_written_once": "ledger_gap",
    "demand_only_counts": "ledger_demand",
    "demand_is_never_forgotten": "ledger_demand",
    "traced_keeps_its_place": "ledger_traced",
    "final_keeps_its_word": "ledger_finality",
    "final_is_never_forgotten": "ledger_finality",
    "account_keeps_its_meaning": "ledger_account",
    "fund_has_its_reserve": "ledger_fund",
    "fund_keeps_its_terms": "ledger_fund",
    "fund_closes_without_promises": "ledger_fund",
    "fund_fees_stay_in_the_entity": "ledger_fund",
    "period_stays_closed": "ledger_period",
    "period_waits_for_postings": "ledger_period",
    "transfer_fits": "ledger_transfer",
    "transfer_stays_decided": "ledger_transfer",
    "opening_fits": "ledger_opening",
    "opening_stays_decided": "ledger_opening",
    "record_is_written_once": "audit_record",
    "movement_keeps_its_facts": "gateway_movement",
    "movement_is_never_forgotten": "gateway_movement",
}
