"""The treasurer's look at cards that are refused, hour by hour, and at what the brake does."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from donors.brake import episodes
from donors.models import Episode, Gift, Origin, Reach, RefusedCard
from funding import clock
from funding.users import access, actors
from funding.users.models import Role

_HOURS: Final = 48
_SHOWN: Final = 50
# The drawing is so many units high, and each hour so many wide.
_TALL: Final = 100


@dataclass(frozen=True, slots=True)
class Hour:
    """What happened in one hour, and how high its bars are drawn."""

    begins_at: dt.datetime
    paid: int
    refused: int
    cards: int
    held: int
    confirmed: int
    paid_high: int
    refused_high: int
    x: int

    @property
    def is_empty(self) -> bool:
        """Whether nothing happened."""
        return not (self.paid or self.refused or self.held)


@never_cache
@require_safe
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
def card_testing(request: HttpRequest) -> HttpResponse:
    """Treasurers and administrators may: refused cards and the spans in which we asked more."""
    now = clock.now()
    shown = list(Episode.objects.order_by("-began_at", "-pk")[:_SHOWN])
    hours = _hours(now)
    context = {
        "hours": hours,
        "busy": [hour for hour in reversed(hours) if not hour.is_empty],
        "episodes": shown,
        "names": actors.names(each.ended_by for each in shown if each.ended_by),
        "is_everybody": Episode.objects.filter(
            reach=Reach.EVERYBODY, ended_at__isnull=True, until__gt=now
        ).exists(),
        "now": now,
    }
    return render(request, "donors/card_testing.html", context)


@require_POST
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
def card_testing_begin(request: HttpRequest) -> HttpResponse:
    """Treasurers and administrators may: ask everybody for a mailed link for an hour."""
    episodes.begin_by_hand(actor=access.actor_of(request))
    return redirect("donors:card_testing")


@require_POST
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
def card_testing_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Treasurers and administrators may: end a span now."""
    episode = get_object_or_404(Episode, pk=pk)
    episodes.end_by_hand(episode_id=episode.pk, actor=access.actor_of(request))
    return redirect("donors:card_testing")


def _hours(now: dt.datetime) -> list[Hour]:
    first = now.replace(minute=0, second=0, microsecond=0) - dt.timedelta(hours=_HOURS - 1)
    refused = RefusedCard.objects.filter(refused_at__gte=first)
    tries = list(refused.values_list("refused_at", "card"))
    per_hour = Counter(_hour(instant) for instant, _card in tries)
    cards = Counter(hour for hour, _card in {(_hour(instant), card) for instant, card in tries})
    paid = Counter(map(_hour, _instants(Gift.objects.filter(settled_at__gte=first), "settled_at")))
    asked = Origin.objects.filter(created_at__gte=first, needs_link=True)
    held = Counter(map(_hour, _instants(asked, "created_at")))
    done = Counter(map(_hour, _instants(asked.filter(~Q(confirmed_at=None)), "created_at")))
    most = max([*per_hour.values(), *paid.values(), 1])
    return [
        Hour(
            begins_at=hour,
            paid=paid[hour],
            refused=per_hour[hour],
            cards=cards[hour],
            held=held[hour],
            confirmed=done[hour],
            paid_high=_TALL * paid[hour] // most,
            refused_high=_TALL * per_hour[hour] // most,
            x=number * 20,
        )
        for number, hour in enumerate(first + dt.timedelta(hours=n) for n in range(_HOURS))
    ]


def _hour(instant: dt.datetime) -> dt.datetime:
    return instant.replace(minute=0, second=0, microsecond=0)


def _instants(rows: QuerySet[Any], field: str) -> list[dt.datetime]:
    return list(rows.values_list(field, flat=True))
