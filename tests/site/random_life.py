"""Two funds to which a great many things happened, the same ones for the same seed."""

import datetime as dt
import random

from funding.ledger.models import Fund
from grants.models import Award
from tests.site.report_world import Life, life


def random_life(seed: int, deeds: int = 120) -> Life:
    """Many days in a row, each with something that happens; the same for the same seed."""
    dice = random.Random(seed)
    lived = life()
    general, snow = lived.funds
    for fund in lived.funds:
        lived.brings_forward(dt.date(2024, 1, 2), dice.randrange(10**6, 2 * 10**6), fund)
    promised: list[tuple[Award, Fund, dict[str, int]]] = []
    for turn in range(deeds):
        day = dt.date(2024, 1, 3) + dt.timedelta(days=turn * 6 + dice.randrange(6))
        fund, minor = dice.choice(lived.funds), dice.randrange(100, 200_000)
        match dice.randrange(12):
            case 0 | 1:
                lived.gives(day, minor, fund, cover=dice.choice([0, 35]))
            case 2:
                lived.gives(day, minor, general, snow)
            case 3:
                known = dice.choice([None, day, day + dt.timedelta(days=4)])
                lived.gives_pounds(day, minor, minor * 115 // 100, fund, known=known)
            case 4 if lived.foreign:
                number, (pot, pence, worth) = dice.choice(sorted(
                    lived.foreign.items(), key=lambda each: each[0]
                ))  # fmt: skip
                part = max(1, pence // 7)
                cost = worth * part // pence + dice.randrange(-5, 6) + 10
                lived.gets_pounds_back(day, number, part, cost, pot)
            case 5:
                lived.gets_back(day, minor // 50 + 1, fund)
            case 6:
                kinds = ["payment_fees", "bank_fees", "dispute_fees"]
                lived.costs(day, minor // 100 + 1, fund, dice.choice(kinds))
            case 7:
                lived.moves(day, minor // 10 + 1, *dice.sample(lived.funds, 2))
            case 8 if lived.reversible:
                lived.reverses(lived.reversible.pop(dice.randrange(len(lived.reversible))), day)
            case 9:
                award = lived.awards_to(day, f"Work {turn}", {fund: minor // 4 + 10})
                left = {"committed": minor // 4 + 10, "payable": 0, "paid": 0, "turn": 0}
                promised.append((award, fund, left))
            case _ if promised:
                _go_on(lived, dice, day, *dice.choice(promised))
    return lived


def _go_on(
    lived: Life, dice: random.Random, day: dt.date, award: Award, fund: Fund, left: dict[str, int]
) -> None:
    if left["payable"]:
        lived.is_paid(day, award, left["turn"], {fund: left["payable"]})
        left["paid"] += left["payable"]
        left["payable"] = 0
    elif left["committed"] and dice.random() < 0.75:
        part = dice.randrange(1, left["committed"] + 1)
        left["turn"] += 1
        lived.falls_due(day, award, left["turn"], {fund: part})
        left["committed"] -= part
        left["payable"] = part
    elif left["committed"]:
        lived.is_cancelled(day, award, {fund: left["committed"]})
        left["committed"] = 0
    elif left["paid"]:
        part = dice.randrange(1, left["paid"] + 1)
        lived.sends_back(day, award, {fund: part})
        left["paid"] -= part
