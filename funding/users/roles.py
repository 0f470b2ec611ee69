"""Who holds which role, and for how long.

A term begins and ends on days of the UTC calendar: the fund's people sit in several zones, and
the same second must end a term for all of them.
"""

import datetime as dt
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.users.models import Role, Term, User

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

__all__ = [
    "LastAdministrator",
    "Role",
    "TermIsOver",
    "TermsOverlap",
    "covering",
    "current",
    "end",
    "grant",
    "has",
    "holders",
]


class TermsOverlap(Refused):
    """The person already holds this role on some of these days."""

    def __init__(self) -> None:
        super().__init__(_("This person holds that role on some of these days already."))


class TermIsOver(Refused):
    """A term that has ended cannot be made longer or shorter."""

    def __init__(self) -> None:
        super().__init__(_("That term is over. Give the role again instead."))


class LastAdministrator(Refused):
    """Nobody would be left who may give roles."""

    def __init__(self) -> None:
        super().__init__(_("This is the last administrator. Name another one first."))


def current(user: "AbstractBaseUser | AnonymousUser") -> frozenset[Role]:
    """The roles whose terms cover today. Nobody's and an inactive person's are none."""
    if not isinstance(user, User) or not user.is_active:
        return frozenset()
    values = Term.objects.filter(covering(_today()), user=user).values_list("role", flat=True)
    return frozenset(Role(value) for value in values)


def has(user: "AbstractBaseUser | AnonymousUser", *roles: Role) -> bool:
    """Whether the person holds any of these roles today."""
    return bool(current(user) & set(roles))


def holders(*roles: Role) -> QuerySet[User]:
    """The active people who hold any of these roles today, by name."""
    terms = Term.objects.filter(covering(_today()), role__in=roles)
    return User.objects.filter(is_active=True, pk__in=terms.values("user_id")).order_by(
        "name", "email"
    )


@transaction.atomic
def grant(
    *, user_id: int, role: Role, starts_on: dt.date, ends_on: dt.date | None, actor: str
) -> Term:
    """Give a person a role from a day on, to a last day or with no end set.

    Raises TermsOverlap. Someone who is not active can be given nothing.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    if not user.is_active:
        raise Refused(_("This account is closed."))
    if ends_on is not None and ends_on < starts_on:
        raise Refused(_("The last day lies before the first."))
    others = Term.objects.filter(user=user, role=role).filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=starts_on)
    )
    if ends_on is not None:
        others = others.filter(starts_on__lte=ends_on)
    if others.exists():
        raise TermsOverlap
    term = Term.objects.create(
        user=user, role=role, starts_on=starts_on, ends_on=ends_on, granted_by=actor
    )
    log.record(
        actor=actor,
        action="role.granted",
        subject=f"user:{user.pk}",
        role=role.value,
        starts_on=starts_on.isoformat(),
        ends_on=ends_on.isoformat() if ends_on else None,
    )
    return term


@transaction.atomic
def end(*, term_id: int, ends_on: dt.date, actor: str) -> None:
    """Let a term end on this last day, which may be yesterday: then it is over at once.

    Raises TermIsOver, LastAdministrator.
    """
    # One lock for all: two administrators who end each other's term at the same moment must
    # not both find the other one still there.
    list(Term.objects.select_for_update().filter(role=Role.ADMINISTRATOR).order_by("pk"))
    term = Term.objects.select_for_update().get(pk=term_id)
    today = _today()
    if term.ends_on is not None and term.ends_on < today:
        raise TermIsOver
    if ends_on < today - dt.timedelta(days=1):
        raise Refused(_("A term cannot end in the past."))
    if term.role == Role.ADMINISTRATOR and not _others_administer(term, ends_on):
        raise LastAdministrator
    log.record(
        actor=actor,
        action="role.ended",
        subject=f"user:{term.user_id}",
        role=term.role,
        ends_on=ends_on.isoformat(),
    )
    if ends_on < term.starts_on:
        # It ends before it began, so there is no day left for the row to stand for; the log
        # keeps both the giving and the taking back.
        term.delete()
        return
    term.ends_on = ends_on
    term.save(update_fields=["ends_on"])


def _others_administer(term: Term, ends_on: dt.date) -> bool:
    after = Q(ends_on__isnull=True) | Q(ends_on__gt=ends_on)
    others = Term.objects.filter(after, role=Role.ADMINISTRATOR, user__is_active=True)
    return others.filter(starts_on__lte=ends_on + dt.timedelta(days=1)).exclude(pk=term.pk).exists()


def covering(day: dt.date) -> Q:
    """Terms that cover a day."""
    return Q(starts_on__lte=day) & (Q(ends_on__isnull=True) | Q(ends_on__gte=day))


def _today() -> dt.date:
    return clock.today("UTC")
