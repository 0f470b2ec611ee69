"""The pro-forma of a promise: for its zoo's desk, and for the treasurer."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from donors.forms.zoo_giving import OrderForm
from donors.models import Contribution, ContributionState, Proforma, Zoo
from donors.views.zoo_file import KEEPERS
from donors.views.zoo_guarding import ANY, MONEY, facts, of_zoo
from donors.zoos import contributions, proformas
from funding import limits
from funding.errors import Refused
from funding.limits import Brake
from funding.users import access

BRAKE = Brake("zoo-proforma", 30, 3600)


@never_cache
@require_safe
@of_zoo(*ANY)
def zoo_proforma(request: HttpRequest, zoo: Zoo, pk: int) -> HttpResponse:
    """Whoever acts for the zoo may: the pro-forma of a promise, and what was made of it."""
    return _page(request, zoo, _promise(zoo, pk))


@require_POST
@of_zoo(*MONEY)
def zoo_proforma_ask(request: HttpRequest, zoo: Zoo, pk: int) -> HttpResponse:
    """Owners and finance may: have it made, as the promise stands today."""
    row = _promise(zoo, pk)
    if refusal := _refused(request, row):
        return _page(request, zoo, row, refusal=refusal, status=409)
    return redirect("donors:zoo_proforma", uuid=zoo.uuid, pk=pk)


@require_POST
@of_zoo(*MONEY)
def zoo_promise_order(request: HttpRequest, zoo: Zoo, pk: int) -> HttpResponse:
    """Owners and finance may: write down the order number that the next invoice is to have."""
    row, form, refusal, status = _promise(zoo, pk), OrderForm(request.POST), "", 422
    if form.is_valid():
        number, actor = form.cleaned_data["order_number"], access.actor_of(request)
        try:
            contributions.set_order(contribution_id=row.pk, order_number=number, actor=actor)
        except Refused as refused:
            refusal, status = refused.sentence, 409
        else:
            messages.success(
                request, _("The next invoice has this number, as has a new pro-forma.")
            )
            return redirect("donors:zoo_proforma", uuid=zoo.uuid, pk=pk)
    return _page(request, zoo, row, form=form, refusal=refusal, status=status)


@never_cache
@require_safe
@of_zoo(*ANY)
def zoo_proforma_file(request: HttpRequest, zoo: Zoo, pk: int, version: int) -> HttpResponse:
    """Whoever acts for the zoo may: the frozen bytes of one version."""
    del request
    return _file(zoo, pk, version)


@never_cache
@require_safe
@access.role(*KEEPERS)
def zoo_file_proforma(request: HttpRequest, uuid: UUID, pk: int) -> HttpResponse:
    """Treasurers and administrators may: the pro-forma of a zoo's promise."""
    zoo = _zoo(uuid)
    return _file_page(request, zoo, _promise(zoo, pk))


@require_POST
@access.role(*KEEPERS)
def zoo_file_proforma_ask(request: HttpRequest, uuid: UUID, pk: int) -> HttpResponse:
    """Treasurers and administrators may: have it made for the zoo."""
    zoo = _zoo(uuid)
    row = _promise(zoo, pk)
    if refusal := _refused(request, row):
        return _file_page(request, zoo, row, refusal=refusal, status=409)
    return redirect("donors:zoo_file_proforma", uuid=uuid, pk=pk)


@never_cache
@require_safe
@access.role(*KEEPERS)
def zoo_file_proforma_file(request: HttpRequest, uuid: UUID, pk: int, version: int) -> HttpResponse:
    """Treasurers and administrators may: the frozen bytes of one version."""
    del request
    return _file(_zoo(uuid), pk, version)


def _zoo(uuid: UUID) -> Zoo:
    return get_object_or_404(Zoo.objects.select_related("organisation"), uuid=uuid)


def _promise(zoo: Zoo, pk: int) -> Contribution:
    return get_object_or_404(zoo.contributions.select_related("fund", "entity"), pk=pk)


def _refused(asked: HttpRequest, row: Contribution) -> str:
    """Have it made; the sentence when that was refused."""
    limits.check(BRAKE, str(row.zoo_id))
    try:
        proformas.ask(contribution_id=row.pk, actor=access.actor_of(asked))
    except Refused as refusal:
        return refusal.sentence
    return ""


def _file(zoo: Zoo, pk: int, version: int) -> HttpResponse:
    rows = Proforma.objects.filter(contribution__zoo=zoo, contribution=pk, version=version)
    document = get_object_or_404(rows.select_related("document")).document
    if document.content is None:
        raise Http404
    response = HttpResponse(bytes(document.content), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{document.name}.pdf"'
    return response


def _told(row: Contribution, file_name: str) -> dict[str, object]:
    """Every version, the latest first, with its address."""
    found = row.proformas.select_related("document__replaced_by", "contribution")
    rows = list(found.defer("document__content", "document__replaced_by__content"))
    uuid = row.zoo.uuid
    made = [
        (
            reverse(file_name, kwargs={"uuid": uuid, "pk": row.pk, "version": each.version}),
            each.document,
        )
        for each in rows
    ]
    return {
        "row": row,
        "made": made,
        "is_ahead": proformas.is_ahead(row),
        "is_open": any(paper.rendered_at is None for _url, paper in made),
        "promise": proformas.reference(row),
    }


def _page(
    asked: HttpRequest,
    zoo: Zoo,
    row: Contribution,
    *,
    form: OrderForm | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    form = form or OrderForm(initial={"order_number": row.order_number})
    context = facts(access.person(asked), zoo) | _told(row, "donors:zoo_proforma_file")
    context |= {
        "form": form,
        "may_order": row.state != ContributionState.ENDED,
        "refusal": refusal,
        "ask_url": reverse("donors:zoo_proforma_ask", kwargs={"uuid": zoo.uuid, "pk": row.pk}),
    }
    return render(asked, "donors/zoo_proforma.html", context, status=status)


def _file_page(
    asked: HttpRequest, zoo: Zoo, row: Contribution, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    ask_url = reverse("donors:zoo_file_proforma_ask", kwargs={"uuid": zoo.uuid, "pk": row.pk})
    context = _told(row, "donors:zoo_file_proforma_file") | {
        "zoo": zoo,
        "may_pay": True,
        "refusal": refusal,
        "ask_url": ask_url,
    }
    return render(asked, "donors/zoo_file_proforma.html", context, status=status)
