"""Goal: files come over any line, are what they are, and are frozen with their application."""

import datetime as dt
import io
import tracemalloc
from itertools import batched
from uuid import uuid4

import pytest
from PIL import Image

from funding import clock
from funding.audit.models import Record
from grants import applications, attachments, file_kinds, files, submissions
from grants.applications import NotADraft, NotYours
from grants.attachments import NoRoom, Standing
from grants.file_kinds import NotAFile
from grants.models import Application, Attachment, FilePiece, FileState, StoredFile
from grants.models.files import PIECE_BYTES
from tests.grants.applications import sheaf
from tests.grants.applications.cast import Stage, stage
from tests.refusing import refused

pytestmark = pytest.mark.django_db
PIECE = 20_000
LONG = b"Dogs and more dogs.\n" * 5_000


@pytest.fixture
def set_() -> Stage:
    """The round and its people."""
    return stage()


@pytest.fixture
def draft(set_: Stage) -> Application:
    """A draft that has all it needs."""
    return set_.saved(set_.started())


def add(draft: Application, content: bytes = sheaf.PDF, name: str = "a.pdf") -> Attachment:
    return attachments.add(
        application_id=draft.pk,
        name=name,
        size=len(content),
        blocks=[content],
        by=draft.applicant,
    )


def begin(draft: Application, content: bytes = LONG, **facts: object) -> Standing:
    told: dict[str, object] = {
        "name": "dogs.txt",
        "size": len(content),
        "sha256": sheaf.sha(content),
        "by": draft.applicant,
    }
    return attachments.begin(application_id=draft.pk, **(told | facts))  # type: ignore[arg-type]


def go_on(draft: Application, stands: Standing, content: bytes = LONG) -> Standing:
    start = stands.received
    return attachments.append(
        application_id=draft.pk,
        uuid=stands.uuid,
        start=start,
        content=content[start : start + PIECE],
        by=draft.applicant,
    )


def kept(file: StoredFile) -> bytes:
    return b"".join(files.content(file))


def test_the_database_refuses_a_file_of_what_was_sent(set_: Stage, draft: Application) -> None:
    made = add(draft)
    sent = set_.submitted(draft)
    with refused("attachment_is_of_a_draft"):
        made.delete()
    loose = files.put(place="x", name="b", size=5, blocks=[b"later"], by=set_.asel)
    with refused("attachment_is_of_a_draft"):
        Attachment.objects.create(
            application=sent, file=loose, sha256=loose.sha256, added_at=clock.now()
        )
    with refused("storedfile_stays"):
        StoredFile.objects.filter(pk=made.file_id).update(name="other.pdf")
    with refused("filepiece_stays"):
        FilePiece.objects.filter(file=made.file_id).update(content=b"other")
    with refused("filepiece_stays"):
        FilePiece.objects.filter(file=made.file_id).delete()
    with refused("filepiece_stays"):
        FilePiece.objects.create(file=made.file, start=10**6, content=b"more")
    with refused("attachment_stays"):
        Attachment.objects.filter(pk=made.pk).update(sha256="0" * 64)


def test_the_database_refuses_a_file_that_is_not_whole_or_one_too_many(draft: Application) -> None:
    begin(draft)
    half = StoredFile.objects.get()
    with refused("attachment_file_is_whole"):
        Attachment.objects.create(
            application=draft, file=half, sha256="0" * 64, added_at=clock.now()
        )
    with refused("storedfile_whole_has_kind_and_fingerprint"):
        StoredFile.objects.update(state=FileState.WHOLE)
    with refused("filepiece_is_small"):
        FilePiece.objects.create(file=half, start=0, content=bytes(PIECE_BYTES + 1))
    for number in range(attachments.MOST_FILES):
        add(draft, b"file %d" % number)
    more = files.put(place="x", name="b", size=4, blocks=[b"more"], by=draft.applicant)
    with refused("attachment_is_within_limits"):
        Attachment.objects.create(
            application=draft, file=more, sha256=more.sha256, added_at=clock.now()
        )
    with pytest.raises(NoRoom):
        add(draft, b"one more")
    assert Attachment.objects.count() == attachments.MOST_FILES


@pytest.mark.parametrize("content", [sheaf.EXE, b"", b"name,\0", sheaf.PDF[:20]])
def test_rubbish_is_refused_and_nothing_is_kept(draft: Application, content: bytes) -> None:
    with pytest.raises(NotAFile):
        add(draft, content, "good.pdf")
    assert not StoredFile.objects.exists()
    assert not FilePiece.objects.exists()
    assert attachments.of(draft) == []


def test_a_file_that_is_too_large_is_refused_before_it_comes(draft: Application) -> None:
    for size in (0, -1, files.MOST_BYTES + 1, 10**9):
        with pytest.raises(NotAFile):
            begin(draft, size=size)
    for sha256 in ("", "x" * 64, "A" * 64, "٣" * 64):
        with pytest.raises(NotAFile):
            begin(draft, sha256=sha256)
    assert not StoredFile.objects.exists()


def test_only_who_writes_the_draft_adds_to_it_or_takes_out(set_: Stage, draft: Application) -> None:
    made = add(draft)
    with pytest.raises(NotYours):
        attachments.add(application_id=draft.pk, name="x", size=1, blocks=[b"x"], by=set_.eve)
    with pytest.raises(NotYours):
        attachments.remove(application_id=draft.pk, uuid=made.file.uuid, by=set_.eve)
    stands = begin(draft)
    with pytest.raises(files.NotTheSame):
        attachments.append(
            application_id=draft.pk, uuid=stands.uuid, start=0, content=LONG[:PIECE], by=set_.eve
        )
    set_.submitted(draft)
    for deed in (
        lambda: add(draft, b"late"),
        lambda: begin(draft, b"late"),
        lambda: attachments.remove(
            application_id=draft.pk, uuid=made.file.uuid, by=draft.applicant
        ),
    ):
        with pytest.raises(NotADraft):
            deed()
    assert [each.pk for each in attachments.of(draft)] == [made.pk]


def test_a_file_comes_in_pieces_and_goes_on_where_the_line_broke(draft: Application) -> None:
    stands = begin(draft)
    stands = go_on(draft, stands)
    assert stands.received == PIECE
    # The answer was lost: the same piece again, and the same file chosen again in a new window.
    again = Standing(stands.uuid, 0, is_there=False)
    assert go_on(draft, again) == stands
    assert begin(draft) == stands
    with pytest.raises(files.WrongPlace) as caught:
        go_on(draft, Standing(stands.uuid, 3 * PIECE, is_there=False))
    assert caught.value.received == PIECE
    while not stands.is_there:
        stands = go_on(draft, stands)
    (made,) = attachments.of(draft)
    assert (made.file.name, made.file.kind, made.sha256) == ("dogs.txt", "text", sheaf.sha(LONG))
    assert kept(made.file) == LONG
    # Once more, whole or in part: it is there.
    assert begin(draft).is_there
    assert go_on(draft, again).is_there
    assert add(draft, LONG) == made
    assert StoredFile.objects.count() == 1
    assert Record.objects.filter(action="application.file_added").count() == 1


def test_a_piece_of_a_wrong_size_or_another_piece_in_its_place_is_told(draft: Application) -> None:
    stands = begin(draft)
    for content in (b"", b"small", bytes(PIECE_BYTES + 1)):
        with pytest.raises(NotAFile):
            attachments.append(
                application_id=draft.pk,
                uuid=stands.uuid,
                start=0,
                content=content,
                by=draft.applicant,
            )
    go_on(draft, stands)
    with pytest.raises(files.WrongPlace):
        go_on(draft, stands, LONG[::-1])
    assert StoredFile.objects.get().received == PIECE


def test_what_arrives_otherwise_than_it_was_sent_is_thrown_away(draft: Application) -> None:
    stands = begin(draft)
    other = LONG.replace(b"dogs", b"cats")
    while stands.received + PIECE < len(LONG):
        stands = go_on(draft, stands, other)
    with pytest.raises(files.NotTheSame):
        go_on(draft, stands, other)
    assert not StoredFile.objects.exists()
    with pytest.raises(files.NotTheSame):
        go_on(draft, stands, other)


def test_a_photograph_is_kept_without_where_it_was_taken(draft: Application) -> None:
    sent = sheaf.picture("JPEG")
    made = add(draft, sent, "Ирбис\u202e.HTML")
    assert made.file.name == "Ирбис.HTML.jpg"
    assert made.sha256 == sheaf.sha(kept(made.file)) != sheaf.sha(sent)
    with Image.open(io.BytesIO(kept(made.file))) as image:
        assert not image.getexif()
    assert add(draft, sent) == made
    assert begin(draft, sent).is_there


def test_what_is_sent_lists_its_files_and_its_fingerprint_covers_them(
    set_: Stage, draft: Application
) -> None:
    made = add(draft)
    facts = submissions.told(draft)
    sent = set_.submitted(draft)
    assert sent.submitted is not None
    (told,) = sent.submitted["files"]
    assert told == {
        "uuid": str(made.file.uuid),
        "name": "a.pdf",
        "kind": "pdf",
        "size": len(sheaf.PDF),
        "sha256": sheaf.sha(sheaf.PDF),
    }
    assert sent.sha256 == submissions.fingerprint(facts)
    assert sent.sha256 != submissions.fingerprint(facts | {"files": []})


def test_what_was_sent_before_there_were_files_is_still_shown(
    set_: Stage, draft: Application
) -> None:
    sent = set_.submitted(draft)
    assert sent.submitted is not None
    del sent.submitted["files"]
    assert applications.facts(sent)["files"] == []


def test_a_file_that_is_taken_out_is_gone_and_may_come_again(draft: Application) -> None:
    made = add(draft)
    for _time in range(2):
        attachments.remove(application_id=draft.pk, uuid=made.file.uuid, by=draft.applicant)
    attachments.remove(application_id=draft.pk, uuid=uuid4(), by=draft.applicant)
    assert not StoredFile.objects.exists()
    assert Record.objects.filter(action="application.file_removed").count() == 1
    add(draft)


def test_a_file_that_is_forgotten_leaves_its_fingerprint(set_: Stage, draft: Application) -> None:
    made = add(draft)
    set_.submitted(draft)
    for _time in range(2):
        files.forget(file_id=made.file_id)
    made.file.refresh_from_db()
    assert (made.file.state, made.file.name) == ("gone", "erased")
    assert made.file.sha256 == sheaf.sha(sheaf.PDF)
    assert not FilePiece.objects.exists()


def test_what_stopped_on_its_way_is_swept_after_days(draft: Application) -> None:
    go_on(draft, begin(draft))
    add(draft)
    assert files.sweep() == 0
    long_ago = clock.now() - files.WAITS - dt.timedelta(minutes=1)
    StoredFile.objects.filter(state=FileState.OPEN).update(moved_at=long_ago)
    assert files.sweep() == 1
    assert [each.state for each in StoredFile.objects.all()] == ["whole"]


def test_a_large_file_is_looked_at_with_little_in_memory(draft: Application) -> None:
    line = b"one, two, three, four, five, six, seven\n" * 500
    blocks = [line] * (9_000_000 // len(line))
    size = sum(map(len, blocks))
    tracemalloc.start()
    attachments.add(
        application_id=draft.pk, name="x.csv", size=size, blocks=blocks, by=draft.applicant
    )
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4_000_000
    assert StoredFile.objects.get().size == size


def test_a_stream_of_pieces_reads_as_the_whole(draft: Application) -> None:
    content = bytes(range(32, 127)) * 6_000
    made = add(draft, content, "x.txt")
    assert made.file.pieces.count() > 2
    there = files.stream(made.file)
    assert there.read() == content
    for at in (0, PIECE_BYTES - 3, PIECE_BYTES, len(content) - 2, len(content) + 9):
        there.seek(at)
        assert there.read(7) == content[at : at + 7]
    assert [len(each) for each in batched(files.content(made.file), 100)] == [3]
    assert file_kinds.kind_of(files.stream(made.file)) == "text"
