"""What a person can make banks and Stripe do, as buttons say it and as the emulator is asked."""

import re
from typing import Any

from funding.sandbox.stripe.disputes import MOVES
from funding.sandbox.stripe.payouts import MOVES as PAYOUT_MOVES

# By the word that a button sends: the emulator's control, and what it is told.
ORDERS: dict[str, tuple[str, dict[str, Any]]] = {
    "dispute": ("disputes", {}),
    "inquire": ("disputes", {"status": "warning_needs_response", "reason": "general"}),
    "warn": ("warnings", {}),
    "debit_comes": ("debits/{id}", {"status": "succeeded"}),
    "debit_fails": ("debits/{id}", {"status": "failed"}),
    "mandate_ends": ("mandates/{id}", {"status": "inactive"}),
    "pay_out": ("payouts", {"automatic": True}),
    "daily": ("payouts", {"schedule": "daily"}),
    "by_hand": ("payouts", {"schedule": "manual"}),
    "fee": (
        "movements",
        {
            "reporting_category": "fee",
            "type": "stripe_fee",
            "amount": -350,
            "description": "Radar for the month",
        },
    ),
    "adjustment": (
        "movements",
        {
            "reporting_category": "other_adjustment",
            "type": "adjustment",
            "amount": 120,
            "description": "Correction of a fee",
        },
    ),
    "reserve": (
        "movements",
        {"reporting_category": "risk_reserved_funds", "type": "reserve_hold", "amount": -5000},
    ),
    "release": (
        "movements",
        {"reporting_category": "risk_reserved_funds", "type": "reserve_release", "amount": 5000},
    ),
    "unknown": (
        "movements",
        {
            "reporting_category": "moon_tax",
            "type": "tax_fee",
            "amount": -77,
            "description": "A kind of movement that nobody knows yet",
        },
    ),
}
# The word of a button that takes an object on, and the moves that there are.
DECISIONS = {"decide": ("disputes/{id}", MOVES), "arrive": ("payouts/{id}", PAYOUT_MOVES)}
ABOUT_A_CHARGE = ("dispute", "inquire", "warn")


def order(fields: dict[str, str]) -> tuple[str, dict[str, Any]] | None:
    """The control and its body for what a button sent; None for what no button sends."""
    word, id = fields.get("do", ""), fields.get("id", "")
    if not re.fullmatch(r"\w*", id):
        return None
    if word in DECISIONS:
        name, moves = DECISIONS[word]
        status = fields.get("status", "")
        known = any(status in after for after in moves.values())
        return (name.format(id=id), {"status": status}) if id and known else None
    if word not in ORDERS or ("{id}" in ORDERS[word][0] and not id):
        return None
    name, body = ORDERS[word]
    about = {"charge": id} if word in ABOUT_A_CHARGE else {}
    return name.format(id=id), body | about
