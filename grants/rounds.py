"""Calls for applications: written, published, and after that only made longer.

Whether a round is open follows from its dates and the clock; nobody opens or closes it.
"""

import datetime as dt
from dataclasses import replace
from enum import StrEnum
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.ledger.models import Fund
from funding.parties.models import Entity
from funding.users import roles
from funding.users.models import Role, User
from grants import lotteries, slugs
from grants import terms as calls
from grants.models import Motion, MotionState, Round
from grants.terms import NotARound, Terms
from grants.terms import of as terms_of


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


def is_taking(round_: Round, at: dt.datetime | None = None) -> bool:
    """Whether a draft may still be saved and sent: now, or at that instant."""
    opened = phase(round_) in {Phase.OPEN, Phase.CLOSED}
    return opened and (at or clock.now()) < ends_at(round_)


def published() -> QuerySet[Round]:
    """The rounds that everybody may see, the latest first."""
    return Round.objects.filter(published_at__lte=clock.now())


def open_now() -> QuerySet[Round]:
    """The rounds in which an application may be begun, the first to close first."""
    now = clock.now()
    return published().filter(opens_at__lte=now, closes_at__gt=now).order_by("closes_at")


def create(*, entity_id: int, terms: Terms, by: User, key: UUID | None = None) -> Round:
    """Write a round, which nobody sees until it is published.

    `key` is of the form that was filled in: sent again it is the same round, and with other
    terms an error. Raises NotARound, NotForYou.
    """
    _must_be_officer(by)
    if twin := _twin(key, terms):
        return twin
    try:
        return _create(entity_id, terms, by, key)
    except IntegrityError:
        # The same button, pressed twice in the same moment.
        if twin := _twin(key, terms):
            return twin
        raise


def _twin(key: UUID | None, terms: Terms) -> Round | None:
    known = Round.objects.filter(form_key=key).first() if key else None
    if known is not None and terms_of(known) != _in_order(terms):
        sentence = _("This form has written “%(name)s” already. Change it on its own page.")
        raise NotARound("name", sentence % {"name": known.name})
    return known


@transaction.atomic
def _create(entity_id: int, terms: Terms, by: User, key: UUID | None) -> Round:
    entity = Entity.objects.get(pk=entity_id)
    _must_make_sense(terms, entity)
    told = calls.columns(terms)
    round_ = Round(entity=entity, currency=entity.currency, form_key=key, **told)
    slugs.give(round_, terms.name)
    calls.keep(round_, terms, None)
    _record(round_, by, "created")
    return round_


@transaction.atomic
def change(*, round_id: int, terms: Terms, by: User) -> Round:
    """Write a round anew; once people can apply, only later dates and more grace.

    Raises NotARound, Fixed, NotForYou. The same terms again change nothing.
    """
    _must_be_officer(by)
    round_ = _lock(round_id)
    terms, was = _in_order(terms), terms_of(round_)
    if terms == was:
        return round_
    _must_make_sense(terms, round_.entity, drawn=was.envelopes)
    if phase(round_) in {Phase.OPEN, Phase.CLOSED}:
        _must_only_extend(round_, terms)
    for name, value in calls.columns(terms).items():
        setattr(round_, name, value)
    if phase(round_) == Phase.HIDDEN:
        slugs.give(round_, terms.name)
    else:
        round_.save()
    calls.keep(round_, terms, was)
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
    calls.must_be_whole(terms_of(round_))
    lotteries.draw(round_)
    round_.published_at = clock.now()
    round_.save(update_fields=["published_at"])
    _record(round_, by, "published")
    return round_


def funds_for(entity: Entity) -> QuerySet[Fund]:
    """The funds that a round of this entity may draw on."""
    return Fund.objects.filter(
        entity=entity, currency=entity.currency, is_treasury=False, closed_on__isnull=True
    )


def _in_order(terms: Terms) -> Terms:
    return replace(
        terms,
        envelopes=tuple(sorted(terms.envelopes)),
        cost_limits=tuple(sorted(terms.cost_limits)),
    )


def _lock(round_id: int) -> Round:
    return Round.objects.select_for_update(no_key=True).get(pk=round_id)


def _must_be_officer(by: User) -> None:
    if not roles.has(by, Role.OFFICER):
        raise NotForYou(_("Only the programme officer writes rounds."))


def _must_make_sense(terms: Terms, entity: Entity, drawn: tuple[tuple[int, int], ...] = ()) -> None:
    calls.must_make_sense(terms)
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
    fixed = (
        "name",
        "call",
        "criteria",
        "maximum_minor",
        "opens_at",
        "limits",
        "asked",
        "conditions",
        "cost_limits",
        "sections",
    )
    if any(getattr(terms, name) != getattr(was, name) for name in fixed):
        sentence = _("The round has opened. Only its last day, grace and decision can move.")
        raise Fixed("name", sentence)
    if dict(terms.envelopes) != dict(was.envelopes):
        raise Fixed("funds", _("The round has opened, so its money is fixed."))
    if terms.closes_at < was.closes_at or terms.grace_minutes < was.grace_minutes:
        raise Fixed("closes", _("The round has opened, so it can end later but not earlier."))
    if terms.decides_on < was.decides_on:
        raise Fixed("decides_on", _("The day of the decision can move later but not earlier."))
    if replace(terms.steps, marks_due_at=None) != replace(was.steps, marks_due_at=None):
        raise Fixed("reviews", _("The round has opened, so its steps are fixed."))
    if was.steps.marks_due_at and (terms.steps.marks_due_at or now) < was.steps.marks_due_at:
        raise Fixed("marks_due", _("The day for marks can move later but not earlier."))
    if terms.closes_at == was.closes_at and terms.grace_minutes == was.grace_minutes:
        return
    put = Motion.objects.filter(round=round_).exclude(
        state__in=[MotionState.DRAFT, MotionState.WITHDRAWN]
    )
    if put.exists():
        raise Fixed("closes", _("The committee has begun to vote, so the round stays closed."))
    if terms.closes_at + dt.timedelta(minutes=terms.grace_minutes) <= now:
        raise Fixed("closes", _("The new end is over already."))


def _record(round_: Round, by: User, verb: str) -> None:
    log.record(
        actor=f"user:{by.pk}",
        action=f"round.{verb}",
        subject=f"round:{round_.pk}",
        opens_at=round_.opens_at.isoformat(),
        closes_at=round_.closes_at.isoformat(),
        maximum=round_.maximum_minor,
    )
