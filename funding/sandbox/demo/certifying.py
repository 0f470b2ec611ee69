"""A zoo's conservation contribution certificate of twelve months, made and mailed."""

import datetime as dt
from functools import partial
from typing import Final

from donors.models import Donor
from funding.sandbox.demo import opening, people
from funding.sandbox.demo.catalogue.zoos import HOUSES
from funding.sandbox.demo.scenes import Days, Scene
from funding.site import followed
from funding.site.models import FollowedKind, FollowedPaper
from funding.site.zoo_mail import sending

# Papers of a day are mailed when that day is over.
_MADE_AT: Final = 20
# A quarter of an hour later a worker that died over it has lost its turn.
_LOOKED_AT: Final = 19.99
_MAILED_AT: Final = 18.9


def scenes(days: Days) -> list[Scene]:
    """The zoo asks for it, and has it in its mail on the day after."""
    last = days.at(_MADE_AT).date().replace(day=1) - dt.timedelta(days=1)
    deed = partial(certify, last)
    return [Scene(_MADE_AT, deed), Scene(_LOOKED_AT, deed), Scene(_MAILED_AT, sending.sweep)]


def certify(ends_on: dt.date) -> None:
    """Twelve months up to a day that is the last of its month.

    Asked for once only: one that was made would be held against what is so by then.
    """
    after = ends_on + dt.timedelta(days=1)
    first = after.replace(year=after.year - 1)
    name = HOUSES[0].profile.name
    donor = Donor.objects.get(organisation__name=name)
    rows = FollowedPaper.objects.filter(kind=FollowedKind.CERTIFICATE, donor=donor)
    row = rows.filter(begins_on=first, ends_on=ends_on).first() or followed.order(
        kind=FollowedKind.CERTIFICATE,
        donor=donor,
        entity=opening.entity(),
        begins_on=first,
        ends_on=ends_on,
        actor=people.actor("bob"),
    )
    followed.make(row.pk)
