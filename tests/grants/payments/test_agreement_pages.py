"""Goal: an award is agreed on through pages and a paper, each side seeing whose turn it is."""

from typing import Any

import pytest
from django.core.cache import cache

from funding import waits
from funding.documents import register
from grants import agreements
from grants.models import Agreement, AwardBudget
from tests.grants.payments.cast import Stage, stage
from tests.grants.payments.desk import at, browser, text
from tests.grants.payments.scheduled import agreed, scheduled
from tests.grants.payments.test_agreements import asked

pytestmark = pytest.mark.django_db


@pytest.fixture
def set_() -> Stage:
    """The award and its people, and no brakes left over from another test."""
    cache.clear()
    return stage()


def states(person: Any) -> list[str]:
    """What waits for a person, in words."""
    return [wait.state for wait in waits.for_user(person)]


def test_an_award_is_agreed_on_from_its_budget_to_the_second_signature(set_: Stage) -> None:
    asked(set_, 90_000, 30_000)
    scheduled(set_)
    asel, pat, dan = browser(set_.asel, factor=False), browser(set_.pat), browser(set_.dan)
    assert "budget" in states(set_.asel)
    assert "fit the budget" in text(pat.get(at(set_.award, "agreement")))
    cuts = {"after": "0", "amount-0": "700", "amount-1": "300.00"}
    assert asel.post(at(set_.award, "budget"), cuts)["Location"] == at(set_.award)
    assert states(set_.pat) == ["to draw up"]
    pat.post(at(set_.award, "draw_up"))
    assert "to be accepted" in states(set_.asel)
    page = text(asel.get(at(set_.award, "agreement")))
    drawn = Agreement.objects.get()
    assert drawn.sha256 in page
    assert "Nobody is harmed by this work." in page
    asel.post(at(set_.award, "accept"), {"sha256": drawn.sha256, "name": "Asel Example"})
    assert states(set_.dan) == ["to sign"]
    assert states(set_.pat) == []
    assert "You drew it up. Another person" in text(pat.get(at(set_.award, "agreement")))
    dan.post(at(set_.award, "countersign"))
    for client in (asel, pat, dan):
        assert "signed by both" in text(client.get(at(set_.award)))


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"amount-0": "701"}, "The lines come to €1,001.00"),
        ({"amount-0": "1000000000000"}, "have to come to the award"),
        ({"amount-0": "x"}, "Write the amount in digits"),
        ({"amount-0": "\x00"}, "Null characters"),
        ({"amount-0": ""}, "Write the sum, or 0."),
        ({"amount-0": "600", "amount-1": "400"}, "more than you asked for"),
        ({"after": "no"}, ""),
    ],
)
def test_a_budget_that_is_none_comes_back_filled_in(
    set_: Stage, facts: dict[str, str], said: str
) -> None:
    asked(set_, 90_000, 30_000)
    cuts = {"after": "0", "amount-0": "700", "amount-1": "300.00", "reason-0": "Wól"} | facts
    page = text(browser(set_.asel, factor=False).post(at(set_.award, "budget"), cuts), 422)
    assert said in page
    assert 'value="Wól"' in page
    assert not AwardBudget.objects.exists()


def test_a_text_that_changed_under_the_page_is_shown_and_not_accepted(set_: Stage) -> None:
    scheduled(set_)
    drawn = agreements.draw_up(award_id=set_.award.pk, by=set_.pat)
    scheduled(set_, (100_000, "signed", ""), after=1)
    asel = browser(set_.asel, factor=False)
    sent = {"sha256": drawn.sha256, "name": "Asel"}
    assert "was changed meanwhile" in text(asel.post(at(set_.award, "accept"), sent), 409)
    again = agreements.draw_up(award_id=set_.award.pk, by=set_.pat)
    page = text(asel.post(at(set_.award, "accept"), sent), 409)
    assert again.sha256 in page
    assert f'value="{drawn.sha256}"' not in page
    text(asel.post(at(set_.award, "accept"), {"sha256": again.sha256, "name": ""}), 422)
    assert not Agreement.objects.filter(accepted_at__isnull=False).exists()


def test_the_paper_carries_the_text_and_both_names(set_: Stage) -> None:
    asked(set_, 60_000, 40_000)
    scheduled(set_)
    agreed(set_, name="Өнөржаргал 张 Żółw")
    signed = agreements.countersign(award_id=set_.award.pk, by=set_.dan).signed
    assert signed is not None
    register.render(signed.pk)
    answer = browser(set_.asel, factor=False).get(at(set_.award, "agreement_paper"))
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    assert not register.find(signed.verify_code).error  # type: ignore[union-attr]
