"""Where a form came from: written down once for each gift or pledge, in keyed hashes."""

import datetime as dt
import hmac
import ipaddress
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from donors.models.brake import HASH_LENGTH, Episode, Origin, Reach
from donors.models.gifts import Gift
from donors.models.pledges import Pledge
from funding import clock

# A first look at refused cards when no webhook has told of any.
FIRST_LOOK: Final = dt.timedelta(minutes=15)
# What was usual is measured over four weeks; a week more, and it is forgotten.
KEPT: Final = dt.timedelta(days=35)


@dataclass(frozen=True, slots=True)
class Seen:
    """What we know of whoever sends a form. `is_known`: has proved to read the address."""

    address: str
    email: str
    device: str
    is_known: bool = False

    def segments(self) -> dict[Reach, str]:
        """The hash by each reach; empty where there is nothing to go by."""
        return {
            Reach.DEVICE: _hashed("device", self.device),
            Reach.EMAIL: _hashed("email", self.email.strip().lower()),
            Reach.ADDRESS: _hashed("address", network(self.address)),
            Reach.EVERYBODY: "",
        }


def network(address: str) -> str:
    """The range in which an address lies: what one customer of a provider can wander in."""
    try:
        given = ipaddress.ip_network(address, strict=False)
    except ValueError:
        return ""
    bits = 24 if given.version == 4 else 48
    return str(given.supernet(new_prefix=min(bits, given.prefixlen)))


def card_of(fingerprint: str) -> str:
    """A card as it is kept: a hash of Stripe's fingerprint."""
    return _hashed("card", fingerprint)


def _hashed(what: str, text: str) -> str:
    if not text:
        return ""
    told = f"{what}:{text}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), told, "sha256").hexdigest()[:HASH_LENGTH]


def running(seen: Seen) -> QuerySet[Episode]:
    """The episodes that concern this sender now."""
    segments = seen.segments()
    which = Q()
    for reach, segment in segments.items():
        if segment or (reach == Reach.EVERYBODY and not seen.is_known):
            which |= Q(reach=reach, segment=segment)
    if seen.is_known:
        # Whoever reads the address is no stranger, whatever others on the same network do.
        which &= ~Q(reach=Reach.ADDRESS)
    return Episode.objects.filter(which, ended_at__isnull=True, until__gt=clock.now())


@transaction.atomic
def note(*, seen: Seen, gift: Gift | None = None, pledge: Pledge | None = None) -> Origin:
    """The origin of a gift or pledge, written down when its form is sent first.

    Whether a link is needed is decided then and stays: nobody on the way is stopped later.
    """
    segments, now = seen.segments(), clock.now()
    origin, _is_new = Origin.objects.get_or_create(
        gift=gift,
        pledge=pledge,
        defaults={
            "address": segments[Reach.ADDRESS],
            "email": segments[Reach.EMAIL],
            "device": segments[Reach.DEVICE],
            "needs_link": running(seen).exists(),
            "created_at": now,
            "due_at": now + FIRST_LOOK,
        },
    )
    return origin


def forget() -> None:
    """What is older than weeks is forgotten; of an episode its figures stay."""
    before = clock.now() - KEPT
    Origin.objects.filter(created_at__lt=before).delete()
    Episode.objects.filter(ended_at__lt=before).exclude(segment="").update(segment="")
