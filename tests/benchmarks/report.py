"""What was found, against the goal: a table for people and a file for programs."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.rounds import Spread


@dataclass(frozen=True, slots=True)
class Finding:
    """One figure. Without a goal it only explains another one."""

    name: str
    what: str
    found: Spread
    unit: str = "x"
    at_least: float | None = None
    at_most: float | None = None
    detail: str = ""

    @property
    def goal(self) -> str:
        """'>= 3x', or nothing."""
        if self.at_least is not None:
            return f">= {self.at_least:g}{self.unit}"
        return f"<= {self.at_most:g}{self.unit}" if self.at_most is not None else ""

    @property
    def is_reached(self) -> bool | None:
        """Whether the median is within the goal."""
        if self.at_least is not None:
            return self.found.median >= self.at_least
        return self.found.median <= self.at_most if self.at_most is not None else None


def show(findings: Sequence[Finding]) -> None:
    """The table, as Markdown, on the standard output."""
    print("\n| | what | found: median [smallest-largest] | goal | |")
    print("|---|---|---|---|---|")
    for each in findings:
        verdict = {True: "reached", False: "NOT reached", None: ""}[each.is_reached]
        what = f"{each.what} ({each.detail})" if each.detail else each.what
        print(f"| {each.name} | {what} | {each.found.text(unit=each.unit)} ", end="")
        print(f"| {each.goal} | {verdict} |")


def keep(findings: Sequence[Finding], path: Path, *, is_quick: bool) -> None:
    """The same as JSON."""
    rows = [
        {
            "name": each.name,
            "what": each.what,
            "median": each.found.median,
            "values": each.found.values,
            "unit": each.unit,
            "goal": each.goal,
            "reached": each.is_reached,
            "detail": each.detail,
        }
        for each in findings
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"quick": is_quick, "findings": rows}, indent=1) + "\n")
