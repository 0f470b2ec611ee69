"""What must hold of motions, awards and payments after every step."""

from typing import Final

_AN_ADOPTED_ITEM_IS_AN_AWARD: Final = """
SELECT i.id, format('%s, %s awards, application %s', i.state, count(a.id), p.state)
FROM grants_item i
JOIN grants_application p ON p.id = i.application_id
LEFT JOIN grants_award a ON a.item_id = i.id AND a.application_id = p.id
GROUP BY i.id, p.state
HAVING count(a.id) <> (i.state = 'adopted')::int OR (i.state = 'adopted' AND p.state <> 'awarded')
"""

# Each fund's part is promised in the one entry of the adoption.
_AN_AWARD_IS_BOOKED_ONCE: Final = """
SELECT a.id, format('%s of %s in %s entries', coalesce(sum(b.minor), 0), a.amount_minor,
                    count(DISTINCT b.entry_id))
FROM grants_award a
LEFT JOIN (
    SELECT e.cause, e.id AS entry_id, p.fund_id, -p.amount_minor AS minor
    FROM ledger_entry e
    JOIN ledger_posting p ON p.entry_id = e.id AND p.account_id = 'committed'
    WHERE e.reason = 'award'
) b ON b.cause = 'award:' || a.id
GROUP BY a.id
HAVING count(DISTINCT b.entry_id) <> 1 OR coalesce(sum(b.minor), 0) <> a.amount_minor
"""

_A_SHARE_IS_WHAT_ITS_FUND_PROMISED: Final = """
SELECT s.id, format('share %s, booked %s', s.amount_minor, coalesce(b.minor, 0))
FROM grants_awardshare s
LEFT JOIN (
    SELECT e.cause, p.fund_id, -sum(p.amount_minor) AS minor
    FROM ledger_entry e
    JOIN ledger_posting p ON p.entry_id = e.id AND p.account_id = 'committed'
    WHERE e.reason = 'award' GROUP BY e.cause, p.fund_id
) b ON b.cause = 'award:' || s.award_id AND b.fund_id = s.fund_id
WHERE s.amount_minor <> coalesce(b.minor, 0)
"""

_AN_OPEN_MOTION_HOLDS_ITS_MONEY: Final = """
SELECT m.id, format('%s: asks %s, holds %s', m.state, coalesce(w.minor, 0), coalesce(h.minor, 0))
FROM grants_motion m
LEFT JOIN (
    SELECT i.motion_id, sum(s.amount_minor) AS minor
    FROM grants_item i JOIN grants_share s ON s.item_id = i.id
    WHERE i.state = 'open' GROUP BY i.motion_id
) w ON w.motion_id = m.id AND m.state = 'open'
LEFT JOIN (
    SELECT cause, sum(amount_minor) AS minor FROM ledger_hold
    WHERE released_at IS NULL GROUP BY cause
) h ON h.cause = 'motion:' || m.id
WHERE coalesce(w.minor, 0) <> coalesce(h.minor, 0)
"""

_A_PAYMENT_IS_BOOKED_AS_ITS_STATE_SAYS: Final = """
SELECT d.id, format('%s: due %s, taken back %s, paid %s', d.state, b.due, b.undue, b.paid)
FROM grants_disbursement d
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE e.key LIKE format('award:%s:due-%s.%%', d.award_id, d.number))
               AS due,
           count(*) FILTER (WHERE e.key LIKE format('award:%s:undue-%s.%%', d.award_id, d.number))
               AS undue,
           count(*) FILTER (WHERE e.key = format('award:%s:paid-%s', d.award_id, d.number))
               AS paid
    FROM ledger_entry e WHERE e.cause = 'award:' || d.award_id
) b
WHERE b.due - b.undue <> (d.state IN ('checked', 'released'))::int
   OR b.paid <> (d.state = 'released')::int
"""

_THREE_PEOPLE_PAY: Final = """
SELECT id, format('%s, %s, %s', requested_by_id, checked_by_id, released_by_id)
FROM grants_disbursement
WHERE state = 'released'
  AND (requested_by_id = checked_by_id OR checked_by_id = released_by_id
       OR requested_by_id = released_by_id OR checked_by_id IS NULL OR released_by_id IS NULL)
"""

_PAYMENTS_STAY_WITHIN_THE_AWARD: Final = """
SELECT a.id, format('%s asked or paid of %s', sum(d.amount_minor), a.amount_minor)
FROM grants_award a JOIN grants_disbursement d ON d.award_id = a.id
WHERE d.state <> 'declined'
GROUP BY a.id HAVING sum(d.amount_minor) > a.amount_minor
"""

# Who steps out after a vote has ended leaves it as it was counted; one that is open is undone.
_A_VOTE_IS_A_VOTERS: Final = """
SELECT v.id, format('member %s, item %s', v.member_id, v.item_id)
FROM grants_vote v
JOIN grants_item i ON i.id = v.item_id
JOIN grants_motion m ON m.id = i.motion_id
LEFT JOIN grants_recusal r ON r.application_id = i.application_id AND r.member_id = v.member_id
WHERE v.cast_at >= m.closes_at OR r.declared_at <= v.cast_at
   OR (r.id IS NOT NULL AND i.state = 'open')
   OR NOT EXISTS (SELECT 1 FROM grants_declaration d
                  WHERE d.application_id = i.application_id AND d.member_id = v.member_id
                    AND d.declared_at <= v.cast_at)
"""

QUESTIONS: Final[dict[str, str]] = {
    "an adopted item is one award": _AN_ADOPTED_ITEM_IS_AN_AWARD,
    "an award is booked in one entry and in full": _AN_AWARD_IS_BOOKED_ONCE,
    "a share is what its fund promised": _A_SHARE_IS_WHAT_ITS_FUND_PROMISED,
    "an open motion holds its money, a decided one none": _AN_OPEN_MOTION_HOLDS_ITS_MONEY,
    "a payment is booked as its state says": _A_PAYMENT_IS_BOOKED_AS_ITS_STATE_SAYS,
    "three people pay": _THREE_PEOPLE_PAY,
    "payments stay within the award": _PAYMENTS_STAY_WITHIN_THE_AWARD,
    "a vote is cast in time by somebody who is in": _A_VOTE_IS_A_VOTERS,
}
