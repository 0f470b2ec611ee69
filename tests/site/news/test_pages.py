"""Pages of the news: what everybody sees, and how the office writes."""

from uuid import uuid4

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from funding.site.models import NewsItem
from funding.site.news import items
from funding.users.models import Role
from tests.grants import showing
from tests.people import make_person, sign_in
from tests.site.news.writing import draft, picture, published, with_picture, words, written

pytestmark = pytest.mark.django_db

HOSTILE = "<script>alert(1)</script> & “Мануул” 山田"


@pytest.fixture
def pat(client: Client) -> Client:
    cache.clear()
    sign_in(client, make_person("pat@fund.example", "Pat Example", Role.OFFICER))
    return client


def form(**facts: object) -> dict[str, object]:
    """The form of an item as a browser sends it."""
    return {
        "token": str(uuid4()),
        "title_en": "Dens",
        "text_en": "Three dens.",
        "alt_en": "",
        "title_sv": "",
        "text_sv": "",
        "alt_sv": "",
        "project": "",
        "credit": "",
    } | facts


def upload(content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile("../../den.svg", content or picture(), "text/html")


def test_a_draft_and_what_was_withdrawn_are_nowhere(client: Client) -> None:
    hidden = written(draft(words={"en": words(title="Not yet")}))
    gone = published(with_picture(words={"en": words(title="Gone now", alt="A cat")}))
    assert client.get(f"/news/{gone.slug}/large.jpg").status_code == 200
    items.withdraw(item_id=gone.pk, actor="user:1")
    for path in ("/news/", "/news/feed/"):
        text = client.get(path).content.decode()
        assert "Not yet" not in text
        assert "Gone now" not in text
    for path in (f"/news/{gone.slug}/", f"/news/{gone.slug}/large.jpg", f"/news/{hidden.pk}/"):
        assert client.get(path).status_code == 404


def test_everybody_reads_what_is_published_as_plain_words(client: Client) -> None:
    said = {"en": words(title=HOSTILE, text=f"{HOSTILE}\n\nMore.", alt=HOSTILE)}
    item = published(with_picture(words=said, credit=HOSTILE))
    for path in ("/news/", f"/news/{item.slug}/", "/news/feed/"):
        answer = client.get(path)
        assert answer.status_code == 200
        text = answer.content.decode()
        assert "<script>alert" not in text
        assert "Мануул" in text
    answer = client.get(f"/news/{item.slug}/small.jpg")
    assert answer["Content-Type"] == "image/jpeg"
    assert answer.content.startswith(b"\xff\xd8")
    assert client.get(f"/news/{item.slug}/huge.jpg").status_code == 404


def test_an_item_is_shown_in_swedish_and_says_when_it_is_not(client: Client) -> None:
    both = published(draft(words={"en": words(), "sv": words(title="Lyor på stäppen")}))
    client.cookies["language"] = "sv"
    client.post(reverse("language"), {"language": "sv"})
    text = client.get(f"/news/{both.slug}/").content.decode()
    assert "Lyor på stäppen" in text
    only = published()
    assert '<h1 lang="en">' in client.get(f"/news/{only.slug}/").content.decode()


def test_a_project_shows_its_own_news(client: Client) -> None:
    project = showing.published()
    page = reverse("grants:project", kwargs={"slug": project.slug})
    published(draft(words={"en": words(title="Of another")}))
    assert "Of another" not in client.get(page).content.decode()
    published(draft(project_id=project.pk, words={"en": words(title="Of this one")}))
    text = client.get(page).content.decode()
    assert "Of this one" in text
    assert "Of another" not in text


def test_lists_ask_for_no_more_with_more_items(client: Client) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/news/").status_code == 200
        assert not any('"picture"' in each["sql"] for each in queries)
        return len(queries)

    published(with_picture())
    few = asked()
    for _each in range(5):
        published(with_picture())
    assert asked() == few


def test_the_office_writes_publishes_corrects_and_withdraws(pat: Client) -> None:
    told = form(picture=upload(), credit="Asel", is_agreed="on", alt_en="A manul", text_en=HOSTILE)
    answer = pat.post("/officer/news/begin/", told)
    item = NewsItem.objects.get()
    assert answer["Location"] == f"/officer/news/{item.pk}/"
    page = pat.get(answer["Location"]).content.decode()
    assert "<script>alert" not in page
    assert pat.get(f"/officer/news/{item.pk}/picture.jpg").content.startswith(b"\xff\xd8")
    for _each in range(2):
        assert pat.post(f"/officer/news/{item.pk}/publish/").status_code == 302
    item.refresh_from_db()
    assert pat.get(f"/news/{item.slug}/").status_code == 200
    told = form(title_en="Put right", credit="Asel", is_agreed="on", alt_en="A manul")
    assert pat.post(f"/officer/news/{item.pk}/write/", told).status_code == 302
    page = pat.get(f"/news/{item.slug}/").content.decode()
    assert "Put right" in page
    assert "put right on" in page
    assert pat.post(f"/officer/news/{item.pk}/withdraw/").status_code == 302
    assert pat.post(f"/officer/news/{item.pk}/publish/").status_code == 409
    assert "Withdrawn" in pat.get(f"/officer/news/{item.pk}/").content.decode()
    assert "Put right" in pat.get("/officer/news/").content.decode()


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"title_en": ""}, "Write a title."),
        ({"title_en": "a" * 121}, "At most 120 letters; these are 121."),
        ({"title_sv": "Lyor"}, "Write what happened."),
        ({"picture": upload(b"no picture")}, "This is no PNG or JPEG picture, or a damaged one."),
        ({"picture": upload(), "alt_en": "A", "is_agreed": "on"}, "Write who took or drew"),
        ({"picture": upload(), "alt_en": "A", "credit": "B"}, "only when those in it have agreed"),
        ({"project": "1000000000000"}, "Choose a project that has a public page."),
        ({"project": "١٢"}, "Choose a project that has a public page."),
        ({"title_en": "a\x00b"}, "Null characters are not allowed."),
        ({"token": "x"}, "Nothing was kept yet."),
    ],
)
def test_what_is_refused_is_said_beside_what_was_typed(
    pat: Client, facts: dict[str, object], said: str
) -> None:
    answer = pat.post("/officer/news/begin/", form(text_en="Typed with care.") | facts)
    assert answer.status_code in {409, 422}
    text = answer.content.decode()
    assert said in text
    assert "Typed with care." in text
    assert not NewsItem.objects.exists()


def test_addresses_that_lead_nowhere_are_not_there(pat: Client) -> None:
    for path in ("/officer/news/1000000000000/", "/news/٠/", "/news/a%00b/"):
        assert pat.get(path).status_code == 404
    assert pat.get("/news/?page=999999999999").status_code == 200
