"""What the marks of a round come to, and how sure the order is.

Pure, whole numbers and fractions only. A mark that was not given is missing and never zero. An
order that changes when one reviewer is left out is no order: whoever can trade places that way
stands in one band, and the committee talks about bands, not about the second decimal.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from typing import Final

HUNDRED: Final = 100
# From so many reviewers on the highest and the lowest may be left out.
TRIMS_FROM: Final = 5

# application -> member -> criterion -> mark
Marks = Mapping[int, Mapping[int, Mapping[int, int]]]


@dataclass(frozen=True, slots=True)
class Score:
    """What one application got. Means and spread are marks times a hundred, rounded half up.

    `first` and `last` are the best and the worst place that it has when any one reviewer is
    left out; places of equals are shared. `band` counts from one. `trimmed` is None below five
    reviewers, `spread` below two.
    """

    application_id: int
    place: int
    band: int
    mean: int
    trimmed: int | None
    spread: int | None
    reviewers: int
    first: int
    last: int


def opinions(marks: Marks, weights: Mapping[int, int]) -> dict[int, dict[int, Fraction]]:
    """What each member gives each application over all criteria, each by its weight."""
    return {
        application: {member: _weighted(given, weights) for member, given in by_member.items()}
        for application, by_member in marks.items()
    }


def ranking(
    marks: Marks, weights: Mapping[int, int], lots: Mapping[int, str], *, without: int | None = None
) -> list[Score]:
    """Every application with a mark, the best first; equals by lot.

    `without` leaves one reviewer out of everything, as a question.
    """
    given = _less(opinions(marks, weights), without)
    means = {application: _mean(values.values()) for application, values in given.items()}
    order = sorted(means, key=lambda each: (-means[each], lots.get(each, ""), each))
    ranges = _ranges(given, means)
    bands = _bands(order, ranges)
    return [
        Score(
            application_id=each,
            place=at,
            band=bands[each],
            mean=_hundredths(means[each]),
            trimmed=_trimmed(given[each].values()),
            spread=_spread(given[each].values()),
            reviewers=len(given[each]),
            first=ranges[each][0],
            last=ranges[each][1],
        )
        for at, each in enumerate(order, start=1)
    ]


def _less(
    given: Mapping[int, Mapping[int, Fraction]], member: int | None
) -> dict[int, dict[int, Fraction]]:
    """Without one member; what nobody else has marked is left out."""
    fewer = {
        application: {each: value for each, value in values.items() if each != member}
        for application, values in given.items()
    }
    return {application: values for application, values in fewer.items() if values}


def _ranges(
    given: Mapping[int, Mapping[int, Fraction]], means: Mapping[int, Fraction]
) -> dict[int, tuple[int, int]]:
    found = _places(means)
    for member in sorted({each for values in given.values() for each in values}):
        left = _less(given, member)
        places = _places({each: _mean(values.values()) for each, values in left.items()})
        for each, (first, last) in places.items():
            found[each] = (min(found[each][0], first), max(found[each][1], last))
    return found


def _places(means: Mapping[int, Fraction]) -> dict[int, tuple[int, int]]:
    """The first and the last place that each may take among its equals."""
    ordered = sorted(means.values(), reverse=True)
    return {
        each: (ordered.index(mean) + 1, len(ordered) - ordered[::-1].index(mean))
        for each, mean in means.items()
    }


def _bands(order: Sequence[int], ranges: Mapping[int, tuple[int, int]]) -> dict[int, int]:
    """A band ends where nobody above can fall below, and nobody below can rise above."""
    bands, band, lowest = {}, 1, 0
    for at, each in enumerate(order):
        ahead = min((ranges[other][0] for other in order[at:]), default=at + 1)
        if at and lowest <= at < ahead:
            band += 1
        bands[each] = band
        lowest = max(lowest, ranges[each][1])
    return bands


def _weighted(given: Mapping[int, int], weights: Mapping[int, int]) -> Fraction:
    whole = sum(weights[each] for each in given)
    return Fraction(sum(weights[each] * mark for each, mark in given.items()), whole)


def _mean(values: Iterable[Fraction]) -> Fraction:
    found = list(values)
    return sum(found, Fraction(0)) / len(found)


def _trimmed(values: Iterable[Fraction]) -> int | None:
    found = sorted(values)
    return _hundredths(_mean(found[1:-1])) if len(found) >= TRIMS_FROM else None


def _spread(values: Iterable[Fraction]) -> int | None:
    """The sample's standard deviation."""
    found = list(values)
    if len(found) < 2:
        return None
    mean = _mean(found)
    variance = sum(((value - mean) ** 2 for value in found), Fraction(0)) / (len(found) - 1)
    # The root of the variance times 200, rounded down, halves to the nearest hundredth.
    doubled = variance * (2 * HUNDRED) ** 2
    return (isqrt(doubled.numerator // doubled.denominator) + 1) // 2


def _hundredths(value: Fraction) -> int:
    return (2 * HUNDRED * value.numerator + value.denominator) // (2 * value.denominator)
