"""python -m tests.benchmarks [--quick] [name ...]: G1 .. G10, YEAR, ALLOC, or all of them."""

import argparse
import sys
import time
from collections.abc import Callable
from typing import Final

from tests.benchmarks import (
    allocating,
    crowd,
    following,
    importing,
    intake,
    pages,
    posting,
    receipts,
    size,
    year_end,
)
from tests.benchmarks.answering import ROOT
from tests.benchmarks.ground import Ground
from tests.benchmarks.report import Finding, keep, show
from tests.benchmarks.rounds import Pace

Run = Callable[[Ground, Pace], list[Finding]]
# What is measured in turns of one run belongs together.
RUNS: Final[dict[tuple[str, ...], Run]] = {
    ("G1", "G2"): posting.run,
    ("G3",): crowd.run,
    ("G4", "G5"): size.run,
    ("G6",): importing.run,
    ("G7",): receipts.run,
    ("G8",): intake.run,
    ("G9",): pages.run,
    ("G10",): following.run,
    ("YEAR",): year_end.run,
    ("ALLOC",): allocating.run,
}


def main() -> int:
    """Run what was named; always 0 when it ran, whatever it found."""
    parser = argparse.ArgumentParser(prog="manage.py bench", description=__doc__)
    known = [name for names in RUNS for name in names]
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(known))
    parser.add_argument("--quick", action="store_true", help="only see whether it works")
    given = parser.parse_args()
    wanted = {name.upper() for name in given.names} or set(known)
    if unknown := wanted - set(known):
        parser.error(f"There is no {', '.join(sorted(unknown))}. There are {', '.join(known)}.")
    pace = Pace.of(quick=given.quick)
    findings: list[Finding] = []
    with Ground() as ground:
        told = ground.settings()
        print(f"PostgreSQL {told['server_version']}, durable", flush=True)
        for names, run in RUNS.items():
            if wanted & set(names):
                start = time.monotonic()
                print(f"{', '.join(names)} ...", end=" ", flush=True)
                findings += run(ground, pace)
                print(f"{time.monotonic() - start:.0f} s", flush=True)
    show(findings)
    if pace.is_quick:
        print("\nA quick run shows that everything works; its figures mean nothing.")
    keep(findings, ROOT / "var" / "bench" / "last.json", is_quick=pace.is_quick)
    return 0


if __name__ == "__main__":
    sys.exit(main())
