"""What is told ahead of time: a yearly instalment a month before, a card that runs out.

Looked at once in each night. A mail's key holds the day that it is about, so each is told once.
"""

import datetime as dt
from typing import Final

from donors import pledge_mails
from donors.models import Pledge, PledgeState, Rhythm
from funding import clock

# People plan by the month; a bank sends a new card in its last weeks.
AHEAD: Final = dt.timedelta(days=30)
CARD_AHEAD: Final = dt.timedelta(days=21)


def remind() -> None:
    """Write every mail that is due today and was not written yet."""
    _yearly()
    _cards()


def _yearly() -> None:
    now = clock.now()
    rows = Pledge.objects.filter(
        state=PledgeState.ACTIVE,
        rhythm=Rhythm.YEARLY,
        next_at__gt=now,
        next_at__lte=now + AHEAD,
        # One that began within the month has just been agreed to.
        began_at__lte=now - AHEAD,
    )
    for pledge in rows.select_related("donor", "entity", "fund").order_by("pk").iterator():
        pledge_mails.ahead(pledge)


def _cards() -> None:
    today = clock.now().date()
    rows = Pledge.objects.filter(
        state__in=[PledgeState.ACTIVE, PledgeState.PAUSED],
        card_ends_on__gte=today,
        card_ends_on__lte=today + CARD_AHEAD,
    )
    for pledge in rows.select_related("donor", "entity", "fund").order_by("pk").iterator():
        pledge_mails.card_ends(pledge)
