"""Goal: a round asks permits and safety where it says so, and what is sent has answered them."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from funding.documents import register
from grants import applications, attachments, blank_forms, gaps, identities, rounds, submissions
from grants.applications import Incomplete
from grants.forms.sections import PermitForm, SafeguardForm
from grants.models import Application, Permit, Round, Safeguard, Submission
from grants.rounds import Fixed
from grants.sections import Permit as Told
from grants.sections import Safeguards, Sections
from grants.terms import Sections as Asks
from grants.terms import of as terms_of
from tests.grants.applications import sheaf
from tests.grants.applications.cast import Stage, stage, terms, written
from tests.grants.applications.test_apply_pages import address, typed
from tests.grants.applications.test_form_papers import words
from tests.people import sign_in
from tests.refusing import refused

PERMITS = (
    Told("Collaring 套索", "held", "A-17/3", "Байгаль орчны яам", dt.date(2028, 5, 1)),
    Told("Drone flights", "not_needed"),
)
SAFE = Safeguards("Nobody is caught.", "Two go together.", "61 families agreed.", "Bat, +976 11")
FIELDS = {
    "permit-0-what": "Collaring",
    "permit-0-state": "held",
    "permit-0-number": "A-17/3",
    "permit-0-authority": "Ministry",
    "permit-0-valid_until": "2028-05-01",
    "safe_animals": "Nobody is caught.",
    "safe_people": "Two go together.",
    "safe_community": "61 families agreed.",
    "safe_contact": "Bat, bat@example.org",
}
RUBBISH = ["\0", "10" * 40, "9" * 13, "٣٤٥", "ᠮᠠᠨᠤᠯ", "31.02.2027", "<b>", " "]


@pytest.fixture
def set_(db: None) -> Stage:
    """A round that asks both, and its people."""
    cache.clear()
    made = stage()
    facts = terms(made.fund, name="Asking", sections=Asks(asks_permits=True, asks_safeguards=True))
    call = rounds.create(entity_id=made.entity.pk, terms=facts, by=made.pat)
    made.round = rounds.publish(round_id=call.pk, by=made.pat)
    return made


@pytest.fixture
def asel(client: Client, set_: Stage) -> Client:
    """Asel, signed in."""
    sign_in(client, set_.asel, factor=False)
    return client


def sent(set_: Stage, **facts: Any) -> Application:
    return set_.sent(beside=Sections(PERMITS, SAFE), **facts)


def test_the_database_takes_nothing_that_leaves_a_section_open(set_: Stage) -> None:
    draft = set_.saved(set_.started())
    facts = submissions.told(draft)
    parts: list[dict[str, Any]] = [
        {},
        {"permits": []},
        {"permits": [{}], "safeguards": {"animals": "x"}},
    ]
    for part in parts:
        with refused("application_sent_answers_its_sections"):
            Application.objects.filter(pk=draft.pk).update(
                state="submitted",
                submitted=facts | part,
                submitted_at=draft.saved_at,
                sha256="a" * 64,
            )
    with refused("round_asks_as_it_began"):
        Round.objects.filter(pk=set_.round.pk).update(asks_permits=False)
    with refused("permit_state_is_known"):
        Permit.objects.create(application=draft, position=0, what="x", state="lost")
    with refused("permit_says_what"):
        Permit.objects.create(application=draft, position=0, what="", state="held")
    with refused("permit_is_one_of_a_few"):
        Permit.objects.create(application=draft, position=8, what="x", state="held")
    with pytest.raises(Incomplete) as refusal:
        set_.submitted(draft)
    assert {gap.part for gap in refusal.value.gaps} == {"permits", "safeguarding"}
    assert not Submission.objects.exists()


def test_the_sections_of_a_round_that_has_opened_are_fixed(set_: Stage) -> None:
    told = replace(terms_of(set_.round), sections=Asks())
    with pytest.raises(Fixed):
        rounds.change(round_id=set_.round.pk, terms=told, by=set_.pat)
    assert Round.objects.get(pk=set_.round.pk).asks_permits


def test_a_held_permit_names_its_number_authority_and_end(set_: Stage) -> None:
    bare = Sections((Told("Collaring"), Told("Export", "applied")), SAFE)
    draft = set_.saved(set_.started(), beside=bare)
    said = " ".join(gap.sentence for gap in gaps.of(draft))
    assert "Permit 1: write the issuing authority, its number, until when it is valid." in said
    assert "Permit 2: write the issuing authority." in said


def test_what_is_sent_freezes_both_and_its_paper_prints_them(set_: Stage) -> None:
    made = sent(set_)
    assert made.submitted is not None
    assert made.submitted["permits"][0]["number"] == "A-17/3"
    assert submissions.fingerprint(made.submitted) == made.sha256
    paper = Submission.objects.get(application=made).document
    assert paper is not None
    register.render(paper.pk)
    paper.refresh_from_db()
    printed = words(bytes(paper.content or b""))
    for each in ("Collaring 套索", "A-17/3", "Байгаль орчны яам", "1 May 2028", SAFE.community):
        assert each in printed
    # The rows are written anew at a completion; what was sent does not follow them.
    Permit.objects.all().delete()
    Safeguard.objects.all().delete()
    assert applications.facts(Application.objects.get(pk=made.pk))["permits"][0]["what"]


def test_a_round_that_asks_nothing_freezes_nothing_more(db: None) -> None:
    plain = stage()
    made = plain.sent(beside=Sections(PERMITS, SAFE))
    assert {"permits", "safeguards"} & set(made.submitted or {}) == set()
    assert not Permit.objects.exists()
    assert not Safeguard.objects.exists()


def test_the_same_save_again_changes_no_row(set_: Stage) -> None:
    draft = set_.saved(set_.started(), beside=Sections(PERMITS, SAFE))
    rows = list(Permit.objects.values_list("pk", flat=True))
    set_.saved(draft, beside=Sections(PERMITS, SAFE))
    assert list(Permit.objects.values_list("pk", flat=True)) == rows


def test_a_copy_that_is_taken_out_is_no_longer_named(set_: Stage) -> None:
    draft = set_.saved(set_.started())
    file = attachments.add(
        application_id=draft.pk, name="p.pdf", size=len(sheaf.PDF), blocks=[sheaf.PDF], by=set_.asel
    ).file
    told = Sections((Told("Collaring", file=str(file.uuid)),), SAFE)
    draft = set_.saved(draft, beside=told)
    assert submissions.told(draft)["permits"][0]["file"]["name"] == "p.pdf"
    attachments.remove(application_id=draft.pk, uuid=file.uuid, by=set_.asel)
    assert submissions.told(draft)["permits"][0]["file"] is None


def test_the_form_keeps_both_and_sends_them(asel: Client, set_: Stage) -> None:
    draft = set_.started()
    asel.post(address(draft, "autosave/"), typed(draft, **FIELDS))
    page = asel.get(address(draft)).text
    assert 'value="A-17/3"' in page
    assert "Nobody is caught." in page
    draft.refresh_from_db()
    asel.post(address(draft, "save/"), typed(draft, do="send", **FIELDS))
    draft.refresh_from_db()
    assert draft.state == "submitted"
    assert "Ministry" in asel.get(address(draft)).text


@pytest.mark.parametrize("words_", RUBBISH)
def test_rubbish_in_the_sections_is_kept_or_refused_with_a_sentence(
    asel: Client, set_: Stage, words_: str
) -> None:
    draft = set_.started()
    asel.post(address(draft, "save/"), typed(draft, **dict.fromkeys(FIELDS, words_)))
    draft.refresh_from_db()
    page = asel.get(address(draft) + "?check=1")
    assert page.status_code == 200
    if words_.strip("\0 "):
        assert words_ in page.text or "&lt;b&gt;" in page.text
    asel.post(address(draft, "save/"), typed(draft, do="send", **dict.fromkeys(FIELDS, words_)))
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_what_is_too_long_is_kept_and_told(asel: Client, set_: Stage) -> None:
    draft = set_.started()
    long = FIELDS | {"safe_animals": "cat " * 151, "permit-0-number": "7" * 81}
    asel.post(address(draft, "save/"), typed(draft, **long))
    page = asel.get(address(draft) + "?check=1").text
    assert "7" * 81 in page
    assert "at most 80 characters" in page
    assert "these are 1 more" in page


def test_while_names_are_hidden_numbers_copies_and_the_contact_are_too(set_: Stage) -> None:
    made = sent(set_)
    Round.objects.filter(pk=set_.round.pk).update(
        is_blind=True, reviews_wanted=1, marks_due_at=set_.round.closes_at + dt.timedelta(days=9)
    )
    Application.objects.filter(pk=made.pk).update(blind_number=7)
    told = identities.facts(Application.objects.get(pk=made.pk), set_.carol)
    assert told["permits"][0]["number"] == ""
    assert told["permits"][0]["authority"]
    assert told["safeguards"]["animals"] == SAFE.animals
    assert "safeguard_contact" not in told


def test_the_blank_form_asks_what_these_parts_ask(set_: Stage) -> None:
    parts = ("permits", "safeguarding")
    said = {label for part in parts for label, _hint in blank_forms.BESIDE[part]}
    fields = {**PermitForm.base_fields, **SafeguardForm.base_fields}
    assert {str(field.label) for field in fields.values()} == said
    assert [title for title, _rows in blank_forms.facts(set_.round)["beside"]] == [
        "Permits",
        "Safety of animals and people",
    ]
    printed = words(blank_forms.of(set_.round))
    assert "Issuing authority" in printed


def test_the_officer_chooses_what_a_round_asks(client: Client, set_: Stage) -> None:
    sign_in(client, set_.pat)
    page = client.get(f"/officer/rounds/new/{set_.entity.slug}/")
    assert 'name="asks_safeguards"' in page.text
    assert written().beside == Sections()
