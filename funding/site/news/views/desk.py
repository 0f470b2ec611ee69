"""The office's desk for news: written, published, put right, withdrawn."""

from typing import Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from funding import limits, lists
from funding.errors import Refused
from funding.limits import Brake
from funding.pictures import NotAPicture
from funding.site.models import Digest, NewsItem, NewsState
from funding.site.news import items
from funding.site.news.forms import ItemForm
from funding.site.news.items import NotNews
from funding.users import access, actors
from funding.users.models import Role

WRITERS: Final = (Role.OFFICER, Role.ADMINISTRATOR)
# Drawing a picture anew takes a second of a processor.
BRAKE: Final = Brake("news-picture", 60, 3600)


@never_cache
@require_safe
@access.role(*WRITERS)
def news_desk(request: HttpRequest) -> HttpResponse:
    """Officers and administrators may: every item, whatever its state."""
    rows = NewsItem.objects.select_related("project").prefetch_related("said")
    page = lists.page(request, rows.defer("picture", "small"))
    context = {
        "shown": page,
        "rows": [(item, _title(item)) for item in page.object_list],
        "query": lists.query(request),
        "digests": Digest.objects.all()[:20],
    }
    return render(request, "site/news_desk.html", context)


@never_cache
@require_safe
@access.role(*WRITERS)
def news_new(request: HttpRequest) -> HttpResponse:
    """Officers and administrators may: the form for an item."""
    return _page(request, None, ItemForm())


@require_POST
@access.role(*WRITERS)
def news_begin(request: HttpRequest) -> HttpResponse:
    """Officers and administrators may: keep a new item as a draft."""
    return _write(request, None)


@never_cache
@require_safe
@access.role(*WRITERS)
def news_item(request: HttpRequest, pk: int) -> HttpResponse:
    """Officers and administrators may: one item, its form and its history."""
    item = get_object_or_404(NewsItem, pk=pk)
    return _page(request, item, ItemForm(item=item))


@require_POST
@access.role(*WRITERS)
def news_write(request: HttpRequest, pk: int) -> HttpResponse:
    """Officers and administrators may: change an item, or put it right."""
    return _write(request, get_object_or_404(NewsItem, pk=pk))


@require_POST
@access.role(*WRITERS)
def news_publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Officers and administrators may: show an item to everybody."""
    item = get_object_or_404(NewsItem, pk=pk)
    items.publish(item_id=item.pk, actor=access.actor_of(request))
    messages.success(request, _("It is published, and goes into the next digest."))
    return redirect("news_item", pk=pk)


@require_POST
@access.role(*WRITERS)
def news_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Officers and administrators may: take an item away from every page."""
    item = get_object_or_404(NewsItem, pk=pk)
    items.withdraw(item_id=item.pk, actor=access.actor_of(request))
    messages.success(request, _("It is on no page any more. What was mailed or printed stays."))
    return redirect("news_item", pk=pk)


@never_cache
@require_safe
@access.role(*WRITERS)
def news_drawing(request: HttpRequest, pk: int) -> HttpResponse:
    """Officers and administrators may: the picture of an item, published or not."""
    del request
    item = get_object_or_404(NewsItem.objects.only("picture"), pk=pk)
    if item.picture is None:
        raise Http404
    return HttpResponse(bytes(item.picture), content_type="image/jpeg")


def _write(asked: HttpRequest, item: NewsItem | None) -> HttpResponse:
    form = ItemForm(asked.POST, asked.FILES, item=item)
    if not form.is_valid():
        return _page(asked, item, form, status=422)
    if form.cleaned_data["picture"]:
        limits.check(BRAKE, str(access.person(asked).pk))
    try:
        kept = items.write(
            item_id=item.pk if item else None,
            token=form.cleaned_data["token"],
            draft=form.draft(),
            actor=access.actor_of(asked),
        )
    except NotNews as refusal:
        form.add_error(refusal.field, refusal.sentence)
        return _page(asked, item, form, status=422)
    except Refused as refusal:
        form.add_error("picture" if isinstance(refusal, NotAPicture) else None, refusal.sentence)
        return _page(asked, item, form, status=409)
    messages.success(asked, _("Kept."))
    return redirect("news_item", pk=kept.pk)


def _page(
    asked: HttpRequest, item: NewsItem | None, form: ItemForm, *, status: int = 200
) -> HttpResponse:
    steps = list(item.steps.all()) if item else []
    names = actors.names([step.made_by for step in steps])
    context = {
        "item": item,
        "title": _title(item) if item else "",
        "form": form,
        "is_open": item is None or item.state != NewsState.WITHDRAWN,
        "steps": [(step, names[step.made_by]) for step in steps],
    }
    return render(asked, "site/news_item.html", context, status=status)


def _title(item: NewsItem) -> str:
    words = {row.language: row.title for row in item.said.all()}
    return words.get(items.FIRST) or next(iter(words.values()), "")
