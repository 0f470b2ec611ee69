"""Spans in which a link is asked for first: they begin with refused cards and end in quiet."""

import datetime as dt
import statistics
from collections import Counter
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from donors.brake.judging import MEASURES, Figures, Verdict, verdict
from donors.models.brake import Episode, Origin, Reach, RefusedCard
from donors.models.gifts import GiftState
from funding import clock
from funding.alerts import alarms
from funding.alerts.models import Kind
from funding.audit import log

_PAID: Final = (
    Q(gift__settled_at__isnull=False)
    | Q(gift__state=GiftState.PENDING, gift__processing_since__isnull=False)
    | Q(pledge__began_at__isnull=False)
)
_USUAL_DAYS: Final = 28
_FIELDS: Final = {Reach.DEVICE: "device", Reach.EMAIL: "email", Reach.ADDRESS: "address"}
BY_HAND: Final = dt.timedelta(hours=1)


def judge(origin: Origin) -> list[Episode]:
    """Look at every segment of an origin after a card of it was refused."""
    began = []
    for reach in Reach:
        segment = getattr(origin, _FIELDS[reach]) if reach in _FIELDS else ""
        if reach in _FIELDS and not segment:
            continue
        seen = figures(reach, segment)
        usual = _usual_a_day() if reach == Reach.EVERYBODY else 0
        found = verdict(reach, seen, usual_a_day=usual)
        if found != Verdict.OPEN:
            began.append(_open(reach, segment, seen, stops=found == Verdict.STOP))
    return began


def figures(reach: Reach, segment: str) -> Figures:
    """What was refused and paid of a segment within its window."""
    since = clock.now() - MEASURES[reach].window
    whose = {_FIELDS[reach]: segment} if reach in _FIELDS else {}
    refused = RefusedCard.objects.filter(
        refused_at__gte=since, **{f"origin__{name}": value for name, value in whose.items()}
    ).aggregate(times=Count("pk"), cards=Count("card", distinct=True))
    paid = Origin.objects.filter(_PAID, created_at__gte=since, **whose).count()
    return Figures(refused=refused["times"], cards=refused["cards"], paid=paid)


def _usual_a_day() -> float:
    """The refusals of a usual day: the middle one of four weeks, which no attack moves."""
    today = clock.today("UTC")
    first = today - dt.timedelta(days=_USUAL_DAYS)
    since = dt.datetime.combine(first, dt.time(), dt.UTC)
    rows = RefusedCard.objects.filter(refused_at__gte=since).values_list("refused_at", flat=True)
    by_day = Counter(instant.date() for instant in rows)
    return statistics.median(by_day[first + dt.timedelta(days=n)] for n in range(_USUAL_DAYS))


def _open(reach: Reach, segment: str, seen: Figures, *, stops: bool) -> Episode:
    """Begin an episode, or let the one that runs go on."""
    try:
        with transaction.atomic():
            return _begin_or_extend(reach, segment, seen, stops=stops)
    except IntegrityError:
        # Two refusals at the same moment, and the other one was first.
        with transaction.atomic():
            return _begin_or_extend(reach, segment, seen, stops=stops)


def _begin_or_extend(reach: Reach, segment: str, seen: Figures, *, stops: bool) -> Episode:
    now = clock.now()
    until = now + MEASURES[reach].quiet
    rows = Episode.objects.select_for_update().filter(
        reach=reach, segment=segment, ended_at__isnull=True
    )
    episode = rows.first()
    if episode is not None and episode.until <= now:
        _end(episode, "system", episode.until)
        episode = None
    if episode is None:
        episode = Episode(reach=reach, segment=segment, began_at=now)
    is_new = episode.pk is None
    episode.until = max(until, episode.until) if episode.until else until
    episode.stops = episode.stops or stops
    episode.refused, episode.cards = seen.refused, seen.cards
    episode.save()
    if is_new:
        _tell_of(episode)
    return episode


def _tell_of(episode: Episode) -> None:
    log.record(
        actor=episode.began_by,
        action="brake.began",
        subject=f"episode:{episode.pk}",
        reach=episode.reach,
        cards=episode.cards,
    )
    if episode.reach == Reach.EVERYBODY:
        alarms.sound(
            kind=Kind.CARDS_TESTED,
            subject="cards",
            sentence=_(
                "Many different cards are being refused. Everybody is asked to open a mailed "
                "link before the payment page, until it is quiet for half an hour."
            ),
            page=reverse("donors:card_testing"),
        )


def begin_by_hand(*, actor: str) -> Episode:
    """Ask everybody for a link for an hour, whatever the figures say. Twice is once."""
    now = clock.now()
    with transaction.atomic():
        rows = Episode.objects.select_for_update().filter(
            reach=Reach.EVERYBODY, ended_at__isnull=True
        )
        episode = rows.first()
        if episode is not None and episode.until > now:
            return episode
        if episode is not None:
            _end(episode, "system", episode.until)
        episode = Episode.objects.create(
            reach=Reach.EVERYBODY, began_at=now, until=now + BY_HAND, began_by=actor
        )
        log.record(
            actor=actor,
            action="brake.began",
            subject=f"episode:{episode.pk}",
            reach=episode.reach,
            cards=0,
        )
    return episode


@transaction.atomic
def end_by_hand(*, episode_id: int, actor: str) -> Episode:
    """End an episode now. One that is over stays as it is."""
    episode = Episode.objects.select_for_update().get(pk=episode_id)
    if episode.ended_at is None:
        _end(episode, actor, clock.now())
    return episode


def _end(episode: Episode, actor: str, instant: dt.datetime) -> None:
    episode.ended_at, episode.ended_by = instant, actor
    episode.forms = _forms_held(episode, instant)
    episode.save(update_fields=["ended_at", "ended_by", "forms"])
    log.record(actor=actor, action="brake.ended", subject=f"episode:{episode.pk}")
    if episode.reach == Reach.EVERYBODY:
        alarms.clear(kind=Kind.CARDS_TESTED, subject="cards", why=_("It has been quiet since."))


def _forms_held(episode: Episode, until: dt.datetime) -> int:
    """How many forms were asked for a link while it ran."""
    whose = {_FIELDS[Reach(episode.reach)]: episode.segment} if episode.segment else {}
    return Origin.objects.filter(
        needs_link=True, created_at__gte=episode.began_at, created_at__lte=until, **whose
    ).count()


def sweep(*, limit: int = 200) -> int:
    """Write down the end of every episode whose time is over. Returns how many there were."""
    over = Episode.objects.filter(ended_at__isnull=True, until__lte=clock.now())
    ids = list(over.order_by("pk").values_list("pk", flat=True)[:limit])
    for episode_id in ids:
        with transaction.atomic():
            episode = Episode.objects.select_for_update().get(pk=episode_id)
            if episode.ended_at is None and episode.until <= clock.now():
                _end(episode, "system", episode.until)
    return len(ids)
