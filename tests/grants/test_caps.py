"""Goal: what the call promises of limits holds for every motion, however it was written."""

import pytest

from grants import decisions, motions
from grants.caps import OverTheLimit
from grants.models import Motion, Round
from tests.grants.decisions.cast import Table, table
from tests.grants.decisions.test_motions import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def set_() -> Table:
    """Two applications of one organisation in Mongolia, each of 1,000.00."""
    found = table(300_000, 100_000)
    found.apply("Ibex")
    found.apply("Lynx")
    return found


def limited(set_: Table, **limits: int) -> None:
    Round.objects.filter(pk=set_.round.pk).update(**limits)
    set_.round.refresh_from_db()


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"most_per_country_minor": 149_999}, "at most €1,499.99 goes to Mongolia"),
        ({"most_per_applicant": 1}, "gets at most 1"),
        ({"most_of_fund_percent": 1, "sliver_minor": 0}, "takes at most €999.99 of Fund 0"),
    ],
)
def test_a_motion_over_a_limit_is_neither_written_nor_put(
    set_: Table, limits: dict[str, int], said: str
) -> None:
    set_.round.funds.update(envelope_minor=9_999_900)
    motion = set_.propose({0: 100_000}, {0: 50_000})
    limited(set_, **limits)
    assert said in refused(
        set_, OverTheLimit, lambda: motions.put(motion_id=motion.pk, by=set_.dan)
    )
    Motion.objects.filter(pk=motion.pk).update(state="withdrawn")
    motion.items.update(state="withdrawn")
    assert said in refused(set_, OverTheLimit, lambda: set_.propose({0: 100_000}, {0: 50_000}))


def test_what_just_fits_is_put(set_: Table) -> None:
    limited(set_, most_per_country_minor=150_000, most_per_applicant=2, most_of_fund_percent=1)
    assert set_.put({0: 100_000}, {0: 50_000}).state == "open"


def test_what_was_awarded_or_is_voted_on_counts_and_what_was_rejected_does_not(
    set_: Table,
) -> None:
    limited(set_, most_per_country_minor=149_999)
    first = set_.put({0: 100_000}, applications=set_.applications[:1])
    later = set_.applications[1:]
    refused(set_, OverTheLimit, lambda: set_.propose({0: 50_000}, applications=later))
    set_.vote(first, *["against"] * 5)
    decisions.close(motion_id=first.pk)
    assert set_.put({0: 50_000}, applications=later).state == "open"
