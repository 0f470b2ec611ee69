"""Which gifts may be claimed, for how many pounds, and why others may not."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from donors.giftaid import declarations, limits
from donors.models import ClaimLine, Declaration, Gift, GiftState
from funding import clock
from funding.parties.models import Entity


@dataclass(frozen=True, slots=True)
class Candidate:
    """A gift that may be claimed: pounds as they came, and who declared it."""

    gift: Gift
    declaration: Declaration
    given_on: dt.date
    donated_minor: int


def unclaimed(entity: Entity) -> QuerySet[Gift]:
    """Received gifts of a body that are in no claim, the oldest first."""
    claimed = ClaimLine.objects.filter(gift=OuterRef("pk"))
    rows = Gift.objects.filter(entity=entity, state=GiftState.SETTLED).exclude(Exists(claimed))
    declared = Declaration.objects.filter(donor=OuterRef("donor"), entity=entity)
    return rows.filter(Exists(declared)).select_related("entity").order_by("settled_at", "pk")


def candidates(entity: Entity) -> Iterator[Candidate]:
    """The gifts of a body that may be claimed now."""
    for gift in unclaimed(entity):
        found = judge(gift)
        if isinstance(found, Candidate):
            yield found


def judge(gift: Gift) -> Candidate | str:
    """A gift as it may be claimed, or a sentence that says why not."""
    if gift.settled_at is None or gift.state != GiftState.SETTLED:
        return _("The gift is not here, or did not stay.")
    given_on = gift.received_on or gift.settled_at.astimezone(ZoneInfo(gift.entity.zone)).date()
    if given_on < limits.years_before(clock.today(gift.entity.zone), limits.BACK_YEARS):
        return _("It is more than four years old.")
    declaration = declarations.covering(gift, given_on)
    if declaration is None:
        return _("No declaration covers it.")
    donated = pounds(gift, gift.left_minor)
    if donated is None:
        return _("What it was worth in pounds is not known yet.")
    if not donated:
        return _("Less than a penny is left of it.")
    benefit = pounds(gift, gift.benefit_minor, is_up=True)
    if (benefit or 0) > limits.most_benefit(donated):
        return _("The giver got more in return than the law allows.")
    return Candidate(gift, declaration, given_on, donated)


def pounds(gift: Gift, minor: int, *, is_up: bool = False) -> int | None:
    """A part of a gift in pence: itself, or its share of what the gift was worth in pounds."""
    if gift.currency == "GBP":
        return minor
    if gift.final_at is None or gift.value_currency != "GBP" or gift.value_minor is None:
        return None
    share = gift.value_minor * minor
    return -(-share // gift.gross_minor) if is_up else share // gift.gross_minor
