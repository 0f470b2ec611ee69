"""Goal: a change goes from its page to a signed amendment, and rubbish changes nothing."""

import datetime as dt
from typing import Any

import pytest
from django.core.cache import cache

from funding import clock
from funding.documents import register
from grants import change_facts, pack_parts, tranches
from grants.models import AwardChange, Schedule
from tests.grants.payments.cast import Stage, stage
from tests.grants.payments.changed import (
    accepted,
    approved,
    requested,
    under_way,
)
from tests.grants.payments.desk import at, browser, text
from tests.grants.payments.test_agreement_pages import states

pytestmark = pytest.mark.django_db

RUBBISH = ("\x00", "1000000000000", "١٢٣", "᠑᠒᠓", "x" * 5_000, "-1", "1e9", "", "NaN", "💶")


@pytest.fixture
def set_() -> Stage:
    """An award that was agreed on, its people, and no brakes left over from another test."""
    cache.clear()
    made = stage()
    under_way(made)
    return made


def typed(set_: Stage, **facts: Any) -> dict[str, Any]:
    """The form as the page shows it, with what somebody wrote over it."""
    now = change_facts.standing(set_.award)
    said = {
        "after": "0",
        "reason": "Żółw, 雪豹, манул.",
        "ends_on": "",
        "interim_due_on": str(now.interim_due_on),
        "final_due_on": str(now.final_due_on),
        "line-0": "600",
        "line-1": "400.00",
    }
    for number, piece in enumerate(now.parts):
        said |= {f"amount-{number}": str(piece.amount_minor // 100)}
        said |= {f"due-{number}": str(piece.due_on)}
    return said | {name.replace("_at_", "-"): each for name, each in facts.items()}


def test_a_change_goes_from_the_grantee_to_a_signed_amendment(set_: Stage) -> None:
    asel, pat, dan = browser(set_.asel, factor=False), browser(set_.pat), browser(set_.dan)
    assert "Ask for a change" in text(asel.get(at(set_.award)))
    assert "It has come or was asked for" in text(asel.get(at(set_.award, "change_ask")))
    later = clock.today("UTC") + dt.timedelta(days=400)
    sent = typed(set_, final_due_on=str(later), amount_at_1="200", amount_at_2="200")
    where = asel.post(at(set_.award, "change_ask"), sent)["Location"]
    change = AwardChange.objects.get()
    assert where == at(set_.award, "change", number=1)
    assert states(set_.pat) == ["to be answered"]
    assert "A change waits already" in text(asel.get(at(set_.award, "change_ask")))
    page = text(pat.get(where))
    assert "Żółw, 雪豹, манул." in page
    assert "200.00" in page
    answer = at(set_.award, "change_answer", number=1)
    pat.post(answer, {"do": "approve", "words": "Go on."})
    assert states(set_.pat) == []
    assert "second person" in states(set_.tara)
    assert "You approved it. Much money moves" in text(pat.get(where))
    dan.post(answer, {"do": "approve"})
    assert "to be accepted" in states(set_.asel)
    change.refresh_from_db()
    assert change.document is not None
    register.render(change.document.pk)
    assert asel.get(at(set_.award, "change_paper", number=1)).content.startswith(b"%PDF")
    sign = at(set_.award, "change_accept", number=1)
    text(asel.post(sign, {"sha256": "0" * 64, "name": "Asel"}), 409)
    text(asel.post(sign, {"sha256": change.sha256, "name": ""}), 422)
    asel.post(sign, {"sha256": change.sha256, "name": "Өнөржаргал Asel"})
    change.refresh_from_db()
    assert change.signed is not None
    register.render(change.signed.pk)
    assert [part.amount.minor for part in tranches.of(set_.award)] == [60_000, 20_000, 20_000]
    assert "to be accepted" not in states(set_.asel)
    for client in (asel, pat, dan):
        assert "in force" in text(client.get(at(set_.award)))
    paths = [file.path for file in pack_parts.of_award(set_.award)]
    assert "09-agreement/change-1.json" in paths
    assert "09-agreement/change-1-signed.pdf" in paths


def test_a_declined_change_says_why_and_keeps_the_words_that_were_typed(set_: Stage) -> None:
    requested(set_)
    pat, asel = browser(set_.pat), browser(set_.asel, factor=False)
    answer = at(set_.award, "change_answer", number=1)
    assert "Write why" in text(pat.post(answer, {"do": "decline", "words": " "}), 409)
    tara = browser(set_.tara)
    page = text(tara.post(answer, {"do": "approve", "words": "Mine."}), 409)
    assert "not for you" in page
    pat.post(answer, {"do": "decline", "words": "The season is over."})
    assert "The season is over." in text(asel.get(at(set_.award, "change", number=1)))
    text(asel.post(at(set_.award, "change_withdraw", number=1)), 409)
    assert asel.get(at(set_.award, "change_paper", number=1)).status_code == 404
    assert asel.get(at(set_.award, "change", number=2)).status_code == 404


def test_the_grantee_withdraws_an_amendment_that_waits(set_: Stage) -> None:
    approved(set_, requested(set_))
    asel, pat = browser(set_.asel, factor=False), browser(set_.pat)
    assert "Take the amendment back" in text(pat.get(at(set_.award, "change", number=1)))
    asel.post(at(set_.award, "change_withdraw", number=1))
    assert AwardChange.objects.get().state == "withdrawn"
    page = text(asel.post(at(set_.award, "change_ask"), typed(set_, after="0")), 409)
    assert "Another change was asked for meanwhile" in page


@pytest.mark.parametrize("rubbish", RUBBISH)
@pytest.mark.parametrize(
    "name", ["line-0", "amount-1", "due-1", "ends_on", "final_due_on", "after", "reason"]
)
def test_rubbish_is_told_and_changes_nothing(set_: Stage, name: str, rubbish: str) -> None:
    asel = browser(set_.asel, factor=False)
    later = str(clock.today("UTC") + dt.timedelta(days=400))
    sent = typed(set_, final_due_on=later) | {name: rubbish}
    answer = asel.post(at(set_.award, "change_ask"), sent)
    assert answer.status_code in {302, 409, 422}
    # Words may be any words, and a day of the work may be left out.
    if answer.status_code == 302:
        assert name in {"reason", "ends_on"}
    else:
        assert not AwardChange.objects.exists()
        assert "Nothing was changed." in text(answer, answer.status_code)
    assert Schedule.objects.count() == 1


@pytest.mark.parametrize("rubbish", RUBBISH)
def test_rubbish_signs_and_answers_nothing(set_: Stage, rubbish: str) -> None:
    asel, pat = browser(set_.asel, factor=False), browser(set_.pat)
    requested(set_)
    answer = at(set_.award, "change_answer", number=1)
    sent = pat.post(answer, {"do": rubbish or "decline", "words": rubbish})
    assert sent.status_code in {302, 409, 422}
    row = AwardChange.objects.get()
    if row.state == "asked":
        row = approved(set_, row)
    sign = at(set_.award, "change_accept", number=1)
    assert asel.post(sign, {"sha256": rubbish, "name": "Asel"}).status_code in {409, 422}
    assert AwardChange.objects.get().state == "offered"


def test_the_page_is_the_same_for_one_and_for_many_changes(
    set_: Stage, django_assert_max_num_queries: Any
) -> None:
    asel = browser(set_.asel, factor=False)
    for number in range(3):
        row = accepted(set_, approved(set_, requested(set_, after=number)))
    assert row.number == 3
    with django_assert_max_num_queries(90):
        page = text(asel.get(at(set_.award)))
    assert page.count("in force") == 3
