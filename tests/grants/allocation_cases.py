"""Random rounds of the size that occurs, with everything that a round may lay down."""

import random

from grants.wishes import Case, Purse, Rules, Wish

COUNTRIES = ("MN", "KZ", "BT", "NP", "IR")


def drawn(seed: int, *, wishes: int = 30, purses: int = 6, has_must: bool = True) -> Case:
    """One round: asks around EUR 7,300, four in ten all or nothing, money for a third of it."""
    of = random.Random(seed)
    asks = [max(50_000, int(of.lognormvariate(0, 0.5) * 730_000)) for _ in range(wishes)]
    whole = sum(asks) * 35 // 100
    funds = [
        Purse(
            id=number,
            name=f"Fund {number}",
            minor=whole * 4 // 10 if number == 1 else whole * 6 // 10 // max(1, purses - 1),
            is_restricted=number > 1,
            most_minor=of.choice([None, None, None, whole // 8]) if seed % 3 == 0 else None,
        )
        for number in range(1, purses + 1)
    ]
    made = [
        Wish(
            id=number,
            name=f"Project {number}",
            asked_minor=ask,
            least_minor=ask if of.random() < 0.4 else ask * of.randint(40, 90) // 100,
            score=of.randint(3_000, 9_500) // 50 * 50,
            lottery=f"{of.getrandbits(64):016x}",
            country=of.choice(COUNTRIES),
            applicant=f"Institute {of.randint(1, max(2, wishes * 2 // 3))}",
            purses=frozenset({1} | {at for at in range(2, purses + 1) if of.random() < 0.35})
            if of.random() < 0.9
            else frozenset({of.randint(1, purses)}),
            is_must=has_must and of.random() < 0.02,
        )
        for number, ask in enumerate(asks, 1)
    ]
    rules = Rules(
        is_deep=of.random() < 0.3,
        bar=of.choice([0, 4_500]),
        by_country=dict.fromkeys(COUNTRIES, whole // 4) if of.random() < 0.5 else {},
        per_applicant=2 if of.random() < 0.5 else None,
        exclusive=frozenset(
            frozenset(of.sample(range(1, wishes + 1), 2)) for _ in range(wishes // 20)
        ),
    )
    return Case.of(currency="EUR", purses=funds, wishes=made, rules=rules)
