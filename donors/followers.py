"""Who is told, in the same transaction, that another sum is left of a gift than before.

A gift was received, given back, taken back by a bank, brought again, or entered by mistake. What
is told here belongs to layers and nouns of which gifts know nothing.
"""

from collections.abc import Callable
from typing import Final

from donors.models import Gift

Follower = Callable[[Gift], None]

FOLLOWERS: Final[dict[str, Follower]] = {}


def register(name: str, follower: Follower) -> None:
    """Tell this one of every change. It is handed the locked gift, saved as it is now."""
    if FOLLOWERS.setdefault(name, follower) is not follower:
        raise ValueError(f"Two followers are called {name}.")


def tell(gift: Gift) -> None:
    """Tell everybody, in the order in which they came."""
    for follower in FOLLOWERS.values():
        follower(gift)
