"""A random life of one account: whatever happens, the books balance and agree with the API."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from hypothesis import given, settings
from hypothesis import strategies as st

from funding.sandbox.stripe import payouts
from funding.sandbox.stripe.accounts import ACCOUNTS, CURRENCY
from funding.sandbox.stripe.disputes import MOVES, OPENINGS
from funding.sandbox.stripe.server import Emulator
from funding.sandbox.stripe.wire import Request
from funding.sandbox.stripe.withdrawals import holds
from tests.sandbox.conftest import KEY

STEP = st.tuples(
    st.sampled_from(
        [
            "gift",
            "gift",
            "refund",
            "dashboard",
            "debit",
            "dispute",
            "decide",
            "payout",
            "movement",
            "clock",
        ]
    ),
    st.integers(min_value=0, max_value=10**6),
    st.integers(min_value=30_000, max_value=200_000),
)
CARDS = ("4242424242424242", "4000000000005126", "4000000000007726", "4000000000000002",
         "4000000000000077", "4000000000000259", "4000000404000079",
         "4000000000001976")  # fmt: skip


SCHEMES = tuple(CURRENCY)
PAYOUTS: tuple[dict[str, object], ...] = (
    {"amount": 2000}, {"automatic": True}, {"schedule": "daily"}, {"schedule": "manual"},
    {"fail_next": 2},
)  # fmt: skip
MOVEMENTS = (
    ("fee", "stripe_fee"), ("other_adjustment", "adjustment"), ("moon_tax", "tax_fee"),
    ("risk_reserved_funds", "reserve_hold"),
)  # fmt: skip


class Walk:
    """A random life of one account, without a network."""

    def __init__(self) -> None:
        self.emulator = Emulator(state=None, public_url="http://localhost")

    def send(self, method: str, path: str, body: str) -> dict[str, Any]:
        """One request; refusals are part of life, internal errors are not."""
        headers = {"authorization": f"Bearer {KEY}"}
        response = self.emulator.handle(Request(method, path, headers=headers, body=body.encode()))
        assert response.status in (200, 400), response.body
        answer: dict[str, Any] = json.loads(response.body)
        return answer

    def step(self, kind: str, choice: int, amount: int) -> None:
        """One step of the walk."""
        store = self.emulator.world.store
        charges = store.select("charge")
        if kind == "gift":
            self._gift(choice, amount)
        elif kind == "debit":
            self._debit(choice, amount)
        elif kind == "clock":
            body = json.dumps({"advance_seconds": choice % 200_000})
            self.send("POST", "/_control/clock", body)
        elif kind == "decide":
            self._decide(choice)
        elif kind == "payout":
            body = json.dumps(PAYOUTS[choice % len(PAYOUTS)])
            self.send("POST", "/_control/payouts", body)
        elif kind == "movement":
            category, type = MOVEMENTS[choice % len(MOVEMENTS)]
            moved = {"reporting_category": category, "type": type, "amount": choice % 9 - 4}
            self.send("POST", "/_control/movements", json.dumps(moved | {"fee": choice % 3}))
        elif charges:
            charge = charges[choice % len(charges)]["id"]
            if kind == "refund":
                form = urlencode({"charge": charge, "amount": amount})
                self.send("POST", "/v1/refunds", form)
            elif kind == "dispute":
                status = OPENINGS[choice % len(OPENINGS)]
                wanted = json.dumps({"charge": charge, "amount": amount // 3, "status": status})
                self.send("POST", "/_control/disputes", wanted)
            else:
                wanted = json.dumps({"charge": charge, "amount": amount // 7})
                self.send("POST", "/_control/refund", wanted)

    def _decide(self, choice: int) -> None:
        disputes = self.emulator.world.store.select("dispute")
        if disputes:
            dispute = disputes[choice % len(disputes)]
            allowed = MOVES[dispute["status"]] or ("won",)
            wanted = {"status": allowed[choice % len(allowed)], "fee_returned": choice % 2 == 0}
            self.send("POST", f"/_control/disputes/{dispute['id']}", json.dumps(wanted))

    def _debit(self, choice: int, amount: int) -> None:
        scheme = SCHEMES[choice % 2]
        usable = [a for a in ACCOUNTS.values() if a.scheme == scheme]
        allowed = {"allowed_payment_method_types[0]": scheme}
        session = self._session(amount, CURRENCY[scheme], allowed)
        wanted = {"session": session, "account": usable[choice % len(usable)].number}
        self.send("POST", "/_control/pay", json.dumps(wanted))

    def _gift(self, choice: int, amount: int) -> None:
        session = self._session(amount, ("eur", "gbp", "usd", "sek", "jpy")[choice % 5], {})
        wanted = {"session": session, "card": CARDS[choice % 11 % len(CARDS)]}
        self.send("POST", "/_control/pay", json.dumps(wanted))

    def _session(self, amount: int, currency: str, more: dict[str, str]) -> str:
        price = "line_items[0][price_data]"
        form = {
            "mode": "payment",
            "success_url": "http://fund.test/",
            "line_items[0][quantity]": 1,
            f"{price}[currency]": currency,
            f"{price}[unit_amount]": amount,
            f"{price}[product_data][name]": "Gift",
        }
        id: str = self.send("POST", "/v1/checkout/sessions", urlencode(form | more))["id"]
        return id


@settings(max_examples=40, deadline=None)
@given(st.lists(STEP, min_size=1, max_size=25))
def test_the_books_balance_whatever_happens(steps: list[tuple[str, int, int]]) -> None:
    walk = Walk()
    try:
        for step in steps:
            walk.step(*step)
            walk.emulator.world.books.verify()
        store, books = walk.emulator.world.store, walk.emulator.world.books
        late = [c for c in store.select("charge") if c["failure_balance_transaction"]]
        told = sum(of["charge_failures"] for of in books.report().values())
        assert told == sum(charge["amount"] for charge in late)
        paid = sum(c["amount_refunded"] for c in store.select("charge"))
        refunded = sum(r["amount"] for r in store.select("refund") if r["status"] != "failed")
        assert paid == refunded
        unpaid = sum(payouts.unpaid(walk.emulator.world).values())
        assert unpaid == payouts.available(walk.emulator.world)
        held = sum(d["amount"] for d in store.select("dispute") if holds(d))
        report = books.report().values()
        assert sum(of["disputes"] - of["dispute_reversals"] for of in report) == held
        net = sum(t["net"] for t in store.select("balance_transaction"))
        in_euro = books.report().get("eur", {"balance": 0})["balance"]
        assert net == in_euro
        assert walk.emulator.breaches == []
    finally:
        walk.emulator.close()
