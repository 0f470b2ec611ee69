"""Writing down, outside the database, that somebody was removed, for the day of a restore."""

import datetime as dt
from collections.abc import Iterator
from typing import Final

from django.db import connection

from donors.models import Donor
from funding.recovery import erased
from funding.recovery.erased import Removed
from funding.site.privacy.models import Erasure
from funding.users.models import User

USER: Final = "user"
DONOR: Final = "donor"


def name(kind: str, pk: int, made_at: dt.datetime) -> str:
    """A row as the list knows it. Both its parts never change, also not when its person goes."""
    return f"{kind}:{pk}:{made_at.astimezone(dt.UTC).isoformat()}"


def note(erasure: Erasure) -> None:
    """Have this removal in the list. Harmless when repeated. Raises OSError."""
    erased.note([_removed(erasure)])


def removed() -> Iterator[Removed]:
    """All that were removed, as the database knows them."""
    # A backup is made of an older release's tables as well: of what it lacks, nothing is asked.
    if Erasure._meta.db_table not in connection.introspection.table_names():
        return
    begun = Erasure.objects.filter(begun_at__isnull=False).order_by("pk")
    for erasure in begun.only("user_id", "users", "donors", "begun_at"):
        yield _removed(erasure)


def _removed(erasure: Erasure) -> Removed:
    assert erasure.begun_at is not None
    users = User.objects.filter(pk__in=erasure.users).values_list("pk", "joined_at")
    donors = Donor.objects.filter(pk__in=erasure.donors)
    joined = {pk: joined_at for pk, joined_at in users if joined_at is not None}
    # The account by which the person is named comes first.
    mine = sorted(joined, key=lambda pk: (pk != erasure.user_id, pk))
    names = [name(USER, pk, joined[pk]) for pk in mine]
    names += [
        name(DONOR, pk, made_at)
        for pk, made_at in donors.order_by("pk").values_list("pk", "created_at")
    ]
    return Removed(erasure.begun_at.date(), names)
