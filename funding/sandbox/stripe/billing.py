"""What the account's settings say of billing, which people change in Stripe's dashboard."""

from __future__ import annotations

from .wire import Refusal
from .world import World

# The states in which something can still be due: in the others it has ended or never began.
LIVING = ("active", "trialing", "past_due", "unpaid", "paused")
AFTER_LAST_ATTEMPT = ("canceled", "unpaid", "past_due")
# The days before a renewal from which Stripe lets one choose.
UPCOMING_DAYS = (3, 7, 15, 30, 45)
SETTINGS = ("billing_after_last_attempt", "billing_upcoming_days")


def after_last_attempt(world: World) -> str:
    """The state of a subscription whose last planned attempt failed."""
    return world.store.setting(SETTINGS[0], AFTER_LAST_ATTEMPT[0])


def upcoming_days(world: World) -> int:
    """How many days before a renewal it is told."""
    return int(world.store.setting(SETTINGS[1], "7"))


def state(world: World) -> dict[str, str | int]:
    """All settings."""
    return {
        "after_last_attempt": after_last_attempt(world),
        "upcoming_days": upcoming_days(world),
    }


def change(world: World, after: str | None, days: int | None) -> None:
    """Changes what is given; subscriptions hear of other days from their next period on."""
    if after is not None:
        if after not in AFTER_LAST_ATTEMPT:
            known = ", ".join(AFTER_LAST_ATTEMPT)
            raise Refusal(f"after_last_attempt is one of {known}.", param="after_last_attempt")
        world.store.set(SETTINGS[0], after)
    if days is not None:
        if days not in UPCOMING_DAYS:
            known = ", ".join(str(each) for each in UPCOMING_DAYS)
            raise Refusal(f"upcoming_days is one of {known}.", param="upcoming_days")
        world.store.set(SETTINGS[1], str(days))
