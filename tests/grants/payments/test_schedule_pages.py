"""Goal: the schedule of an award is made, read and followed on pages."""

import pytest
from django.core.cache import cache

from funding import waits
from grants import tranches
from grants.models import Disbursement, Fulfilment, Schedule
from tests.grants.payments.cast import Stage, stage
from tests.grants.payments.desk import asked, at, browser, text
from tests.grants.payments.scheduled import agreed, met, scheduled

pytestmark = pytest.mark.django_db


@pytest.fixture
def set_() -> Stage:
    """The award and its people, and no brakes left over from another test."""
    cache.clear()
    return stage()


def sent(**facts: str) -> dict[str, str]:
    """A form of a schedule with two parts."""
    return {
        "after": "0",
        "interim_due_on": "2027-06-01",
        "final_due_on": "2028-01-31",
        "amount-0": "900",
        "due-0": "2027-01-15",
        "condition-0": "signed",
        "amount-1": "100.00",
        "due-1": "2028-03-01",
        "condition-1": "final",
    } | facts


def test_an_officer_sets_out_an_award_and_it_is_followed(set_: Stage) -> None:
    award, pat = set_.award, browser(set_.pat)
    assert [wait.state for wait in waits.for_user(set_.pat)] == ["no schedule"]
    assert "no schedule: any part of it" in text(pat.get(at(award)))
    page = text(pat.get(at(award, "schedule")))
    assert all(f'value="{sum_}"' in page for sum_ in ("600.00", "300.00", "100.00"))
    assert pat.post(at(award, "schedule"), sent())["Location"] == at(award)
    assert [wait.state for wait in waits.for_user(set_.pat)] == ["to draw up"]
    set_.banked()
    asel = browser(set_.asel, factor=False)
    assert "waits for the agreement" in text(asel.get(at(award, "ask")))
    assert [wait.state for wait in waits.for_user(set_.asel)] == []
    answer = pat.post(at(award, "part", number=1), {"words": "Signed on paper."})
    assert "accepts the agreement on its own page" in text(answer, 409)
    agreed(set_)
    page = text(asel.get(at(award)))
    assert "€900.00 can be asked for now." in page
    asel.post(at(award, "ask"), asked(amount="900", tranche="1"))
    assert Disbursement.objects.get().tranche_number == 1
    assert "payment 1</a>" in text(asel.get(at(award)))
    assert "stays as it is" in text(pat.get(at(award, "schedule")))


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"amount-0": "901"}, "The parts come to €1,001.00. They have to come to €1,000.00."),
        ({"amount-0": "1000000000000"}, "They have to come to €1,000.00."),
        ({"amount-0": "nine"}, "Write the amount in digits"),
        ({"amount-0": ""}, "Write how much."),
        ({"due-0": ""}, "Choose a day."),
        ({"due-0": "soon\x00"}, "Choose a day."),
        ({"condition-0": ""}, "Choose what it waits for."),
        ({"condition-0": "x"}, ""),
        ({"condition-0": "milestone", "words-0": ""}, "Write what the milestone is."),
        ({"words-0": "\x00"}, "Null characters"),
        ({"final_due_on": ""}, "Choose a day."),
        ({"final_due_on": "2027-05-01"}, "The interim report comes before the final one."),
        ({"after": "x"}, ""),
    ],
)
def test_a_schedule_that_is_none_comes_back_filled_in(
    set_: Stage, facts: dict[str, str], said: str
) -> None:
    page = text(browser(set_.pat).post(at(set_.award, "schedule"), sent(**facts)), 422)
    assert said in page
    assert 'value="100.00"' in page
    assert not Schedule.objects.exists()


def test_another_schedule_made_meanwhile_is_shown_first(set_: Stage) -> None:
    pat = browser(set_.pat)
    scheduled(set_)
    answer = pat.post(at(set_.award, "schedule"), sent())
    assert "Another schedule was made meanwhile" in text(answer, 409)
    assert pat.post(at(set_.award, "schedule"), sent(after="1")).status_code == 302
    assert Schedule.objects.count() == 2


def test_a_part_is_asked_for_on_the_page_within_its_sum(set_: Stage) -> None:
    set_.banked()
    scheduled(set_)
    met(set_)
    asel = browser(set_.asel, factor=False)
    page = text(asel.get(at(set_.award, "ask")))
    assert 'value="600.00"' in page
    assert "Part 2: up to" not in page
    for facts, status, said in (
        ({"tranche": ""}, 422, "Choose the part"),
        ({"tranche": "9"}, 422, ""),
        ({"tranche": "2"}, 409, "It waits for the interim report"),
        ({"tranche": "1", "amount": "600.01"}, 409, "Part 1 comes to €600.00"),
    ):
        assert said in text(asel.post(at(set_.award, "ask"), asked(**facts)), status)
    assert not Disbursement.objects.exists()
    for _ in range(2):
        answer = asel.post(at(set_.award, "ask"), asked(tranche="1"))
        assert answer["Location"] == at(set_.award)
    assert Disbursement.objects.count() == 1


def test_that_a_milestone_is_reached_needs_words(set_: Stage) -> None:
    scheduled(set_, (90_000, "milestone", "Traps are out"), (10_000, "final", ""))
    pat = browser(set_.pat)
    assert "Traps are out" in text(pat.get(at(set_.award, "part", number=1)))
    text(pat.post(at(set_.award, "part", number=1), {"words": ""}), 422)
    assert pat.get(at(set_.award, "part", number=7)).status_code == 404
    assert not Fulfilment.objects.exists()
    pat.post(at(set_.award, "part", number=1), {"words": "Photos of all forty."})
    assert tranches.of(set_.award)[0].is_ready
    assert "Photos of all forty." in text(pat.get(at(set_.award, "part", number=1)))
