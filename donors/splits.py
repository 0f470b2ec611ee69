"""A regular gift over several funds: its parts, and how a sum falls on them.

The parts of a pledge add up to its sum, which the database holds. A part is a weight for every
sum that comes of it: an instalment, or another sum each time, is split by the same rule as a
gift, so that nothing is lost or left over to the penny. A pledge to one fund has no parts.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from donors.models import Instalment, InstalmentShare, Pledge, PledgeShare
from funding.documents import paper
from funding.errors import Refused
from funding.ledger.models import Fund
from funding.money import Money, split

# Fund and minor units, in the order in which the donor sees them.
Lines = Sequence[tuple[int, int]]


class PartTooSmall(Refused):
    """A part of the sum would be nothing."""


def of(pledge: Pledge) -> list[tuple[int, int]]:
    """Fund and minor units of every part; of a pledge to one fund, all to that."""
    rows = pledge.shares.order_by("position").values_list("fund_id", "amount_minor")
    return list(rows) or [(pledge.fund_id, pledge.amount_minor)]


def scaled(lines: Lines, amount_minor: int) -> list[tuple[int, int]]:
    """The same parts of another sum, to the penny. Refuses: PartTooSmall."""
    parts = split(amount_minor, [minor for _fund, minor in lines])
    if not all(parts):
        raise PartTooSmall(_("The sum is too small for so many funds. Choose fewer first."))
    return [(fund, minor) for (fund, _minor), minor in zip(lines, parts, strict=True)]


def as_kept(lines: Lines) -> list[list[int]]:
    """As it stands beside a change: empty for one fund."""
    return [list(line) for line in lines] if len(lines) > 1 else []


def read(told: dict[str, Any]) -> list[tuple[int, int]]:
    """The parts of what stands beside a change, or its one fund with all."""
    kept = told.get("shares") or [[told["fund_id"], told.get("amount_minor", 1)]]
    return [(fund, minor) for fund, minor in kept]


def write(pledge: Pledge, lines: Lines) -> None:
    """Let the locked pledge be split so from now on, whatever its sum is now."""
    parts = split(pledge.amount_minor, [minor for _fund, minor in lines])
    kept = [(fund, part) for (fund, _minor), part in zip(lines, parts, strict=True) if part]
    pledge.shares.all().delete()
    pledge.fund_id = kept[0][0]
    pledge.save(update_fields=["fund"])
    if len(kept) > 1:
        PledgeShare.objects.bulk_create(
            PledgeShare(pledge=pledge, fund_id=fund, amount_minor=part, position=index)
            for index, (fund, part) in enumerate(kept)
        )


def freeze(instalment: Instalment, lines: Lines) -> None:
    """Write down how a new instalment is split: later changes concern later ones."""
    parts = split(instalment.amount_minor, [minor for _fund, minor in lines])
    kept = [(fund, part) for (fund, _minor), part in zip(lines, parts, strict=True) if part]
    if len(kept) > 1:
        InstalmentShare.objects.bulk_create(
            InstalmentShare(instalment=instalment, fund_id=fund, amount_minor=part, position=index)
            for index, (fund, part) in enumerate(kept)
        )


def of_instalment(instalment: Instalment) -> list[tuple[int, int]]:
    """Fund and minor units of every part of an instalment, as they were when it fell due."""
    rows = instalment.shares.order_by("position").values_list("fund_id", "amount_minor")
    return list(rows) or [(instalment.fund_id, instalment.amount_minor)]


def words(pledge: Pledge, told: dict[str, Any], names: dict[int, str] | None = None) -> str:
    """The fund of what stands beside a change; of several, each with its part."""
    lines = read(told)
    if names is None:
        names = names_of([told])
    if len(lines) == 1:
        return names.get(lines[0][0], "")
    sums = [(fund, Money(minor, pledge.currency).text(paper.locale())) for fund, minor in lines]
    return ", ".join(f"{names.get(fund, '')} {each}" for fund, each in sums)


def names_of(told: Iterable[dict[str, Any]]) -> dict[int, str]:
    """The names of all funds that stand beside changes, by their ids."""
    ids = {fund for each in told if "fund_id" in each for fund, _minor in read(each)}
    return dict(Fund.objects.filter(pk__in=ids).values_list("pk", "name"))


def shown(pledge: Pledge) -> list[tuple[Fund, Money]]:
    """Every fund with what goes to it each time."""
    lines = of(pledge)
    funds = Fund.objects.in_bulk([fund for fund, _minor in lines])
    return [(funds[fund], Money(minor, pledge.currency)) for fund, minor in lines]
