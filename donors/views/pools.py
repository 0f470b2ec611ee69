"""The treasurer's desk of matching pools: what zoos promise to add to gifts of others."""

from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from donors.forms.pools import CreditForm, NewPoolForm
from donors.models import MatchedGift, MatchingPool, PoolState
from donors.pools import bills, matches, pools, shown
from donors.views.zoo_file import KEEPERS
from donors.views.zoo_list import STAFF
from funding import lists
from funding.errors import Refused
from funding.money import Money
from funding.users import access
from funding.users.models import User
from funding.waits import Wait

_DONE = {
    "open": gettext_lazy("Open. Gifts of its days are matched from now on."),
    "drop": gettext_lazy("Put away. Nobody was told of it."),
    "stop": gettext_lazy("It matches no gift that is made from now on."),
    "credit": gettext_lazy("Written down."),
}


@never_cache
@require_safe
@access.role(*STAFF)
def pool_list(request: HttpRequest) -> HttpResponse:
    """Officers, treasurers and administrators may: every pool."""
    return _page(request, NewPoolForm())


@require_POST
@access.role(*KEEPERS)
@access.fresh
def pool_draft(request: HttpRequest) -> HttpResponse:
    """Treasurers and administrators may: write a pool down, to be looked at and then opened."""
    form = NewPoolForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    zoo, actor = form.cleaned_data["zoo"], access.actor_of(request)
    try:
        made = pools.draft(zoo_id=zoo.pk, terms=form.terms, actor=actor)
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _page(request, form, status=409)
    return redirect("donors:pool", uuid=made.uuid)


@never_cache
@require_safe
@access.role(*STAFF)
def pool(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Officers, treasurers and administrators may: one pool, what it matched, what is owed."""
    return _one(request, _found(uuid), CreditForm())


@require_POST
@access.role(*KEEPERS)
@access.fresh
def pool_step(request: HttpRequest, uuid: UUID, what: str) -> HttpResponse:
    """Treasurers and administrators may: open, drop or stop a pool, or settle its credit."""
    found, form = _found(uuid), CreditForm(request.POST if what == "credit" else None)
    if what not in _DONE:
        raise Http404
    if what == "credit" and not form.is_valid():
        return _one(request, found, form, status=422)
    try:
        _do(what, found, form, access.actor_of(request))
    except Refused as refusal:
        return _one(request, found, form, refusal=refusal.sentence, status=409)
    messages.success(request, _DONE[what])
    return redirect("donors:pool", uuid=uuid)


def _do(what: str, found: MatchingPool, form: CreditForm, actor: str) -> None:
    if what == "credit":
        words = form.cleaned_data["words"]
        bills.settle_credit(pool_id=found.pk, words_said=words, actor=actor)
        return
    step = {"open": pools.open_pool, "drop": pools.drop, "stop": pools.stop}[what]
    step(pool_id=found.pk, actor=actor)


def waiting(_user: User) -> list[Wait]:
    """What waits for a treasurer: zoos that paid for gifts which went back since."""
    rows = bills.with_credit().select_related("zoo__organisation", "contribution")
    return [
        Wait(
            title=_("%s has paid more than it matched") % found.zoo.name,
            url=reverse("donors:pool", kwargs={"uuid": found.uuid}),
            sentence=_("%s was matched to gifts that went back.") % credit.text(),
            since=found.ended_at or found.created_at,
            state=_("to decide"),
        )
        for found in rows.order_by("pk")
        if (credit := bills.credit(found))
    ]


def _found(uuid: UUID) -> MatchingPool:
    rows = MatchingPool.objects.select_related("zoo__organisation", "fund", "contribution")
    return get_object_or_404(rows, uuid=uuid)


def _one(
    request: HttpRequest,
    found: MatchingPool,
    form: CreditForm,
    *,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    rows = matches.with_left(found.matches.all()).select_related("line__gift").order_by("-pk")
    page = lists.page(request, rows)
    context = {
        "pool": found,
        "offers": [shown.offer_of(found)],
        "coming": pools.on_their_way(found).count() if found.state == PoolState.OPEN else 0,
        "page": page,
        "matches": [_row(match) for match in page],
        "credits": found.credits.order_by("pk"),
        "query": lists.query(request),
        "invoice": bills.invoice_of(found),
        "credit": bills.credit(found),
        "form": form,
        "refusal": refusal,
        "may_open": access.may(request, *KEEPERS),
    }
    return render(request, "donors/pool.html", context, status=status)


def _row(match: MatchedGift) -> dict[str, object]:
    return {
        "match": match,
        "matched": Money(match.amount_minor, match.currency),
        "stands": Money(matches.left_of(match), match.currency),
    }


def _page(request: HttpRequest, form: NewPoolForm, *, status: int = 200) -> HttpResponse:
    rows = MatchingPool.objects.select_related("zoo__organisation", "fund").order_by("-pk")
    matched = Count("matches", filter=Q(matches__amount_minor__gt=0))
    context = {
        "shown": lists.page(request, rows.annotate(count=matched)),
        "query": lists.query(request),
        "form": form,
        "may_open": access.may(request, *KEEPERS),
    }
    return render(request, "donors/pool_list.html", context, status=status)
