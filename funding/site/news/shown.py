"""What is published, as pages, mails and papers tell it: in the reader's language if it can be."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import get_language

from funding import clock
from funding.site.models import NewsItem, NewsState, NewsWords
from funding.site.news.items import FIRST

# So many letters of a text stand where only its beginning is told.
_BEGINNING: Final = 240


@dataclass(frozen=True, slots=True)
class Told:
    """One published item in one language; `language` is that of its words."""

    item: NewsItem
    language: str
    title: str
    text: str
    alt: str

    @property
    def beginning(self) -> str:
        """The first lines, cut between two words."""
        first = next(iter(self.text.split("\n")), "")
        return Truncator(first).chars(_BEGINNING)

    @property
    def url(self) -> str:
        """The path of its page."""
        return reverse("news_story", kwargs={"slug": self.item.slug})

    @property
    def picture_url(self) -> str:
        """The path of its picture, or nothing."""
        return self._picture("large")

    @property
    def small_url(self) -> str:
        """The path of its small picture, or nothing."""
        return self._picture("small")

    def _picture(self, size: str) -> str:
        if not self.item.has_picture:
            return ""
        return reverse("news_picture", kwargs={"slug": self.item.slug, "size": size})


def published() -> QuerySet[NewsItem]:
    """What everybody may read, the newest first, without the bytes of pictures."""
    found = NewsItem.objects.filter(state=NewsState.PUBLISHED, published_at__lte=clock.now())
    related = found.select_related("project").prefetch_related("said")
    return related.defer("picture", "small").order_by("-published_at", "-pk")


def told(items: Iterable[NewsItem], language: str = "") -> list[Told]:
    """These items in a language, else in the one that is on, else in the first one."""
    wanted = language or get_language() or FIRST
    return [_in(item, wanted) for item in items]


def of_projects(ids: Collection[int]) -> dict[int, list[Told]]:
    """What was published of each of these projects, the newest first; in two statements."""
    found: defaultdict[int, list[Told]] = defaultdict(list)
    if ids:
        for each in told(published().filter(project__in=ids)):
            assert each.item.project_id is not None
            found[each.item.project_id].append(each)
    return found


def of_project(project_id: int) -> list[Told]:
    """What was published of one project, the newest first."""
    return of_projects([project_id]).get(project_id, [])


def _in(item: NewsItem, wanted: str) -> Told:
    words = {row.language: row for row in item.said.all()}
    row: NewsWords = words.get(wanted) or words[FIRST]
    return Told(item, row.language, row.title, row.text, row.alt)
