"""Goal: everybody reads of a report what is shown of it, and nobody finds anything else."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from funding import waits
from grants import publications
from grants.models import Project, Publication, ReportPhoto
from tests.grants import publishing, showing
from tests.grants.payments.cast import Stage
from tests.grants.payments.desk import at as address
from tests.grants.payments.desk import browser, text
from tests.grants.payments.reported import reported, sent
from tests.grants.payments.scheduled import agreed, scheduled
from tests.grants.payments.test_publications import OPEN

pytestmark = pytest.mark.django_db


@pytest.fixture
def at() -> Stage:
    """The cast's award, with a project that everybody may read of."""
    cache.clear()
    return showing.shown()


def page(at: Stage, kind: str = "interim") -> str:
    return f"/projects/{at.award.application.project.slug}/reports/{kind}/"


def picture(at: Stage, size: str = "small") -> str:
    return f"{page(at)}{size}/{ReportPhoto.objects.get().sha256}.jpg"


def test_neither_report_nor_picture_is_there_before_and_after_it_is_shown(
    client: Client, at: Stage
) -> None:
    sending = publishing.accepted(at.award)
    addresses = (page(at), picture(at), picture(at, "large"))

    def answers() -> set[int]:
        return {client.get(each).status_code for each in addresses}

    assert answers() == {404}
    publications.publish(sending_id=sending.pk, by=at.pat)
    assert answers() == {200}
    publications.withdraw(sending_id=sending.pk, by=at.asel)
    assert answers() == {404}
    publications.agree(sending_id=sending.pk, by=at.asel)
    assert answers() == {404}
    publications.publish(sending_id=sending.pk, by=at.pat)
    Project.objects.update(published_at=None)
    assert answers() == {404}


def test_it_says_what_was_ticked_and_names_nobody_else(client: Client, at: Stage) -> None:
    publishing.published(at.award, shows_counts=True, narrative="Secret words")
    told = client.get(page(at)).text
    for words in ("Nine manuls came by.", "Dornod", "A ranger", "A manul by a trap", "38"):
        assert words in told
    for words in ("Secret words", "Spent so far", "Asel", "Pat"):
        assert words not in told
    shown = client.get(picture(at))
    assert shown["Content-Type"] == "image/jpeg"
    assert shown["Cache-Control"] == "public, max-age=3600"
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert b"Exif" not in shown.content
    large = client.get(picture(at, "large")).content
    assert len(shown.content) <= len(large)


@pytest.mark.parametrize(
    "rubbish",
    [
        "interim/small/1.jpg",
        "interim/small/.jpg",
        "interim/content/" + "a" * 64 + ".jpg",
        "final/",
        "soon/",
        "%00/",
        "٣/",
        "9" * 400 + "/",
    ],
)
def test_rubbish_is_no_page(client: Client, at: Stage, rubbish: str) -> None:
    publishing.published(at.award)
    start = f"/projects/{at.award.application.project.slug}/reports/"
    assert client.get(start + rubbish).status_code == 404


def test_project_and_register_lead_to_it_and_ask_no_more_for_more(
    client: Client, at: Stage
) -> None:
    publishing.published(at.award)

    def asked(address: str) -> int:
        cache.clear()
        with CaptureQueriesContext(connection) as questions:
            told = client.get(address).text
        assert f'href="{page(at)}"' in told
        return len(questions)

    places = (f"/projects/{at.award.application.project.slug}/", "/grants/")
    few = [asked(each) for each in places]
    publishing.published(at.award, "final", photos=[])
    assert [asked(each) for each in places] == few
    assert f'href="{page(at, "final")}"' in client.get("/grants/").text


def test_in_swedish_all_but_the_grantees_own_words_is_swedish(client: Client, at: Stage) -> None:
    publishing.published(at.award, shows_counts=True, shows_spending=True)
    told = client.get(page(at), headers={"accept-language": "sv"}).text
    assert 'lang="sv"' in told
    for words in ("Delrapport", "projektets egna ord", "Nine manuls came by."):
        assert words in told
    for words in ("Interim report", "Published", "Pictures", "Planned", "Spent so far"):
        assert words not in told


def test_officer_and_grantee_decide_on_pages(client: Client, at: Stage) -> None:
    scheduled(at)
    agreed(at)
    pat, asel = browser(at.pat), browser(at.asel, factor=False)
    sent(at, **OPEN)

    def there(name: str = "") -> str:
        return address(at.award, f"report{name and '_'}{name}", kind="interim")

    assert "once the report is accepted" in text(pat.get(there()))
    # With the tick it is published in the same step.
    pat.post(there("accept"), {"number": "1", "publish": "on"})
    assert client.get(page(at)).status_code == 200
    assert page(at) in text(asel.get(there()))
    assert "Write why" in text(pat.post(there("hide"), {"number": "1", "hidden_why": ""}), 422)
    pat.post(there("hide"), {"number": "1", "hidden_why": "A den is named."})
    assert client.get(page(at)).status_code == 404
    assert "A den is named." in text(asel.get(there()))
    asel.post(there("consent"), {"number": "1", "do": "withdraw"})
    assert "not agreed" in text(pat.post(there("publish"), {"number": "1"}), 409)
    assert "took the consent back" in text(
        pat.post(there("hide"), {"number": "1", "hidden_why": "x"}), 409
    )
    asel.post(there("consent"), {"number": "1", "do": "agree"})
    assert "to be published" in [wait.state for wait in waits.for_user(at.pat)]
    pat.post(there("publish"), {"number": "1"})
    assert "to be published" not in [wait.state for wait in waits.for_user(at.pat)]
    assert Publication.objects.count() == 5
    for name in ("publish", "hide", "consent"):
        for rubbish in ({}, {"number": "\x00"}, {"number": "9" * 30}, {"number": "٣"}):
            assert pat.post(there(name), rubbish).status_code == 404


def test_a_photo_is_taken_off_on_the_page(client: Client, at: Stage) -> None:
    scheduled(at)
    agreed(at)
    publishing.published(at.award)
    photo = ReportPhoto.objects.get()
    pat = browser(at.pat)
    assert "Never show this photo" in text(pat.get(address(at.award, "report", kind="interim")))
    pat.post(address(at.award, "report_picture_hide", number=photo.pk))
    assert client.get(picture(at)).status_code == 404
    told = text(pat.get(address(at.award, "report", kind="interim")))
    assert "is shown nowhere any more" in told
    reported_again = reported(at, "final", "1000", **OPEN)
    assert reported_again.is_public
