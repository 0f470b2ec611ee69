"""Pages that everybody may read."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from funding.ledger.models import Fund
from funding.parties.models import Entity
from funding.site import fund_pages
from funding.site.overviews import overviews


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Everybody may. Its figures are read from the ledger."""
    made = overviews(_shown_funds())
    rows = [row for each in made for row in each.rows if row.fund.is_open_to_gifts]
    return render(request, "site/home.html", {"overviews": made, "rows": rows})


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
def about(request: HttpRequest) -> HttpResponse:
    """Everybody may."""
    return render(request, "site/about.html", {"entities": Entity.objects.order_by("pk")})


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
