"""Goal: an application comes back once to be completed, and nobody reads it half done."""

import datetime as dt
import threading
import uuid
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from funding import clock, waits
from funding.audit.models import Record
from funding.mail.models import Mail
from grants import applications, completions
from grants.applications import Incomplete, NotYours, Stale
from grants.completions import NotOpen, NotReturnable
from grants.contents import Content
from grants.models import Application, Completion, Recusal, Review, Submission
from tests.grants.applications.cast import LINES, Stage, stage, written
from tests.grants.applications.test_apply_pages import address, typed, value
from tests.ledger.racing import together
from tests.people import sign_in
from tests.refusing import refused

REASONS = {"work": "Say how you count the dogs.", "budget": "What is the fuel for?"}


@pytest.fixture
def set_(db: None) -> Stage:
    """The round and its people."""
    cache.clear()
    return stage()


def returned(set_: Stage, sent: Application, **facts: Any) -> Completion:
    told: dict[str, Any] = {
        "reasons": REASONS,
        "due_on": clock.now().date() + dt.timedelta(days=7),
        "by": set_.pat,
    }
    return completions.ask(application_id=sent.pk, **told | facts)


def completed(set_: Stage, sent: Application, content: Content, **facts: Any) -> Application:
    told: dict[str, Any] = {"version": 1, "by": set_.asel}
    return completions.complete(application_id=sent.pk, content=content, **told | facts)


def ending(set_: Stage, sent: Application, due_at: dt.datetime) -> Completion:
    """One whose last instant this is. The database keeps it as it was asked, so it is made so."""
    return Completion.objects.create(
        application=sent,
        asked_by=set_.pat,
        asked_at=due_at - dt.timedelta(days=3),
        saved_at=due_at - dt.timedelta(days=3),
        due_at=due_at,
        reasons=REASONS,
    )


def overdue(set_: Stage, sent: Application) -> Completion:
    return ending(set_, sent, clock.now() - dt.timedelta(hours=1))


def reviewed(set_: Stage, sent: Application) -> Review:
    return Review.objects.create(
        application=sent, member=set_.carol, saved_at=clock.now(), handed_in_at=clock.now()
    )


def test_there_is_no_second_time(set_: Stage) -> None:
    sent = set_.sent()
    row = returned(set_, sent)
    with pytest.raises(NotReturnable):
        returned(set_, sent)
    facts = {"asked_by": set_.pat, "saved_at": row.saved_at, "reasons": REASONS}
    with refused("completion_once_for_an_application"):
        Completion.objects.create(
            application=sent, asked_at=row.asked_at, due_at=row.due_at, **facts
        )
    with refused("completion_stays_as_asked"):
        Completion.objects.update(reasons={"work": "Something else"})
    with refused("completion_stays_as_asked"):
        Completion.objects.all().delete()
    assert Mail.objects.filter(key__endswith=":returned").count() == 1


def test_nothing_that_is_judged_or_unsent_goes_back(set_: Stage) -> None:
    sent, draft = set_.sent(), set_.saved(set_.started())
    reviewed(set_, sent)
    facts = {
        "asked_by": set_.pat,
        "asked_at": clock.now(),
        "saved_at": clock.now(),
        "due_at": clock.now() + dt.timedelta(days=1),
        "reasons": REASONS,
    }
    for row in (sent, draft):
        with pytest.raises(NotReturnable):
            returned(set_, row)
        with refused("completion_comes_before_anybody_judges"):
            Completion.objects.create(application=row, **facts)
    assert not Mail.objects.filter(key__endswith=":returned").exists()


@pytest.mark.parametrize(
    "facts",
    [
        {"reasons": {}},
        {"reasons": {"work": " "}},
        {"reasons": {"nothing": "x"}},
        {"due_on": dt.date(2020, 1, 1)},
        {"due_on": dt.date(2099, 1, 1)},
    ],
)
def test_a_return_says_what_is_missing_and_leaves_time(set_: Stage, facts: dict[str, Any]) -> None:
    sent = set_.sent()
    with pytest.raises(NotReturnable):
        returned(set_, sent, **facts)
    assert not Completion.objects.exists()


def test_only_an_officer_who_is_not_out_sends_it_back(set_: Stage) -> None:
    sent = set_.sent()
    for who in (set_.carol, set_.asel):
        with pytest.raises(NotReturnable):
            returned(set_, sent, by=who)
    Recusal.objects.create(
        application=sent, member=set_.pat, reason="A cousin", declared_at=clock.now()
    )
    with pytest.raises(NotReturnable):
        returned(set_, sent)
    assert not Completion.objects.exists()


def test_what_was_sent_first_is_read_until_it_is_completed(set_: Stage) -> None:
    sent = set_.sent()
    row = returned(set_, sent)
    first = (sent.submitted, sent.sha256, sent.submitted_at)
    set_.closes(dt.timedelta(days=1))
    completions.save(
        application_id=sent.pk, version=1, typed={"summary": "Half"}, tab="a", by=set_.asel
    )
    sent.refresh_from_db()
    assert (sent.submitted, sent.sha256, sent.submitted_at) == first
    assert sent.project.summary == "We vaccinate the dogs of 61 herder families."
    content = written(methods="Every dog is counted twice.", lines=LINES[:2])
    done = completed(set_, sent, content, version=2)
    kept = list(Submission.objects.filter(application=sent))
    assert [each.number for each in kept] == [1, 2]
    assert kept[0].facts == first[0]
    assert kept[1].facts == done.submitted
    assert done.submitted is not None
    assert done.submitted["methods"] == "Every dog is counted twice."
    assert done.sha256 != first[1]
    row.refresh_from_db()
    assert (row.state, row.ended_at) == ("done", done.submitted_at)
    assert completed(set_, sent, content, version=2) == done, "pressed twice it is one sending"
    assert Submission.objects.count() == 2
    assert Mail.objects.filter(key__contains=":received").count() == 2


def test_what_is_not_whole_is_not_sent_and_moves_nothing(set_: Stage) -> None:
    sent = set_.sent()
    returned(set_, sent)
    for content in (written(methods=""), written(lines=()), written(summary="word " * 200)):
        with pytest.raises(Incomplete):
            completed(set_, sent, content)
    with pytest.raises(Stale):
        completed(set_, sent, written(), version=9)
    with pytest.raises(NotYours):
        completed(set_, sent, written(), by=set_.eve)
    sent.refresh_from_db()
    assert sent.project.summary == "We vaccinate the dogs of 61 herder families."
    assert Submission.objects.count() == 1


def test_too_late_or_judged_meanwhile_the_first_stands(set_: Stage) -> None:
    late, judged = set_.sent(), set_.sent()
    row = overdue(set_, late)
    returned(set_, judged)
    reviewed(set_, judged)
    for sent in (late, judged):
        with pytest.raises(NotOpen):
            completed(set_, sent, written())
        with refused("application_completed_in_time"):
            Application.objects.filter(pk=sent.pk).update(submitted_at=clock.now())
    with pytest.raises(NotOpen):
        completions.save(application_id=late.pk, version=1, typed={}, by=set_.asel)
    assert completions.sweep() == 1
    assert completions.sweep() == 0
    row.refresh_from_db()
    late.refresh_from_db()
    assert (row.state, late.state) == ("lapsed", "submitted")
    assert Mail.objects.filter(key__endswith=":stands").count() == 1
    with pytest.raises(NotReturnable):
        returned(set_, late)


def test_one_that_was_withdrawn_lapses_without_a_mail(set_: Stage) -> None:
    sent = set_.sent()
    overdue(set_, sent)
    applications.withdraw(application_id=sent.pk, by=set_.asel)
    assert completions.sweep() == 1
    assert not Mail.objects.filter(key__endswith=":stands").exists()


def test_the_pages_lead_through_it(client: Client, set_: Stage) -> None:
    sent = set_.sent()
    back = f"/officer/applications/{sent.uuid}/return/"
    sign_in(client, set_.pat)
    assert back in client.get(f"/officer/applications/{sent.uuid}/").text
    wrong = client.post(back, {"work": "Say how you count.", "due_on": "2020-01-01"})
    assert wrong.status_code == 409
    assert "Say how you count." in wrong.text
    assert client.post(back, {"work": "\0", "due_on": "soon"}).status_code == 422
    day = (clock.now().date() + dt.timedelta(days=5)).isoformat()
    assert client.post(back, {"work": "Say how you count.", "due_on": day}).status_code == 302
    assert "no second time" in client.get(back).text
    set_.closes(dt.timedelta(days=1))
    (wait,) = waits.for_user(set_.asel)
    assert wait.url == address(sent, "completion/")
    sign_in(client, set_.asel, factor=False)
    assert address(sent, "completion/") in client.get(address(sent)).text
    page = client.get(address(sent, "completion/")).text
    assert "Say how you count." in page
    assert value(page, "version") == "1"
    said = client.post(
        address(sent, "completion/autosave/"), typed(sent, version="1", line__1__unit="some")
    )
    assert said.json()["version"] == 2
    odd = typed(sent, tab="\0", version="2", methods="Mörön\0, Мөрөн")
    assert client.post(address(sent, "completion/autosave/"), odd).json()["version"] == 3
    other = typed(sent, tab="two", version="1")
    assert client.post(address(sent, "completion/autosave/"), other).status_code == 409
    unread = client.post(
        address(sent, "completion/save/"), typed(sent, version="3", minimum="about", do="send")
    )
    assert unread["Location"] == address(sent, "completion/?check=1")
    assert "about" in client.get(unread["Location"]).text
    facts = {"version": "4", "methods": "Counted twice.", "do": "send"}
    done = client.post(address(sent, "completion/save/"), typed(sent, **facts))
    assert done["Location"] == address(sent)
    again = client.post(address(sent, "completion/save/"), typed(sent, **facts))
    assert again["Location"] == address(sent)
    page = client.get(address(sent)).text
    assert "Counted twice." in page
    assert f"/apply/{sent.uuid}/2.pdf" in page
    assert waits.for_user(set_.asel) == []
    sign_in(client, set_.eve)
    for guessed in (address(sent, "completion/"), f"/apply/{uuid.uuid4()}/completion/"):
        assert client.get(guessed).status_code == 404


@pytest.mark.parametrize("turn", range(3))
def test_a_completion_and_its_last_second_leave_one_truth(committed: None, turn: int) -> None:
    cache.clear()
    set_ = stage()
    sent = set_.sent()
    past = clock.now() + dt.timedelta(milliseconds=60 * turn)
    ending(set_, sent, past)

    def deed(number: int) -> Any:
        if number == 0:
            return completed(set_, sent, written(methods="Late or not"))
        return completions.sweep()

    done, _swept = together(2, deed)
    state = Completion.objects.get().state
    if isinstance(done, Application):
        assert state == "done"
        assert Submission.objects.count() == 2
        assert done.submitted_at is not None
        assert done.submitted_at < past
    else:
        assert isinstance(done, NotOpen)
        assert Submission.objects.count() == 1
        assert Application.objects.get().submitted_at == sent.submitted_at


def test_two_officers_send_it_back_once(committed: None) -> None:
    cache.clear()
    set_ = stage()
    sent = set_.sent()
    said = together(2, lambda _: returned(set_, sent))
    assert sorted(type(each).__name__ for each in said) == ["Completion", "NotReturnable"]
    assert Mail.objects.filter(key__endswith=":returned").count() == 1
    assert Record.objects.filter(action="application.returned").count() == 1


def test_without_the_lock_both_officers_would_find_none(committed: None) -> None:
    cache.clear()
    sent = stage().sent()
    barrier, found = threading.Barrier(2), []

    def look() -> None:
        try:
            why = completions.why_not(sent)
            barrier.wait()
            found.append(why)
        finally:
            connection.close()

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["", ""]
