"""Stripe pays out to the bank every month. One payout comes back, and goes out again."""

from functools import partial
from typing import Final

from funding.sandbox.demo import hand
from funding.sandbox.demo.scenes import Days, Scene
from funding.site import webhooks

# A payout every thirty days; the last one is still on its way when the story ends.
_PAID_OUT: Final = (*range(300, 0, -30), 0.02)
# The bank took this one and gave it back two days later; a further one was made at once.
_COMES_BACK: Final = 90
_BACK_AT: Final = 87.8
_AGAIN_AT: Final = 86
_ARRIVED_AFTER: Final = 1.1


def scenes(days: Days) -> list[Scene]:
    """Payouts, their arrival, and what the bank did with one of them."""
    found = []
    for days_ago in sorted((*_PAID_OUT, _AGAIN_AT), reverse=True):
        found.append(Scene(days_ago, partial(pay_out, days, days_ago)))
        if days_ago > _ARRIVED_AFTER:
            found.append(Scene(days_ago - _ARRIVED_AFTER, webhooks.walk_movements))
    return [*found, Scene(_BACK_AT, partial(send_back, days))]


def pay_out(days: Days, days_ago: float) -> None:
    """Stripe pays out all that is available, and we read of it."""
    hand.pay_out(_unix(days, days_ago))
    webhooks.walk_movements()


def send_back(days: Days) -> None:
    """The bank gives a payout back that it had taken."""
    hand.send_back(_unix(days, _COMES_BACK))
    webhooks.walk_movements()


def _unix(days: Days, days_ago: float) -> int:
    return int(days.at(days_ago).timestamp())
