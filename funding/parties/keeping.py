"""How long a receiving body must keep the papers of its books, and those of Gift Aid.

Years count from the end of the calendar year in which a gift or a claim fell. Where the law of
a country is not written down here, the longest known term stands until somebody sets another.
"""

import datetime as dt
from enum import StrEnum
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from funding.audit import log
from funding.errors import Refused
from funding.parties.models import Entity

MOST_YEARS: Final = 50

# Whole years that vouchers of the books are kept, by the country of the body.
BOOKS: Final = {
    "AT": 7, "CH": 10, "CZ": 10, "DE": 8, "DK": 5, "EE": 7, "FI": 6, "FR": 10, "GB": 6,
    "IE": 6, "LV": 5, "NL": 7, "NO": 5, "PL": 5, "SE": 7, "US": 7,
}  # fmt: skip
LONGEST: Final = 10
# Six years after the end of the accounting period of the last gift that was claimed.
AID: Final = 6


class Ground(StrEnum):
    """Which duty keeps a paper."""

    BOOKS = "books"
    AID = "aid"


def years(entity: Entity, ground: Ground) -> int:
    """How many whole years after its own a paper is kept."""
    if ground == Ground.AID:
        return entity.aid_years if entity.aid_years is not None else AID
    if entity.books_years is not None:
        return entity.books_years
    return BOOKS.get(entity.country, LONGEST)


def until(entity: Entity, ground: Ground, counts_from: dt.date) -> dt.date:
    """The last day on which a paper of this day must be kept."""
    return dt.date(counts_from.year + years(entity, ground), 12, 31)


def over_before(entity: Entity, ground: Ground, today: dt.date) -> dt.date:
    """Papers of days before this one need not be kept today."""
    return dt.date(today.year - years(entity, ground), 1, 1)


class YearsImpossible(Refused):
    """A number of years that no law knows."""


@transaction.atomic
def set_years(*, entity_id: int, books: int | None, aid: int | None, actor: str) -> Entity:
    """Keep papers for so many years; None: as the law of the country asks.

    What is kept already follows. Refuses: YearsImpossible.
    """
    for years_ in (books, aid):
        if years_ is not None and not 1 <= years_ <= MOST_YEARS:
            raise YearsImpossible(_("Write a number of years from 1 to 50, or nothing."))
    entity = Entity.objects.select_for_update(no_key=True).get(pk=entity_id)
    if (entity.books_years, entity.aid_years) != (books, aid):
        entity.books_years, entity.aid_years = books, aid
        entity.save(update_fields=["books_years", "aid_years"])
        log.record(
            actor=actor, action="entity.keeps", subject=f"entity:{entity_id}", books=books, aid=aid
        )
    return entity
