"""Tracing once more, penny by penny: slow, plain, and without any span, row or index.

A cell is one penny at one place. It knows who brought it or which cell it was before, what it
was spent on, which cell it became, and in whose place it stands.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from funding.ledger.lineage import Way


@dataclass(eq=False)
class Wish:
    """What asks for pennies: kept ones, and how many it still waits for."""

    kind: str
    cause: str
    fund: int
    target: int | None = None
    kept: "list[Cell]" = field(default_factory=list)


@dataclass(eq=False)
class Cell:
    """One penny at one place."""

    fund: int
    cause: str
    before: "Cell | None" = None
    spent_on: Wish | None = None
    became: "Cell | None" = None
    stands_for: "Cell | None" = None
    stood_by: "Cell | None" = None
    is_gone: bool = False


@dataclass(eq=False)
class Unit:
    """One penny that a wish waits for."""

    wish: Wish
    instead_of: Cell | None = None


class Pennies:
    """All funds, penny by penny."""

    def __init__(self) -> None:
        self.cells: defaultdict[int, list[Cell]] = defaultdict(list)
        self.queues: defaultdict[int, list[Unit]] = defaultdict(list)
        self.wishes: list[Wish] = []

    def add(self, fund: int, minor: int, cause: str) -> None:
        """New money at the end."""
        self.cells[fund] += [Cell(fund, cause) for _each in range(minor)]
        self._fill(fund)

    def ask(self, fund: int, minor: int, cause: str, kind: str, target: int | None = None) -> None:
        """Something wants the next pennies."""
        wish = Wish(kind, cause, fund, target)
        self.wishes.append(wish)
        self.queues[fund] += [Unit(wish) for _each in range(minor)]
        self._fill(fund)

    def take_back(self, fund: int, minor: int, cause: str) -> int:
        """The last pennies of a giver go back; returns how many more were asked for."""
        own = [cell for cell in self.cells[fund] if cell.cause == cause and not cell.before]
        left = [cell for cell in own if not cell.is_gone]
        taken = left[max(0, len(left) - minor) :]
        for cell in taken:
            here, is_live = self._where(cell)
            cell.is_gone = True
            if is_live:
                here.is_gone = True
            else:
                self.queues[fund].append(Unit(Wish("recover", cause, fund), here))
        self._fill(fund)
        return minor - len(taken)

    def give_back(self, fund: int, minor: int, cause: str, kind: str) -> int:
        """The last pennies of a wish come back; returns how many more came."""
        for wish in reversed([each for each in self.wishes if each.fund == fund]):
            if (wish.cause, wish.kind) != (cause, kind):
                continue
            units = [unit for unit in self.queues[fund] if unit.wish is wish]
            dropped = units[max(0, len(units) - minor) :]
            self.queues[fund] = [unit for unit in self.queues[fund] if unit not in dropped]
            minor -= len(dropped)
            back = wish.kept[max(0, len(wish.kept) - minor) :]
            wish.kept = wish.kept[: len(wish.kept) - len(back)]
            minor -= len(back)
            self._join(fund, back, cause)
        return minor

    def _join(self, fund: int, cells: list[Cell], cause: str) -> None:
        left = [cell for cell in cells if not self._is_lacking(fund, cell)]
        for cell in left:
            cell.became = Cell(fund, cause, before=cell)
            self.cells[fund].append(cell.became)
        self._fill(fund)

    def _is_lacking(self, fund: int, cell: Cell) -> bool:
        """Whether this is money that others were to replace; then they are to no more."""
        at: Cell | None = cell
        while at is not None:
            for unit in self.queues[fund]:
                if unit.instead_of is at:
                    self.queues[fund].remove(unit)
                    return True
            if at.is_gone and not at.stood_by and self._is_wanted(at):
                return False
            at = at.stood_by or at.before
        return False

    def _is_wanted(self, cell: Cell) -> bool:
        units = [unit for queue in self.queues.values() for unit in queue]
        return any(unit.instead_of is cell for unit in units)

    def _fill(self, fund: int) -> None:
        while self.queues[fund]:
            run = self._run(fund)
            if not run:
                return
            wish = self.queues[fund][0].wish
            for cell in run:
                unit = self.queues[fund].pop(0)
                cell.spent_on = wish
                wish.kept.append(cell)
                if unit.instead_of is not None:
                    cell.stands_for, unit.instead_of.stood_by = unit.instead_of, cell
            if wish.target is not None:
                self._join(wish.target, run, wish.cause)

    def _run(self, fund: int) -> list[Cell]:
        """The next free pennies side by side, as many as the first wish waits for."""
        wish = self.queues[fund][0].wish
        wanted = sum(unit.wish is wish for unit in self.queues[fund])
        run: list[Cell] = []
        for cell in self.cells[fund]:
            is_free = not cell.is_gone and cell.spent_on is None
            if is_free and len(run) < wanted:
                run.append(cell)
            elif run:
                break
        return run

    def _where(self, cell: Cell) -> tuple[Cell, bool]:
        home, here, at = cell.fund, cell, cell
        while at.spent_on is not None:
            if at.stands_for is not None:
                at = at.stands_for
            elif at.became is not None:
                at = at.became
                here = at if at.fund == home else here
            else:
                return here, False
        return here, at.fund == home

    def of_gift(self, cause: str) -> Counter[tuple[Way, int, str]]:
        """What became of a giver's money: pennies by way, fund and what it was about."""
        found: Counter[tuple[Way, int, str]] = Counter()
        for cells in self.cells.values():
            for cell in cells:
                if cell.cause == cause and cell.before is None:
                    found.update(self._steps(cell))
        return found

    def _steps(self, cell: Cell) -> Iterator[tuple[Way, int, str]]:
        yield Way.JOINED, cell.fund, cell.cause
        at = cell
        if cell.is_gone:
            yield Way.TAKEN_BACK, cell.fund, cell.cause
            return
        while at.spent_on is not None:
            wish = at.spent_on
            if at.stands_for is not None:
                at = at.stands_for
            elif at.became is not None:
                way = Way.TRANSFERRED if wish.kind == "transfer" else Way.RETURNED
                yield way, at.fund, wish.cause
                at = at.became
            else:
                yield Way.AWARD if wish.kind == "award" else Way.COST, at.fund, wish.cause
                return
        yield Way.WAITING, at.fund, ""

    def of_award(self, cause: str) -> Counter[tuple[int, str]]:
        """Whose money an award is, by fund and cause."""
        found: Counter[tuple[int, str]] = Counter()
        for wish in self.wishes:
            if (wish.kind, wish.cause) == ("award", cause):
                found.update((wish.fund, self._giver(cell)) for cell in wish.kept)
        for queue in self.queues.values():
            found.update(
                (unit.wish.fund, "")
                for unit in queue
                if (unit.wish.kind, unit.wish.cause) == ("award", cause)
            )
        return found

    def _giver(self, cell: Cell) -> str:
        at = cell
        while True:
            if at.stood_by is not None:
                at = at.stood_by
            elif self._is_wanted(at):
                return ""
            elif at.before is not None:
                at = at.before
            else:
                return at.cause
