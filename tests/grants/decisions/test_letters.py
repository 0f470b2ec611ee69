"""Goal: the letter that was looked at is the letter that goes, once, with the decision."""

import hashlib

import pytest
from django.test import Client
from django.urls import reverse

from funding.documents.models import Document, DocumentState
from funding.errors import Refused
from funding.mail.models import Attachment, Mail
from grants import declarations, letters, motions, outcomes, recusals
from grants.letters import NotAsShown, NotDeclinable, Words
from grants.models import Application, DeclineLetter
from tests.grants.decisions.cast import Table, table
from tests.grants.decisions.test_declarations import by_the_database
from tests.grants.decisions.test_papers import words as printed
from tests.grants.payments.test_payment_races import together
from tests.people import sign_in

FEEDBACK = "The budget <b>does not</b> say who is paid. Łukasz, Бат-Эрдэнэ, 山田."


def written(set_: Table, at: int = 0, **told: str) -> DeclineLetter:
    """A letter on one application, laid out and not sent."""
    said = Words(**{"reason": "budget", "feedback": FEEDBACK} | told)
    letter = letters.write(application_id=set_.applications[at].pk, words=said, by=set_.dan)
    letters.lay_out(letter)
    return DeclineLetter.objects.select_related("document").get(pk=letter.pk)


def sent(set_: Table, letter: DeclineLetter) -> DeclineLetter:
    """And sent as it was shown."""
    return letters.send(letter_id=letter.pk, sha256=letter.document.sha256, by=set_.dan)


def refused(set_: Table, kind: type[Refused], deed: object) -> None:
    """The deed is refused, and neither a decision nor a mail came of it."""

    def kept() -> list[object]:
        rows = DeclineLetter.objects.order_by("pk").values("sent_at", "dropped_at", "feedback")
        return [set_.moved(), list(rows), Mail.objects.count(), Document.objects.count()]

    before = kept()
    with pytest.raises(kind):
        deed()  # type: ignore[operator]
    assert kept() == before


@pytest.mark.django_db
def test_the_database_keeps_a_letter_as_it_was_written() -> None:
    set_ = table()
    set_.apply()
    letter = written(set_)
    rows = DeclineLetter.objects.filter(pk=letter.pk)
    with by_the_database("declineletter_stays"):
        rows.update(feedback="Other.")
    with by_the_database("declineletter_stays"):
        rows.delete()
    with by_the_database("declineletter_sent_stays"):
        rows.update(sent_at=letter.written_at)
    sent(set_, letter)
    with by_the_database("declineletter_stays"):
        rows.update(sent_at=None, sent_by=None)
    with by_the_database("declineletter_stays"):
        rows.update(dropped_at=letter.written_at)


@pytest.mark.django_db
def test_only_what_the_chair_was_shown_is_sent() -> None:
    set_ = table()
    (wanted,) = [set_.apply()]
    first = written(set_)
    again = written(set_)
    assert again.pk == first.pk
    second = written(set_, improve="Name who is paid.")
    first.refresh_from_db()
    assert first.dropped_at is not None
    assert first.document.state == DocumentState.VOID
    refused(set_, NotAsShown, lambda: sent(set_, first))
    for shown in ("", "0" * 64, first.document.sha256):
        refused(
            set_,
            NotAsShown,
            lambda told=shown: letters.send(letter_id=second.pk, sha256=told, by=set_.dan),
        )
    raw = letters.write(application_id=wanted.pk, words=Words("need", "No."), by=set_.dan)
    # It has a number and no bytes yet, so nobody has looked at it.
    refused(set_, NotAsShown, lambda: letters.send(letter_id=raw.pk, sha256="", by=set_.dan))


@pytest.mark.django_db
def test_who_may_not_neither_writes_nor_sends() -> None:
    set_ = table()
    wanted = set_.apply()
    letter = written(set_)
    for person in (set_.carol, set_.pat, set_.tara, set_.eve):
        refused(
            set_,
            motions.ChairOnly,
            lambda by=person: letters.send(
                letter_id=letter.pk, sha256=letter.document.sha256, by=by
            ),
        )
    for said in (Words("", "No."), Words("rubbish", "No."), Words("need", "  ")):
        refused(
            set_,
            recusals.ReasonMissing,
            lambda told=said: letters.write(application_id=wanted.pk, words=told, by=set_.dan),
        )
    motion = set_.put({0: 100_000})
    refused(set_, NotDeclinable, lambda: sent(set_, letter))
    motions.withdraw(motion_id=motion.pk, by=set_.dan)
    declarations.step_out(application_id=wanted.pk, reason="Kin.", by=set_.dan)
    refused(set_, recusals.Recused, lambda: sent(set_, letter))


@pytest.mark.django_db
def test_the_bytes_that_were_shown_are_the_bytes_that_go() -> None:
    set_ = table()
    wanted = set_.apply()
    letter = written(set_, improve="Name who is paid.")
    content = letter.document.content
    assert content is not None
    shown = bytes(content)
    said = " ".join(printed(letter.document).split())
    for part in ("does not fund your application", "<b>does not</b>", "山田", "Name who is paid."):
        assert part in said, part
    for _time in range(2):
        sent(set_, letter)
    mail = Mail.objects.get(key=f"application:{wanted.pk}:declined")
    (file,) = Attachment.objects.filter(mail=mail)
    assert bytes(file.content) == shown
    assert hashlib.sha256(shown).hexdigest() == letter.document.sha256
    assert "You are asked to come back" in mail.text
    assert "Name who is paid." in mail.html
    wanted.refresh_from_db()
    assert (wanted.state, wanted.refusal, wanted.decline_reason) == ("declined", "budget", FEEDBACK)
    refused(set_, NotDeclinable, lambda: written(set_, feedback="Other."))


def test_two_browsers_send_one_letter(committed: None) -> None:
    set_ = table()
    set_.apply()
    letter = written(set_)
    assert together(*[lambda: sent(set_, letter)] * 2) == ["done", "done"]
    assert Mail.objects.count() == 1


def test_a_letter_and_a_motion_at_once_are_one_of_them(committed: None) -> None:
    set_ = table()
    set_.apply()
    draft = set_.propose({0: 100_000})
    motions.withdraw(motion_id=draft.pk, by=set_.dan)
    letter = written(set_)
    said = together(
        lambda: sent(set_, letter),
        lambda: set_.put({0: 100_000}),
    )
    assert "done" in said
    state = Application.objects.get().state
    assert (state == "declined") == (Mail.objects.count() == 1)
    if said == ["done", "done"]:
        pytest.fail("declined and under vote at once")


def test_without_the_fingerprint_a_rewritten_letter_would_go_unseen(committed: None) -> None:
    """The control: the row alone would let the second wording out under the first look."""
    set_ = table()
    set_.apply()
    seen = written(set_)
    now = written(set_, feedback="Another.")
    assert letters.standing(set_.applications[0]) == now
    assert seen.document.sha256 != now.document.sha256
    with pytest.raises(NotAsShown):
        letters.send(letter_id=now.pk, sha256=seen.document.sha256, by=set_.dan)
    assert not Mail.objects.exists()


@pytest.mark.django_db
def test_several_go_at_once_each_with_its_words(client: Client) -> None:
    set_ = table()
    for title in ("One", "Two", "Three", "Four"):
        set_.apply(title)
    rows = [written(set_, at, feedback=f"Reason {at}.") for at in range(3)]
    sign_in(client, set_.dan, factor=True)
    where = reverse("grants:committee_letters", kwargs={"slug": set_.round.slug})
    page = client.get(where).content.decode()
    assert page.count('type="checkbox"') == 3
    assert "Four" in page
    ticked = {"letter": [str(row.pk) for row in rows[:2]] + ["rubbish", "\0"]}
    shas = {f"sha256-{row.pk}": row.document.sha256 for row in rows}
    response = client.post(where, ticked | shas | {f"sha256-{rows[1].pk}": "0" * 64})
    assert response.status_code == 409
    assert "another than the one you were shown" in response.content.decode()
    assert Mail.objects.count() == 1
    assert client.post(where, ticked | shas).status_code == 302
    assert client.post(where, ticked | shas).status_code == 302
    assert "Reason 0." in Mail.objects.earliest("pk").text
    assert "Reason 1." in Mail.objects.latest("pk").text
    assert Mail.objects.count() == 2


@pytest.mark.django_db
def test_the_chair_looks_before_it_goes(client: Client) -> None:
    set_ = table()
    wanted = set_.apply()
    where = reverse("grants:committee_decline", kwargs={"uuid": wanted.uuid})
    sign_in(client, set_.dan, factor=True)
    response = client.post(where, {"feedback": "Kept \0 words", "reason": ""})
    assert response.status_code == 422
    assert "Kept" in response.content.decode()
    told = {"do": "write", "reason": "need", "feedback": FEEDBACK}
    assert client.post(where, told).status_code == 302
    letter = letters.standing(wanted)
    assert letter is not None
    page = client.get(where).content.decode()
    letter.document.refresh_from_db()
    assert letter.document.sha256 in page
    pdf = reverse("grants:committee_decline_letter", kwargs={"uuid": wanted.uuid})
    assert client.get(pdf).content == bytes(letter.document.content or b"")
    own = reverse("grants:apply_letter", kwargs={"uuid": wanted.uuid})
    sign_in(client, set_.asel)
    assert client.get(own).status_code == 404
    sent(set_, letter)
    assert client.get(own).content == bytes(letter.document.content or b"")
    seen = reverse("grants:apply_application", kwargs={"uuid": wanted.uuid})
    assert own in client.get(seen).content.decode()


@pytest.mark.django_db
def test_reasons_are_counted_and_public_once_all_is_decided(client: Client) -> None:
    set_ = table()
    for at in range(3):
        set_.apply(f"Steppe {at}")
    sent(set_, written(set_, 0))
    sent(set_, written(set_, 1, reason="need"))
    here = reverse("grants:round_call", kwargs={"slug": set_.round.slug})
    assert "Less urgent than others" not in client.get(here).content.decode()
    sent(set_, written(set_, 2, reason="need"))
    page = client.get(here).content.decode()
    assert "Less urgent than others" in page
    assert "The budget does not fit the work" in page
    assert "Steppe 0" not in page
    assert "who is paid" not in page
    rows = Application.objects.filter(round=set_.round)
    assert outcomes.refusals(rows) == [
        ("Less urgent than others", 2),
        ("The budget does not fit the work", 1),
    ]
    declarations_ = outcomes.refusals(rows.open_to(set_.carol))
    assert sum(number for _label, number in declarations_) == 3
