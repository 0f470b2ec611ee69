"""Who may read news: everybody, once they are published; and who may write them."""

import datetime as dt
from typing import Any

from funding import clock
from funding.site.models import Digest, NewsItem
from funding.site.news import digests
from tests.access.pages_public import NOBODY
from tests.access.table import EVERYBODY, Page
from tests.access.world import World
from tests.site.news import writing

WRITERS = {"pat", "ada"}


def item(world: World) -> NewsItem:
    """One that is published, with a picture."""
    del world
    return writing.published(writing.with_picture())


def draft(world: World) -> NewsItem:
    """One that is still being written."""
    del world
    return writing.written(writing.with_picture())


def _item(world: World) -> dict[str, Any]:
    return {"pk": world.of(item).pk}


def _draft(world: World) -> dict[str, Any]:
    return {"pk": world.of(draft).pk}


def digest(world: World) -> Digest:
    """One that is planned."""
    world.of(item)
    later = clock.now() + dt.timedelta(days=3)
    return digests.plan(starts_at=later, actor="user:1")


def _digest(world: World) -> dict[str, Any]:
    return {"pk": world.of(digest).pk}


PAGES = [
    Page("news", EVERYBODY),
    Page("news_feed", EVERYBODY),
    Page("news_story", EVERYBODY, lambda world: {"slug": world.of(item).slug}),
    Page(
        "news_story",
        NOBODY,
        lambda world: {"slug": f"draft-{world.of(draft).pk}"},
        state="not published",
        stranger="404",
    ),
    Page(
        "news_picture",
        EVERYBODY,
        lambda world: {"slug": world.of(item).slug, "size": "small"},
    ),
    Page("digest_new", WRITERS),
    Page("digest_page", WRITERS, lambda world: {"tongue": world.of(item) and "sv"}),
    Page("digest_test", WRITERS, method="POST"),
    Page("digest_plan", WRITERS, method="POST"),
    Page("digest", WRITERS, _digest),
    Page("digest_call_off", WRITERS, _digest, method="POST"),
    Page("news_desk", WRITERS),
    Page("news_new", WRITERS),
    # Nothing was typed: the answer is 422.
    Page("news_begin", WRITERS, method="POST"),
    Page("news_item", WRITERS, _item),
    Page("news_write", WRITERS, _item, method="POST"),
    Page("news_publish", WRITERS, _draft, method="POST"),
    Page("news_withdraw", WRITERS, _item, method="POST"),
    Page("news_drawing", WRITERS, _draft),
]
