"""Pages of auditor's packs: asked for, watched while they are made, and taken away."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from funding.errors import Refused
from funding.parties.models import Entity
from funding.users import access
from funding.users.models import Role
from grants import packs as rules
from grants import register
from grants.models import Award, Pack, PackState

_ROLES = (Role.TREASURER, Role.ADMINISTRATOR, Role.CHAIR)
MOST = 200


@never_cache
@require_safe
@access.role(*_ROLES)
def packs(request: HttpRequest) -> HttpResponse:
    """The treasurer, administrators and chairs may: every pack of theirs, and asking for one."""
    person = access.person(request)
    rows = Pack.objects.select_related("entity", "award__application__project", "asked_by")
    mine = [row for row in rows[:MOST] if rules.may_read(rules.awards_of(row), person)]
    years = register.rows().order_by().values_list("entity", "entity__legal_name", "decided_on")
    asked = sorted({(pk, name, day.year) for pk, name, day in years}, key=lambda each: -each[2])
    return render(request, "grants/packs.html", {"rows": mine, "years": asked})


@require_POST
@access.role(*_ROLES)
def pack_ask(request: HttpRequest) -> HttpResponse:
    """The treasurer, administrators and chairs may: have a pack made, of an award or a year."""
    award = _number(request.POST.get("award"))
    entity, _colon, year = request.POST.get("year", "").partition(":")
    try:
        if award:
            pack = rules.ask(award_id=award, by=access.person(request))
        else:
            wanted = {"entity_id": _number(entity), "year": _number(year)}
            pack = rules.ask(**wanted, by=access.person(request))
    except (Award.DoesNotExist, Entity.DoesNotExist) as error:
        raise Http404 from error
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect("grants:packs")
    return redirect("grants:pack", pk=pack.pk)


@never_cache
@require_safe
@access.role(*_ROLES)
def pack(request: HttpRequest, pk: int) -> HttpResponse:
    """Whoever may read all that it tells: how far it is, or what came of it."""
    row = _mine(request, pk)
    context = {"row": row, "is_open": row.state in rules.OPEN, "name": rules.name_of(row)}
    return render(request, "grants/pack.html", context)


@never_cache
@require_safe
@access.role(*_ROLES)
@access.fresh
def pack_file(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """Whoever may read all that it tells, and has just shown who they are: the file. It is written
    down who took it.
    """
    row = _mine(request, pk)
    if row.state != PackState.DONE:
        raise Http404
    rules.taken(pack=row, by=access.person(request))
    response = StreamingHttpResponse(rules.pieces(row), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{rules.name_of(row)}"'
    response["Content-Length"] = str(row.size_bytes)
    return response


def _mine(request: HttpRequest, pk: int) -> Pack:
    found = get_object_or_404(Pack.objects.select_related("entity", "asked_by"), pk=pk)
    if not rules.may_read(rules.awards_of(found), access.person(request)):
        raise Http404
    return found


def _number(text: str | None) -> int:
    plain = (text or "").strip()
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 10 else 0
