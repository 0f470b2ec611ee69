"""Reminding members of the reviews they owe: 7, 3 and 1 days before the day, and once after it.

The reviews that are missing are the rows that wait, and the mails that were written say what was
told. Each mail names all that its reader owes, so whatever fell due before it is told with it,
and nobody gets two in a day of the UTC calendar. A later day for the marks begins anew.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef

from funding import clock
from funding.mail import outbox
from funding.users import roles
from funding.users.models import Role, User
from grants import notices, recusals, reviews
from grants.models import ApplicationState, Assignment, Item, ItemState, Review

# How long before the marks are due a member is told, and on time: then they are late.
AHEAD: Final = tuple(dt.timedelta(days=days) for days in (7, 3, 1, 0))


@dataclass(slots=True)
class Owed:
    """What one person is to be told: reviews of their own, and late ones as a chair."""

    own: list[Assignment] = field(default_factory=list)
    late: list[Assignment] = field(default_factory=list)

    def told_of(self, now: dt.datetime) -> dt.datetime:
        """When the newest of it fell due."""
        own = [max(each.assigned_at, _fell_due(each, now)) for each in self.own]
        return max([*own, *(_due(each) for each in self.late)])


def sweep() -> int:
    """Write every reminder that is due. Returns how many mails."""
    return sum(_tell(pk) for pk in sorted(_owed(clock.now())))


@transaction.atomic
def _tell(user_id: int) -> int:
    # Two workers at once: the second leaves the person to the first.
    rows = User.objects.select_for_update(no_key=True, skip_locked=True)
    person, now = rows.filter(pk=user_id).first(), clock.now()
    owed = _owed(now).get(user_id)
    if person is None or owed is None:
        return 0
    last = outbox.about(notices.about_reviews(person)).last()
    if last is not None and (
        owed.told_of(now) <= last.queued_at or now.date() <= last.queued_at.date()
    ):
        return 0
    notices.reviews_owed(person, owed.own, owed.late, now)
    return 1


def _owed(now: dt.datetime) -> dict[int, Owed]:
    """By the key of each member or chair, what they are to be told of at this moment."""
    rows = _missing(now)
    members = {each.pk for each in roles.holders(*recusals.MEMBERS)} if rows else set()
    found: dict[int, Owed] = {}
    for row in rows:
        if row.member_id in members:
            found.setdefault(row.member_id, Owed()).own.append(row)
    # Asked after the day, a review is no news to the chair, who had it asked.
    late = [each for each in rows if each.assigned_at < _due(each) <= now]
    for chair in roles.holders(Role.CHAIR) if late else ():
        for row in _of_others(late, chair):
            found.setdefault(chair.pk, Owed()).late.append(row)
    return found


def _of_others(late: list[Assignment], chair: User) -> Iterable[Assignment]:
    """Late reviews by others, of applications that the chair has not stepped out of."""
    out = recusals.out_of([each.application_id for each in late])
    return (
        each
        for each in late
        if each.member_id != chair.pk and chair.pk not in out[each.application_id]
    )


def _missing(now: dt.datetime) -> list[Assignment]:
    """Reviews that are asked for, can still be given and are not, by when they are due."""
    given = Review.objects.filter(
        application=OuterRef("application"), member=OuterRef("member"), handed_in_at__isnull=False
    )
    voted = Item.objects.filter(
        application=OuterRef("application"), motion__put_at__isnull=False
    ).exclude(state=ItemState.WITHDRAWN)
    rows = reviews.standing().filter(
        ~Exists(given),
        ~Exists(voted),
        application__state=ApplicationState.SUBMITTED,
        application__round__marks_due_at__lte=now + AHEAD[0],
    )
    told = rows.select_related("member", "application__project", "application__round__entity")
    return list(told.order_by("application__round__marks_due_at", "application", "pk"))


def _due(row: Assignment) -> dt.datetime:
    due = row.application.round.marks_due_at
    assert due is not None, "reviews are asked for only where they have a day"
    return due


def _fell_due(row: Assignment, now: dt.datetime) -> dt.datetime:
    """The last of the instants of a review that has come."""
    return max(_due(row) - ahead for ahead in AHEAD if _due(row) - ahead <= now)
