"""Tax by fund: it follows the gift, in the proportion of its lines."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from donors.models import ClaimLine, GiftLine
from funding.ledger.book import Leg
from funding.money import Money, split


def by_fund(lines: Iterable[ClaimLine]) -> dict[int, int]:
    """The tax of these lines of a claim, in pence by fund."""
    return of_gifts([(line.gift_id, line.tax_minor) for line in lines])


def of_gifts(sums: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Sums of gifts, each split by the gift's lines and added up by fund."""
    told = list(sums)
    lines: dict[int, list[tuple[int, int]]] = defaultdict(list)
    rows = GiftLine.objects.filter(gift_id__in=[gift_id for gift_id, _minor in told])
    for line in rows.order_by("gift_id", "position"):
        lines[line.gift_id].append((line.fund_id, line.amount_minor + line.cover_minor))
    funds: dict[int, int] = defaultdict(int)
    for gift_id, minor in told:
        parts = split(minor, [weight for _fund, weight in lines[gift_id]])
        for (fund_id, _weight), part in zip(lines[gift_id], parts, strict=True):
            funds[fund_id] += part
    return dict(funds)


def legs(funds: Mapping[int, int], *, debit: str, credit: str) -> list[Leg]:
    """Both legs of each fund's sum; a sum below zero goes the other way."""
    return [
        leg
        for fund_id, minor in sorted(funds.items())
        if minor
        for leg in (
            Leg(debit, fund_id, Money(minor, "GBP")),
            Leg(credit, fund_id, Money(-minor, "GBP")),
        )
    ]
