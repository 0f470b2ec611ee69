"""Goal: officer and applicants write to each other, each message once, and nobody else reads it."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from funding import clock, waits
from funding.mail.models import Mail
from funding.site.privacy import facts, persons
from funding.users.models import Role, User
from grants import coapplicants, declarations, messages
from grants.messages import NotAMessage, NotYourLetters
from grants.models import Application, Message, MessageReader, Recusal, Round
from tests.grants.applications.cast import Stage, stage
from tests.grants.applications.test_together import join
from tests.grants.decisions.cast import none_declared
from tests.people import make_person, sign_in
from tests.refusing import refused
from tests.site.privacy.test_applicants_gone import removed

pytestmark = pytest.mark.django_db


@pytest.fixture
def set_() -> Stage:
    """The round and its people."""
    cache.clear()
    return stage()


@pytest.fixture
def draft(set_: Stage) -> Application:
    """A draft that has all it needs."""
    return set_.saved(set_.started())


def asks(application: Application, by: User, text: str = "May we pay a driver?") -> Message:
    return messages.write(
        application_id=application.pk, uuid=uuid.uuid4(), text=text, by=by, from_office=False
    )


def answers(
    application: Application, by: User, text: str = "You may.", *, show: bool = False
) -> Message:
    return messages.write(
        application_id=application.pk,
        uuid=uuid.uuid4(),
        text=text,
        by=by,
        from_office=True,
        show=show,
    )


def place(application: Application, desk: str = "apply") -> str:
    middle = "applications/" if desk == "officer" else ""
    return f"/{desk}/{middle}{application.uuid}/messages/"


def told(person: User) -> int:
    return Mail.objects.filter(to_address=person.email, key__startswith="message:").count()


def waiting(person: User) -> list[dt.datetime]:
    return [each.since for each in waits.for_user(person) if each.state == "message"]


def row(application: Application, by: User, **facts_: Any) -> Message:
    had = {"from_office": False, "text": "Hello.", "sent_at": clock.now()} | facts_
    return Message.objects.create(application=application, author=by, uuid=uuid.uuid4(), **had)


def test_the_database_takes_only_what_its_side_wrote_and_keeps_it(
    set_: Stage, draft: Application
) -> None:
    join(draft, set_.eve, "view")
    with refused("message_is_from_who_applies"):
        row(draft, set_.eve)
    with refused("message_of_the_office_is_from_who_is_not_out"):
        row(draft, set_.eve, from_office=True)
    with refused("message_of_the_office_is_from_who_is_not_out"):
        row(draft, set_.asel, from_office=True)
    with refused("message_is_shown_by_the_office"):
        row(draft, set_.asel, shared_with_committee=True)
    with refused("message_says_something"):
        row(draft, set_.asel, text="")
    with refused("message_is_not_endless"):
        row(draft, set_.asel, text="x" * 5_001)
    rows = Message.objects.filter(pk=row(draft, set_.asel, text="x" * 5_000).pk)
    changes: list[dict[str, Any]] = [{"text": "Other"}, {"author": set_.pat}, {"sent_at": None}]
    for change in changes:
        with refused("message_stays"):
            rows.update(**change)
    rows.update(shared_with_committee=True, settled_at=clock.now())
    changes = [{"shared_with_committee": False}, {"settled_at": None}]
    for change in changes:
        with refused("message_stays"):
            rows.update(**change)
    with refused("message_stays"):
        rows.delete()
    rows.update(text="erased")
    MessageReader.objects.create(application=draft, person=set_.asel)
    with refused("messagereader_once_an_application"):
        MessageReader.objects.create(application=draft, person=set_.asel)


def test_the_same_message_twice_is_one_and_another_under_its_key_is_refused(
    set_: Stage, draft: Application
) -> None:
    name = uuid.uuid4()
    send: dict[str, Any] = {
        "application_id": draft.pk,
        "uuid": name,
        "by": set_.asel,
        "from_office": False,
    }
    first = messages.write(text="Can we?", **send)
    assert messages.write(text=" Can  we?\r\n", **send) == first
    with pytest.raises(NotAMessage):
        messages.write(text="We can.", **send)
    assert (Message.objects.count(), told(set_.pat)) == (1, 1)


@pytest.mark.parametrize("text", ["", " \r\n ", "a\0b", "ж" * 5_001, "\u200f"])
def test_rubbish_is_refused_with_a_sentence_and_kept_in_the_form(
    client: Client, set_: Stage, draft: Application, text: str
) -> None:
    with pytest.raises(NotAMessage):
        asks(draft, set_.asel, text)
    sign_in(client, set_.asel, factor=False)
    answer = client.post(place(draft), {"text": text, "message": "no key"})
    assert answer.status_code in {409, 422}
    assert 'id="id_text_error"' in answer.text
    assert text.strip() in answer.text
    assert not Message.objects.exists()


def test_five_thousand_letters_in_lines_fit_whatever_the_browser_ends_lines_with(
    client: Client, set_: Stage, draft: Application
) -> None:
    sign_in(client, set_.asel, factor=False)
    text = "\r\n".join(["x" * 99] * 50)
    for _time in range(2):
        said = {"text": text, "message": str(uuid.UUID(int=7))}
        assert client.post(place(draft), said).status_code == 302
    assert len(Message.objects.get().text) == 4_999


def test_one_notice_until_it_is_read_and_nothing_of_the_text_in_it(
    client: Client, set_: Stage, draft: Application
) -> None:
    join(draft, set_.eve, "comment")
    bea = make_person("bea@example.org", "Bea")
    join(draft, bea, "view")
    asks(draft, set_.asel, "Secret den")
    asks(draft, set_.eve, "Secret too")
    assert (told(set_.pat), told(set_.asel), told(set_.eve)) == (1, 0, 0)
    mail = Mail.objects.get(to_address=set_.pat.email, key__startswith="message:")
    assert place(draft, "officer") in mail.text
    assert "Secret" not in mail.subject + mail.text + mail.html
    sign_in(client, set_.pat)
    page = client.get(place(draft, "officer")).text
    assert "Secret den" in page
    assert "Secret too" in page
    # What the draft says is not the officer's to read.
    assert "61 herder families" not in page
    asks(draft, set_.asel, "One more")
    asks(draft, set_.asel, "And one")
    assert told(set_.pat) == 2
    answers(draft, set_.pat)
    answers(draft, set_.pat, "Twice.")
    assert [told(each) for each in (set_.asel, set_.eve, bea)] == [1, 1, 0]
    sign_in(client, set_.asel, factor=False)
    client.head(place(draft))
    answers(draft, set_.pat, "Thrice.")
    assert told(set_.asel) == 1
    client.get(place(draft))
    answers(draft, set_.pat, "Again.")
    assert [told(each) for each in (set_.asel, set_.eve)] == [2, 1]


def test_it_waits_for_whoever_must_answer_since_the_first_that_is_open(
    client: Client, set_: Stage, draft: Application
) -> None:
    join(draft, set_.eve, "edit")
    bea = make_person("bea@example.org", "Bea")
    join(draft, bea, "view")
    first = asks(draft, set_.asel)
    asks(draft, set_.eve, "And another?")
    assert (waiting(set_.pat), waiting(set_.asel)) == ([first.sent_at], [])
    reply = answers(draft, set_.pat)
    assert waiting(set_.pat) == []
    assert [waiting(each) for each in (set_.asel, set_.eve, bea)] == [[reply.sent_at]] * 2 + [[]]
    sign_in(client, set_.asel, factor=False)
    assert "There is nothing to answer" in client.get(place(draft)).text
    for upto in ("", "٣", "9" * 40, "0"):
        client.post(place(draft), {"do": "settle", "upto": upto})
    assert waiting(set_.asel) == [reply.sent_at]
    for _time in range(2):
        client.post(place(draft), {"do": "settle", "upto": str(reply.pk)})
    assert [waiting(each) for each in (set_.pat, set_.asel, set_.eve)] == [[], [], []]


def test_who_only_reads_reads_and_who_is_out_or_a_stranger_has_no_page(
    client: Client, set_: Stage, draft: Application
) -> None:
    join(draft, set_.eve, "view")
    asks(draft, set_.asel, "May we?")
    with pytest.raises(NotYourLetters):
        asks(draft, set_.eve)
    with pytest.raises(NotYourLetters):
        answers(draft, set_.eve)
    sign_in(client, set_.eve, factor=False)
    page = client.get(place(draft))
    assert "May we?" in page.text
    assert "Send the message" not in page.text
    assert client.post(place(draft), {"text": "I write."}).status_code == 404
    coapplicants.end(application_id=draft.pk, person_id=set_.eve.pk, by=set_.eve)
    assert client.get(place(draft)).status_code == 404
    quiet = set_.saved(set_.started(uuid=uuid.uuid4()))
    sign_in(client, set_.pat)
    assert client.get(place(quiet, "officer")).status_code == 404
    sent = set_.submitted(quiet)
    assert client.get(place(sent, "officer")).status_code == 200
    Recusal.objects.create(
        application=sent, member=set_.pat, reason="Kin.", declared_at=clock.now()
    )
    for answer in (client.get(place(sent, "officer")), client.post(place(sent, "officer"))):
        assert answer.status_code == 403
    with pytest.raises(NotYourLetters):
        answers(sent, set_.pat)
    asks(sent, set_.asel, "Anybody?")
    # The notice and the wait are of the draft.
    assert (told(set_.pat), len(waiting(set_.pat))) == (1, 1)


def test_the_committee_reads_what_was_shown_and_only_where_it_is_open(
    client: Client, set_: Stage, draft: Application
) -> None:
    sent = set_.submitted(draft)
    kept, seen = answers(sent, set_.pat, "Between us"), answers(sent, set_.pat, "Why?", show=True)
    reply = asks(sent, set_.asel, "Because")
    where = f"/committee/applications/{sent.uuid}/"
    sign_in(client, set_.carol)
    assert "Why?" not in client.get(where).text
    assert messages.shared(sent, set_.carol) == []
    none_declared(sent, [set_.carol])
    assert messages.shared(sent, set_.carol) == [seen]
    page = client.get(where).text
    assert "Why?" in page
    assert not {each for each in ("Between us", "Because") if each in page}
    assert "Show it to the committee" not in page
    assert client.get(place(sent, "officer")).status_code == 404
    sign_in(client, set_.pat)
    for name in (str(reply.uuid), str(reply.uuid), str(uuid.uuid4())):
        said = {"do": "show", "message": name}
        assert client.post(place(sent, "officer"), said).status_code == 302
    assert client.post(place(sent, "officer"), {"do": "show", "message": "x"}).status_code == 404
    assert messages.shared(sent, set_.carol) == [seen, reply]
    assert kept in messages.of(sent)
    sign_in(client, set_.asel, factor=False)
    said = {"do": "show", "message": str(kept.uuid)}
    assert client.post(place(sent), said).status_code == 404
    declarations.step_out(application_id=sent.pk, reason="Kin.", by=set_.carol)
    assert messages.shared(sent, set_.carol) == []


def test_in_a_blind_round_messages_open_with_the_names(
    client: Client, set_: Stage, draft: Application
) -> None:
    sent = set_.submitted(draft)
    asks(sent, set_.asel, "I am Asel")
    answers(sent, set_.pat, "Dear Asel", show=True)
    both = make_person("both@example.org", "Both", Role.OFFICER, Role.COMMITTEE)
    none_declared(sent, [set_.carol, both])
    later = set_.round.closes_at + dt.timedelta(days=9)
    Application.objects.update(blind_number=7)
    Round.objects.update(is_blind=True, reviews_wanted=2, marks_due_at=later)
    sent.refresh_from_db()
    assert messages.shared(sent, set_.carol) == []
    sign_in(client, set_.carol)
    assert "Dear Asel" not in client.get(f"/committee/applications/{sent.uuid}/").text
    sign_in(client, both)
    page = client.get(place(sent, "officer"))
    assert (page.status_code, "Asel" in page.text) == (403, False)
    with pytest.raises(NotYourLetters):
        answers(sent, both)
    asks(sent, set_.asel, "Well?")
    assert (told(both), waiting(both)) == (0, [])
    Round.objects.update(is_blind=False)
    sent = Application.objects.get(pk=sent.pk)
    assert len(messages.shared(sent, set_.carol)) == 1
    assert len(waiting(both)) == 1


def test_of_an_applicant_who_is_removed_the_words_go(set_: Stage, draft: Application) -> None:
    sent = set_.submitted(draft)
    asks(sent, set_.asel, "I am Asel")
    answers(sent, set_.pat, "Dear Asel")
    held = facts.told(persons.of_user(set_.asel))["held"]
    assert [each["text"] for each in held["grants.Message"]] == ["I am Asel", "Dear Asel"]
    assert "grants.MessageReader" in held
    Application.objects.update(state="withdrawn")
    Mail.objects.all().delete()
    removed(set_.asel)
    assert {each.text for each in Message.objects.all()} == {"erased"}
