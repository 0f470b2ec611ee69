"""A donor's statements: asked for by year or days, made by the worker, kept and handed out."""

from typing import Any, Final

from django.contrib import messages
from django.db.models import Min, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from donors import statements
from donors.forms.statements import AskForm
from donors.models import Donor, Gift, Statement, StatementState
from donors.statements import NothingToState
from funding import clock, limits
from funding.documents.models import Document
from funding.documents.statement import name_of
from funding.errors import Refused
from funding.limits import Brake
from funding.parties.models import Entity
from funding.users import access, guests

BRAKE: Final = Brake("statement", 30, 3600)


@never_cache
@require_safe
@access.signed_in
def statement_list(request: HttpRequest) -> HttpResponse:
    """Whoever has signed in may: the statements of their gifts, and the form that asks for one."""
    return _page(request, _form(request))


@require_POST
@access.signed_in
def statement_ask(request: HttpRequest) -> HttpResponse:
    """Whoever has signed in may: ask for a statement, or for one that says what is so today."""
    form = _form(request, is_sent=True)
    if form is None:
        return redirect("donors:statement_list")
    if not form.is_valid():
        return _page(request, form, status=422)
    limits.check(BRAKE, str(access.person(request).pk))
    try:
        _order(request, form)
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _page(request, form, status=409)
    messages.success(request, _("Asked for. It stands below when it is made."))
    return redirect("donors:statement_list")


@never_cache
@require_safe
@access.signed_in
def statement_file(request: HttpRequest, pk: int, version: int) -> HttpResponse:
    """Whoever gave may, once their address is verified: the frozen bytes of one version."""
    row = get_object_or_404(_statements(request), pk=pk)
    document = get_object_or_404(Document, key=f"statement:{row.pk}:{version}")
    if document.content is None:
        raise Http404
    response = HttpResponse(bytes(document.content), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{document.name}.pdf"'
    return response


def _gifts(request: HttpRequest) -> QuerySet[Gift]:
    addresses = guests.verified(access.person(request))
    return Gift.objects.filter(donor__email__in=addresses, settled_at__isnull=False)


def _statements(request: HttpRequest) -> QuerySet[Statement]:
    addresses = guests.verified(access.person(request))
    return Statement.objects.filter(donor__email__in=addresses).select_related("entity", "donor")


def _form(request: HttpRequest, *, is_sent: bool = False) -> AskForm | None:
    """The form over the years since the first gift; None where nothing was given."""
    gifts = _gifts(request)
    first = gifts.aggregate(first=Min("settled_at"))["first"]
    newest = gifts.select_related("entity").order_by("-settled_at").first()
    if first is None or newest is None:
        return None
    entity = newest.entity
    return AskForm(
        first=first.date(),
        today=clock.today(entity.zone),
        regime=entity.tax_regime,
        sent=request.POST if is_sent else None,
    )


def _order(request: HttpRequest, form: AskForm) -> None:
    """One for each address and each body that received something in these days."""
    begins_on, ends_on = form.days
    pairs = _gifts(request).order_by().values_list("donor", "entity").distinct()
    nothing: NothingToState | None = None
    count = 0
    for donor, entity in sorted(pairs):
        try:
            statements.order(
                donor=Donor.objects.get(pk=donor),
                entity=Entity.objects.get(pk=entity),
                begins_on=begins_on,
                ends_on=ends_on,
                actor=access.actor_of(request),
            )
            count += 1
        except NothingToState as refusal:
            nothing = refusal
    if not count and nothing is not None:
        raise nothing


def _page(request: HttpRequest, form: AskForm | None, *, status: int = 200) -> HttpResponse:
    rows = [_told(row) for row in _statements(request)[:100]]
    context = {
        "form": form,
        "rows": rows,
        "is_open": any(row["row"].state == StatementState.WAITING for row in rows),
        "has_bodies": len({row["row"].entity_id for row in rows}) > 1,
        "has_addresses": len({row["row"].donor_id for row in rows}) > 1,
    }
    return render(request, "donors/statement_list.html", context, status=status)


def _told(row: Statement) -> dict[str, Any]:
    papers = statements.documents(row)
    return {
        "row": row,
        "name": name_of(row.begins_on, row.ends_on),
        "papers": [(int(paper.key.rpartition(":")[2]), paper) for paper in papers],
    }
