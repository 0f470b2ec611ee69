"""Goal: a referee writes once, by a mailed link, and nobody reads it who should not."""

import datetime as dt
import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from funding import clock
from funding.mail import links
from funding.mail.models import Mail
from funding.site.privacy import erasures, facts, persons
from grants import applications, blank_forms, flags, gaps, naming, references, rounds
from grants.forms.naming import RefereeForm
from grants.models import Application, Referee, Round
from grants.naming import Named
from grants.references import NothingWritten, ReferenceEnded
from grants.sections import Sections
from grants.terms import Sections as Asks
from tests.clocks import clock_at as clock_at
from tests.grants.applications.cast import Stage, stage, terms
from tests.grants.applications.test_apply_pages import address, typed
from tests.ledger.racing import together
from tests.people import make_person, sign_in
from tests.refusing import refused

LIN = Named(
    "林小雨 Lin", "Altai Institute", "lin@altai.example", "Led my thesis", may_be_asked=True
)
BAT = Named("Бат-Эрдэнэ", "Аймаг", "bat@aimag.example", "Neighbour", may_be_asked=True)
WORDS = "She counts every dog. Энэ үнэн."
ClockAt = Callable[[dt.datetime], None]
RUBBISH = ["\0", " ", "", "9" * 13, "٣٤٥", "ᠮᠠᠨᠤᠯ", "x" * 9000]


def asking() -> Stage:
    """A round that asks for referees, and its people."""
    cache.clear()
    made = stage()
    told = terms(made.fund, name="Asking", sections=Asks(asks_references=True))
    call = rounds.create(entity_id=made.entity.pk, terms=told, by=made.pat)
    made.round = rounds.publish(round_id=call.pk, by=made.pat)
    return made


@pytest.fixture
def set_(db: None) -> Stage:
    """The same, within one test."""
    return asking()


def sent(set_: Stage, *named: Named) -> Application:
    return set_.sent(beside=Sections(referees=named or (LIN, BAT)))


def asked(set_: Stage) -> Referee:
    return Referee.objects.get(application=sent(set_), position=0)


def page(row: Referee) -> str:
    return f"/references/{links.sign(references.PURPOSE, str(row.uuid))}/"


def write(row: Referee, words: str = WORDS, **facts_: Any) -> Referee:
    told: dict[str, Any] = {"may_applicant_read": False}
    return references.write(referee_id=row.pk, words=words, **told | facts_)


def test_the_database_takes_no_other_referees(set_: Stage) -> None:
    draft = set_.saved(set_.started(), beside=Sections(referees=(LIN,)))
    now = clock.now()
    rows = Referee.objects.filter(application=draft)
    in_a_day = now + dt.timedelta(1)
    changes: list[tuple[dict[str, Any], str]] = [
        ({"words": "x"}, "referee_writes_in_time"),
        ({"position": 3}, "referee_is_one_of_three"),
        ({"asked_at": now, "expires_at": in_a_day}, "referee_is_asked_of_what_was_sent"),
    ]
    for change, constraint in changes:
        with refused(constraint):
            rows.update(**change)
    with refused("referee_stands_in_one_place"):
        Referee.objects.create(application=draft, position=0)
    with refused("referee_is_named_once"):
        Referee.objects.create(application=draft, position=1, email=LIN.email.upper())
    with refused("application_sent_names_referees"):
        Application.objects.filter(pk=draft.pk).update(
            state="submitted", submitted={"referees": []}, submitted_at=now, sha256="a" * 64
        )
    with refused("round_asks_as_it_began"):
        Round.objects.filter(pk=set_.round.pk).update(asks_references=False)


def test_what_was_asked_and_written_stays(set_: Stage) -> None:
    row = write(asked(set_))
    better: list[dict[str, Any]] = [{"words": "Better"}, {"may_applicant_read": True}]
    for change in better:
        with refused("reference_stays_as_written"):
            Referee.objects.filter(pk=row.pk).update(**change)
    later = clock.now() + dt.timedelta(99)
    others: list[dict[str, Any]] = [{"email": "eve@example.org"}, {"expires_at": later}]
    for change in others:
        with refused("referee_stays_as_asked"):
            Referee.objects.filter(pk=row.pk).update(**change)
    with refused("referee_stays_as_asked"):
        Referee.objects.filter(pk=row.pk).delete()
    other = Referee.objects.get(position=1)
    with refused("referee_is_asked_with_consent"):
        Referee.objects.create(
            application=row.application,
            position=2,
            asked_at=clock.now(),
            expires_at=clock.now() + dt.timedelta(1),
        )
    applications.withdraw(application_id=row.application_id, by=set_.asel)
    with refused("reference_comes_before_the_decision"):
        Referee.objects.filter(pk=other.pk).update(words="Late", written_at=clock.now())


def test_nobody_is_asked_before_it_is_sent_and_each_once(set_: Stage) -> None:
    draft = set_.saved(set_.started(), beside=Sections(referees=(LIN, BAT)))
    assert not Mail.objects.filter(key__startswith="referee:").exists()
    set_.submitted(draft)
    references.ask(Application.objects.get(pk=draft.pk))
    mails = Mail.objects.filter(key__startswith="referee:")
    assert sorted(mails.values_list("to_address", flat=True)) == [BAT.email, LIN.email]
    # The link is signed as the mail leaves, so nobody who reads the outbox can use it.
    assert "~signed:reference:" in mails[0].text


def test_the_same_words_again_change_nothing_and_others_are_refused(set_: Stage) -> None:
    row = write(asked(set_))
    assert write(row).written_at == row.written_at
    with pytest.raises(ReferenceEnded):
        write(row, "Something else")
    with pytest.raises(ReferenceEnded):
        references.decline(referee_id=row.pk)
    row.refresh_from_db()
    assert row.words == WORDS
    for words in (" ", "x" * (references.LONGEST + 1)):
        with pytest.raises(NothingWritten):
            write(Referee.objects.get(position=1), words)


def test_three_weeks_later_it_is_over(set_: Stage, clock_at: ClockAt) -> None:
    row = asked(set_)
    assert row.expires_at is not None
    clock_at(row.expires_at + dt.timedelta(seconds=1))
    with pytest.raises(ReferenceEnded):
        write(row)
    with pytest.raises(ReferenceEnded):
        references.decline(referee_id=row.pk)


def test_a_referee_is_reminded_twice_and_not_after_an_answer(
    set_: Stage, clock_at: ClockAt
) -> None:
    row = asked(set_)
    references.decline(referee_id=Referee.objects.get(position=1).pk)
    assert references.sweep() == 0
    end = row.expires_at
    assert end is not None
    for before, number in ((7, 1), (6, 1), (2, 2), (1, 2)):
        clock_at(end - dt.timedelta(days=before) + dt.timedelta(seconds=5))
        references.sweep()
        references.sweep()
        reminders = Mail.objects.filter(key__startswith=f"referee:{row.pk}:mail-")
        assert reminders.count() == number
    assert Mail.objects.filter(key__startswith="referee:").count() == 4


def test_two_windows_write_one_reference(committed: None) -> None:
    row = asked(asking())
    found = together(2, lambda at: write(row, ("One", "Two")[at]))
    assert sum(isinstance(each, ReferenceEnded) for each in found) == 1
    row.refresh_from_db()
    assert row.words in {"One", "Two"}


def test_without_the_lock_both_windows_would_find_it_open(committed: None) -> None:
    row = asked(asking())
    barrier = threading.Barrier(2)

    def look(_at: int) -> bool:
        found = references.is_open(Referee.objects.get(pk=row.pk))
        barrier.wait(timeout=10)
        return found

    assert together(2, look) == [True, True]


def test_the_link_opens_the_page_and_keeps_the_words(client: Client, set_: Stage) -> None:
    row = asked(set_)
    shown = client.get(page(row))
    assert shown.status_code == 200
    assert "We vaccinate the dogs" in shown.text
    assert client.post(page(row), {"words": WORDS, "do": "write"}).status_code == 302
    assert "Thank you" in client.get(page(row)).text
    assert WORDS not in client.get(page(row)).text
    again = client.post(page(row), {"words": "Other", "do": "write"})
    assert again.status_code == 409
    assert "Other" in again.text
    for guessed in ("/references/x/", page(row)[:-3] + "ab/"):
        assert client.get(guessed).status_code == 404
    other = links.sign("coapplicant", str(row.uuid))
    assert client.get(f"/references/{other}/").status_code == 404


@pytest.mark.parametrize("words", RUBBISH)
def test_rubbish_from_a_referee_is_kept_or_refused(client: Client, set_: Stage, words: str) -> None:
    row = asked(set_)
    answer = client.post(page(row), {"words": words, "do": "write", "may_applicant_read": "٣"})
    assert answer.status_code in {302, 409}
    row.refresh_from_db()
    if answer.status_code == 302:
        assert row.words == words
    else:
        assert not row.words
        assert words.strip("\0 ")[:50] in answer.text


def test_officer_and_committee_read_it_and_the_applicant_only_if_let(
    client: Client, set_: Stage
) -> None:
    row = write(asked(set_))
    write(Referee.objects.get(position=1), "Good neighbours.", may_applicant_read=True)
    Round.objects.filter(pk=set_.round.pk).update(asks_interests=False)
    for who, place in ((set_.pat, "officer"), (set_.carol, "committee")):
        sign_in(client, who)
        assert WORDS in client.get(f"/{place}/applications/{row.application.uuid}/").text
    sign_in(client, set_.asel, factor=False)
    mine = client.get(address(row.application)).text
    assert "Good neighbours." in mine
    assert WORDS not in mine
    sign_in(client, set_.eve, factor=False)
    assert client.get(address(row.application)).status_code == 404


def test_while_names_are_hidden_referees_are_too(client: Client, set_: Stage) -> None:
    row = write(asked(set_))
    Round.objects.filter(pk=set_.round.pk).update(
        is_blind=True,
        asks_interests=False,
        reviews_wanted=1,
        marks_due_at=set_.round.closes_at + dt.timedelta(days=9),
    )
    Application.objects.filter(pk=row.application_id).update(blind_number=7)
    sign_in(client, set_.carol)
    shown = client.get(f"/committee/applications/{row.application.uuid}/").text
    assert "Applicant 7" in shown
    for secret in (WORDS, LIN.name, LIN.organisation, "Neighbour"):
        assert secret not in shown


def test_a_member_who_is_named_is_told_so(set_: Stage) -> None:
    made = sent(set_, Named("C. C.", "Zoo", set_.carol.email.upper(), "Friend", may_be_asked=True))
    assert flags.named([made], set_.carol) == {made.pk: "The application names you."}


def test_what_is_missing_is_said(set_: Stage) -> None:
    own = Named("Me", "", set_.asel.email.upper(), "I am she", may_be_asked=True)
    draft = set_.saved(set_.started(), beside=Sections(referees=(own, Named("Lin"), Named())))
    said = " ".join(gap.sentence for gap in gaps.of(draft))
    assert "Referee 1 is one of those who apply." in said
    assert "Referee 2: write the e-mail address, how they know you or the work." in said
    assert "Referee 2: say that this person has agreed to be asked." in said


def test_a_completed_application_asks_the_new_and_takes_back_the_old(set_: Stage) -> None:
    made = sent(set_)
    write(Referee.objects.get(position=0))
    naming.keep(made, (LIN, Named("New", "", "new@example.org", "Boss", may_be_asked=True)))
    references.ask(made)
    states = {
        row.name: (bool(row.withdrawn_at), bool(row.asked_at)) for row in Referee.objects.all()
    }
    assert states == {LIN.name: (False, True), BAT.name: (True, True), "New": (False, True)}


def test_the_form_names_them_and_keeps_what_cannot_be_read(client: Client, set_: Stage) -> None:
    sign_in(client, set_.asel, factor=False)
    draft = set_.started()
    told = {
        "referee-0-who": "Lin",
        "referee-0-email": "not an address",
        "referee-0-relation": "Boss",
        "referee-0-agreed": "on",
    }
    client.post(address(draft, "save/"), typed(draft, **told))
    shown = client.get(address(draft)).text
    assert "not an address" in shown
    assert not Referee.objects.exists()
    draft.refresh_from_db()
    told["referee-0-email"] = "lin@altai.example"
    client.post(address(draft, "save/"), typed(draft, do="send", **told))
    assert Referee.objects.get().asked_at is not None
    shown = client.get(address(draft)).text
    assert re.search(r"asked .*, has until", shown)
    assert "lin@altai.example" not in shown


def test_a_referee_gets_a_copy_and_can_be_forgotten(set_: Stage) -> None:
    row = write(asked(set_))
    lin = make_person(LIN.email, "Lin")
    held = facts.told(persons.of_user(lin))["held"]
    assert held["grants.Referee"][0]["words"] == WORDS
    Mail.objects.all().delete()
    erasure = erasures.ask(
        person=persons.of_user(lin), ends_pledges=False, actor="user:1", language="en"
    )
    erasures.carry_out(erasure.pk)
    row.refresh_from_db()
    assert (row.name, row.organisation, row.words) == ("erased", "", "erased")
    assert "altai" not in row.email


def test_a_year_after_the_end_referees_are_let_go(set_: Stage, clock_at: ClockAt) -> None:
    row = write(asked(set_))
    applications.withdraw(application_id=row.application_id, by=set_.asel)
    later = set_.round.closes_at + references.KEPT + dt.timedelta(days=1)
    assert not references.past().exists()
    clock_at(later)
    assert references.sweep() == 2
    assert references.sweep() == 0
    row.refresh_from_db()
    assert (row.name, row.words) == ("erased", "erased")


def test_the_blank_form_asks_for_what_the_form_asks(set_: Stage) -> None:
    said = {label for label, _hint in blank_forms.BESIDE["references"]}
    assert {str(field.label) for field in RefereeForm.base_fields.values()} == said
