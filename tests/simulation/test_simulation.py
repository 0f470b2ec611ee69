"""Goal: gifts and refunds under all faults, and the books are right at every step.

manage.py test tests/simulation                              the short run: 3 seeds of 40 steps
manage.py test tests/simulation --seeds 1000 --steps 200     the long one
manage.py test tests/simulation --seed 17 --seeds 1 -s       one seed again

A year of regular giving is played for every third seed.
"""

import pytest

from tests.simulation.run import run, run_year

pytestmark = [pytest.mark.simulation, pytest.mark.xdist_group("simulation")]


def test_the_books_are_right_at_every_step(
    seed: int, steps: int, committed: None, capsys: pytest.CaptureFixture[str]
) -> None:
    told = run(seed, steps)
    with capsys.disabled():
        print(f"\n{told}")


def test_a_year_of_pledges_charges_every_instalment_once(
    year: int, committed: None, capsys: pytest.CaptureFixture[str]
) -> None:
    told = run_year(year)
    with capsys.disabled():
        print(f"\n{told}")
