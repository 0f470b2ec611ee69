"""Funds, the chart, the journal and its balances.

Debit is positive, credit negative. What no row constraint can see is held by triggers (see
the migrations from 0003 on): entries sum to zero per fund and currency, are never changed,
respect closed periods, and never promise money that a fund does not have.
"""

from funding.ledger.models.funds import PLACES, SPENDABLE, Account, Fund, Kind, Restriction
from funding.ledger.models.journal import Balance, BalanceDelta, Entry, Period, Posting, Reason
from funding.ledger.models.steps import Hold, Opening, Step, Transfer, TwoPersonStep
from funding.ledger.models.tracing import Demand, DemandKind, Finality, Gap, Lot, Segment, Traced

__all__ = [
    "PLACES",
    "SPENDABLE",
    "Account",
    "Balance",
    "BalanceDelta",
    "Demand",
    "DemandKind",
    "Entry",
    "Finality",
    "Fund",
    "Gap",
    "Hold",
    "Kind",
    "Lot",
    "Opening",
    "Period",
    "Posting",
    "Reason",
    "Restriction",
    "Segment",
    "Step",
    "Traced",
    "Transfer",
    "TwoPersonStep",
]
