"""What banks and Stripe do of their own accord: debits, disputes, warnings, payouts, fees."""

import json
from typing import Any

from tests.simulation.plan import Facts
from tests.simulation.stage import Stage
from tests.simulation.visitors import Visitors

# What a dispute in a state may become by the bank's hand.
_NEXT = {
    "needs_response": ["under_review", "won", "lost"],
    "under_review": ["won", "lost"],
    "lost": ["won"],
    "warning_needs_response": ["warning_closed", "needs_response"],
}


class Banking:
    """The bank's and Stripe's own hand in a simulation."""

    def __init__(self, stage: Stage, visitors: Visitors) -> None:
        self.stage, self.visitors = stage, visitors

    def _charge(self, facts: Facts) -> dict[str, Any] | None:
        gift = self.visitors.gift(facts["gift"])
        if gift is None:
            return None
        found = [
            each
            for each in self.stage.detail().values()
            if each["metadata"].get("gift") == str(gift.uuid)
        ]
        return found[0] if found else None

    def order(self, name: str, **wanted: Any) -> None:
        """Do it, unless Stripe itself would not."""
        status, _, body = self.stage.stripe.call("POST", f"/_control/{name}", json.dumps(wanted))
        if status >= 500:
            self.stage.tell(f"the sandbox answered {status} to {name}: {body!r}")

    def dispute(self, facts: Facts) -> None:
        """A customer disputes a charge, all of it or a part."""
        charge = self._charge(facts)
        if charge is not None and charge["balance_transaction"]:
            amount = max(1, charge["amount"] * facts["percent"] // 100)
            self.order("disputes", charge=charge["charge"], amount=amount, status=facts["status"])

    def dispute_moves(self, facts: Facts) -> None:
        """The bank decides one of the disputes that are open."""
        found = self.stage.stripe.control("disputes")["data"]
        if found:
            dispute = found[facts["which"] % len(found)]
            ways = _NEXT.get(dispute["status"], [])
            if ways:
                self.order(f"disputes/{dispute['id']}", status=ways[facts["way"] % len(ways)])

    def debit_moves(self, facts: Facts) -> None:
        """A bank pays a debit, refuses it, or takes back days later what it had paid."""
        charges = self.stage.stripe.control("charges")["data"]
        found = [each for each in charges if each["payment_method_details"]["type"] != "card"]
        if found:
            debit = found[facts["which"] % len(found)]
            failed = {"code": facts["code"]} if facts["status"] == "failed" else {}
            self.order(f"debits/{debit['id']}", status=facts["status"], **failed)

    def mandate_ends(self, facts: Facts) -> None:
        """A giver tells the bank that nothing may be debited any more."""
        if found := self.stage.stripe.control("mandates")["data"]:
            self.order(f"mandates/{found[facts['which'] % len(found)]['id']}", status="inactive")

    def warn(self, facts: Facts) -> None:
        """A network warns of fraud."""
        if charge := self._charge(facts):
            self.order("warnings", charge=charge["charge"])

    def payout(self, facts: Facts) -> None:
        """Stripe pays out what is available, as each night; some of it will fail."""
        if facts["fails"]:
            self.order("payouts", fail_next=1)
        self.order("payouts", automatic=True)

    def payout_moves(self, facts: Facts) -> None:
        """A payout arrives, or comes back, even after it had arrived."""
        found = self.stage.stripe.control("payouts")["data"]
        if found:
            payout = found[facts["which"] % len(found)]
            self.order(f"payouts/{payout['id']}", status=facts["status"])

    def stripe_moves(self, facts: Facts) -> None:
        """A fee of Stripe's, an adjustment, a reserve, or something new under the sun."""
        self.order("movements", **facts)
