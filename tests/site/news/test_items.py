"""News: what may be published, what stays of every step, and what is left of a picture."""

import io
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from PIL import Image

from funding import clock
from funding.pictures import NotAPicture
from funding.site.models import NewsItem, NewsState, NewsStep, NewsWords
from funding.site.news import drawings, items, shown
from funding.site.news.items import NotInThisState, NotNews
from tests.grants import showing
from tests.site.news.writing import draft, picture, published, with_picture, words, written

pytestmark = pytest.mark.django_db


def steps(item: NewsItem) -> list[str]:
    return [step.kind for step in item.steps.all()]


@pytest.mark.parametrize(
    ("field", "facts"),
    [
        ("title_en", {"words": {}}),
        ("title_en", {"words": {"sv": words()}}),
        ("title_en", {"words": {"en": words(title=" \x00 ")}}),
        ("title_en", {"words": {"en": words(title="A" * 121)}}),
        ("text_en", {"words": {"en": words(text="\n\n")}}),
        ("text_en", {"words": {"en": words(text="a" * 8001)}}),
        ("text_sv", {"words": {"en": words(), "sv": words(text="")}}),
        ("project", {"project_id": 10**12}),
        ("credit", {"picture": picture(), "is_agreed": True}),
        ("is_agreed", {"picture": picture(), "credit": "Asel"}),
        ("alt_en", {"picture": picture(), "credit": "Asel", "is_agreed": True}),
        (
            "alt_en",
            {
                "picture": picture(), "credit": "Asel", "is_agreed": True,
                "words": {"en": words(alt="a" * 301)},
            },
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_shown_is_refused_and_nothing_is_kept(
    field: str, facts: dict[str, Any]
) -> None:
    with pytest.raises(NotNews) as refused:
        written(draft(**facts))
    assert refused.value.field == field
    assert not NewsItem.objects.exists()


def test_a_project_without_a_public_page_is_refused() -> None:
    hidden = showing.published(published_at=None)
    with pytest.raises(NotNews):
        written(draft(project_id=hidden.pk))
    public = showing.published()
    item = written(draft(project_id=public.pk))
    type(public).objects.filter(pk=public.pk).update(published_at=None)
    with pytest.raises(NotNews):
        items.publish(item_id=item.pk, actor="user:1")


def test_the_same_form_twice_is_one_item_and_one_step() -> None:
    token = uuid4()
    rows = [
        items.write(item_id=None, token=token, draft=draft(), actor="user:1") for _each in range(2)
    ]
    assert rows[0] == rows[1]
    assert steps(rows[0]) == ["written"]


def test_every_step_is_kept_with_what_was_said() -> None:
    item = written()
    items.publish(item_id=item.pk, actor="user:2")
    items.publish(item_id=item.pk, actor="user:3")
    said = draft(words={"en": words(title="Four dens"), "sv": words(title="Fyra lyor")})
    for _each in range(2):
        items.write(item_id=item.pk, token=item.token, draft=said, actor="user:2")
    items.withdraw(item_id=item.pk, actor="user:2")
    items.withdraw(item_id=item.pk, actor="user:2")
    rows = list(NewsStep.objects.filter(item=item))
    assert [row.kind for row in rows] == ["written", "published", "corrected", "withdrawn"]
    assert [row.made_by for row in rows] == ["user:1", "user:2", "user:2", "user:2"]
    assert rows[0].told["words"]["en"]["title"] == "Dens in the steppe"
    assert rows[2].told["words"]["sv"]["title"] == "Fyra lyor"
    with pytest.raises(NotInThisState):
        items.publish(item_id=item.pk, actor="user:1")
    with pytest.raises(NotInThisState):
        items.write(item_id=item.pk, token=item.token, draft=draft(), actor="user:1")


def test_what_is_published_keeps_its_address_and_its_day() -> None:
    item = published()
    day = clock.now().date().isoformat()
    assert item.slug == f"{day}-dens-in-the-steppe"
    other = published(draft(words={"en": words(title="Dens, in the Steppe!")}))
    assert other.slug == f"{item.slug}-{other.pk}"
    foreign = published(draft(words={"en": words(title="Мануул")}))
    assert foreign.slug == day
    said = draft(words={"en": words(title="Another title")})
    items.write(item_id=item.pk, token=item.token, draft=said, actor="user:1")
    kept = NewsItem.objects.get(pk=item.pk)
    assert (kept.slug, kept.published_at) == (item.slug, item.published_at)
    assert kept.corrected_at is not None


def test_words_that_are_taken_away_are_gone() -> None:
    item = written(draft(words={"en": words(), "sv": words(title="Lyor")}))
    items.write(item_id=item.pk, token=item.token, draft=draft(), actor="user:1")
    assert [row.language for row in item.said.all()] == ["en"]


def test_marks_that_nobody_sees_are_left_out() -> None:
    item = written(draft(words={"en": words(title="A\u202eb\r\nc", text="One.\r\n\r\n\r\nTwo.")}))
    (row,) = item.said.all()
    assert row.title == "Ab c"
    assert "\r" not in row.text


def test_an_item_is_told_in_the_readers_language_where_it_is_there() -> None:
    item = published(draft(words={"en": words(), "sv": words(title="Lyor på stäppen")}))
    only = published()
    titles = [(each.language, each.title) for each in shown.told([item, only], "sv")]
    assert titles == [("sv", "Lyor på stäppen"), ("en", "Dens in the steppe")]
    assert shown.told([item], "fi")[0].language == "en"


def test_the_beginning_is_the_first_paragraph_cut_between_words() -> None:
    item = published(draft(words={"en": words(text="word " * 100 + "\n\nNot this.")}))
    (told,) = shown.told([item])
    assert len(told.beginning) <= 240
    assert told.beginning.endswith("…")


# --- Pictures.


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a" + b"\x00" * 50,
        picture()[:200],
        picture((8, 8)),
        picture() + b"\x00" * drawings.MOST_BYTES,
    ],
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(NotAPicture):
        written(with_picture(picture=content))
    assert not NewsItem.objects.exists()


def test_nothing_is_left_of_where_and_how_a_picture_was_taken() -> None:
    notes = Image.Exif()
    # The camera, that it was held on its side, and where it stood.
    notes[0x010F], notes[0x0112] = "Secretcam", 6
    notes.get_ifd(0x8825)[2] = (47.0, 55.0, 0.0)
    sent = picture((400, 200), exif=notes, comment=b"den 7")
    assert b"Secretcam" in sent
    item = written(with_picture(picture=sent))
    for kept in (item.picture, item.small):
        assert kept is not None
        with Image.open(io.BytesIO(bytes(kept))) as drawn:
            assert drawn.format == "JPEG"
            assert not drawn.getexif()
            assert drawn.height > drawn.width
        assert b"Secretcam" not in kept
        assert b"den 7" not in kept


def test_a_large_picture_becomes_small_enough_for_a_page() -> None:
    noise = Image.effect_noise((2400, 1800), 90).convert("RGB")
    out = io.BytesIO()
    noise.save(out, "JPEG", quality=80)
    large, small = drawings.drawn(out.getvalue())
    for content, size, most in ((large, (960, 720), 130_000), (small, (320, 240), 20_000)):
        with Image.open(io.BytesIO(content)) as drawn:
            assert drawn.size == size
        assert len(content) < most


def test_a_picture_that_is_taken_away_takes_its_words_along() -> None:
    item = written(with_picture())
    assert item.has_picture
    items.write(
        item_id=item.pk,
        token=item.token,
        draft=replace(with_picture(), picture=None, drops_picture=True),
        actor="user:1",
    )
    kept = NewsItem.objects.get(pk=item.pk)
    assert (kept.picture, kept.small, kept.credit, kept.is_agreed) == (None, None, "", False)
    assert kept.said.get().alt == ""


# --- What the database refuses.


@pytest.mark.parametrize(
    ("name", "spoilt"),
    [
        ("newsitem_state_has_its_instant", {"state": "lost"}),
        ("newsitem_state_has_its_instant", {"withdrawn_at": "2026-01-01T00:00Z"}),
        ("newsitem_goes_forward", {"state": "draft", "slug": "", "published_at": None}),
        ("newsitem_goes_forward", {"slug": "another"}),
        ("newsitem_picture_is_agreed_to", {"picture": b"x", "small": b"x"}),
        ("newsitem_picture_is_agreed_to", {"picture": b"x", "small": b"x", "credit": "Asel"}),
        ("newsitem_picture_is_agreed_to", {"is_agreed": True}),
    ],
)
def test_the_database_refuses_an_item_that_cannot_be(name: str, spoilt: dict[str, Any]) -> None:
    item = published()
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        NewsItem.objects.filter(pk=item.pk).update(**spoilt)


def test_the_database_refuses_what_would_change_the_past() -> None:
    item = published()
    with pytest.raises(IntegrityError, match="newsstep_stays"), transaction.atomic():
        item.steps.update(made_by="user:9")
    with pytest.raises(IntegrityError, match="newsstep_stays"), transaction.atomic():
        item.steps.all()._raw_delete("default")
    with pytest.raises(IntegrityError, match="newswords_say_something"), transaction.atomic():
        NewsWords.objects.update(text="")
    with pytest.raises(IntegrityError, match="newswords_once_per_language"), transaction.atomic():
        item.said.create(language="en", title="a", text="b")
    items.withdraw(item_id=item.pk, actor="user:1")
    with pytest.raises(IntegrityError, match="newsitem_goes_forward"), transaction.atomic():
        NewsItem.objects.update(state=NewsState.PUBLISHED, withdrawn_at=None)
