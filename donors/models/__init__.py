"""Donors, their gifts with one line per fund, refunds, receipts, what banks take
back, the promises of those who give regularly, and organisations that give.

Names live here and nowhere in the ledger, so that a person can be forgotten without
changing a report.
"""

from donors.models.brake import Episode, Origin, Reach, RefusedCard
from donors.models.contributions import (
    Contribution,
    ContributionState,
    Invoice,
    InvoiceCard,
    InvoicePayment,
    InvoiceState,
    Pace,
    PausedWhy,
    PayInto,
)
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
from donors.models.earlier import EarlierPledge, EarlierState
from donors.models.giftaid import (
    Channel,
    Claim,
    ClaimLine,
    ClaimPayment,
    ClaimState,
    Declaration,
    Overclaim,
    Scope,
)
from donors.models.gifts import (
    Gift,
    GiftLine,
    GiftState,
    Means,
    Refund,
    RefundState,
)
from donors.models.held import (
    AcceptanceTerms,
    HeldGift,
    HeldState,
    HeldVerdict,
    HeldWhy,
    Verdict,
    VerdictState,
)
from donors.models.intake import BankLine, BankPart, CostProposal, CostState, StatementSpan
from donors.models.merges import Merge
from donors.models.moves import EmailChange, EmailChangeState
from donors.models.people import ERASED, Consent, Donor, Purpose
from donors.models.pledges import (
    ChangeKind,
    ChangeState,
    EndedWhy,
    Instalment,
    InstalmentShare,
    InstalmentState,
    Pledge,
    PledgeChange,
    PledgeShare,
    PledgeState,
    Rhythm,
)
from donors.models.pools import (
    MatchCredit,
    MatchedGift,
    MatchingPool,
    MatchRelease,
    PoolEnd,
    PoolState,
)
from donors.models.proformas import Proforma
from donors.models.public_names import NameStep, PublicName, PublicNameChange
from donors.models.receipts import Receipt, ReceiptState
from donors.models.statements import Statement, StatementState
from donors.models.tributes import CardState, PledgeTribute, Tribute, TributeKind, UnwantedCards
from donors.models.year_ends import YearEnd, YearEndShare
from donors.models.zoos import Association, Invitation, Zoo

__all__ = [
    "ERASED",
    "AcceptanceTerms",
    "Association",
    "BankLine",
    "BankPart",
    "CardState",
    "ChangeKind",
    "ChangeState",
    "Channel",
    "Claim",
    "ClaimLine",
    "ClaimPayment",
    "ClaimState",
    "Consent",
    "Contribution",
    "ContributionState",
    "CostProposal",
    "CostState",
    "Declaration",
    "Dispute",
    "DisputeStatus",
    "Donor",
    "EarlierPledge",
    "EarlierState",
    "EarlyWarning",
    "EmailChange",
    "EmailChangeState",
    "EndedWhy",
    "Episode",
    "EvidenceFile",
    "Gift",
    "GiftLine",
    "GiftState",
    "HeldGift",
    "HeldState",
    "HeldVerdict",
    "HeldWhy",
    "Instalment",
    "InstalmentShare",
    "InstalmentState",
    "Intent",
    "Invitation",
    "Invoice",
    "InvoiceCard",
    "InvoicePayment",
    "InvoiceState",
    "MatchCredit",
    "MatchRelease",
    "MatchedGift",
    "MatchingPool",
    "Means",
    "Merge",
    "NameStep",
    "Origin",
    "Overclaim",
    "Pace",
    "PausedWhy",
    "PayInto",
    "Pledge",
    "PledgeChange",
    "PledgeShare",
    "PledgeState",
    "PledgeTribute",
    "PoolEnd",
    "PoolState",
    "Proforma",
    "PublicName",
    "PublicNameChange",
    "Purpose",
    "Reach",
    "Receipt",
    "ReceiptState",
    "Refund",
    "RefundState",
    "RefusedCard",
    "Rhythm",
    "Scope",
    "Statement",
    "StatementSpan",
    "StatementState",
    "Tribute",
    "TributeKind",
    "UnwantedCards",
    "Verdict",
    "VerdictState",
    "WarningState",
    "Withdrawal",
    "WithdrawalKind",
    "YearEnd",
    "YearEndShare",
    "Zoo",
]
