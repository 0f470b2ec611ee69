"""What must hold after every step, whatever is half done at that moment.

Each question is one statement, so it sees one instant of the database while others write.
"""

from typing import Any, Final

from django.db import connection

from funding.ledger.verify import verify
from tests.simulation import grant_rules
from tests.simulation.stage import Stage

_RECEIVED_ONCE: Final = """
SELECT g.uuid, format('%s, %s settling entries', g.state, count(e.id))
FROM donors_gift g LEFT JOIN ledger_entry e ON e.cause = 'gift:' || g.id AND e.reason = 'gift'
GROUP BY g.id HAVING count(e.id) <> (g.settled_at IS NOT NULL)::int
"""

_RECEIVED_IN_FULL: Final = """
SELECT g.uuid, format('gave %s, booked %s', g.amount_minor + g.cover_minor, sum(p.amount_minor))
FROM donors_gift g
JOIN ledger_entry e ON e.cause = 'gift:' || g.id AND e.reason = 'gift'
JOIN ledger_posting p ON p.entry_id = e.id AND p.currency = g.currency
JOIN ledger_account a ON a.code = p.account_id AND a.kind = 'clearing'
GROUP BY g.id HAVING sum(p.amount_minor) <> g.amount_minor + g.cover_minor
"""

_VALUED_ONCE: Final = """
SELECT g.uuid, format('valued at %s, fee %s, %s entries', g.final_at, g.fee_minor, count(e.id))
FROM donors_gift g
LEFT JOIN ledger_entry e ON e.cause = 'gift:' || g.id AND e.reason IN ('gift_value', 'fee')
GROUP BY g.id
HAVING count(e.id) <> (g.final_at IS NOT NULL
                       AND (g.currency <> g.value_currency OR g.fee_minor <> 0))::int
"""

_REFUND_BOOKED_ONCE: Final = """
SELECT r.uuid, format('%s, %s given back, %s returned', r.state, count(b.id), count(t.id))
FROM donors_refund r
LEFT JOIN ledger_entry b ON b.key = format('refund:%s:book', r.id)
LEFT JOIN ledger_entry t ON t.key = format('refund:%s:returned', r.id)
GROUP BY r.id
HAVING count(b.id) <> (r.booked_at IS NOT NULL)::int
    OR count(t.id) <> (r.failure_transaction <> '')::int
"""

_GIVEN_BACK_IS_THE_SUM: Final = """
SELECT g.uuid, format('given back %s, its refunds %s', g.refunded_minor, coalesce(s.minor, 0))
FROM donors_gift g
LEFT JOIN (
    SELECT gift_id, sum(amount_minor) AS minor FROM donors_refund
    WHERE booked_at IS NOT NULL AND failure_transaction = '' GROUP BY gift_id
) s ON s.gift_id = g.id
WHERE g.refunded_minor <> coalesce(s.minor, 0)
"""

_GIVEN_BACK_IS_BOOKED: Final = """
SELECT g.uuid, format('given back %s, booked %s', g.refunded_minor, coalesce(s.minor, 0))
FROM donors_gift g
LEFT JOIN (
    SELECT e.cause, sum(p.amount_minor) AS minor
    FROM ledger_entry e JOIN ledger_posting p ON p.entry_id = e.id
    WHERE p.account_id = 'refunds' GROUP BY e.cause
) s ON s.cause = 'gift:' || g.id
WHERE g.refunded_minor <> coalesce(s.minor, 0)
"""

_TAKEN_BACK_IS_THE_SUM: Final = """
SELECT g.uuid, format('taken back %s, its withdrawals %s', g.withdrawn_minor, -coalesce(s.minor, 0))
FROM donors_gift g
LEFT JOIN (
    SELECT gift_id, sum(amount_minor) AS minor FROM donors_withdrawal GROUP BY gift_id
) s ON s.gift_id = g.id
WHERE g.withdrawn_minor <> -coalesce(s.minor, 0)
"""

_TAKEN_BACK_IS_BOOKED: Final = """
SELECT g.uuid, format('taken back %s, booked %s', g.withdrawn_minor, coalesce(s.minor, 0))
FROM donors_gift g
LEFT JOIN (
    SELECT e.cause, sum(p.amount_minor) AS minor
    FROM ledger_entry e JOIN ledger_posting p ON p.entry_id = e.id
    WHERE p.account_id = 'disputes' GROUP BY e.cause
) s ON s.cause = 'gift:' || g.id
WHERE g.withdrawn_minor <> coalesce(s.minor, 0)
"""

_RECEIPT_IS_OWED: Final = """
SELECT g.uuid, g.state FROM donors_gift g
WHERE g.settled_at IS NOT NULL
  AND NOT EXISTS (SELECT FROM donors_receipt r WHERE r.gift_id = g.id)
"""

_ONE_RECEIPT_IS_VALID: Final = """
SELECT g.uuid, format('%s valid receipts', count(*))
FROM donors_gift g
JOIN donors_receipt r ON r.gift_id = g.id
JOIN documents_document d ON d.id = r.document_id AND d.state = 'valid'
GROUP BY g.id HAVING count(*) > 1
"""

# What a giver by debit hears is queued in the transaction that makes it true.
_A_PROMISE_IS_TOLD: Final = """
SELECT g.uuid, format('%s, promised %s times, told %s times', g.state, count(r.id), count(m.id))
FROM donors_gift g
LEFT JOIN audit_record r ON r.subject = 'gift:' || g.id AND r.action = 'gift.promised'
LEFT JOIN mail_mail m ON m.key = format('gift:%s:debit_pending', g.id)
GROUP BY g.id
HAVING count(r.id) <> count(m.id) OR count(r.id) > 1
    OR (count(r.id) > 0 AND g.processing_since IS NULL)
"""

_A_REFUSED_DEBIT_IS_TOLD: Final = """
SELECT g.uuid, format('%s, %s mails say that it failed', g.state, count(m.id))
FROM donors_gift g
LEFT JOIN mail_mail m ON m.key = format('gift:%s:debit_failed', g.id)
GROUP BY g.id
HAVING g.settled_at IS NULL
   AND count(m.id) <> (g.state = 'failed' AND g.processing_since IS NOT NULL)::int
"""

_NUMBERS_HAVE_NO_GAP: Final = """
SELECT format('%s-%s', s.series, s.year),
       format('%s numbers up to %s, the last taken is %s', count(d.id), max(d.number), s.last)
FROM documents_sequence s
LEFT JOIN documents_document d
       ON d.entity_id = s.entity_id AND d.series = s.series AND d.year = s.year
GROUP BY s.id
HAVING count(d.id) <> s.last OR max(d.number) <> s.last OR min(d.number) <> 1
"""

QUESTIONS: Final[dict[str, str]] = {
    "a gift is received in one entry": _RECEIVED_ONCE,
    "a gift is received in full": _RECEIVED_IN_FULL,
    "a gift is valued in one entry": _VALUED_ONCE,
    "a refund is booked once": _REFUND_BOOKED_ONCE,
    "what was given back is the sum of the refunds": _GIVEN_BACK_IS_THE_SUM,
    "what was given back is in the books": _GIVEN_BACK_IS_BOOKED,
    "what was taken back is the sum of the withdrawals": _TAKEN_BACK_IS_THE_SUM,
    "what was taken back is in the books": _TAKEN_BACK_IS_BOOKED,
    "a gift received is owed a receipt": _RECEIPT_IS_OWED,
    "at most one receipt of a gift is valid": _ONE_RECEIPT_IS_VALID,
    "a debit that is on its way is told once": _A_PROMISE_IS_TOLD,
    "a debit that its bank refused is told once": _A_REFUSED_DEBIT_IS_TOLD,
    "the numbers of receipts have no gap": _NUMBERS_HAVE_NO_GAP,
    **grant_rules.QUESTIONS,
}


def broken(stage: Stage) -> list[str]:
    """Every rule that does not hold now."""
    found = [
        f"{each.invariant}: {each.subject}: {each.found}" for each in verify() if not each.is_notice
    ]
    for rule, question in QUESTIONS.items():
        found += [f"{rule}: {subject}: {text}" for subject, text in ask(question)]
    return found + _ahead_of_stripe(stage)


def _ahead_of_stripe(stage: Stage) -> list[str]:
    """We may know less than Stripe, never more: our rows are read first."""
    ours = ask(
        "SELECT charge, amount_minor + cover_minor, currency, refunded_minor, uuid::text,"
        " EXISTS (SELECT FROM donors_instalment i WHERE i.gift_id = g.id)"
        " FROM donors_gift g WHERE settled_at IS NOT NULL"
    )
    theirs = stage.detail()
    found = []
    for charge, minor, currency, refunded, uuid, is_instalment in ours:
        told = theirs.get(charge)
        if told is None:
            found.append(f"a gift received was paid: {uuid}: Stripe has no paid charge {charge}")
        elif (told["amount"], told["currency"].upper()) != (minor, currency):
            found.append(f"a gift received was paid: {uuid}: {told['amount']} {told['currency']}")
        elif told["metadata"].get("gift") != (None if is_instalment else uuid):
            found.append(f"a gift received was paid: {uuid}: {charge} is another gift's")
        else:
            ever = sum(refund["amount"] for refund in told["refunds"])
            if refunded > ever:
                found.append(f"what we gave back, Stripe gave back: {uuid}: {refunded} of {ever}")
    return found


def ask(question: str) -> list[tuple[Any, ...]]:
    """The rows of one statement."""
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchall()
