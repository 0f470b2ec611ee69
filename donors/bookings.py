"""Which entries of ours stand for which balance transaction of Stripe, as statements.

Read by whoever compares our books with Stripe's; see `funding.gateway.movements`.
"""

from typing import Final

from funding.gateway import movements

# A gift is booked when it is paid, before Stripe has a transaction; its value comes later.
_GIFTS: Final = """
SELECT g.balance_transaction, e.key
FROM donors_gift g
JOIN ledger_entry e ON e.key IN ('gift:' || g.id || ':settle', 'gift:' || g.id || ':value')
WHERE g.balance_transaction <> ''
"""
_REFUNDS: Final = """
SELECT r.balance_transaction, 'refund:' || r.id || ':book' FROM donors_refund r
WHERE r.balance_transaction <> ''
"""
_RETURNED: Final = """
SELECT r.failure_transaction, 'refund:' || r.id || ':returned' FROM donors_refund r
WHERE r.failure_transaction <> ''
"""
_WITHDRAWN: Final = """
SELECT w.balance_transaction, w.entry_key FROM donors_withdrawal w
"""


def register() -> None:
    """Say it to the gateway."""
    movements.register_bookings("gifts", _GIFTS)
    movements.register_bookings("refunds", _REFUNDS)
    movements.register_bookings("returned refunds", _RETURNED)
    movements.register_bookings("withdrawals", _WITHDRAWN)
