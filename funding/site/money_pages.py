"""Pages on which givers follow their money."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from funding import lists
from funding.money import Money
from funding.site import following
from funding.users import access


@never_cache
@require_safe
@access.signed_in
def account_money(request: HttpRequest) -> HttpResponse:
    """Whoever has signed in may: where the gifts of their own verified addresses went."""
    gifts = following.gifts_of(access.person(request))
    page = lists.page(request, gifts)
    context = {
        "trails": following.follow(gifts),
        "shown": page,
        "query": lists.query(request),
        "rows": [(gift, Money(gift.gross_minor, gift.currency)) for gift in page.object_list],
    }
    return render(request, "site/account_money.html", context)


@never_cache
@require_safe
@access.signed_in
def account_gift(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Whoever gave may, once their address is verified: where this one gift went."""
    gift = get_object_or_404(following.gifts_of(access.person(request)), uuid=uuid)
    trails = following.follow([gift])
    context = {
        "gift": gift,
        "given": Money(gift.gross_minor, gift.currency),
        "is_foreign": any(trail.currency != gift.currency for trail in trails),
        "funds": [line.fund.name for line in gift.lines.select_related("fund")],
        "trails": trails,
    }
    return render(request, "site/account_gift.html", context)
