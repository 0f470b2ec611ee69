"""A zoo's own pools: what it promises to add to gifts of others, live, without givers' names."""

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from donors.forms.pools import PoolForm
from donors.models import Zoo
from donors.pools import bills, pools, shown
from donors.views.zoo_guarding import ANY, MONEY, facts, fresh, of_zoo
from funding.errors import Refused
from funding.users import access

_STEPS = {"open": pools.open_pool, "drop": pools.drop, "stop": pools.stop}


@never_cache
@require_safe
@of_zoo(*ANY)
def zoo_pools(request: HttpRequest, zoo: Zoo) -> HttpResponse:
    """Whoever acts for the zoo may: what its pools have matched, and what is left of them."""
    return _page(request, zoo, PoolForm())


@require_POST
@of_zoo(*MONEY)
@fresh
def zoo_pool_draft(request: HttpRequest, zoo: Zoo) -> HttpResponse:
    """Owners and finance may: write a pool down, to be looked at and then opened."""
    form, actor = PoolForm(request.POST), access.actor_of(request)
    if not form.is_valid():
        return _page(request, zoo, form, status=422)
    try:
        pools.draft(zoo_id=zoo.pk, terms=form.terms, actor=actor)
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _page(request, zoo, form, status=409)
    messages.success(request, _("Written down. Look at it below, and open it when it is right."))
    return redirect("donors:zoo_pools", uuid=zoo.uuid)


@require_POST
@of_zoo(*MONEY)
@fresh
def zoo_pool_step(request: HttpRequest, zoo: Zoo, pk: int, what: str) -> HttpResponse:
    """Owners and finance may: open, drop or stop a pool of theirs."""
    found = get_object_or_404(zoo.pools, pk=pk)
    if what not in _STEPS:
        raise Http404
    try:
        _STEPS[what](pool_id=found.pk, actor=access.actor_of(request))
    except Refused as refusal:
        return _page(request, zoo, PoolForm(), refusal=refusal.sentence, status=409)
    messages.success(request, _("Done, and written down."))
    return redirect("donors:zoo_pools", uuid=zoo.uuid)


def _page(
    request: HttpRequest, zoo: Zoo, form: PoolForm, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    counted = Count("matches", filter=Q(matches__amount_minor__gt=0))
    rows = zoo.pools.exclude(ended_why="dropped").annotate(count=counted)
    named = rows.select_related("fund", "zoo__organisation", "entity", "contribution")
    context = facts(access.person(request), zoo) | {
        "rows": [
            {"pool": each, "offers": [shown.offer_of(each)], "invoice": bills.invoice_of(each)}
            for each in named.order_by("-pk")[:50]
        ],
        "form": form,
        "refusal": refusal,
    }
    return render(request, "donors/zoo_pools.html", context, status=status)
