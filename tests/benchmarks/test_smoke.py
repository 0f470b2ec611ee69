"""The benchmarks can be run. What they find is never judged here."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.db import connection

from tests import migrated
from tests.benchmarks import following, importing, year_end
from tests.benchmarks.ground import Ground
from tests.benchmarks.report import Finding
from tests.benchmarks.rounds import Pace, Slice, Spread, ratios, take_turns

ROOT = Path(__file__).resolve().parents[2]


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", "G99"],
        cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "There is no G99" in done.stderr
    assert "G1, G2" in done.stderr


def test_each_side_takes_its_turn_and_the_order_changes() -> None:
    order: list[str] = []

    def side(name: str) -> Slice:
        order.append(name)
        return Slice(10, 2.0, 1.0)

    turns = take_turns({"a": lambda: side("a"), "b": lambda: side("b")}, 2)
    assert order == ["a", "b", "a", "b", "b", "a"]
    assert [each.rate for each in turns["a"]] == [5, 5]
    assert turns["b"][0].cpu_each == 0.1


def test_a_goal_is_judged_by_the_median_of_the_rounds() -> None:
    found = ratios([3, 10, 4], [1, 2, 2])
    assert found == Spread((3, 5, 2))
    assert Finding("G1", "", found, at_least=3).is_reached
    assert not Finding("G1", "", found, at_least=3.1).is_reached
    assert not Finding("G4", "", found, at_most=2.9).is_reached
    assert Finding("-", "", found).is_reached is None
    assert found.text(unit="x") == "3.00x [2.00-5.00]"


def test_a_quick_run_is_short() -> None:
    quick, real = Pace.of(quick=True), Pace.of(quick=False)
    assert quick.rounds * quick.seconds < 1 < real.rounds * real.seconds


@pytest.fixture
def ground(django_db_setup: None, django_db_blocker: Any) -> Iterator[Ground]:
    """The tests' own server, which already has a database with the product's tables."""
    del django_db_setup
    with django_db_blocker.unblock():
        template = migrated.template()
        connection.close()
    with Ground(template=template) as ground:
        yield ground


def tiny() -> Pace:
    quick = Pace.of(quick=True)
    return replace(quick, seconds=0.01, imported=20, rows=5, donors=8, laid_out=2)


@pytest.mark.simulation
@pytest.mark.parametrize("which", [importing, following, year_end], ids=lambda each: each.__name__)
def test_what_needs_no_peer_is_measured(ground: Ground, which: ModuleType) -> None:
    """Whether the rows are all there is asked by the benchmarks themselves."""
    found = which.run(ground, tiny())
    assert all(finding.found.median > 0 for finding in found)
