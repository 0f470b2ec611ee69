"""Goal: nothing that an applicant types is lost, and nobody else sees a draft."""

import datetime as dt
import re
import uuid
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from funding import clock, limits, waits
from funding.mail.models import Mail
from funding.parties.models import Organisation
from grants import applications, gaps
from grants.models import Application, Round
from tests.grants.applications.cast import LINES, Stage, stage
from tests.people import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def set_() -> Stage:
    """The round and its people."""
    cache.clear()
    return stage()


@pytest.fixture
def asel(client: Client, set_: Stage) -> Client:
    """Asel, signed in."""
    sign_in(client, set_.asel, factor=False)
    return client


def typed(draft: Application, **facts: str) -> dict[str, str]:
    """The whole form as a browser sends it."""
    lines: dict[str, str] = {"lines": str(len(LINES))}
    for at, line in enumerate(LINES):
        lines |= {
            f"line-{at}-what": line.what,
            f"line-{at}-category": line.category,
            f"line-{at}-quantity": str(line.quantity),
            f"line-{at}-unit": f"{line.unit_minor / 100:.2f}",
            f"line-{at}-source": line.source,
        }
    told = {
        "version": str(draft.version),
        "tab": "one",
        "body_name": "Өмнөговь нохой",
        "body_country": "MN",
        "title": "Нохой 牧羊犬",
        "theme": "T3",
        "area": "research",
        "country": "MN",
        "province": "Сүхбаатар",
        "summary": "We vaccinate the dogs of 61 families.",
        "methods": "Two visits each; dogs are counted.",
        "starts_on": "2027-03-01",
        "ends_on": "2027-10-31",
        "minimum": "3,500.00",
        "minimum_reason": "With less we reach only half.",
    }
    return told | lines | {name.replace("__", "-"): value for name, value in facts.items()}


def address(draft: Application, more: str = "") -> str:
    return f"/apply/{draft.uuid}/{more}"


def save(client: Client, draft: Application, **facts: str) -> Any:
    return client.post(address(draft, "save/"), typed(draft, **facts))


def value(page: str, name: str) -> str:
    """What stands in a field of a page."""
    found = re.search(rf'name="{name}"[^>]* value="([^"]*)"', page) or re.search(
        rf'value="([^"]*)"[^>]* name="{name}"', page
    )
    assert found is not None, name
    return found[1]


def begin(client: Client, set_: Stage, **facts: str) -> HttpResponse:
    told = {
        "uuid": str(uuid.uuid4()),
        "organisation": "new",
        "body_name": "Өмнөговь нохой",
        "body_country": "MN",
        "title": "Нохой 牧羊犬",
        "theme": "T3",
        "area": "research",
    }
    answer = client.post(f"/apply/rounds/{set_.round.slug}/", told | facts)
    assert isinstance(answer, HttpResponse)
    return answer


def test_an_application_goes_from_nothing_to_sent_without_a_script(
    asel: Client, set_: Stage
) -> None:
    assert set_.round.name in asel.get("/apply/").text
    assert asel.get(f"/apply/rounds/{set_.round.slug}/").status_code == 200
    begun = begin(asel, set_)
    draft = Application.objects.get()
    assert begun["Location"] == address(draft)
    page = asel.get(address(draft)).text
    assert "Нохой 牧羊犬" in page
    assert value(page, "version") == "1"
    saved = save(asel, draft)
    assert saved["Location"] == address(draft)
    draft.refresh_from_db()
    sent = save(asel, draft, do="send")
    assert sent["Location"] == address(draft)
    draft.refresh_from_db()
    assert (draft.state, draft.ask_minor) == ("submitted", 501_000)
    page = asel.get(address(draft)).text
    for words in ("Sent. A mail confirms it.", draft.sha256, "Сүхбаатар", "€5,010.00"):
        assert words in page
    assert "Нохой 牧羊犬" in asel.get("/apply/").text


def test_what_cannot_be_read_is_kept_as_it_was_typed(asel: Client, set_: Stage) -> None:
    draft = set_.started()
    wrong = {"minimum": "about 3", "line__1__unit": "some 130", "ends_on": "2026-01-01"}
    saved = save(asel, draft, do="send", **wrong)
    assert saved["Location"] == address(draft, "?check=1")
    draft.refresh_from_db()
    assert draft.state == "draft"
    assert draft.project.title == "Нохой 牧羊犬"
    assert gaps.lines_of(draft) == [LINES[0], LINES[2]]
    page = asel.get(address(draft, "?check=1")).text
    assert "3 things to put right" in page
    for words in ("about 3", "some 130", "Budget, line 2", "Write the amount in digits"):
        assert words in page
    assert value(page, "ends_on") == "2026-01-01"
    assert not Mail.objects.exists()
    save(asel, draft, version="2", do="send")
    draft.refresh_from_db()
    assert (draft.state, draft.typed) == ("submitted", {})
    assert gaps.lines_of(draft) == list(LINES)


def test_what_is_missing_stands_at_its_field_and_above(asel: Client, set_: Stage) -> None:
    draft = set_.started()
    facts = {"summary": "word " * 174, "minimum_reason": "", "lines": "0"}
    save(asel, draft, do="send", **facts)
    page = asel.get(address(draft, "?check=1")).text
    assert "3 things to put right" in page
    assert '<a href="#id_summary">Summary: Shorten this by 24 words.</a>' in page
    assert '<span class="err" id="id_summary_error">Shorten this by 24 words.</span>' in page
    assert '<a href="#part-budget">Write at least one line that is asked of this fund.</a>' in page
    assert "174 of 150 words" in page
    assert "things to put right" not in asel.get(address(draft)).text


def test_a_second_window_is_told_and_keeps_what_was_typed_in_it(asel: Client, set_: Stage) -> None:
    draft = set_.started()
    save(asel, draft, title="First window")
    stale = save(asel, draft, tab="two", title="Second window", summary="Typed in the second")
    assert stale.status_code == 409
    for words in ("Another window saved", "Second window", "Typed in the second", "data-held"):
        assert words in stale.text
    draft.refresh_from_db()
    assert draft.project.title == "First window"
    assert value(stale.text, "version") == "2"
    save(asel, draft, tab="two", title="Second window")
    draft.refresh_from_db()
    draft.project.refresh_from_db()
    assert draft.project.title == "Second window"


def test_the_script_saves_the_same_and_hears_what_it_comes_to(asel: Client, set_: Stage) -> None:
    draft = set_.started()
    answer = asel.post(address(draft, "autosave/"), typed(draft, line__1__unit="some"))
    said = answer.json()
    assert said["version"] == 2
    assert re.fullmatch(r"Saved \d\d:\d\d UTC", said["saved"])
    assert said["counts"]["summary"] == "7 of 150 words"
    assert said["amounts"] == ["1,890.00", "", "1,400.00"]
    assert said["sums"]["us"] == "1,890.00"
    again = asel.post(address(draft, "autosave/"), typed(draft))
    assert again.json()["version"] == 3, "the same window goes on after a lost answer"
    other = asel.post(address(draft, "autosave/"), typed(draft, tab="two"))
    assert other.status_code == 409
    assert "Another window" in other.json()["refused"]


def test_lines_are_added_and_taken_away_without_a_script(asel: Client, set_: Stage) -> None:
    draft = set_.started()
    assert value(asel.get(address(draft)).text, "lines") == "3"
    added = save(asel, draft, do="add")
    assert added["Location"] == address(draft, "?add=1#part-budget")
    assert value(asel.get(address(draft, "?add=1")).text, "lines") == "5"
    draft.refresh_from_db()
    save(asel, draft, remove="1")
    assert gaps.lines_of(draft) == [LINES[0], LINES[2]]
    draft.refresh_from_db()
    save(asel, draft, remove="999")
    assert gaps.lines_of(draft) == list(LINES)


def test_pressing_send_twice_is_one_sending(asel: Client, set_: Stage) -> None:
    draft = set_.started()
    for _ in range(2):
        assert save(asel, draft, do="send")["Location"] == address(draft)
    assert Mail.objects.count() == 1
    assert save(asel, draft).status_code == 409


def test_late_keeps_the_words_on_the_page_and_says_when_it_closed(
    asel: Client, set_: Stage
) -> None:
    draft = set_.started()
    set_.closes(dt.timedelta(minutes=1))
    end = Round.objects.get().closes_at
    late = save(asel, draft, do="send", summary="Typed too late")
    assert late.status_code == 409
    assert "Typed too late" in late.text
    assert f"{end:%H:%M} UTC" in late.text
    draft.refresh_from_db()
    assert draft.state == "draft"
    page = asel.get(address(draft)).text
    assert "this was not sent" in page
    assert "<form" not in page.partition('id="main"')[2].partition("</main>")[0]


def test_nobody_else_reaches_a_draft_or_what_was_sent(client: Client, set_: Stage) -> None:
    draft, sent = set_.started(), set_.sent()
    for who in (set_.eve, set_.pat, set_.carol):
        sign_in(client, who)
        for row in (draft, sent):
            assert client.get(address(row)).status_code == 404
            for deed in ("save/", "autosave/", "withdraw/"):
                assert client.post(address(row, deed), typed(row)).status_code == 404
    assert client.get(f"/apply/{uuid.uuid4()}/").status_code == 404
    draft.refresh_from_db()
    assert (draft.version, draft.state) == (1, "draft")


def test_a_draft_is_begun_only_with_what_it_needs(asel: Client, set_: Stage) -> None:
    for facts in ({"title": " "}, {"theme": "T99"}, {"area": ""}, {"uuid": "x"}):
        assert begin(asel, set_, **facts).status_code == 422
    for facts in ({"body_name": ""}, {"body_country": ""}):
        assert begin(asel, set_, **facts).status_code == 409
    Round.objects.update(closes_at=clock.now() - dt.timedelta(minutes=1))
    assert begin(asel, set_).status_code == 409
    assert "Begin" not in asel.get(f"/apply/rounds/{set_.round.slug}/").text
    assert not Application.objects.exists()
    assert not Organisation.objects.exists()


def test_a_hidden_round_has_no_page(asel: Client, set_: Stage) -> None:
    Round.objects.update(published_at=None)
    assert asel.get(f"/apply/rounds/{set_.round.slug}/").status_code == 404
    assert begin(asel, set_).status_code == 404
    assert set_.round.name not in asel.get("/apply/").text


def test_drafts_are_not_begun_without_end(asel: Client, set_: Stage) -> None:
    for _ in range(limits.START_BY_PERSON.times):
        limits.hit(limits.START_BY_PERSON, f"user:{set_.asel.pk}")
    assert begin(asel, set_).status_code == 429
    assert not Application.objects.exists()


def test_what_waits_for_an_applicant_is_a_draft_in_a_round_that_closes_soon(
    set_: Stage,
) -> None:
    draft = set_.started()
    assert waits.for_user(set_.asel) == []
    Round.objects.update(closes_at=clock.now() + dt.timedelta(days=3))
    (wait,) = waits.for_user(set_.asel)
    assert wait.url == address(draft)
    assert "UTC" in wait.sentence
    assert waits.for_user(set_.eve) == []
    applications.withdraw(application_id=draft.pk, by=set_.asel)
    assert waits.for_user(set_.asel) == []


def test_more_than_anybody_types_is_cut_and_never_breaks_the_page(
    asel: Client, set_: Stage
) -> None:
    draft = set_.started()
    facts = {
        "lines": "99999999999",
        "summary": "x" * 30_000,
        "title": "\0‮Title\n" + "y" * 300,
        "version": "one",
        "line__0__quantity": "9" * 20,
        "line__2__unit": "99999999999999",
        "theme": "nothing",
        "country": "XX",
    }
    saved = save(asel, draft, do="send", **facts)
    assert saved["Location"] == address(draft, "?check=1")
    assert asel.get(address(draft, "?check=1")).status_code == 200
    draft.refresh_from_db()
    assert draft.state == "draft"
    assert draft.project.theme_id == "T3"


def test_the_form_is_light_enough_for_a_bad_line(asel: Client, set_: Stage) -> None:
    draft = set_.saved(set_.started())
    page = asel.get(address(draft))
    # The style, the script, the logo and six files of letters, Latin and Cyrillic.
    others = 2_900 + 5_800 + 1_300 + 800 + 13_100 + 14_100 + 14_500 + 12_400 + 12_100
    assert "Mongolia" in page.text
    assert "Sweden" not in page.text
    assert len(page.content) + others < 100_000


def test_an_organisation_outside_the_range_keeps_its_country(asel: Client, set_: Stage) -> None:
    begin(asel, set_, body_country="SE")
    draft = Application.objects.get()
    assert str(draft.project.country) == ""
    assert '<option value="SE" selected>Sweden</option>' in asel.get(address(draft)).text
    save(asel, draft, body_country="SE", country="range", do="send")
    draft.refresh_from_db()
    assert draft.submitted is not None
    assert (draft.submitted["organisation"]["country"], draft.submitted["country"]) == ("SE", "")


def test_a_sent_application_is_withdrawn_by_its_button(asel: Client, set_: Stage) -> None:
    sent = set_.sent()
    assert "Yes, withdraw it" in asel.get(address(sent)).text
    for _ in range(2):
        assert asel.post(address(sent, "withdraw/"))["Location"] == "/apply/"
    sent.refresh_from_db()
    assert sent.state == "withdrawn"
    assert "You took this back" in asel.get(address(sent)).text


def test_a_refusal_by_the_committee_is_shown_with_its_reason(asel: Client, set_: Stage) -> None:
    sent = set_.sent()
    Application.objects.update(
        state="declined", decided_at=clock.now(), decline_reason="Too dear for its reach."
    )
    page = asel.get(address(sent)).text
    assert "Too dear for its reach." in page
    assert "Yes, withdraw it" not in page
