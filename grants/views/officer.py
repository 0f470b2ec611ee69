"""The programme officer's desk: rounds and applications."""

import datetime as dt
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from funding import clock, lists, waits
from funding.audit.models import Record
from funding.errors import Refused
from funding.lists import Column
from funding.money import Money
from funding.parties.models import Entity
from funding.users import access, actors, roles
from funding.users.models import Role, User
from funding.waits import Wait
from grants import applications, rounds
from grants.forms.officer import ApplicationFilters, RoundForm
from grants.models import Application, ApplicationState, Round
from grants.rounds import NotARound

_WRITES: Final = require_http_methods(["GET", "HEAD", "POST"])

COLUMNS: Final = [
    Column[Application]("reference", lambda row: str(row.uuid)),
    Column[Application]("round", lambda row: row.round.name),
    Column[Application]("title", lambda row: row.project.title),
    Column[Application]("organisation", lambda row: row.project.organisation.name),
    Column[Application]("country", lambda row: str(row.project.country)),
    Column[Application]("province", lambda row: row.project.province),
    Column[Application]("theme", lambda row: row.project.theme_id),
    Column[Application]("area", lambda row: row.project.area_id),
    Column[Application]("applicant", lambda row: row.applicant.name),
    Column[Application]("email", lambda row: row.applicant.email),
    Column[Application]("state", lambda row: row.state),
    Column[Application]("submitted_at", lambda row: row.submitted_at),
    Column[Application]("decided_at", lambda row: row.decided_at),
    Column[Application]("currency", lambda row: row.round.currency),
    Column[Application]("asked", lambda row: Money(row.ask_minor, row.round.currency)),
    Column[Application]("at_least", lambda row: Money(row.minimum_minor, row.round.currency)),
    Column[Application]("fingerprint", lambda row: row.sha256),
]

# The deeds of the log that the history shows, in words. Saving a draft is none of them.
_DEEDS: Final = {
    "application.started": gettext_lazy("began it"),
    "application.submitted": gettext_lazy("sent it"),
    "application.withdrawn": gettext_lazy("withdrew it"),
    "application.declined": gettext_lazy("told the applicant that it is not funded"),
    "recusal.declared": gettext_lazy("stepped out"),
}


@never_cache
@require_safe
@access.role(Role.OFFICER)
def officer(request: HttpRequest) -> HttpResponse:
    """Officers may: every round with what has come in."""
    sent = Count("applications", filter=Q(applications__submitted_at__isnull=False))
    open_ = Count("applications", filter=Q(applications__state=ApplicationState.SUBMITTED))
    rows = Round.objects.annotate(sent=sent, undecided=open_).order_by("-opens_at")
    context = {
        "rows": [(round_, rounds.phase(round_)) for round_ in rows],
        "entities": Entity.objects.order_by("legal_name"),
        "waits": waits.for_user(access.person(request)),
    }
    return render(request, "grants/officer.html", context)


@never_cache
@require_safe
@access.role(Role.OFFICER)
def officer_applications(request: HttpRequest) -> HttpResponseBase:
    """Officers may: every application that was sent, never a draft."""
    form = ApplicationFilters(request.GET)
    rows = _whole(form.rows())
    if "csv" in request.GET:
        day = clock.today("UTC").isoformat()
        return lists.file(f"applications-{day}", COLUMNS, rows.iterator(chunk_size=500))
    context = {
        "form": form,
        "is_filtered": bool(form.asked()),
        "shown": lists.page(request, rows),
        "query": lists.query(request),
    }
    return render(request, "grants/officer_applications.html", context)


@never_cache
@require_safe
@access.role(Role.OFFICER)
def officer_application(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Officers may: what was sent, and what has happened to it since."""
    application = get_object_or_404(_whole(Application.objects.sent()), uuid=uuid)
    context = {
        "application": application,
        "facts": applications.facts(application),
        "history": _history(application),
        "email": application.applicant.email,
    }
    return render(request, "grants/officer_application.html", context)


@never_cache
@_WRITES
@access.role(Role.OFFICER)
def officer_round_new(request: HttpRequest, entity: str) -> HttpResponse:
    """Officers may: write a round of a receiving body; nobody sees it until it is published."""
    owner = get_object_or_404(Entity, slug=entity)
    if request.method != "POST":
        return _round_page(request, RoundForm(owner), None)
    form = RoundForm(owner, request.POST)
    if not form.is_valid():
        return _round_page(request, form, None, status=422)
    try:
        made = rounds.create(entity_id=owner.pk, terms=form.terms(), by=access.person(request))
    except Refused as refusal:
        return _round_refused(request, form, None, refusal)
    messages.success(request, _("The round is written. Read it again, then publish it."))
    return redirect("grants:officer_round", slug=made.slug)


@never_cache
@_WRITES
@access.role(Role.OFFICER)
def officer_round(request: HttpRequest, slug: str) -> HttpResponse:
    """Officers may: read a round and change what may still change."""
    round_ = get_object_or_404(Round.objects.select_related("entity"), slug=slug)
    if request.method != "POST":
        return _round_page(request, RoundForm.of(round_), round_)
    form = RoundForm(round_.entity, request.POST)
    if not form.is_valid():
        return _round_page(request, form, round_, status=422)
    try:
        changed = rounds.change(round_id=round_.pk, terms=form.terms(), by=access.person(request))
    except Refused as refusal:
        return _round_refused(request, form, round_, refusal)
    messages.success(request, _("The round is saved."))
    return redirect("grants:officer_round", slug=changed.slug)


@require_POST
@access.role(Role.OFFICER)
def officer_publish(request: HttpRequest, slug: str) -> HttpResponse:
    """Officers may: show the round to everybody."""
    round_ = get_object_or_404(Round, slug=slug)
    rounds.publish(round_id=round_.pk, by=access.person(request))
    messages.success(request, _("The round is public."))
    return redirect("grants:officer_round", slug=slug)


def undecided(user: User) -> list[Wait]:
    """Rounds that have closed with applications in no motion yet, for officers."""
    if not roles.has(user, Role.OFFICER):
        return []
    lying = Q(applications__state=ApplicationState.SUBMITTED, applications__items__isnull=True)
    rows = Round.objects.filter(closes_at__lte=clock.now()).annotate(
        lying=Count("applications", filter=lying, distinct=True)
    )
    return [
        Wait(
            title=_("%(round)s has closed") % {"round": row.name},
            url=f"{reverse('grants:officer_applications')}?round={row.slug}&state=submitted",
            sentence=ngettext(
                "One application waits to be put to the vote. Ask a chair to write the motion.",
                "%(n)s applications wait to be put to the vote. Ask a chair to write the motion.",
                row.lying,
            )
            % {"n": row.lying},
            since=row.closes_at + dt.timedelta(minutes=row.grace_minutes),
            state=_("to be decided"),
        )
        for row in rows.filter(lying__gt=0)
    ]


def register_waits() -> None:
    """Called when the app starts."""
    waits.register("undecided applications", undecided)


def _whole(rows: QuerySet[Application]) -> QuerySet[Application]:
    return rows.select_related(
        "project__organisation", "project__theme", "round", "applicant", "award"
    )


def _history(application: Application) -> list[dict[str, Any]]:
    deeds = Record.objects.filter(subject=f"application:{application.pk}", action__in=_DEEDS)
    rows = list(deeds.order_by("pk"))
    names = actors.names(row.actor for row in rows)
    return [{"at": row.at, "who": names[row.actor], "what": _DEEDS[row.action]} for row in rows]


def _round_page(
    request: HttpRequest, form: RoundForm, round_: Round | None, *, status: int = 200
) -> HttpResponse:
    phase = rounds.phase(round_) if round_ else rounds.Phase.HIDDEN
    context = {
        "form": form,
        "round": round_,
        "entity": form.entity,
        "phase": phase,
        "is_fixed": phase in {rounds.Phase.OPEN, rounds.Phase.CLOSED},
    }
    return render(request, "grants/officer_round.html", context, status=status)


def _round_refused(
    request: HttpRequest, form: RoundForm, round_: Round | None, refusal: Refused
) -> HttpResponse:
    field = refusal.field if isinstance(refusal, NotARound) else ""
    form.refused(field, refusal.sentence)
    return _round_page(request, form, round_, status=409)
