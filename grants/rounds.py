"""Calls for applications: written, published, and after that only made longer.

Whether a round is open follows from its dates and the clock; nobody opens or closes it.
"""

import datetime as dt
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.ledger.models import Fund
from funding.parties.models import Entity
from funding.users import roles
from funding.users.models import Role, User
from grants import slugs
from grants.models import Motion, MotionState, Round, RoundFund

LONGEST_GRACE: Final = 240


class NotARound(Refused):
    """The round cannot be written like this. `field` is the one to look at."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class NotForYou(Refused):
    """Rounds are the officer's."""


class Fixed(NotARound):
    """People have begun to apply, so this may no longer change."""


class Phase(StrEnum):
    """Where a round stands, by the clock."""

    HIDDEN = "hidden"
    SOON = "soon"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a round says. Money is in the currency of its entity.

    `envelopes` pairs the fund's key with the most that the round may draw from it.
    """

    name: str
    call: str
    criteria: str
    maximum_minor: int
    opens_at: dt.datetime
    closes_at: dt.datetime
    grace_minutes: int
    decides_on: dt.date
    envelopes: tuple[tuple[int, int], ...]


def phase(round_: Round) -> Phase:
    """Where the round stands now. Minutes of grace are not told: they are for slow lines."""
    now = clock.now()
    if round_.published_at is None or round_.published_at > now:
        return Phase.HIDDEN
    if now < round_.opens_at:
        return Phase.SOON
    return Phase.OPEN if now < round_.closes_at else Phase.CLOSED


def ends_at(round_: Round) -> dt.datetime:
    """The instant from which a submission is late: the end and its minutes of grace."""
    return round_.closes_at + dt.timedelta(minutes=round_.grace_minutes)


def is_taking(round_: Round) -> bool:
    """Whether a draft may still be saved and sent."""
    opened = phase(round_) in {Phase.OPEN, Phase.CLOSED}
    return opened and clock.now() < ends_at(round_)


def published() -> QuerySet[Round]:
    """The rounds that everybody may see, the latest first."""
    return Round.objects.filter(published_at__lte=clock.now())


def open_now() -> QuerySet[Round]:
    """The rounds in which an application may be begun, the first to close first."""
    now = clock.now()
    return published().filter(opens_at__lte=now, closes_at__gt=now).order_by("closes_at")


@transaction.atomic
def create(*, entity_id: int, terms: Terms, by: User) -> Round:
    """Write a round, which nobody sees until it is published. Raises NotARound, NotForYou."""
    _must_be_officer(by)
    entity = Entity.objects.get(pk=entity_id)
    _must_make_sense(terms, entity)
    round_ = Round(entity=entity, currency=entity.currency, **_columns(terms))
    slugs.give(round_, terms.name)
    _keep_envelopes(round_, terms)
    _record(round_, by, "created")
    return round_


@transaction.atomic
def change(*, round_id: int, terms: Terms, by: User) -> Round:
    """Write a round anew; once people can apply, only later dates and more grace.

    Raises NotARound, Fixed, NotForYou. The same terms again change nothing.
    """
    _must_be_officer(by)
    round_ = _lock(round_id)
    terms = replace(terms, envelopes=tuple(sorted(terms.envelopes)))
    if terms == terms_of(round_):
        return round_
    _must_make_sense(terms, round_.entity, drawn=terms_of(round_).envelopes)
    if phase(round_) in {Phase.OPEN, Phase.CLOSED}:
        _must_only_extend(round_, terms)
    for name, value in _columns(terms).items():
        setattr(round_, name, value)
    if phase(round_) == Phase.HIDDEN:
        slugs.give(round_, terms.name)
    else:
        round_.save()
    _keep_envelopes(round_, terms)
    _record(round_, by, "changed")
    return round_


@transaction.atomic
def publish(*, round_id: int, by: User) -> Round:
    """Show the round to everybody. Harmless when repeated. Raises NotARound, NotForYou."""
    _must_be_officer(by)
    round_ = _lock(round_id)
    if round_.published_at is not None:
        return round_
    if round_.closes_at <= clock.now():
        raise NotARound("closes", _("The last day of this round is over already."))
    if not round_.call or not round_.criteria:
        raise NotARound("call", _("Write the call and the criteria first."))
    if not round_.funds.exists():
        raise NotARound("funds", _("Name the funds that this round draws on first."))
    round_.published_at = clock.now()
    round_.save(update_fields=["published_at"])
    _record(round_, by, "published")
    return round_


def terms_of(round_: Round) -> Terms:
    """What a round says now."""
    return Terms(
        name=round_.name,
        call=round_.call,
        criteria=round_.criteria,
        maximum_minor=round_.maximum_minor,
        opens_at=round_.opens_at,
        closes_at=round_.closes_at,
        grace_minutes=round_.grace_minutes,
        decides_on=round_.decides_on,
        envelopes=tuple(round_.funds.order_by("fund_id").values_list("fund_id", "envelope_minor")),
    )


def funds_for(entity: Entity) -> QuerySet[Fund]:
    """The funds that a round of this entity may draw on."""
    return Fund.objects.filter(
        entity=entity, currency=entity.currency, is_treasury=False, closed_on__isnull=True
    )


def _columns(terms: Terms) -> dict[str, object]:
    names = (
        "name",
        "call",
        "criteria",
        "maximum_minor",
        "opens_at",
        "closes_at",
        "grace_minutes",
        "decides_on",
    )
    return {name: getattr(terms, name) for name in names}


def _lock(round_id: int) -> Round:
    return Round.objects.select_for_update(no_key=True).get(pk=round_id)


def _must_be_officer(by: User) -> None:
    if not roles.has(by, Role.OFFICER):
        raise NotForYou(_("Only the programme officer writes rounds."))


def _must_make_sense(terms: Terms, entity: Entity, drawn: tuple[tuple[int, int], ...] = ()) -> None:
    if not terms.name.strip():
        raise NotARound("name", _("Give the round a name."))
    if terms.maximum_minor <= 0:
        raise NotARound("maximum", _("Write the most that one application may ask for."))
    if terms.closes_at <= terms.opens_at:
        raise NotARound("closes", _("The round closes before it opens."))
    if not 0 <= terms.grace_minutes <= LONGEST_GRACE:
        sentence = _("Allow at most %(minutes)s minutes after the end.")
        raise NotARound("grace", sentence % {"minutes": LONGEST_GRACE})
    if terms.decides_on < terms.closes_at.date():
        raise NotARound("decides_on", _("The decision lies before the end of the round."))
    wanted = [fund_id for fund_id, _minor in terms.envelopes]
    allowed = set(funds_for(entity).filter(pk__in=wanted).values_list("pk", flat=True))
    # A fund that was closed since stays with what it was named for.
    allowed |= {fund_id for fund_id, _minor in set(terms.envelopes) & set(drawn)}
    if set(wanted) - allowed or len(wanted) != len(set(wanted)):
        raise NotARound("funds", _("A round draws on open funds of its own body and currency."))
    if any(minor <= 0 for _fund, minor in terms.envelopes):
        raise NotARound("funds", _("Write for each fund the most that the round may draw from it."))


def _must_only_extend(round_: Round, terms: Terms) -> None:
    now, was = clock.now(), terms_of(round_)
    fixed = ("name", "call", "criteria", "maximum_minor", "opens_at")
    if any(getattr(terms, name) != getattr(was, name) for name in fixed):
        sentence = _("The round has opened. Only its last day, grace and decision can move.")
        raise Fixed("name", sentence)
    if dict(terms.envelopes) != dict(was.envelopes):
        raise Fixed("funds", _("The round has opened, so its money is fixed."))
    if terms.closes_at < was.closes_at or terms.grace_minutes < was.grace_minutes:
        raise Fixed("closes", _("The round has opened, so it can end later but not earlier."))
    if terms.decides_on < was.decides_on:
        raise Fixed("decides_on", _("The day of the decision can move later but not earlier."))
    if terms.closes_at == was.closes_at and terms.grace_minutes == was.grace_minutes:
        return
    put = Motion.objects.filter(round=round_).exclude(
        state__in=[MotionState.DRAFT, MotionState.WITHDRAWN]
    )
    if put.exists():
        raise Fixed("closes", _("The committee has begun to vote, so the round stays closed."))
    if terms.closes_at + dt.timedelta(minutes=terms.grace_minutes) <= now:
        raise Fixed("closes", _("The new end is over already."))


def _keep_envelopes(round_: Round, terms: Terms) -> None:
    wanted = dict(terms.envelopes)
    round_.funds.exclude(fund_id__in=wanted).delete()
    for fund_id, minor in wanted.items():
        RoundFund.objects.update_or_create(
            round=round_, fund_id=fund_id, defaults={"envelope_minor": minor}
        )


def _record(round_: Round, by: User, verb: str) -> None:
    log.record(
        actor=f"user:{by.pk}",
        action=f"round.{verb}",
        subject=f"round:{round_.pk}",
        opens_at=round_.opens_at.isoformat(),
        closes_at=round_.closes_at.isoformat(),
        maximum=round_.maximum_minor,
    )
