"""The way from a sent form to its payment page: open, by a mailed link, or closed for a while."""

import datetime as dt
from typing import Final

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from donors import gifts, pledges
from donors.brake import origins
from donors.brake.origins import Seen
from donors.models.brake import Origin
from donors.models.gifts import Gift
from donors.models.pledges import Pledge
from funding import clock
from funding.audit import log
from funding.documents import paper
from funding.errors import Refused
from funding.mail import links, outbox

PURPOSE: Final = "confirm_gift"
# The payment page behind it must still be made, and live for half an hour.
LINK_HOURS: Final = 2
LINK_LIVES: Final = dt.timedelta(hours=LINK_HOURS)


class Stopped(Refused):
    """From this device or address too many cards were refused; nothing is taken for a day."""


class TooLate(Refused):
    """The gift behind the link was given up, or its payment page was closed."""


def check(seen: Seen) -> None:
    """Before a form is taken. Refuses: Stopped."""
    if origins.running(seen).filter(stops=True).exists():
        raise Stopped(
            _(
                "Many different cards were refused from here today, so no card is taken for a "
                "day. Nothing was taken. You can give by bank transfer: write to us."
            )
        )


def note(*, seen: Seen, gift: Gift | None = None, pledge: Pledge | None = None) -> Origin:
    """Write the origin of a form down, and mail the link if one is needed. Twice is once."""
    with transaction.atomic():
        origin = origins.note(seen=seen, gift=gift, pledge=pledge)
        if origin.waits_for_link:
            _mail(origin)
    return origin


def _mail(origin: Origin) -> None:
    given = given_of(origin)
    entity = paper.entity_facts(given.entity)
    outbox.queue(
        key=f"origin:{origin.pk}:link",
        cause=f"origin:{origin.pk}",
        to_address=given.donor.email,
        to_name=given.donor_name,
        template="confirm_gift",
        context={
            "amount": given.gross,
            "link_url": f"{settings.SITE_URL}{reverse('donors:give')}confirm/"
            f"{links.mark(PURPOSE, str(origin.pk))}/",
            "link_hours": LINK_HOURS,
            "entity": entity,
            "illustrative": entity["is_illustrative"],
        },
        language=given.language,
    )


def given_of(origin: Origin) -> Gift | Pledge:
    """The gift or pledge that a form made."""
    given = origin.gift or origin.pledge
    assert given is not None
    return given


def found(token: str) -> Origin | None:
    """The origin behind a mailed link; None when the link is not ours or too old."""
    told = links.read(PURPOSE, token, lives=LINK_LIVES)
    rows = Origin.objects.select_related("gift__entity", "pledge__entity")
    return rows.filter(pk=told).first() if told and told.isdecimal() else None


def confirm(*, origin_id: int) -> str:
    """The link was opened and the giver goes on: the address of the payment page.

    Refuses: TooLate, Unreachable.
    """
    with transaction.atomic():
        origin = Origin.objects.select_for_update().get(pk=origin_id)
        given = given_of(origin)
        if origin.closing_at is not None or given.ended_at is not None:
            raise TooLate(_("This gift was given up meanwhile. Nothing was taken."))
        if origin.waits_for_link:
            origin.confirmed_at = clock.now()
            origin.save(update_fields=["confirmed_at"])
            log.record(
                actor=f"donor:{given.donor_id}",
                action="brake.confirmed",
                subject=f"origin:{origin.pk}",
            )
    return checkout(given)


def checkout(given: Gift | Pledge) -> str:
    """The address of a payment page. Refuses: Unreachable."""
    if isinstance(given, Gift):
        return gifts.checkout(given.pk)
    return pledges.checkout(given.pk)
