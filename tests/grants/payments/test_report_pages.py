"""Goal: a report is written, read and answered on pages, and an award is closed on one."""

import io
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from funding import waits
from grants import reports
from grants.models import AwardState, Report, ReportPhoto, ReportSending
from tests.grants.payments.cast import Stage, stage
from tests.grants.payments.desk import at, browser, text
from tests.grants.payments.reported import reported, sent, typed
from tests.grants.payments.scheduled import agreed, scheduled

pytestmark = pytest.mark.django_db


@pytest.fixture
def set_() -> Stage:
    """The award and its people, agreed on, and no brakes left over from another test."""
    cache.clear()
    made = stage()
    scheduled(made)
    agreed(made)
    return made


def there(set_: Stage, name: str = "", kind: str = "interim") -> str:
    """An address of a report."""
    return at(set_.award, f"report{name and '_'}{name}", kind=kind)


def test_a_report_is_written_sent_and_accepted_through_pages(set_: Stage) -> None:
    asel, pat = browser(set_.asel, factor=False), browser(set_.pat)
    assert "not dated" not in text(asel.get(there(set_)))
    assert "Nothing was sent yet" in text(pat.get(there(set_)))
    answer = asel.post(there(set_, "autosave"), {"version": "0", "narrative": "Half a sen"})
    assert answer.json()["version"] == 1
    form = typed("600") | {"version": "1", "do": "send"}
    assert asel.post(there(set_, "save"), form)["Location"] == there(set_)
    assert "to be read" in [wait.state for wait in waits.for_user(set_.pat)]
    page = text(pat.get(there(set_)))
    assert all(words in page for words in ("Forty traps", "600.00", "Accept this report"))
    text(pat.post(there(set_, "return"), {"number": "1", "why": ""}), 422)
    pat.post(there(set_, "return"), {"number": "1", "why": "Where are the receipts?"})
    assert "Where are the receipts?" in text(asel.get(there(set_)))
    asel.post(there(set_, "save"), form | {"version": "2", "narrative": "With receipts."})
    assert ReportSending.objects.count() == 2
    # The page of the first sending answers that one, and so no longer the report.
    assert pat.post(there(set_, "accept"), {"number": "1"}).status_code == 409
    assert pat.post(there(set_, "accept"), {"number": "2"})["Location"] == there(set_)
    assert "€300.00" in text(asel.get(at(set_.award, "ask"))) or not set_.award.bank_details.count()


def test_what_lacks_is_named_and_everything_typed_stays(set_: Stage) -> None:
    asel = browser(set_.asel, factor=False)
    form = typed("about 600") | {"version": "0", "do": "send", "narrative": ""}
    page = text(asel.post(there(set_, "save"), form), 422)
    assert "Write in digits what was spent" in page
    assert 'value="about 600"' in page
    assert 'value="Traps"' in page
    assert not ReportSending.objects.exists()
    other = {"version": "0", "do": "save", "narrative": "Another tab"}
    page = text(asel.post(there(set_, "save"), other), 409)
    assert "Another window saved" in page
    assert "Another tab" in page
    assert Report.objects.get().version == 1
    answer = asel.post(there(set_, "autosave"), other | {"version": "x"})
    assert answer.status_code == 409


@pytest.mark.parametrize("name", ["save", "photo"])
def test_rubbish_is_never_a_fault(set_: Stage, name: str) -> None:
    asel = browser(set_.asel, factor=False)
    for rubbish in ({}, {"version": "\x00"}, {"remove": "9" * 30}, {"spent-0": "\x00" * 9}):
        assert asel.post(there(set_, name), rubbish).status_code < 500
    assert asel.get(there(set_, kind="soon")).status_code == 404
    assert asel.post(there(set_, "save", kind="soon"), {}).status_code == 404


def test_a_photo_is_added_shown_and_taken_off(set_: Stage) -> None:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(out, "PNG")
    asel = browser(set_.asel, factor=False)
    facts: dict[str, Any] = {"shows": "A trap", "taken_by": "Асель", "has_consent": "on"}

    def upload(**more: Any) -> Any:
        file = SimpleUploadedFile("a.png", out.getvalue(), "image/png")
        return asel.post(there(set_, "photo"), facts | {"photo": file} | more)

    assert "only with the word" in text(upload(has_consent=""), 422)
    broken = SimpleUploadedFile("a.png", b"GIF89a", "image/png")
    assert "no PNG or JPEG" in text(upload(photo=broken), 409)
    assert upload()["Location"] == there(set_)
    photo = ReportPhoto.objects.get()
    assert "Асель" in text(asel.get(there(set_)))
    shown = asel.get(at(set_.award, "report_picture", number=photo.pk))
    assert (shown["Content-Type"], shown.content[:2]) == ("image/jpeg", b"\xff\xd8")
    asel.post(there(set_, "photo"), {"remove": str(photo.pk)})
    assert reports.photos(Report.objects.get()) == []


def test_the_list_puts_late_reports_first_and_hides_what_one_stepped_out_of(set_: Stage) -> None:
    page = text(browser(set_.tara).get("/awards/reports/"))
    assert page.index("Interim report") < page.index("Final report")


def test_an_award_is_closed_on_its_page(set_: Stage) -> None:
    pat, tara = browser(set_.pat), browser(set_.tara)
    row = set_.checked(set_.requested(60_000, tranche=1))
    set_.screened()
    set_.released(row)
    reported(set_)
    reported(set_, "final", "590", **{"why-0": "A rest of ten."})
    set_.cancelled()
    page = text(pat.get(at(set_.award, "closing")))
    assert "€10.00 was paid and not spent." in page
    assert "Close this award" not in page
    assert pat.post(at(set_.award, "close"), {"note": "Done."}).status_code == 409
    text(pat.post(at(set_.award, "write_off"), {"reason": ""}), 422)
    pat.post(at(set_.award, "write_off"), {"reason": "The bank would keep it."})
    assert pat.post(at(set_.award, "write_off_agree")).status_code == 409
    tara.post(at(set_.award, "write_off_agree"))
    assert "Nothing is owed any more." in text(pat.get(at(set_.award, "closing")))
    text(pat.post(at(set_.award, "close"), {"note": ""}), 422)
    pat.post(at(set_.award, "close"), {"note": "Forty traps, two winters."})
    set_.award.refresh_from_db()
    assert set_.award.state == AwardState.CLOSED
    page = text(browser(set_.asel, factor=False).get(at(set_.award, "closing")))
    assert "Forty traps, two winters." in page


def test_an_applicant_reads_their_report_after_it_was_sent(set_: Stage) -> None:
    sent(set_)
    page = text(browser(set_.asel, factor=False).get(there(set_)))
    assert "As it was sent" in page
    assert "Accept this report" not in page
