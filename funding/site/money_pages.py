"""Pages on which givers follow their money."""

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from donors.models import Donor, Gift
from donors.pools import shown
from funding import limits, lists
from funding.errors import Refused
from funding.limits import Brake
from funding.money import Money
from funding.site import following, paper_desk
from funding.site.followed_forms import TRAIL, PaperForm
from funding.users import access, guests

BRAKE: Final = Brake("money-paper", 30, 3600)


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
        "added": shown.added_to(gift),
    }
    return render(request, "site/account_gift.html", context)


@never_cache
@require_safe
@access.signed_in
def account_papers(request: HttpRequest) -> HttpResponse:
    """Whoever has signed in may: where their money went, on papers, and the form for one."""
    return _papers(request, paper_desk.form(_gifts(request), (TRAIL,)))


@require_POST
@access.signed_in
def account_paper_ask(request: HttpRequest) -> HttpResponse:
    """Whoever has signed in may: ask for where their money went, or for what is so today."""
    form = paper_desk.form(_gifts(request), (TRAIL,), request.POST)
    if form is None:
        return redirect("account_papers")
    if not form.is_valid():
        return _papers(request, form, status=422)
    limits.check(BRAKE, str(access.person(request).pk))
    actor = access.actor_of(request)
    try:
        paper_desk.order(gifts=_gifts(request), kind=TRAIL, days=form, actor=actor)
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _papers(request, form, status=409)
    messages.success(request, _("Asked for. It stands below when it is made."))
    return redirect("account_papers")


@never_cache
@require_safe
@access.signed_in
def account_paper(request: HttpRequest, pk: int, version: int) -> HttpResponse:
    """Whoever gave may, once their address is verified: the frozen bytes of one version."""
    return paper_desk.file(_donors(request), TRAIL, pk, version)


def _donors(request: HttpRequest) -> QuerySet[Donor]:
    return Donor.objects.filter(email__in=guests.verified(access.person(request)))


def _gifts(request: HttpRequest) -> QuerySet[Gift]:
    return Gift.objects.filter(donor__in=_donors(request))


def _papers(asked: HttpRequest, form: PaperForm | None, *, status: int = 200) -> HttpResponse:
    def url(_kind: str, pk: int, version: int) -> str:
        return reverse("account_paper", kwargs={"pk": pk, "version": version})

    rows = paper_desk.shown(_donors(asked), (TRAIL,), url)
    context = {
        "form": form,
        "rows": rows,
        "is_open": paper_desk.is_open(rows),
        "has_addresses": len({row.address for row in rows}) > 1,
        "has_bodies": len({row.body for row in rows}) > 1,
        "ask_url": reverse("account_paper_ask"),
        "may_pay": True,
    }
    return render(asked, "site/account_papers.html", context, status=status)
