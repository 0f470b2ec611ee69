"""Stripe's own balance: what it says it holds for us."""

from collections import defaultdict
from typing import Any

from funding.gateway.client import client, speaking


def fetch() -> dict[str, int]:
    """Available and pending together, minor units by currency. Raises Unreachable.

    It is fetched for comparison only; what is booked comes from single movements.
    """
    with speaking():
        found: Any = client().v1.balance.retrieve()
    held: defaultdict[str, int] = defaultdict(int)
    for part in [*found.available, *found.pending]:
        held[part.currency.upper()] += part.amount
    return {currency: minor for currency, minor in held.items() if minor}
