"""Files: brought, their columns named, looked at, taken in or put aside."""

from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from donors.forms.intake import ColumnsForm, FileForm
from funding import lists
from funding.errors import Refused
from funding.imports import running
from funding.imports.kinds import KINDS
from funding.imports.models import WORKING, Import, Row, RowState, State
from funding.lists import Column
from funding.users import access
from funding.users.models import Role

_SHOWN = 20
MISTAKES = [
    Column[Row]("line", lambda row: row.number),
    Column[Row]("mistake", lambda row: row.error),
    Column[Row]("row", lambda row: "; ".join(str(each) for each in row.values.values())),
]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
@access.fresh
def intake_import_new(request: HttpRequest) -> HttpResponse:
    """Treasurers and administrators may: bring a file. Nothing of it is booked yet."""
    form = FileForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "donors/intake_import_new.html", {"form": form}, status=status)
    told = form.cleaned_data
    try:
        batch = running.start(
            kind=told["kind"],
            entity_id=told["place"].entity_id,
            name=told["file"].name,
            content=told["file"].read(),
            options=form.options(),
            actor=access.actor_of(request),
        )
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return render(request, "donors/intake_import_new.html", {"form": form}, status=409)
    return redirect("donors:intake_import", uuid=batch.uuid)


@never_cache
@require_safe
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
def intake_import(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Treasurers and administrators may: how far an import has come, and what is in it."""
    batch = _batch(uuid)
    return _page(request, batch, ColumnsForm(batch))


@require_POST
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
@access.fresh
def intake_import_columns(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Treasurers and administrators may: say which column is which; the file is read then."""
    batch = _batch(uuid)
    form = ColumnsForm(batch, request.POST)
    if not form.is_valid():
        return _page(request, batch, form, status=422)
    try:
        running.name_columns(
            import_id=batch.pk, mapping=form.mapping(), actor=access.actor_of(request)
        )
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _page(request, batch, form, status=409)
    return redirect("donors:intake_import", uuid=uuid)


@require_POST
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
@access.fresh
def intake_import_accept(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Treasurers and administrators may: have all new rows taken in."""
    running.accept(import_id=_batch(uuid).pk, actor=access.actor_of(request))
    return redirect("donors:intake_import", uuid=uuid)


@require_POST
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
def intake_import_drop(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Treasurers and administrators may: put an import aside; its rows are forgotten."""
    running.drop(import_id=_batch(uuid).pk, actor=access.actor_of(request))
    messages.success(request, _("Put aside. Nothing of it was taken in."))
    return redirect("donors:intake")


@never_cache
@require_safe
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
def intake_import_mistakes(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """Treasurers and administrators may: every mistake with its line, as a file."""
    del request
    rows = _batch(uuid).rows.filter(state=RowState.BAD).order_by("number")
    return lists.file("mistakes", MISTAKES, rows.iterator(chunk_size=500))


def _batch(uuid: UUID) -> Import:
    return get_object_or_404(Import.objects.defer("content"), uuid=uuid)


def _page(
    request: HttpRequest, batch: Import, form: ColumnsForm, *, status: int = 200
) -> HttpResponse:
    rows: QuerySet[Row] = batch.rows.order_by("number")
    context = {
        "batch": batch,
        "kind": KINDS[batch.kind],
        "form": form,
        "can_name": bool(batch.headers)
        and batch.state in {State.MAPPING, State.FAULTY, State.CHECKED},
        "needs_another": KINDS[batch.kind].needs_two
        and batch.started_by == access.actor_of(request),
        "is_working": batch.state in WORKING,
        "taken": running.taken(batch) if batch.state == State.BOOKING else 0,
        "mistakes": rows.filter(state=RowState.BAD)[:_SHOWN],
        "shown": [(row, list(row.values.values())) for row in rows[:_SHOWN]],
        "heads": list(rows[0].values) if rows else [],
    }
    return render(request, "donors/intake_import.html", context, status=status)
