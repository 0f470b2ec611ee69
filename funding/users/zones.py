"""Where people are on the clock: what they chose, else UTC."""

from collections.abc import Iterable
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from django.db import transaction
from django.utils.translation import gettext as _

from funding import clock
from funding.errors import Refused
from funding.users.models import InboxChoice, User

UTC: Final = "UTC"
# Places that a person finds in a list; the other names are older ones or of machines.
_AREAS: Final = frozenset(
    "Africa America Antarctica Arctic Asia Atlantic Australia Europe Indian Pacific".split()
)


class NoSuchZone(Refused):
    """No place on the clock is called so."""


def names() -> list[str]:
    """The zones that can be chosen, UTC first."""
    return [UTC, *sorted(name for name in available_timezones() if name.split("/")[0] in _AREAS)]


def of(user: User) -> ZoneInfo:
    """The zone of a person."""
    choice = InboxChoice.objects.filter(user=user).first()
    return ZoneInfo(choice.zone if choice else UTC)


def by_person(users: Iterable[User]) -> dict[int, str]:
    """The zones of these people who have chosen one, by their ids."""
    return dict(InboxChoice.objects.filter(user__in=list(users)).values_list("user", "zone"))


@transaction.atomic
def choose(*, user: User, zone: str, is_mailed: bool) -> InboxChoice:
    """Keep what a person chose; again it is the same. Raises NoSuchZone."""
    if zone not in names():
        raise NoSuchZone(_("Choose a place from the list."))
    row, _is_new = InboxChoice.objects.update_or_create(
        user=user,
        defaults={"zone": zone, "is_mailed": is_mailed, "chosen_at": clock.now()},
    )
    return row
