"""News of the projects: written, published, put right, withdrawn. Every step is kept.

What is published keeps its address and its day. It can be put right, and its page says since
when; it can be withdrawn, and then it is nowhere any more, for good.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.site.models import NewsItem, NewsState, NewsStep, NewsStepKind, NewsWords
from funding.site.news import drawings
from grants import projects, texts

MOST_TITLE: Final = 120
MOST_TEXT: Final = 8_000
MOST_ALT: Final = 300
MOST_CREDIT: Final = 160
# Without words in this language nothing is published.
FIRST: Final = "en"


class NotNews(Refused):
    """Something is missing or too long. `field` names what, as the form calls it."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class NotInThisState(Refused):
    """An item that was withdrawn stays so."""


@dataclass(frozen=True, slots=True)
class Words:
    """An item in one language; `alt` says what the picture shows."""

    title: str
    text: str
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wrote. `picture` is a file that replaces the one there is."""

    words: Mapping[str, Words]
    project_id: int | None = None
    picture: bytes | None = None
    drops_picture: bool = False
    credit: str = ""
    is_agreed: bool = False


def write(*, item_id: int | None, token: UUID, draft: Draft, actor: str) -> NewsItem:
    """Begin an item, or change one. The same again changes nothing and is no further step.

    Refuses: NotNews, NotAPicture, NotInThisState.
    """
    drawn = None if draft.picture is None else drawings.drawn(draft.picture)
    with transaction.atomic():
        item = _begun(token, actor) if item_id is None else _lock(item_id)
        if item.state == NewsState.WITHDRAWN:
            raise NotInThisState(_("This was withdrawn. Write a new one."))
        before = told(item)
        _fill(item, draft, drawn)
        if (after := told(item)) != before:
            is_public = item.state == NewsState.PUBLISHED
            item.corrected_at = clock.now() if is_public else None
            item.save()
            kind = NewsStepKind.CORRECTED if is_public else NewsStepKind.WRITTEN
            _step(item, kind, after, actor)
    return item


@transaction.atomic
def publish(*, item_id: int, actor: str) -> NewsItem:
    """Show an item to everybody, from now on. Harmless when repeated.

    Refuses: NotInThisState, NotNews.
    """
    item = _lock(item_id)
    if item.state == NewsState.WITHDRAWN:
        raise NotInThisState(_("This was withdrawn. Write a new one."))
    if item.state == NewsState.DRAFT:
        words = {row.language: row for row in item.said.all()}
        if FIRST not in words:
            raise NotNews(f"title_{FIRST}", _("Write it in English first."))
        _must_be_public(item.project_id)
        item.state, item.published_at = NewsState.PUBLISHED, clock.now()
        _give_address(item, words[FIRST].title)
        _step(item, NewsStepKind.PUBLISHED, told(item), actor)
    return item


@transaction.atomic
def withdraw(*, item_id: int, actor: str) -> NewsItem:
    """Take an item away from every page, for good. Harmless when repeated."""
    item = _lock(item_id)
    if item.state != NewsState.WITHDRAWN:
        item.state, item.withdrawn_at = NewsState.WITHDRAWN, clock.now()
        item.save(update_fields=["state", "withdrawn_at"])
        _step(item, NewsStepKind.WITHDRAWN, told(item), actor)
    return item


def told(item: NewsItem) -> dict[str, Any]:
    """What an item says, for its history: of the picture, its fingerprint."""
    picture = bytes(item.picture) if item.picture is not None else b""
    return {
        "words": {
            row.language: asdict(Words(row.title, row.text, row.alt))
            for row in item.said.order_by("language")
        },
        "project": item.project_id,
        "picture": hashlib.sha256(picture).hexdigest() if picture else "",
        "credit": item.credit,
    }


def _begun(token: UUID, actor: str) -> NewsItem:
    item, is_new = NewsItem.objects.get_or_create(token=token, defaults={"created_at": clock.now()})
    if is_new:
        log.record(actor=actor, action="news.begun", subject=f"newsitem:{item.pk}")
    return _lock(item.pk)


def _fill(item: NewsItem, draft: Draft, drawn: tuple[bytes, bytes] | None) -> None:
    """Put what was written into a locked item and its words."""
    if draft.project_id != item.project_id:
        _must_be_public(draft.project_id)
    item.project_id = draft.project_id
    if drawn is not None:
        item.picture, item.small = drawn
    elif draft.drops_picture:
        item.picture = item.small = None
    has_picture = item.picture is not None
    item.credit = texts.one_line(draft.credit)[:MOST_CREDIT] if has_picture else ""
    item.is_agreed = draft.is_agreed and has_picture
    if has_picture and not item.credit:
        raise NotNews("credit", _("Write who took or drew the picture."))
    if has_picture and not item.is_agreed:
        raise NotNews("is_agreed", _("Show a picture only when those in it have agreed."))
    item.save()
    for language, _name in settings.LANGUAGES:
        words = _clean(language, draft.words.get(language, Words("", "")), has_picture=has_picture)
        if words is None:
            item.said.filter(language=language).delete()
        else:
            NewsWords.objects.update_or_create(item=item, language=language, defaults=asdict(words))


def _clean(language: str, words: Words, *, has_picture: bool) -> Words | None:
    """The words of one language as they are kept; None when there are none."""
    clean = Words(
        texts.one_line(words.title), texts.paragraphs(words.text), texts.one_line(words.alt)
    )
    if not has_picture:
        clean = replace(clean, alt="")
    if not (clean.title or clean.text or clean.alt) and language != FIRST:
        return None
    for field, text, most, missing in (
        ("title", clean.title, MOST_TITLE, _("Write a title.")),
        ("text", clean.text, MOST_TEXT, _("Write what happened.")),
        ("alt", clean.alt, MOST_ALT, _("Say what the picture shows, for those who cannot see it.")),
    ):
        if not text and (field != "alt" or has_picture):
            raise NotNews(f"{field}_{language}", missing)
        if len(text) > most:
            sentence = _("At most %(most)s letters; these are %(number)s.")
            raise NotNews(f"{field}_{language}", sentence % {"most": most, "number": len(text)})
    return clean


def _must_be_public(project_id: int | None) -> None:
    if project_id is not None and not projects.published().filter(pk=project_id).exists():
        raise NotNews("project", _("Choose a project that has a public page."))


def _give_address(item: NewsItem, title: str) -> None:
    """Save under an address made of day and title, with its number where that is taken."""
    assert item.published_at is not None
    day = item.published_at.date().isoformat()
    stem = f"{day}-{slugify(title)[:70]}".strip("-")
    item.slug = stem
    try:
        with transaction.atomic():
            item.save()
    except IntegrityError:
        item.slug = f"{stem}-{item.pk}"
        item.save()


def _step(item: NewsItem, kind: NewsStepKind, said: dict[str, Any], actor: str) -> None:
    NewsStep.objects.create(item=item, kind=kind, told=said, made_by=actor, made_at=clock.now())
    log.record(actor=actor, action=f"news.{kind}", subject=f"newsitem:{item.pk}")


def _lock(item_id: int) -> NewsItem:
    return NewsItem.objects.select_for_update(of=("self",)).get(pk=item_id)
