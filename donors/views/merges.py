"""The treasurer's pages for donors who are one person: found, looked over, brought together."""

from typing import Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from donors import merges
from donors.forms.merges import MergeForm, PairForm
from donors.models import Merge
from funding.errors import Refused
from funding.money import Money
from funding.users import access
from funding.users.models import Role

KEEPERS: Final = (Role.TREASURER, Role.ADMINISTRATOR)
_MOST: Final = 40


@never_cache
@require_safe
@access.role(*KEEPERS)
def merge_list(request: HttpRequest) -> HttpResponse:
    """Treasurers and administrators may: look for donors who are one, and see past merges."""
    text = request.GET.get("q", "").strip()[:200]
    context = {
        "text": text,
        "found": list(merges.find(text)[:_MOST]) if text else [],
        "merges": Merge.objects.select_related("kept", "gone")[:100],
    }
    return render(request, "donors/merge_list.html", context)


@never_cache
@require_safe
@access.role(*KEEPERS)
def merge_preview(request: HttpRequest) -> HttpResponse:
    """Treasurers and administrators may: what would be moved, before it is."""
    form = PairForm(request.GET)
    if not form.is_valid():
        messages.error(request, _("Choose the donor that is kept and the one that is brought in."))
        return redirect("donors:merge_list")
    return _page(request, form.cleaned_data["kept"], form.cleaned_data["gone"])


@require_POST
@access.role(*KEEPERS)
@access.fresh
def merge_do(request: HttpRequest) -> HttpResponse:
    """Treasurers and administrators who have just shown who they are may: bring them together."""
    form = MergeForm(request.POST)
    if not form.is_valid():
        raise Http404
    data = form.cleaned_data
    try:
        merges.merge(
            kept_id=data["kept"],
            gone_id=data["gone"],
            why=data["why"],
            actor=access.actor_of(request),
        )
    except Refused as refusal:
        return _page(request, data["kept"], data["gone"], refusal=refusal.sentence, status=409)
    messages.success(request, _("They are one donor from now on."))
    return redirect("donors:merge_list")


@require_POST
@access.role(*KEEPERS)
@access.fresh
def merge_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Treasurers and administrators who have just shown who they are may: part them again."""
    row = get_object_or_404(Merge, pk=pk)
    try:
        merges.undo(merge_id=row.pk, actor=access.actor_of(request))
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect("donors:merge_list")
    messages.success(request, _("They are two donors again."))
    return redirect("donors:merge_list")


def _page(
    request: HttpRequest, kept_id: int, gone_id: int, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    try:
        told = merges.preview(kept_id=kept_id, gone_id=gone_id)
    except Refused as refused:
        messages.error(request, refused.sentence)
        return redirect("donors:merge_list")
    context = {
        "told": told,
        "received": [Money(minor, currency) for currency, minor in told.received],
        "refusal": refusal,
    }
    return render(request, "donors/merge_preview.html", context, status=status)
