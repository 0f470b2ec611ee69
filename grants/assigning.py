"""Who reviews what: so many opinions on each application, and no member with more than needed.

Pure. One flow of least cost: an application asks for its opinions, a member gives each at a
price that grows with what the member has already, and what is a member's own field is cheaper.
The same people and applications in any order come to the same.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from grants.flows import Arc, Network


@dataclass(frozen=True, slots=True)
class Wanted:
    """One application: how many opinions are still missing, and who may give one."""

    id: int
    missing: int
    members: frozenset[int]
    # Those of them who know its theme or its country well.
    versed: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Given:
    """What is to be assigned, by application, and how many opinions nobody is left for."""

    members: Mapping[int, frozenset[int]]
    short: Mapping[int, int]


def assign(wanted: Iterable[Wanted], loads: Mapping[int, int]) -> Given:
    """Spread the opinions that are missing; `loads` say how many each member has already.

    As many as possible are given; then as evenly as possible; then to whom is versed.
    """
    rows = sorted(wanted, key=lambda each: each.id)
    members = sorted(loads)
    size = 2 + len(rows) + len(members)
    network, arcs = Network(size), dict[tuple[int, int], Arc]()
    of_row = {row.id: 1 + at for at, row in enumerate(rows)}
    of_member = {member: 1 + len(rows) + at for at, member in enumerate(members)}
    whole = sum(row.missing for row in rows)
    # Evenness outweighs all that being versed can save, and one opinion more outweighs both.
    even = whole + 1
    most = max(loads.values(), default=0) + whole
    opinion = even * (2 * most + 2) * (whole + 1)
    for row in rows:
        network.join(0, of_row[row.id], row.missing)
        for member in sorted(row.members & loads.keys()):
            price = 0 if member in row.versed else 1
            arcs[row.id, member] = network.join(of_row[row.id], of_member[member], 1, price)
    for member in members:
        for number in range(whole):
            # The n-th opinion costs 2n + 1: the sum of squares is least when all are even.
            price = even * (2 * (loads[member] + number) + 1)
            network.join(of_member[member], size - 1, 1, price - opinion)
    network.fill()
    given = {
        row.id: frozenset(
            member for member in members if (arc := arcs.get((row.id, member))) and arc.flow
        )
        for row in rows
    }
    short = {row.id: row.missing - len(given[row.id]) for row in rows}
    return Given(given, {pk: number for pk, number in short.items() if number})
