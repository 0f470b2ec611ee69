"""Goal: two windows, a second press and the moment of sending never make two files or half one."""

import threading

import pytest
from django.db import connection

from grants import attachments, files
from grants.applications import NotADraft
from grants.attachments import NoRoom
from grants.models import Application, Attachment, FilePiece, StoredFile
from tests.grants.applications import sheaf
from tests.grants.applications.cast import Stage, stage
from tests.ledger.racing import together

LONG = b"Dogs and more dogs.\n" * 5_000
PIECE = 25_000


@pytest.fixture
def set_(committed: None) -> Stage:
    """The round and its people."""
    return stage()


@pytest.fixture
def draft(set_: Stage) -> Application:
    """A draft that has all it needs."""
    return set_.saved(set_.started())


def send(draft: Application, content: bytes = LONG) -> attachments.Standing:
    """As a window sends it, which goes on from wherever it is told."""
    stands = attachments.begin(
        application_id=draft.pk,
        name="dogs.txt",
        size=len(content),
        sha256=sheaf.sha(content),
        by=draft.applicant,
    )
    while not stands.is_there:
        start = stands.received
        try:
            stands = attachments.append(
                application_id=draft.pk,
                uuid=stands.uuid,
                start=start,
                content=content[start : start + PIECE],
                by=draft.applicant,
            )
        except files.WrongPlace as refusal:
            stands = attachments.Standing(stands.uuid, refusal.received, is_there=False)
    return stands


def test_two_windows_send_one_file_together_and_it_is_there_once(draft: Application) -> None:
    said = together(3, lambda _: send(draft))
    assert [each for each in said if isinstance(each, Exception)] == []
    (made,) = attachments.of(draft)
    assert b"".join(files.content(made.file)) == LONG
    assert StoredFile.objects.count() == 1


def test_without_the_lock_both_windows_would_write_the_same_piece(draft: Application) -> None:
    stands = attachments.begin(
        application_id=draft.pk,
        name="dogs.txt",
        size=len(LONG),
        sha256=sheaf.sha(LONG),
        by=draft.applicant,
    )
    barrier, found = threading.Barrier(2), []

    def look() -> None:
        try:
            received = StoredFile.objects.values_list("received", flat=True).get(uuid=stands.uuid)
            barrier.wait()
            found.append(received)
        finally:
            connection.close()

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [0, 0]


def test_the_last_place_is_given_once(draft: Application) -> None:
    for number in range(attachments.MOST_FILES - 1):
        content = b"file %d" % number
        attachments.add(
            application_id=draft.pk,
            name="a",
            size=len(content),
            blocks=[content],
            by=draft.applicant,
        )

    def add(number: int) -> Attachment:
        content = b"last %d" % number
        return attachments.add(
            application_id=draft.pk,
            name="a",
            size=len(content),
            blocks=[content],
            by=draft.applicant,
        )

    said = together(3, add)
    assert sorted(type(each).__name__ for each in said) == ["Attachment", "NoRoom", "NoRoom"]
    assert NoRoom in {type(each) for each in said}
    assert Attachment.objects.count() == attachments.MOST_FILES
    assert StoredFile.objects.count() == FilePiece.objects.count() == attachments.MOST_FILES


@pytest.mark.parametrize("turn", range(3))
def test_a_file_that_comes_while_it_is_sent_is_in_it_or_nowhere(
    set_: Stage, draft: Application, turn: int
) -> None:
    def deed(number: int) -> object:
        return set_.submitted(draft) if number else send(draft)

    added, sent = together(2, deed)
    assert isinstance(sent, Application)
    assert sent.submitted is not None
    told = [each["sha256"] for each in sent.submitted["files"]]
    assert told == [each.sha256 for each in attachments.of(sent)]
    assert told == ([] if isinstance(added, NotADraft) else [sheaf.sha(LONG)])
