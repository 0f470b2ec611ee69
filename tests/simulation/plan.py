"""What happens in a simulation, drawn from one seed before anything runs.

A plan depends on nothing but its seed and its length, so the same seed is the same steps
however fast the machine is. A step that finds nothing to do any more does nothing.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from donors.fees import LIMITS
from funding.sandbox.stripe.accounts import ACCOUNTS, CURRENCY, FAILURES
from funding.sandbox.stripe.cards import CARDS

FUNDS: Final = 3
# Members who vote, both chairs among them.
COMMITTEE: Final = 5
_GOOD_CARDS: Final = [number for number, card in CARDS.items() if card.decline is None]
_BAD_CARDS: Final = [number for number, card in CARDS.items() if card.decline is not None]
# What a bank makes of a debit in its own time, and what it does at once.
_GOOD_ACCOUNTS: Final = [
    number for number, each in ACCOUNTS.items() if not (each.failure or each.refused)
]
_BAD_ACCOUNTS: Final = [number for number in ACCOUNTS if number not in _GOOD_ACCOUNTS]
_PATHS: Final = [
    "/v1/",
    "/v1/checkout/sessions",
    "/v1/payment_intents",
    "/v1/refunds",
    "/v1/balance_transactions",
    "/v1/disputes",
    "/v1/payouts",
    "/v1/mandates",
]
_API_KINDS: Final = [
    "rate_limit",
    "error_before",
    "error_after",
    "reset_before",
    "reset_after",
    "slow",
    "timeout_after",
]
_WEBHOOK_KINDS: Final = [
    "duplicate",
    "delay",
    "reorder",
    "drop",
    "wrong_signature",
    "old_timestamp",
    "other_api_version",
    "stale_payload",
]

# Reporting category, type and sign of what Stripe moves by itself. The last is a new thing.
_OF_STRIPE: Final = [
    ("fee", "stripe_fee", -1),
    ("fee", "stripe_fee", 1),
    ("risk_reserved_funds", "reserve_transaction", -1),
    ("risk_reserved_funds", "reserve_transaction", 1),
    ("other_adjustment", "adjustment", 1),
    ("other_adjustment", "adjustment", -1),
    ("seen_for_the_first_time", "adjustment", 1),
]

Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens. `gift` in the facts counts the gifts of this plan from 0."""

    number: int
    act: str
    facts: Facts

    def __str__(self) -> str:
        told = " ".join(f"{name}={value}" for name, value in self.facts.items())
        return f"{self.number:4} {self.act} {told}"


class _Pen:
    """The die, and how many gifts have been drawn so far."""

    def __init__(self, seed: int) -> None:
        self.die = random.Random(seed)
        self.gifts = 0
        self.applications = 0

    def some_gift(self) -> int:
        """A gift drawn before; more often one of the last, where something is going on."""
        newest = self.gifts - 1
        return max(0, newest - min(self.die.randrange(6), self.die.randrange(40)))

    def chance(self, share: float) -> bool:
        return self.die.random() < share


def draw(seed: int, length: int) -> list[Step]:
    """The steps of a seed. A longer plan begins with the steps of a shorter one."""
    pen = _Pen(seed)
    names = list(_ACTS)
    weights = [weight for weight, _ in _ACTS.values()]
    steps = []
    for number in range(1, length + 1):
        # The first gift comes at once: nearly everything else needs one.
        act = pen.die.choices(names, weights)[0] if pen.gifts else "give"
        steps.append(Step(number, act, _ACTS[act][1](pen)))
    return steps


def _give(pen: _Pen) -> Facts:
    die = pen.die
    account = _account(pen) if pen.chance(0.4) else ""
    scheme = CURRENCY[ACCOUNTS[account].scheme].upper() if account else ""
    currency = scheme or die.choice(list(LIMITS))
    limit = LIMITS[currency]
    low = limit.minimum.minor
    minor = die.choice(
        [die.randrange(low, low * 12), die.choice(limit.suggested).minor, low + die.randrange(7)]
    )
    gift, pen.gifts = pen.gifts, pen.gifts + 1
    split = pen.chance(0.3)
    return {
        "gift": gift,
        "donor": die.randrange(12) if pen.chance(0.2) else 100 + gift,
        "currency": currency,
        "minor": minor,
        "funds": sorted(die.sample(range(FUNDS), die.choice([2, 3]))) if split else [gift % FUNDS],
        "cover": pen.chance(0.4),
        "sent": die.choice(["once", "once", "twice at once", "twice"]),
        "pays": pen.chance(0.9),
        "means": account or _card(pen),
        "thanks": die.choice(["no", "asks", "races"]),
    }


def _card(pen: _Pen) -> str:
    return pen.die.choice(_GOOD_CARDS if pen.chance(0.85) else _BAD_CARDS)


def _account(pen: _Pen) -> str:
    return pen.die.choice(_GOOD_ACCOUNTS if pen.chance(0.7) else _BAD_ACCOUNTS)


def _pay(pen: _Pen) -> Facts:
    return {
        "gift": pen.some_gift(),
        "means": _account(pen) if pen.chance(0.2) else _card(pen),
        "tabs": pen.die.choice([1, 2]),
        "three_d_secure": "fail" if pen.chance(0.2) else "complete",
    }


def _of_a_gift(pen: _Pen) -> Facts:
    return {"gift": pen.some_gift()}


def _refund(pen: _Pen) -> Facts:
    return {
        "gift": pen.some_gift(),
        "percent": pen.die.choice([1, 17, 33, 50, 50, 100, 100, 100]),
        "times": pen.die.choice([1, 1, 2]),
    }


def _dashboard(pen: _Pen) -> Facts:
    return {"gift": pen.some_gift(), "percent": pen.die.choice([1, 33, 50, 100])}


def _clock(pen: _Pen) -> Facts:
    die = pen.die
    spans = [die.randrange(1, 90), die.randrange(90, 400), die.randrange(400, 12_000)]
    seconds = die.randrange(20, 170) * 3600 if pen.chance(0.15) else die.choice(spans)
    return {"seconds": seconds}


def _api(pen: _Pen) -> Facts:
    kind = pen.die.choice(_API_KINDS)
    fault: Facts = {
        "kind": kind,
        "next": pen.die.choice([1, 2, 3, 4, 7]),
        "path": pen.die.choice(_PATHS),
    }
    if kind in ("slow", "timeout_after"):
        fault["seconds"] = pen.die.choice([0.1, 0.4])
    if kind == "rate_limit":
        fault["should_retry"] = pen.chance(0.5)
    return fault


def _webhooks(pen: _Pen) -> Facts:
    kinds = pen.die.sample(_WEBHOOK_KINDS, pen.die.choice([1, 2, 4]))
    return {kind: pen.die.choice([0.3, 0.6, 1.0]) for kind in kinds} | {
        "delay_seconds": pen.die.choice([30, 600, 7200])
    }


def _down(pen: _Pen) -> Facts:
    return {"steps": pen.die.choice([0, 0, 1, 3, 6])}


def _mail(pen: _Pen) -> Facts:
    return {
        "kind": pen.die.choice(["refuse", "cut", "hang_up", "slow"]),
        "next": pen.die.choice([1, 1, 2, 4]),
    }


def _sweep(pen: _Pen) -> Facts:
    return {"by": pen.die.choice(["us", "worker", "both", "cut"])}


def _restart(pen: _Pen) -> Facts:
    """The database crashes: who is at work just then, and for how long it is away."""
    return {"by": pen.die.choice(["us", "worker", "both"]), "seconds": pen.die.choice([0, 0.5, 2])}


def _nothing(pen: _Pen) -> Facts:
    del pen
    return {}


def _crowd(pen: _Pen) -> Facts:
    return {"gift": pen.some_gift(), "asks": pen.die.choice([3, 5])}


def _apply(pen: _Pen) -> Facts:
    die = pen.die
    number, pen.applications = pen.applications, pen.applications + 1
    ask = die.choice([die.randrange(300, 3_000), die.randrange(3_000, 12_000)])
    return {
        "application": number,
        "ask": ask,
        "least": die.choice([ask, max(1, ask // 2), 1]),
        "times": die.choice([1, 1, 2]),
    }


def _propose(pen: _Pen) -> Facts:
    """One chair or two at once, each with one or two applications and funds of their choice."""
    die = pen.die
    return {
        "chairs": die.choice([1, 1, 2]),
        "skip": die.randrange(3),
        "applications": die.choice([1, 1, 2]),
        "percent": die.choice([1, 60, 100, 100]),
        "funds": die.sample(range(FUNDS), die.choice([1, 2, 3])),
        "hours": die.choice([25, 80, 100]),
    }


def _vote(pen: _Pen) -> Facts:
    die = pen.die
    return {
        "choices": die.choices(["for", "against", "abstain", "no"], [8, 1, 1, 1], k=COMMITTEE),
        "steps_out": die.choice([None, None, None, *range(COMMITTEE)]),
        "at_the_end": pen.chance(0.3),
        "closers": die.choice([0, 0, 1, 2]),
    }


def _decide(pen: _Pen) -> Facts:
    return {"closers": pen.die.choice([1, 2]), "refund": pen.some_gift(), "late": pen.chance(0.7)}


def _pay_out(pen: _Pen) -> Facts:
    die = pen.die
    return {
        "skip": die.randrange(3),
        "percent": die.choice([17, 50, 100, 100]),
        "times": die.choice([1, 1, 2]),
        "new_account": pen.chance(0.2),
        "fee": die.choice([0, 0, 1, 150]),
        "abroad": pen.chance(0.3),
    }


def _of_an_award(pen: _Pen) -> Facts:
    die = pen.die
    percent = die.choice([1, 33, 100])
    return {"skip": die.randrange(3), "percent": percent, "times": die.choice([1, 2])}


def _dispute(pen: _Pen) -> Facts:
    die = pen.die
    status = die.choice(["needs_response"] * 4 + ["warning_needs_response"])
    return {"gift": pen.some_gift(), "percent": die.choice([100, 100, 100, 40]), "status": status}


def _dispute_moves(pen: _Pen) -> Facts:
    return {"which": pen.die.randrange(6), "way": pen.die.randrange(6)}


def _debit_moves(pen: _Pen) -> Facts:
    """A bank answers a debit before its time, or fetches back what it had paid."""
    die = pen.die
    status = die.choice(["succeeded", "failed"])
    return {"which": die.randrange(4), "status": status, "code": die.choice(list(FAILURES))}


def _mandate_ends(pen: _Pen) -> Facts:
    return {"which": pen.die.randrange(4)}


def _payout(pen: _Pen) -> Facts:
    return {"fails": pen.chance(0.2)}


def _payout_moves(pen: _Pen) -> Facts:
    status = pen.die.choice(["paid", "paid", "failed"])
    return {"which": pen.die.randrange(4), "status": status}


def _stripe_moves(pen: _Pen) -> Facts:
    """A movement that no payment makes, and its sum in minor units."""
    category, kind, sign = pen.die.choice(_OF_STRIPE)
    return {
        "reporting_category": category,
        "type": kind,
        "amount": sign * pen.die.randrange(1, 400),
    }


# act -> how often, and what is drawn for it.
_ACTS: Final[dict[str, tuple[int, Callable[[_Pen], Facts]]]] = {
    "give": (36, _give),
    "pay": (7, _pay),
    "thanks": (4, _of_a_gift),
    "crowd": (4, _crowd),
    "refund": (10, _refund),
    "dashboard": (4, _dashboard),
    "clock": (16, _clock),
    "sweep": (9, _sweep),
    "api": (6, _api),
    "webhooks": (4, _webhooks),
    "webhooks_off": (1, _nothing),
    "webhooks_well": (4, _nothing),
    "mail": (5, _mail),
    "fold": (3, _nothing),
    "dispute": (7, _dispute),
    "dispute_moves": (7, _dispute_moves),
    "debit_moves": (8, _debit_moves),
    "mandate_ends": (2, _mandate_ends),
    "warn": (2, _of_a_gift),
    "payout": (4, _payout),
    "payout_moves": (5, _payout_moves),
    "stripe_moves": (2, _stripe_moves),
    "kill_worker": (3, _down),
    "kill_at_250": (1, _nothing),
    "kill_web": (2, _down),
    "stop_valkey": (2, _down),
    "cut_database": (3, _nothing),
    "restart_database": (2, _restart),
    "apply": (14, _apply),
    "propose": (16, _propose),
    "vote": (18, _vote),
    "decide": (16, _decide),
    "pay_out": (34, _pay_out),
    "refuse_payment": (3, _of_an_award),
    "end_award": (3, _of_an_award),
    "return_money": (5, _of_an_award),
}
