"""News as everybody may read them."""

from typing import Final

from django.contrib.syndication.views import Feed
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from funding import lists
from funding.site.models import NewsItem, NewsState
from funding.site.news import shown
from funding.site.news.shown import Told

_IN_FEED: Final = 20
_SIZES: Final = {"large": "picture", "small": "small"}


@require_safe
def news(request: HttpRequest) -> HttpResponse:
    """Everybody may: what was published, the newest first."""
    page = lists.page(request, shown.published())
    context = {"shown": page, "rows": shown.told(page.object_list), "query": lists.query(request)}
    return render(request, "site/news.html", context)


@require_safe
def news_story(request: HttpRequest, slug: str) -> HttpResponse:
    """Everybody may read what is published."""
    item = get_object_or_404(shown.published(), slug=slug)
    return render(request, "site/news_story.html", {"told": shown.told([item])[0]})


@require_safe
def news_picture(request: HttpRequest, slug: str, size: str) -> HttpResponse:
    """Everybody may see the picture of what is published."""
    del request
    if size not in _SIZES:
        raise Http404
    found = NewsItem.objects.filter(state=NewsState.PUBLISHED).only(_SIZES[size])
    content = getattr(get_object_or_404(found, slug=slug), _SIZES[size])
    if content is None:
        raise Http404
    response = HttpResponse(bytes(content), content_type="image/jpeg")
    response["Cache-Control"] = "public, max-age=3600"
    return response


@require_safe
def news_feed(request: HttpRequest) -> HttpResponse:
    """Everybody may, and programs that look for what is new."""
    return _FEED(request)


class _Atom(Feed):
    feed_type = Atom1Feed

    def title(self) -> str:
        return _("News of the Manul Fund")

    def subtitle(self) -> str:
        return _("What came of the money, from the projects themselves.")

    def link(self) -> str:
        return reverse("news")

    def items(self) -> list[Told]:
        return shown.told(shown.published()[:_IN_FEED])

    def item_title(self, item: Told) -> str:
        return item.title

    def item_description(self, item: Told) -> str:
        return item.beginning

    def item_link(self, item: Told) -> str:
        return item.url

    def item_pubdate(self, item: Told) -> object:
        return item.item.published_at

    def item_updateddate(self, item: Told) -> object:
        return item.item.corrected_at or item.item.published_at


_FEED: Final = _Atom()
