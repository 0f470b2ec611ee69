"""Goal: who decides may talk about it, each after their own review, and nobody else reads it."""

import uuid
from functools import partial
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from funding import clock, waits
from funding.mail.models import Mail
from funding.site.privacy import facts, persons
from funding.users.models import User
from grants import (
    decisions,
    declarations,
    discussions,
    identities,
    pack_parts,
    papers,
    recusals,
    reviews,
)
from grants.discussions import IsDecided, NotARemark, NotYours
from grants.models import Application, Award, Interest, Remark, RemarkReader, Round
from tests.grants.decisions.cast import Table, table
from tests.grants.decisions.test_papers import words
from tests.grants.reviewing import asked, hand_in, reviewed
from tests.ledger.racing import together
from tests.people import sign_in
from tests.refusing import refused
from tests.site.privacy.test_applicants_gone import removed


@pytest.fixture
def set_(db: None) -> Table:
    """A committee with one application that nobody has an interest in."""
    cache.clear()
    made = table()
    made.apply()
    return made


def say(
    found: Application, by: User, text: str = "Too dear?", name: uuid.UUID | None = None
) -> Remark:
    return discussions.say(application_id=found.pk, uuid=name or uuid.uuid4(), text=text, by=by)


def row(found: Application, by: User, **facts_: Any) -> Remark:
    had = {"text": "Hello.", "sent_at": clock.now()} | facts_
    return Remark.objects.create(application=found, author=by, uuid=uuid.uuid4(), **had)


def place(found: Application) -> str:
    return reverse("grants:committee_discussion", kwargs={"uuid": found.uuid})


def waiting(person: User) -> list[str]:
    return [each.url for each in waits.for_user(person) if "/discussion/" in each.url]


def step_out(found: Application, member: User) -> None:
    declarations.step_out(application_id=found.pk, reason="My brother.", by=member)


def test_the_database_refuses_who_is_out_and_keeps_what_was_said(set_: Table) -> None:
    found = set_.applications[0]
    step_out(found, set_.carol)
    soft = set_.members[2]
    declarations.declare(
        application_id=found.pk, interest=Interest.SOFT, nature="group", words="Met.", by=soft
    )
    for person in (set_.carol, soft, set_.asel, set_.eve):
        with refused("remark_is_of_who_takes_part"):
            row(found, person)
    with refused("remark_says_something"):
        row(found, set_.dan, text="")
    with refused("remark_is_not_endless"):
        row(found, set_.dan, text="x" * 5_001)
    rows = Remark.objects.filter(pk=row(found, set_.dan).pk)
    changes: list[dict[str, Any]] = [{"text": "Other"}, {"author": set_.carol}, {"sent_at": None}]
    for change in changes:
        with refused("remark_stays"):
            rows.update(**change)
    with refused("remark_stays"):
        rows.delete()
    rows.update(text="erased")
    Application.objects.update(state="declined", decline_reason="No.", decided_at=clock.now())
    with refused("remark_is_before_the_decision"):
        row(found, set_.dan)
    RemarkReader.objects.create(application=found, member=set_.dan)
    with refused("remarkreader_once_an_application"):
        RemarkReader.objects.create(application=found, member=set_.dan)


@pytest.mark.django_db
def test_the_database_wants_ones_own_review_first() -> None:
    set_ = reviewed()
    found = set_.applications[0]
    reviews.assign(round_id=set_.round.pk, by=set_.dan)
    one = asked(set_, found)[0]
    with refused("remark_follows_ones_own_review"):
        row(found, one)
    hand_in(set_, found, one)
    row(found, one)


def test_said_twice_is_said_once_and_another_text_under_its_key_is_refused(set_: Table) -> None:
    found, name = set_.applications[0], uuid.uuid4()
    first = say(found, set_.carol, "Too dear?", name)
    assert say(found, set_.carol, " Too  dear?\r\n", name) == first
    for by, text in ((set_.carol, "Cheap."), (set_.dan, "Too dear?")):
        with pytest.raises(NotARemark):
            say(found, by, text, name)
    assert Remark.objects.count() == 1
    assert not Mail.objects.exists()


@pytest.mark.parametrize("text", ["", " \r\n ", "a\0b", "ж" * 5_001, "\u200f"])
def test_rubbish_is_refused_with_a_sentence_and_kept_in_the_form(
    client: Client, set_: Table, text: str
) -> None:
    found = set_.applications[0]
    sign_in(client, set_.carol)
    answer = client.post(place(found), {"text": text, "message": "no key"})
    assert answer.status_code in {409, 422}
    assert 'id="id_text_error"' in answer.text
    assert text.strip() in answer.text
    assert not Remark.objects.exists()


def test_it_waits_in_the_inbox_of_the_others_until_they_look(client: Client, set_: Table) -> None:
    found = set_.applications[0]
    step_out(found, set_.members[2])
    assert waiting(set_.dan) == []
    say(found, set_.carol, "Is a collar worth it?")
    everybody = (set_.carol, set_.dan, set_.members[2], set_.pat, set_.asel)
    assert [len(waiting(each)) for each in everybody] == [0, 1, 0, 0, 0]
    sign_in(client, set_.dan)
    client.head(place(found))
    assert waiting(set_.dan) == [place(found)]
    assert "Is a collar worth it?" in client.get(place(found)).text
    assert waiting(set_.dan) == []
    for _time in range(2):
        said = {"text": "It is.", "message": str(uuid.UUID(int=9))}
        assert client.post(place(found), said).status_code == 302
    assert [len(waiting(each)) for each in everybody] == [1, 0, 0, 0, 0]
    assert Remark.objects.count() == 2


def test_who_is_out_reads_nothing_and_writes_nothing(client: Client, set_: Table) -> None:
    found = set_.applications[0]
    say(found, set_.carol, "Secret view")
    say(found, set_.dan, "Another")
    step_out(found, set_.carol)
    with pytest.raises(recusals.Recused):
        say(found, set_.carol)
    assert discussions.of(found, set_.carol) == []
    sign_in(client, set_.carol)
    for answer in (client.get(place(found)), client.post(place(found), {"text": "Let me."})):
        assert answer.status_code == 403
        assert "Secret view" not in answer.text
    # An interest on which the chair has not ruled opens the application and not this.
    soft = set_.members[2]
    declarations.declare(
        application_id=found.pk, interest=Interest.SOFT, nature="group", words="Met.", by=soft
    )
    sign_in(client, soft)
    answer = client.get(place(found))
    assert (answer.status_code, "Secret view" in answer.text) == (403, False)
    assert waiting(soft) == []
    for person in (set_.pat, set_.asel, set_.tara):
        sign_in(client, person)
        assert client.get(place(found)).status_code == 404


@pytest.mark.django_db
def test_it_opens_with_ones_own_review_and_to_who_is_not_asked_with_all_marks(
    client: Client,
) -> None:
    set_ = reviewed("Ibex", wanted=2)
    found = set_.applications[0]
    Round.objects.update(is_blind=True)
    Application.objects.update(blind_number=7)
    reviews.assign(round_id=set_.round.pk, by=set_.dan)
    found = Application.objects.select_related("round").get(pk=found.pk)
    one, two = asked(set_, found)
    third = next(each for each in set_.members if each not in (one, two))
    with pytest.raises(NotYours):
        say(found, one)
    hand_in(set_, found, one)
    say(found, one, "Asel’s team is known")
    sign_in(client, two)
    answer = client.get(place(found))
    assert (answer.status_code, "Asel" in answer.text) == (403, False)
    assert [waiting(two), waiting(third)] == [[], []]
    hand_in(set_, found, two)
    assert len(waiting(two)) == len(waiting(third)) == 1
    for person in (two, third):
        assert not identities.is_hidden(found, person)
        assert discussions.may_read(found, person)


def test_a_decision_ends_it_and_the_minute_tells_how_much_was_said(set_: Table) -> None:
    found, other = set_.applications[0], set_.apply("Dogs")
    step_out(found, set_.carol)
    step_out(other, set_.carol)
    for by in (set_.dan, set_.members[2], set_.dan):
        say(found, by, "Secret view")
    motion = set_.put({0: 100_000}, {0: 100_000})
    set_.vote(motion, *["for"] * 4, people=[set_.dan, *set_.members[2:]])
    decisions.close(motion_id=motion.pk)
    with pytest.raises(IsDecided):
        say(found, set_.dan)
    papers.make_minute(motion.pk)
    motion.refresh_from_db()
    assert motion.minute is not None
    said = " ".join(words(motion.minute).split())
    assert "Discussion: in writing, 3 remarks of 2 members" in said
    assert "Discussion: the system keeps no record of one." in said
    assert "Secret" not in said
    files = {each.path: each for each in pack_parts.of_award(Award.objects.get(application=found))}
    assert b"Secret view" in files["07-decision/discussion.json"].content


def test_of_an_applicant_who_is_removed_the_words_go_and_members_read_their_own(
    set_: Table,
) -> None:
    found = set_.applications[0]
    say(found, set_.carol, "Asel is able")
    held = facts.told(persons.of_user(set_.carol))["held"]
    assert [each["text"] for each in held["grants.Remark"]] == ["Asel is able"]
    Application.objects.update(state="withdrawn")
    removed(set_.asel)
    assert Remark.objects.get().text == "erased"


def test_as_many_questions_for_many_remarks(
    client: Client, set_: Table, django_assert_max_num_queries: Any
) -> None:
    found = set_.applications[0]
    sign_in(client, set_.dan)
    client.get(place(found))
    for number in range(30):
        say(found, set_.members[1 + number % 3], f"View {number}")
    with django_assert_max_num_queries(40):
        assert "View 29" in client.get(place(found)).text


def test_one_key_at_once_is_one_remark(committed: None) -> None:
    cache.clear()
    set_ = table()
    found, name = set_.apply(), uuid.uuid4()
    said = together(4, lambda _: say(found, set_.carol, "Once.", name).pk)
    assert len(set(said)) == 1
    assert Remark.objects.count() == 1


def one_of_two(found: Application, member: User, number: int) -> None:
    if number:
        say(found, member)
    else:
        step_out(found, member)


def test_of_a_step_out_and_a_remark_at_once_no_remark_comes_after_the_step(
    committed: None,
) -> None:
    cache.clear()
    set_ = table()
    found = set_.apply()
    for at, member in enumerate(set_.members[1:4]):
        said = together(2, partial(one_of_two, found, member))
        out = found.recusals.get(member=member)
        late = Remark.objects.filter(author=member, sent_at__gt=out.declared_at)
        assert not late.exists(), at
        refusals = [each for each in said if isinstance(each, Exception)]
        assert all(isinstance(each, recusals.Recused) for each in refusals)
