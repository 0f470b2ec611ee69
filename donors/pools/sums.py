"""How much a pool adds to a gift, and how much of that stays. Pure: whole numbers in and out."""

from collections.abc import Sequence

from funding.money import split


def line_values(value_minor: int, lines: Sequence[tuple[int, int]]) -> list[int]:
    """What each line of a gift is worth without its cover, as the journal splits the value.

    `value_minor` is the worth of the whole gift in the fund's currency, `lines` are amounts and
    covers in the gift's own.
    """
    wholes = split(value_minor, [amount + cover for amount, cover in lines])
    return [
        split(whole, [amount, cover])[0]
        for whole, (amount, cover) in zip(wholes, lines, strict=True)
    ]


def match(value_minor: int, *, pays: int, per: int, room_minor: int) -> tuple[int, int]:
    """How much of a value is answered, and what is added for it: no more than there is room.

    For each `per` given, `pays` are added. What is answered here no other pool answers.
    """
    added = min(value_minor * pays // per, room_minor)
    return -(-added * per // pays), added


def stays(matched_minor: int, *, left_minor: int, gross_minor: int) -> int:
    """What stays matched of a gift of which so much is left of what was charged.

    Counted from the whole each time, so that many small refunds release what one large does.
    """
    return matched_minor * left_minor // gross_minor
