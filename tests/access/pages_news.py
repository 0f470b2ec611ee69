"""Who may read news: everybody, once they are published; and who may write them."""

from typing import Any

from funding.site.models import NewsItem
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
