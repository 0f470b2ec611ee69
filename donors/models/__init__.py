"""Donors, their gifts with one line per fund, refunds, receipts, and what banks take back.

Names live here and nowhere in the ledger, so that a person can be forgotten without
changing a report.
"""

from donors.models.disputes import (
    Dispute,
    DisputeStatus,
    EarlyWarning,
    EvidenceFile,
    Intent,
    WarningState,
    Withdrawal,
    WithdrawalKind,
)
from donors.models.gifts import (
    Gift,
    GiftLine,
    GiftState,
    Receipt,
    ReceiptState,
    Refund,
    RefundState,
)
from donors.models.people import Consent, Donor, Purpose

__all__ = [
    "Consent",
    "Dispute",
    "DisputeStatus",
    "Donor",
    "EarlyWarning",
    "EvidenceFile",
    "Gift",
    "GiftLine",
    "GiftState",
    "Intent",
    "Purpose",
    "Receipt",
    "ReceiptState",
    "Refund",
    "RefundState",
    "WarningState",
    "Withdrawal",
    "WithdrawalKind",
]
