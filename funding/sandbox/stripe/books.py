"""The emulator's own double entry: the oracle against which the product is judged.

Debit is positive, credit negative; every entry is zero in each currency. Accounts:

* `customers` what people paid (credit), `refunds` what went back to them (debit),
  `refund_failures` what came back because a refund could not be delivered (credit);
* `unsettled` charged, but the balance transaction has not been made yet;
* `pending` and `available` the two halves of the Stripe balance; `fees` what Stripe kept;
* `charge_failures` debits that succeeded and went back later (debit);
* `disputes` what banks took back (debit), `dispute_reversals` what they gave again (credit),
  `dispute_fees` what Stripe charged for it;
* `in_transit` and `bank` what was paid out (debit);
* `stripe_fees`, `adjustments`, `reserved` and `other` what Stripe took for itself, put right, holds
  back, or moved for a reason we have no account for (debit); `elsewhere` what moved in another
  balance than that of payments;
* `cash` what customers sent by bank transfer and have not paid anything with (debit), and
  `cash_owed` that it is theirs (credit): it is in no balance;
* `fx` the trading account between the currency of a charge and that of the balance.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple

from .store import Store

# Where a movement that no payment made is booked, by its reporting category.
OTHERS = {
    "fee": "stripe_fees",
    "other_adjustment": "adjustments",
    "risk_reserved_funds": "reserved",
}


class Leg(NamedTuple):
    """One side of an entry."""

    account: str
    currency: str
    amount: int
    """In the smallest unit of the currency; debit positive."""


class OutOfBalance(AssertionError):
    """The books contradict themselves: a fault of the emulator."""


class Books:
    """Accounts and entries, kept in the store."""

    def __init__(self, store: Store, now: Callable[[], int]) -> None:
        self._store = store
        self._now = now

    def post(self, reason: str, source: str, legs: list[Leg]) -> None:
        """Books one entry. `source` is the id of the object it comes from."""
        sums: dict[str, int] = defaultdict(int)
        for leg in legs:
            sums[leg.currency] += leg.amount
        if any(sums.values()):
            raise OutOfBalance(f"{reason} for {source} does not balance: {dict(sums)}")
        for leg in legs:
            if leg.amount == 0:
                continue
            self._store.run(
                "INSERT INTO postings (at, reason, source, account, currency, amount)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (self._now(), reason, source, leg.account, leg.currency, leg.amount),
            )
            self._store.run(
                "INSERT INTO accounts VALUES (?, ?, ?) ON CONFLICT (account, currency)"
                " DO UPDATE SET amount = amount + excluded.amount",
                leg,
            )

    def balance(self, account: str) -> dict[str, int]:
        """What stands on an account, by currency."""
        rows = self._store.rows(
            "SELECT currency, amount FROM accounts WHERE account = ? ORDER BY currency", (account,)
        )
        return dict(rows)

    def check(self) -> None:
        """Raises if the accounts do not sum to zero; cheap enough for every request."""
        rows = self._store.rows("SELECT currency, sum(amount) FROM accounts GROUP BY currency")
        wrong = {currency: amount for currency, amount in rows if amount}
        if wrong:
            raise OutOfBalance(f"The accounts do not sum to zero: {wrong}")

    def verify(self) -> None:
        """Recomputes everything from the postings and the balance transactions."""
        self.check()
        posted = self._store.rows(
            "SELECT account, currency, sum(amount) FROM postings GROUP BY account, currency"
        )
        held = self._store.rows("SELECT account, currency, amount FROM accounts")
        if sorted(posted) != sorted(held):
            raise OutOfBalance("The accounts differ from the sums of their postings.")
        kept = {
            "fees": _sum(self, "fees", "dispute_fees"),
            "net": _sum(self, "pending", "available"),
        }
        for name, by_currency in kept.items():
            told = {c: row[name] for c, row in self.settled_totals().items()}
            if _without_zeros(told) != _without_zeros(by_currency):
                raise OutOfBalance(f"Balance transactions say {told}, books {by_currency}.")

        moved = self._store.rows(
            "SELECT json_extract(body, '$.currency'), sum(json_extract(body, '$.net_amount'))"
            " FROM objects WHERE kind = 'customer_cash_balance_transaction' GROUP BY 1"
        )
        if _without_zeros(dict(moved)) != _without_zeros(_sum(self, "cash")):
            raise OutOfBalance(f"Customers have {dict(moved)}, books {_sum(self, 'cash')}.")

    def settled_totals(self) -> dict[str, dict[str, int]]:
        """Sums over the balance transactions by their currency: fees, net, and each type."""
        totals: dict[str, dict[str, int]] = {}
        rows = self._store.rows(
            "SELECT json_extract(body, '$.currency'), json_extract(body, '$.type'),"
            " sum(json_extract(body, '$.amount')), sum(json_extract(body, '$.fee')),"
            " sum(json_extract(body, '$.net')), count(*)"
            " FROM objects WHERE kind = 'balance_transaction'"
            " AND json_extract(body, '$.balance_type') = 'payments' GROUP BY 1, 2"
        )
        for currency, kind, amount, fee, net, count in rows:
            of = totals.setdefault(currency, {"fees": 0, "net": 0, "count": 0})
            of["fees"] += fee
            of["net"] += net
            of["count"] += count
            of[kind] = amount
        return totals

    def report(self) -> dict[str, Any]:
        """The whole state of the books by currency, in minor units."""
        rows = self._store.rows("SELECT account, currency, amount FROM accounts")
        by_currency: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for account, currency, amount in rows:
            by_currency[currency][account] = amount
        counts: dict[str, int] = dict(
            self._store.rows(
                "SELECT json_extract(body, '$.currency'), count(*) FROM objects"
                " WHERE kind = 'charge' AND json_extract(body, '$.paid') GROUP BY 1"
            )
        )
        settled = self.settled_totals()
        return {
            currency: {
                "available": of["available"],
                "pending": of["pending"],
                "balance": of["available"] + of["pending"],
                "charges": -of["customers"],
                "charges_count": counts.get(currency, 0),
                "unsettled": of["unsettled"],
                "fees": of["fees"],
                "refunds": of["refunds"],
                "refund_failures": -of["refund_failures"],
                "charge_failures": of["charge_failures"],
                "disputes": of["disputes"],
                "dispute_reversals": -of["dispute_reversals"],
                "dispute_fees": of["dispute_fees"],
                "payouts": of["in_transit"] + of["bank"],
                "in_transit": of["in_transit"],
                "bank": of["bank"],
                **{name: of[name] for name in (*OTHERS.values(), "other")},
                "cash": of["cash"],
                "fx": of["fx"],
                "settled": settled.get(currency, {}),
            }
            for currency, of in sorted(by_currency.items())
        }


def _sum(books: Books, *accounts: str) -> dict[str, int]:
    total: dict[str, int] = defaultdict(int)
    for account in accounts:
        for currency, amount in books.balance(account).items():
            total[currency] += amount
    return total


def _without_zeros(amounts: dict[str, int]) -> dict[str, int]:
    return {currency: amount for currency, amount in amounts.items() if amount}
