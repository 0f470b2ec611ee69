"""Goal: two windows, two presses and the last second never make two truths."""

import threading
import uuid

import pytest
from django.db import connection

from funding.audit.models import Record
from funding.mail.models import Mail
from funding.parties.models import Organisation
from grants import applications, gaps
from grants.applications import NotADraft, Stale
from grants.models import Application, Project
from tests.grants.applications.cast import LINES, Stage, stage
from tests.ledger.racing import together


@pytest.fixture
def set_(committed: None) -> Stage:
    """The round and its people."""
    return stage()


def test_two_windows_save_one_version_once(set_: Stage) -> None:
    draft = set_.started()
    titles = ["First", "Second"]
    said = together(2, lambda number: set_.saved(draft, version=1, title=titles[number]))
    lost = [each for each in said if isinstance(each, Exception)]
    (won,) = [each for each in said if isinstance(each, Application)]
    assert [type(each) for each in lost] == [Stale]
    assert Project.objects.get().title == won.project.title
    assert Application.objects.get().version == 2
    assert gaps.lines_of(draft) == list(LINES)


def test_without_the_lock_both_windows_would_find_their_version(set_: Stage) -> None:
    draft = set_.started()
    barrier, found = threading.Barrier(2), []

    def look_then_write() -> None:
        try:
            version = Application.objects.values_list("version", flat=True).get(pk=draft.pk)
            barrier.wait()
            found.append(version)
        finally:
            connection.close()

    threads = [threading.Thread(target=look_then_write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1, 1]


def test_two_presses_send_one_application_and_one_mail(set_: Stage) -> None:
    draft = set_.saved(set_.started())
    said = together(4, lambda _: set_.submitted(draft))
    assert [each for each in said if isinstance(each, Exception)] == []
    assert Mail.objects.count() == 1
    assert Record.objects.filter(action="application.submitted").count() == 1


@pytest.mark.parametrize("turn", range(3))
def test_a_save_never_changes_what_is_being_sent(set_: Stage, turn: int) -> None:
    draft = set_.saved(set_.started())

    def deed(number: int) -> Application:
        if number == 0:
            return set_.submitted(draft)
        return set_.saved(draft, title="Changed")

    sent, saved = together(2, deed)
    row = Application.objects.get()
    if isinstance(sent, Application):
        assert isinstance(saved, NotADraft)
        assert row.state == "submitted"
        assert row.submitted is not None
        assert row.submitted["title"] == row.project.title == "Guard dogs with herders"
    else:
        assert isinstance(sent, Stale)
        assert isinstance(saved, Application)
        assert (row.state, row.project.title) == ("draft", "Changed")


def test_a_withdrawal_and_a_sending_leave_one_state(set_: Stage) -> None:
    draft = set_.saved(set_.started())

    def deed(number: int) -> Application:
        if number == 0:
            return set_.submitted(draft)
        return applications.withdraw(application_id=draft.pk, by=set_.asel)

    sent, withdrawn = together(2, deed)
    row = Application.objects.get()
    assert isinstance(withdrawn, Application)
    assert row.state == "withdrawn"
    assert (row.submitted_at is not None) == isinstance(sent, Application)


def test_one_button_pressed_twice_begins_one_draft(set_: Stage) -> None:
    key = uuid.uuid4()
    said = together(4, lambda _: set_.started(uuid=key))
    assert {each.pk for each in said if isinstance(each, Application)} == {
        Application.objects.get().pk
    }
    assert [each for each in said if isinstance(each, Exception)] == []
    assert Organisation.objects.count() == Project.objects.count() == 1


def test_two_projects_of_one_title_never_share_an_address(set_: Stage) -> None:
    drafts = [set_.saved(set_.started()) for _ in range(4)]
    said = together(4, lambda number: set_.submitted(drafts[number]))
    assert [each for each in said if isinstance(each, Exception)] == []
    assert len(set(Project.objects.values_list("slug", flat=True))) == 4
