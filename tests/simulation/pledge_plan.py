"""A year of regular giving, drawn from one seed before anything runs.

Steps are days long, so that a year fits into some two hundred of them. What givers, banks and
faults do in between is drawn as in `plan`.
"""

import random
from typing import Any, Final

from donors.fees import LIMITS
from donors.models import Rhythm
from funding.sandbox.stripe.accounts import ACCOUNTS, CURRENCY
from funding.sandbox.stripe.cards import CARDS
from tests.simulation.plan import FUNDS, Facts, Step

YEAR_DAYS: Final = 366
# Givers at most: each charge is looked at after each step.
_GIVERS: Final = 14
_CARDS: Final = [number for number, card in CARDS.items() if card.decline is None]
_ACCOUNTS: Final = [
    number for number, each in ACCOUNTS.items() if not (each.failure or each.refused)
]
_RHYTHMS: Final = [Rhythm.MONTHLY] * 6 + [Rhythm.QUARTERLY] * 2 + [Rhythm.YEARLY]
# What a bank may say to an attempt to charge a card that is kept.
_SAYS: Final = ["insufficient_funds", "insufficient_funds", "expired_card", "requires_action"]
_PATHS: Final = [
    "/v1/",
    "/v1/checkout/sessions",
    "/v1/subscriptions",
    "/v1/invoices",
    "/v1/payment_intents",
    "/v1/balance_transactions",
    "/v1/refunds",
]
_KINDS: Final = ["error_before", "error_after", "reset_before", "reset_after", "rate_limit"]
_HOOKS: Final = ["duplicate", "delay", "reorder", "drop", "stale_payload", "other_api_version"]
_CHANGES: Final = [
    "amount", "amount", "rhythm", "day", "fund", "skip", "pause", "resume", "retry", "end",
]  # fmt: skip


class _Pen:
    def __init__(self, seed: int) -> None:
        self.die = random.Random(f"year {seed}")
        self.pledges = 0

    def some(self) -> int:
        return self.die.randrange(self.pledges)

    def chance(self, share: float) -> bool:
        return self.die.random() < share


def draw_year(seed: int) -> list[Step]:
    """The steps of a year. Every giver who still gives at its end gives on."""
    pen, steps, day = _Pen(seed), list[Step](), 0
    while day < YEAR_DAYS:
        for act, facts in _one_thing(pen, is_late=day > YEAR_DAYS - 60):
            steps.append(Step(len(steps) + 1, act, facts))
        if pen.pledges and pen.chance(0.6):
            days = pen.die.choice([1, 2, 3, 5, 8])
            day += days
            steps.append(Step(len(steps) + 1, "days", {"days": days, "by": _by(pen)}))
    return steps


def _by(pen: _Pen) -> str:
    return str(pen.die.choice(["us", "us", "worker", "both", "nobody"]))


def _one_thing(pen: _Pen, *, is_late: bool) -> list[tuple[str, Facts]]:
    die = pen.die
    if not pen.pledges or (pen.pledges < _GIVERS and pen.chance(0.12) and not is_late):
        return [("pledge", _pledge(pen))]
    act = die.choices(
        ["change", "bank_says", "new_method", "give_back", "faults", "well", "disturb", "nothing"],
        [9, 6, 3, 2, 4, 5, 5, 6],
    )[0]
    return [] if act == "nothing" else [getattr(_Draw, act)(pen)]


def _pledge(pen: _Pen) -> Facts:
    die = pen.die
    account = die.choice(_ACCOUNTS) if pen.chance(0.35) else ""
    currency = CURRENCY[ACCOUNTS[account].scheme].upper() if account else die.choice(list(LIMITS))
    limit = LIMITS[currency]
    number, pen.pledges = pen.pledges, pen.pledges + 1
    return {
        "pledge": number,
        "rhythm": die.choice(_RHYTHMS),
        "currency": currency,
        "minor": die.choice(limit.suggested).minor + die.randrange(9),
        "fund": die.randrange(FUNDS),
        "cover": pen.chance(0.4),
        "times": die.choice([1, 1, 2]),
        "means": account or die.choice(_CARDS),
    }


class _Draw:
    """What one step may be, beside a new pledge and the days."""

    @staticmethod
    def change(pen: _Pen) -> tuple[str, Facts]:
        die = pen.die
        return "change", {
            "pledge": pen.some(),
            "kind": die.choice(_CHANGES),
            "value": die.randrange(1, 29),
            "times": die.choice([1, 1, 2]),
        }

    @staticmethod
    def bank_says(pen: _Pen) -> tuple[str, Facts]:
        words = [pen.die.choice(_SAYS) for _ in range(pen.die.choice([1, 1, 2, 4]))]
        return "bank_says", {"pledge": pen.some(), "next": words}

    @staticmethod
    def new_method(pen: _Pen) -> tuple[str, Facts]:
        return "new_method", {"pledge": pen.some(), "card": pen.die.choice(_CARDS)}

    @staticmethod
    def give_back(pen: _Pen) -> tuple[str, Facts]:
        die = pen.die
        way = die.choice(["refund", "refund", "dashboard", "dispute"])
        percent = die.choice([30, 100, 100])
        return "give_back", {"pledge": pen.some(), "way": way, "percent": percent}

    @staticmethod
    def faults(pen: _Pen) -> tuple[str, Facts]:
        die = pen.die
        if pen.chance(0.5):
            facts: Facts = {
                "kind": die.choice(_KINDS),
                "next": die.choice([1, 2, 4]),
                "path": die.choice(_PATHS),
            }
            return "api", facts
        kinds = die.sample(_HOOKS, die.choice([1, 2]))
        told: dict[str, Any] = {kind: die.choice([0.3, 0.6, 1.0]) for kind in kinds}
        return "webhooks", told | {"delay_seconds": die.choice([30, 7200, 90_000])}

    @staticmethod
    def well(pen: _Pen) -> tuple[str, Facts]:
        del pen
        return "webhooks_well", {}

    @staticmethod
    def disturb(pen: _Pen) -> tuple[str, Facts]:
        act = pen.die.choice(["kill_worker", "kill_worker", "kill_web", "stop_valkey", "mail"])
        if act == "mail":
            return act, {"kind": pen.die.choice(["refuse", "cut", "hang_up"]), "next": 2}
        return act, {"steps": pen.die.choice([0, 1, 3])}
