"""Whether funds can pay some sums together, exactly, where each sum may draw on some funds only.

Sums fit just when no set of funds is asked for more than it holds by those that cannot go
elsewhere (Hall's condition, as the cuts of a flow from funds to applications). Where few sets of
funds occur all of them are kept; where many do, a flow decides, and each set that it finds too
narrow is kept for the next question. All in whole numbers.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Final

from grants.wishes import Case, Purse

# With so many sets of funds, keeping them all still costs less than asking for a flow.
_MOST_SETS: Final = 512
_MOST_FREE: Final = 8
_NONE: Final = 0


class Cuts:
    """The sets of funds of one case, and what each wish asks of each of them at the least."""

    def __init__(self, case: Case, sums: Mapping[int, int]) -> None:
        self.purses: Final[tuple[Purse, ...]] = case.purses
        self._bit = {purse.id: 1 << place for place, purse in enumerate(case.purses)}
        self._sums = dict(sums)
        self._reach = {each.id: self._mask(each.purses) for each in case.wishes}
        self._limits = [purse.most_minor for purse in case.purses]
        self.masks: list[int] = []
        self.rooms: list[int] = []
        # For each wish the sets that it asks something of, by their place, and how much.
        self.asked: dict[int, list[tuple[int, int]]] = {each.id: [] for each in case.wishes}
        self.is_complete = self._enumerate()

    def _mask(self, funds: Iterable[int]) -> int:
        return sum(self._bit[fund_id] for fund_id in funds)

    def _enumerate(self) -> bool:
        has_limits = any(limit is not None for limit in self._limits)
        if has_limits and len(self.purses) <= _MOST_FREE:
            found = set(range(1 << len(self.purses)))
        else:
            found = {_NONE}
            for reach in set(self._reach.values()):
                found |= {mask | reach for mask in found}
                if len(found) > _MOST_SETS:
                    found = {_NONE, *self._reach.values()}
                    break
            else:
                if not has_limits:
                    self._add_all(found)
                    return True
        self._add_all(found)
        return has_limits and len(self.purses) <= _MOST_FREE

    def _add_all(self, masks: Iterable[int]) -> None:
        for mask in sorted(masks):
            self.add(mask)

    def add(self, mask: int) -> None:
        """Keep one more set of funds."""
        place = len(self.masks)
        self.masks.append(mask)
        self.rooms.append(
            sum(purse.minor for at, purse in enumerate(self.purses) if mask >> at & 1)
        )
        for wish_id, listed in self.asked.items():
            minor = self._at_least(wish_id, mask)
            if minor > 0:
                listed.append((place, minor))

    def _at_least(self, wish_id: int, mask: int) -> int:
        """What a wish must draw on a set of funds when it draws all it can elsewhere."""
        elsewhere, minor = self._reach[wish_id] & ~mask, self._sums[wish_id]
        for place, limit in enumerate(self._limits):
            if elsewhere >> place & 1:
                if limit is None:
                    return 0
                minor -= limit
        return minor

    def reach(self, wish_id: int) -> list[int]:
        """The places of the funds that a wish may draw on."""
        mask = self._reach[wish_id]
        return [place for place in range(len(self.purses)) if mask >> place & 1]

    def limit(self, place: int) -> int | None:
        """The most that one wish may draw on the fund at this place."""
        return self._limits[place]

    def sum_of(self, wish_id: int) -> int:
        """The sum that is fitted in for a wish."""
        return self._sums[wish_id]


class Fit:
    """A growing set of wishes that the funds can pay together; `extra` is added to single funds."""

    def __init__(self, cuts: Cuts, extra: Mapping[int, int] | None = None) -> None:
        self._cuts = cuts
        self._extra = [(extra or {}).get(purse.id, 0) for purse in cuts.purses]
        self._slack = cuts.rooms.copy()
        if extra:
            for place, mask in enumerate(cuts.masks):
                self._slack[place] += self._more(mask)
        self.taken: list[int] = []
        self._left = [
            purse.minor + more for purse, more in zip(cuts.purses, self._extra, strict=True)
        ]
        self._drawn: dict[int, dict[int, int]] = {}

    def _more(self, mask: int) -> int:
        return sum(more for place, more in enumerate(self._extra) if more and mask >> place & 1)

    def take(self, wish_id: int) -> bool:
        """Fit one more in. False, and nothing changes, where the funds cannot pay it too."""
        slack = self._slack
        asked = self._cuts.asked[wish_id]
        for place, minor in asked:
            if slack[place] < minor:
                return False
        if not self._cuts.is_complete and not self._flows(wish_id):
            return False
        for place, minor in asked:
            slack[place] -= minor
        self.taken.append(wish_id)
        return True

    def drop(self, wish_id: int) -> None:
        """Take the latest one out again, where no flow is needed to judge."""
        assert self._cuts.is_complete
        assert self.taken.pop() == wish_id
        for place, minor in self._cuts.asked[wish_id]:
            self._slack[place] += minor

    def missing(self, wish_id: int) -> dict[int, int]:
        """How much more in one fund alone would let it fit in, by the fund's id.

        Empty where no single fund helps. Asked of what `take` has refused.
        """
        common, most = -1, 0
        for place, minor in self._cuts.asked[wish_id]:
            lacking = minor - self._slack[place]
            if lacking > 0:
                common &= self._cuts.masks[place]
                most = max(most, lacking)
        return {
            purse.id: most
            for place, purse in enumerate(self._cuts.purses)
            if most and common >> place & 1
        }

    def narrow(self, wish_id: int) -> list[int]:
        """The ids of the funds of the smallest set that refuses it."""
        refusing = [
            self._cuts.masks[place]
            for place, minor in self._cuts.asked[wish_id]
            if self._slack[place] < minor
        ]
        mask = min(refusing, key=lambda each: (each.bit_count(), each))
        return [purse.id for place, purse in enumerate(self._cuts.purses) if mask >> place & 1]

    def _flows(self, wish_id: int) -> bool:
        """Push the sum through, moving what others draw; keep a set of funds that is too narrow."""
        left, drawn = self._left.copy(), {key: dict(of) for key, of in self._drawn.items()}
        self._drawn[wish_id] = {}
        open_minor = self._cuts.sum_of(wish_id)
        while open_minor:
            pushed, seen = self._push(wish_id, open_minor)
            if not pushed:
                self._left, self._drawn = left, drawn
                self._keep(sum(1 << place for place in seen))
                return False
            open_minor -= pushed
        return True

    def _keep(self, mask: int) -> None:
        self._cuts.add(mask)
        place = len(self._cuts.masks) - 1
        used = sum(
            minor
            for wish_id in self.taken
            for at, minor in self._cuts.asked[wish_id]
            if at == place
        )
        self._slack.append(self._cuts.rooms[place] + self._more(mask) - used)

    def _push(self, wish_id: int, most: int) -> tuple[int, set[int]]:
        """One augmenting path. Returns what it carried and, where none is left, the funds seen."""
        came: dict[int, tuple[int, int]] = {}
        queue: deque[int] = deque()
        self._spread(wish_id, -1, came, queue)
        while queue:
            place = queue.popleft()
            if self._left[place]:
                return self._carry(place, came, min(most, self._left[place])), set()
            for other in sorted(self._drawn):
                if self._drawn[other].get(place):
                    self._spread(other, place, came, queue)
        return 0, set(came)

    def _spread(
        self, wish_id: int, origin: int, came: dict[int, tuple[int, int]], queue: deque[int]
    ) -> None:
        for place in self._cuts.reach(wish_id):
            if place not in came and self._free(wish_id, place) != 0:
                came[place] = (wish_id, origin)
                queue.append(place)

    def _free(self, wish_id: int, place: int) -> int | None:
        """What a wish may still draw on a fund; None is any sum."""
        limit = self._cuts.limit(place)
        return None if limit is None else limit - self._drawn[wish_id].get(place, 0)

    def _carry(self, end: int, came: dict[int, tuple[int, int]], most: int) -> int:
        path, place = [], end
        while place >= 0:
            wish_id, origin = came[place]
            path.append((wish_id, place, origin))
            free = self._free(wish_id, place)
            most = most if free is None else min(most, free)
            if origin >= 0:
                most = min(most, self._drawn[wish_id][origin])
            place = origin
        for wish_id, to, origin in path:
            drawn = self._drawn[wish_id]
            drawn[to] = drawn.get(to, 0) + most
            if origin >= 0:
                drawn[origin] -= most
        self._left[end] -= most
        return most
