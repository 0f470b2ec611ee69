"""Pages that everybody may read."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from funding import limits
from funding.ledger.models import Fund
from funding.parties.models import Entity
from funding.site import fund_pages, open_books
from funding.site.overviews import overviews
from grants import projects
from grants.models import Area


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Everybody may. Its figures are read from the ledger."""
    made = overviews(_shown_funds())
    context = {
        "overviews": made,
        "rows": [row for each in made for row in each.rows if row.fund.is_open_to_gifts],
        "projects": projects.with_figures(projects.published()[:4]),
        "areas": projects.by_area(),
    }
    return render(request, "site/home.html", context)


@require_safe
def funds(request: HttpRequest) -> HttpResponse:
    """Everybody may. Closed funds stay on the list: their money does not vanish."""
    return render(request, "site/funds.html", {"overviews": overviews(_shown_funds())})


@require_safe
def fund(request: HttpRequest, slug: str) -> HttpResponse:
    """Everybody may. The technical fund has no page."""
    shown = Fund.objects.filter(is_treasury=False).select_related("entity", "fees_from")
    found = get_object_or_404(shown, slug=slug)
    return render(request, "site/fund.html", fund_pages.facts(found))


@require_safe
@limits.limited(limits.BOOKS_BY_ADDRESS)
def transparency(request: HttpRequest) -> HttpResponse:
    """Everybody may. All funds and all awards, added up from the ledger."""
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isascii() and asked.isdigit() and len(asked) == 4 else None
    return render(request, "site/transparency.html", {"books": open_books.books(year)})


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """Everybody may."""
    context = {"entities": Entity.objects.order_by("pk"), "areas": Area.objects.all()}
    return render(request, "site/about.html", context)


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """Everybody may."""
    return render(request, "site/privacy.html", {"entities": Entity.objects.order_by("pk")})


@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    """Everybody may."""
    return render(request, "site/terms.html", {"entities": Entity.objects.order_by("pk")})


@require_safe
def contact(request: HttpRequest) -> HttpResponse:
    """Everybody may."""
    return render(request, "site/contact.html", {"entities": Entity.objects.order_by("pk")})


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Programs may. Thank-you and checking pages belong to whoever has their address."""
    del request
    lines = ["User-agent: *", "Disallow: /give/thanks/", "Disallow: /verify/", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


def _shown_funds() -> list[Fund]:
    return list(Fund.objects.filter(is_treasury=False).select_related("entity"))
