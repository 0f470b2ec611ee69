"""Options of the simulation: which seeds, how many, how long."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections

from tests.conftest import wipe
from tests.simulation.stage import Stage

SEEDS, STEPS, FIRST = 3, 40, 1


def pytest_addoption(parser: pytest.Parser) -> None:
    """Known when this folder is named on the command line; elsewhere the defaults hold."""
    group = parser.getgroup("simulation")
    group.addoption("--seeds", type=int, default=SEEDS, help="how many seeds to play")
    group.addoption("--steps", type=int, default=STEPS, help="how many steps each")
    group.addoption("--seed", type=int, default=FIRST, help="the first seed")


def _told(config: pytest.Config, name: str, default: int) -> int:
    value: int = config.getoption(name, default=default)
    return value


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes a `seed` runs once for each; one that takes a `year`, for each third."""
    if "seed" in metafunc.fixturenames:
        first = _told(metafunc.config, "--seed", FIRST)
        count = _told(metafunc.config, "--seeds", SEEDS)
        metafunc.parametrize("seed", range(first, first + count))
    if "year" in metafunc.fixturenames:
        first = _told(metafunc.config, "--seed", FIRST)
        count = _told(metafunc.config, "--seeds", SEEDS)
        metafunc.parametrize("year", range(first, first + -(-count // 3)))


@pytest.fixture
def steps(pytestconfig: pytest.Config) -> int:
    """How many steps a simulation has."""
    return _told(pytestconfig, "--steps", STEPS)


@pytest.fixture(scope="module")
def long_stage(django_db_setup: None, django_db_blocker: Any) -> Iterator[Stage]:
    """One stage for all tests of a file, because its processes take seconds to start.

    Its worker has a hand for each kind of call to Stripe.
    """
    with django_db_blocker.unblock():
        with Stage(0, hands=4) as stage:
            yield stage
        connections.close_all()
        wipe()
