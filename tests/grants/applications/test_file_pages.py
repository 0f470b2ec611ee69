"""Goal: files go with the form or in pieces, and are read by nobody whom the table leaves out."""

import datetime as dt
import re
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from funding.users.models import User
from grants import attachments, files
from grants.models import Application, Attachment, Project, Round, StoredFile
from tests.grants.applications import sheaf
from tests.grants.applications.cast import Stage, stage
from tests.grants.applications.test_apply_pages import address, typed
from tests.grants.decisions.cast import none_declared
from tests.people import sign_in

pytestmark = pytest.mark.django_db
NAME = "Бюджет & план.csv"


@pytest.fixture
def set_() -> Stage:
    """The round and its people."""
    cache.clear()
    return stage()


@pytest.fixture
def draft(set_: Stage) -> Application:
    """A draft that has all it needs."""
    return set_.saved(set_.started())


@pytest.fixture
def asel(client: Client, set_: Stage) -> Client:
    """Asel, signed in."""
    sign_in(client, set_.asel, factor=False)
    return client


def attach(client: Client, draft: Application, content: bytes, name: str = NAME) -> Any:
    form = typed(draft, title="Changed meanwhile", do="attach")
    return client.post(address(draft, "file/"), {**form, "file": SimpleUploadedFile(name, content)})


def place(made: Attachment) -> str:
    return reverse("grants:application_file", kwargs={"uuid": made.file.uuid})


def test_without_scripts_a_file_goes_with_the_form_and_what_was_typed_is_kept(
    asel: Client, draft: Application
) -> None:
    answer = attach(asel, draft, sheaf.CSV)
    assert answer["Location"] == address(draft) + "#part-files"
    assert Project.objects.get().title == "Changed meanwhile"
    (made,) = attachments.of(draft)
    page = asel.get(address(draft)).text
    assert made.file.name == NAME
    assert "<bdi>Бюджет &amp; план.csv</bdi>" in page
    assert "At most 12 files, 10 MB each and 30 MB together" in page
    read = asel.get(place(made))
    assert read.getvalue() == sheaf.CSV
    assert read["Content-Type"] == "text/plain; charset=utf-8"
    assert read["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert read["X-Content-Type-Options"] == "nosniff"
    assert {"default-src 'none'", "base-uri 'none'", "sandbox"} <= set(
        read["Content-Security-Policy"].split("; ")
    )
    assert "no-store" in read["Cache-Control"]
    draft.refresh_from_db()
    gone = typed(draft, remove_file=str(made.file.uuid))
    assert asel.post(address(draft, "file/"), gone).status_code == 302
    assert attachments.of(draft) == []
    assert asel.get(place(made)).status_code == 404


@pytest.mark.parametrize("content", [sheaf.EXE, b"", b"\0\0\0"])
def test_a_refused_file_is_told_beside_its_field(
    asel: Client, draft: Application, content: bytes
) -> None:
    answer = attach(asel, draft, content, "good.pdf")
    assert answer.status_code == 409
    assert 'aria-describedby="file_helptext file_error"' in answer.text
    assert Project.objects.get().title == "Changed meanwhile"
    assert "Changed meanwhile" in answer.text
    assert not StoredFile.objects.exists()


def test_rubbish_in_the_form_of_files_is_answered_in_words(
    asel: Client, draft: Application
) -> None:
    for more in ({}, {"remove_file": "x\0"}, {"remove_file": "9" * 400}, {"file": "no file"}):
        draft.refresh_from_db()
        answer = asel.post(address(draft, "file/"), typed(draft) | more)
        assert answer.status_code in {302, 409}
    begin = address(draft, "files/")
    for told in ({}, {"size": "٣"}, {"size": "1e3"}, {"size": "9" * 30}, {"name": "\0"}):
        answer = asel.post(begin, {"sha256": "a" * 64, **told})
        assert answer.status_code == 409
        assert answer.json()["refused"]


def test_a_file_comes_in_pieces_and_is_told_where_it_stands(
    asel: Client, draft: Application
) -> None:
    content = b"Dogs, and dogs again.\n" * 4_000
    told = {"name": "dogs.csv", "size": len(content), "sha256": sheaf.sha(content)}
    stands = asel.post(address(draft, "files/"), told).json()
    assert (stands["received"], stands["there"]) == (0, False)

    def piece(start: object, some: bytes) -> Any:
        where = address(draft, f"files/{stands['uuid']}/?start={start}")
        return asel.post(where, some, content_type="application/octet-stream")

    assert piece(0, content[:50_000]).json()["received"] == 50_000
    wrong = piece(70_000, content[70_000:])
    assert (wrong.status_code, wrong.json()["received"]) == (409, 50_000)
    assert piece("x", content[50_000:]).status_code == 409
    done = piece(50_000, content[50_000:]).json()
    assert done["there"]
    assert asel.post(address(draft, "files/"), told).json()["there"]
    (made,) = attachments.of(draft)
    assert asel.get(place(made)).getvalue() == content


def test_a_piece_that_is_larger_than_any_is_turned_away(asel: Client, draft: Application) -> None:
    told = {"name": "x", "size": 5_000_000, "sha256": "a" * 64}
    stands = asel.post(address(draft, "files/"), told).json()
    where = address(draft, f"files/{stands['uuid']}/?start=0")
    answer = asel.post(where, bytes(2_000_000), content_type="application/octet-stream")
    assert answer.status_code in {400, 413}
    assert StoredFile.objects.get().received == 0


def test_the_officer_and_the_committee_read_the_files_of_what_was_sent(
    client: Client, set_: Stage, draft: Application
) -> None:
    made = attachments.add(
        application_id=draft.pk, name=NAME, size=9, blocks=[b"One,two,3"], by=set_.asel
    )

    def told(person: User, *, factor: bool) -> int:
        sign_in(client, person, factor=factor)
        answer = client.get(place(made))
        status: int = answer.status_code
        return status

    assert told(set_.pat, factor=True) == 404
    set_.submitted(draft)
    assert told(set_.pat, factor=True) == 200
    page = client.get(f"/officer/applications/{draft.uuid}/").text
    assert re.search(rf'href="{place(made)}"', page)
    assert sheaf.sha(b"One,two,3") in page
    assert told(set_.pat, factor=False) == 302
    assert told(set_.carol, factor=True) == 403
    assert told(set_.eve, factor=False) == 404
    assert told(set_.asel, factor=False) == 200
    files.forget(file_id=made.file_id)
    assert told(set_.asel, factor=False) == 404
    assert told(set_.pat, factor=True) == 404


def test_in_a_blind_round_files_open_with_the_names(
    client: Client, set_: Stage, draft: Application
) -> None:
    made = attachments.add(
        application_id=draft.pk, name="Asel's plan.txt", size=3, blocks=[b"One"], by=set_.asel
    )
    set_.submitted(draft)
    later = set_.round.closes_at + dt.timedelta(days=9)
    Round.objects.update(is_blind=True, reviews_wanted=2, marks_due_at=later)
    Application.objects.update(blind_number=7)
    none_declared(draft, [set_.carol])
    sign_in(client, set_.carol)
    answer = client.get(place(made))
    assert (answer.status_code, "open to you with your review" in answer.text) == (409, True)
    page = client.get(f"/committee/applications/{draft.uuid}/").text
    assert "Asel" not in page
    assert "open to you with your review" in page
    Round.objects.update(is_blind=False)
    assert client.get(place(made)).status_code == 200
