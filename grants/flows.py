"""The cheapest way to push whole units through a network: successive shortest paths.

Capacities and costs are integers of any size, so costs may be weights of several ranks in one
number. The network must have no circle when it is built.
"""

import heapq
from dataclasses import dataclass, field


@dataclass(slots=True)
class Arc:
    """A way from one node to another with what it still carries; `back` undoes it."""

    to: int
    free: int
    cost: int
    back: "Arc" = field(init=False, repr=False)
    flow: int = 0


class Network:
    """Nodes are numbers below `size`; the source comes first and the sink last."""

    def __init__(self, size: int) -> None:
        self._ways: list[list[Arc]] = [[] for _ in range(size)]
        self._sink = size - 1

    def join(self, start: int, end: int, most: int, cost: int = 0) -> Arc:
        """Let at most so many units pass, each at this cost. Its `flow` says how many did."""
        there, back = Arc(end, most, cost), Arc(start, 0, -cost)
        there.back, back.back = back, there
        self._ways[start].append(there)
        self._ways[end].append(back)
        return there

    def fill(self) -> int:
        """Push all that lowers the cost. Returns the cost."""
        heights, total = self._first_heights(), 0
        while True:
            far, came = self._shortest(heights)
            whole = far[self._sink]
            if whole is None:
                return total
            for node, distance in enumerate(far):
                # Who cannot be reached now never will be: paths only open along what was found.
                heights[node] += whole if distance is None else distance
            cost = heights[self._sink] - heights[0]
            if cost >= 0:
                return total
            total += cost * self._push(came)

    def _first_heights(self) -> list[int]:
        """The cost from the source to each node, by rounds, as costs may be below zero."""
        far: list[int | None] = [None] * len(self._ways)
        far[0] = 0
        changed = [0]
        while changed:
            after: list[int] = []
            for node in changed:
                here = far[node]
                for way in self._ways[node]:
                    known = far[way.to]
                    if way.free and here is not None and (known is None or here + way.cost < known):
                        far[way.to] = here + way.cost
                        after.append(way.to)
            changed = after
        return [distance or 0 for distance in far]

    def _shortest(self, heights: list[int]) -> tuple[list[int | None], list[Arc | None]]:
        far: list[int | None] = [None] * len(self._ways)
        came: list[Arc | None] = [None] * len(self._ways)
        far[0], heap, done = 0, [(0, 0)], set()
        while heap:
            here, node = heapq.heappop(heap)
            if node in done:
                continue
            done.add(node)
            for way in self._ways[node]:
                if way.free:
                    there = here + way.cost + heights[node] - heights[way.to]
                    known = far[way.to]
                    if known is None or there < known:
                        far[way.to], came[way.to] = there, way
                        heapq.heappush(heap, (there, way.to))
        return far, came

    def _push(self, came: list[Arc | None]) -> int:
        path, way = [], came[self._sink]
        while way is not None:
            path.append(way)
            way = came[way.back.to]
        most = min(way.free for way in path)
        for way in path:
            way.free -= most
            way.back.free += most
            way.flow += most
            way.back.flow -= most
        return most
