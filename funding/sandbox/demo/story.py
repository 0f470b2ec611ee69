"""The story from its first day to this one. Every scene is found done when it is begun again."""

import datetime as dt
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

from donors.models import Gift
from funding.audit import log
from funding.audit.models import Record
from funding.ledger import balances
from funding.mail import outbox
from funding.parties.models import Entity
from funding.sandbox.demo import (
    applying,
    banking,
    certifying,
    deciding,
    desks,
    giving,
    granting,
    hand,
    judging,
    opening,
    paying,
    people,
    pledging,
    statement,
    talking,
    telling,
    zoos,
)
from funding.sandbox.demo.scenes import Days, NotHere, Scene, wait_until

_BEGUN: Final = "demo.begun"
_DONE: Final = "demo.finished"
# The first scene is a visit; the house is built before.
DAYS: Final = 311


def tell(present: dt.datetime) -> bool:
    """Make the demonstration, or go on with one that was broken off. False: all was there.

    `present` is the true present instant, at which the story ends.
    """
    _refuse_real_money()
    if Record.objects.filter(action=_DONE).exists():
        people.write_down()
        return False
    days = begin(present)
    for scene in scenes_of(days):
        wait_until(days.at(scene.days_ago))
        scene.play()
        outbox.send_due()
    hand.jump(hand.true_now())
    balances.fold()
    log.record(actor="system", action=_DONE, subject="demo:1")
    return True


def begin(present: dt.datetime) -> Days:
    """Build the house before the first visit; the calendar of this story.

    A story that is taken up again keeps the end it was begun for, so that its days stay.
    """
    first = present - dt.timedelta(days=DAYS)
    if not Gift.objects.exists():
        hand.jump(int(first.timestamp()))
    begun = Record.objects.filter(action=_BEGUN).first()
    if begun is None:
        ends_at = int(present.timestamp())
        log.record(actor="system", action=_BEGUN, subject="demo:1", ends_at=ends_at)
    else:
        ends_at = begun.facts["ends_at"]
    days = Days(dt.datetime.fromtimestamp(ends_at, dt.UTC))
    opening.open_books(days.at(DAYS), days.ends)
    return days


def scenes_of(days: Days) -> list[Scene]:
    """All that happens, in its order."""
    givers = (giving, pledging, zoos, banking, certifying)
    grantees = (applying, judging, deciding, paying, granting, talking, telling)
    parts = (*givers, *grantees, statement, desks)
    found = [scene for part in parts for scene in part.scenes(days)]
    return sorted(found, key=lambda scene: -scene.days_ago)


def _refuse_real_money() -> None:
    host = urlsplit(settings.STRIPE_API_BASE).hostname
    if host not in {"localhost", "127.0.0.1"} or not settings.STRIPE_SECRET_KEY.startswith(
        "sk_test"
    ):
        raise NotHere("Demonstration data are made against the sandbox on this machine only.")
    if Entity.objects.filter(is_illustrative=False).exists():
        raise NotHere("This database has a real entity, so no demonstration is made in it.")
