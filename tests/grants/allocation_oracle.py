"""The same questions, put to a solver that shares nothing with the product: HiGHS, in floats."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import highspy

from grants.wishes import Case, Wish


@dataclass
class Program:
    """A linear program that is written row by row. Variables are numbered as they come."""

    solver: highspy.Highs = field(default_factory=highspy.Highs)
    size: int = 0

    def __post_init__(self) -> None:
        self.solver.setOptionValue("output_flag", False)
        self.solver.setOptionValue("mip_rel_gap", 0.0)

    def variable(self, low: float, high: float, gain: float = 0, *, is_whole: bool = False) -> int:
        """One more unknown."""
        self.solver.addVar(low, high)
        self.solver.changeColCost(self.size, -gain)
        if is_whole:
            self.solver.changeColIntegrality(self.size, highspy.HighsVarType.kInteger)
        self.size += 1
        return self.size - 1

    def row(self, low: float, high: float, terms: Iterable[tuple[int, float]]) -> None:
        """The sum of unknowns lies between two figures."""
        places, factors = zip(*terms, strict=True) if (terms := list(terms)) else ((), ())
        self.solver.addRow(low, high, len(places), list(places), list(factors))

    def solve(self) -> float | None:
        """The most that can be gained; None where nothing satisfies all rows."""
        self.solver.run()
        if self.solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return -float(self.solver.getInfo().objective_function_value)


def _flows(program: Program, case: Case, wishes: list[Wish]) -> dict[tuple[int, int], int]:
    """What each fund pays to each, within what it holds."""
    infinite = highspy.kHighsInf
    found = {
        (wish.id, purse.id): program.variable(
            0, infinite if purse.most_minor is None else purse.most_minor
        )
        for wish in wishes
        for purse in case.purses
        if purse.id in wish.purses
    }
    for purse in case.purses:
        terms = [(at, 1.0) for (_wish, fund_id), at in found.items() if fund_id == purse.id]
        if terms:
            program.row(-infinite, purse.minor, terms)
    return found


def fit(case: Case, ids: Iterable[int]) -> bool:
    """Whether the funds can pay the first sums of all of these together."""
    program, wishes = Program(), [wish for wish in case.wishes if wish.id in set(ids)]
    flows = _flows(program, case, wishes)
    for wish in wishes:
        terms = [(at, 1.0) for (wish_id, _fund), at in flows.items() if wish_id == wish.id]
        if not terms:
            return False
        program.row(case.first(wish), case.first(wish), terms)
    return program.solve() is not None


def most_weighted(case: Case, taken: Iterable[int]) -> float | None:
    """The most of marks times money when all of these are funded."""
    program, wishes = Program(), [wish for wish in case.wishes if wish.id in set(taken)]
    flows = _flows(program, case, wishes)
    sums = {
        wish.id: program.variable(case.first(wish), case.most(wish), wish.score + 1)
        for wish in wishes
    }
    for wish in wishes:
        terms = [(at, 1.0) for (wish_id, _fund), at in flows.items() if wish_id == wish.id]
        program.row(0, 0, [*terms, (sums[wish.id], -1.0)])
    for country, cap in case.rules.by_country.items():
        terms = [(sums[wish.id], 1.0) for wish in wishes if wish.country == country]
        if terms:
            program.row(0, cap, terms)
    return program.solve()


def most_marks(case: Case) -> float | None:
    """The most marks over the bar that any set has."""
    program, rules = Program(), case.rules
    flows = _flows(program, case, list(case.wishes))
    chosen = {}
    for wish in case.wishes:
        is_out = (wish.score < rules.bar and not wish.is_must) or (
            wish.least_minor > case.most(wish)
        )
        gain = max(0, wish.score - rules.bar)
        chosen[wish.id] = program.variable(int(wish.is_must), int(not is_out), gain, is_whole=True)
        terms = [(at, 1.0) for (wish_id, _fund), at in flows.items() if wish_id == wish.id]
        program.row(0, 0, [*terms, (chosen[wish.id], -float(case.first(wish)))])
    for pair in rules.exclusive:
        program.row(0, 1, [(chosen[each], 1.0) for each in sorted(pair)])
    for country, cap in rules.by_country.items():
        of = [wish for wish in case.wishes if wish.country == country]
        if of:
            program.row(0, cap, [(chosen[wish.id], float(case.first(wish))) for wish in of])
    if rules.per_applicant is not None:
        for name in {wish.applicant for wish in case.wishes}:
            of = [wish for wish in case.wishes if wish.applicant == name]
            program.row(0, rules.per_applicant, [(chosen[wish.id], 1.0) for wish in of])
    return program.solve()
