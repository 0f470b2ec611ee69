"""The programme officer's desk: rounds and applications."""

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Exists, OuterRef, Q, Sum
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
from funding.users import access, actors
from funding.users.models import Role, User
from funding.waits import Wait
from grants import (
    completions,
    declarations,
    desk_checks,
    identities,
    letters,
    outcomes,
    references,
    rounds,
    submissions,
)
from grants.forms.call_rows import ASKED, CONDITIONS
from grants.forms.calls import RoundForm
from grants.forms.officer import ApplicationFilters
from grants.models import Application, ApplicationState, Item, ItemState, Round
from grants.models.applications import ApplicationQuerySet
from grants.terms import NotARound
from grants.views.committee import stepped_out

_WRITES: Final = require_http_methods(["GET", "HEAD", "POST"])


def _told[T](row: Application, value: T) -> T | None:
    """What is told of an application; nothing of one that is closed to the person."""
    return None if row.is_closed else value  # type: ignore[attr-defined]


def _named[T](row: Application, value: T) -> T | None:
    """The same of who applies, which a blind round tells less of."""
    return None if row.is_nameless else _told(row, value)  # type: ignore[attr-defined]


COLUMNS: Final = [
    Column[Application]("reference", lambda row: str(row.uuid)),
    Column[Application]("round", lambda row: row.round.name),
    Column[Application]("title", lambda row: row.project.title),
    Column[Application]("organisation", lambda row: _named(row, row.project.organisation.name)),
    Column[Application]("country", lambda row: _told(row, str(row.project.country))),
    Column[Application]("province", lambda row: _told(row, row.project.province)),
    Column[Application]("theme", lambda row: _told(row, row.project.theme_id)),
    Column[Application]("area", lambda row: _told(row, row.project.area_id)),
    Column[Application]("applicant", lambda row: _named(row, row.applicant.name)),
    Column[Application]("email", lambda row: _named(row, row.applicant.email)),
    Column[Application]("state", lambda row: _told(row, row.state)),
    Column[Application]("submitted_at", lambda row: row.submitted_at),
    Column[Application]("decided_at", lambda row: _told(row, row.decided_at)),
    Column[Application]("currency", lambda row: row.round.currency),
    Column[Application]("asked", lambda row: _told(row, row.ask)),
    Column[Application](
        "at_least", lambda row: _told(row, Money(row.minimum_minor, row.round.currency))
    ),
    Column[Application]("fingerprint", lambda row: row.sha256),
]

# The deeds of the log that the history shows, in words. Saving a draft is none of them.
_DEEDS: Final = {
    "application.started": gettext_lazy("began it"),
    "application.submitted": gettext_lazy("sent it"),
    "application.returned": gettext_lazy("sent it back to be completed"),
    "application.completed": gettext_lazy("sent it completed"),
    "application.stands": gettext_lazy("let what was sent first stand: nothing came in time"),
    "application.withdrawn": gettext_lazy("withdrew it"),
    "application.declined": gettext_lazy("told the applicant that it is not funded"),
    "deskcheck.checked": gettext_lazy("checked it"),
    "deskcheck.refused": gettext_lazy("confirmed that it is not eligible"),
    "deskcheck.sent_back": gettext_lazy("sent the check back"),
    "deskcheck.reopened": gettext_lazy("reopened the check"),
    "interest.declared": gettext_lazy("said what interest they have"),
    "interest.ruled": gettext_lazy("ruled on the interest of a member"),
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
    form = ApplicationFilters(
        request.GET, _sent(request), identities.hidden_from(access.person(request))
    )
    rows = form.rows()
    if form.asked().keys() - {"round"}:
        # Whether one fits would tell of it what is not to be told.
        rows = rows.open_to(access.person(request))
    if "csv" in request.GET:
        day = clock.today("UTC").isoformat()
        return lists.file(f"applications-{day}", COLUMNS, rows.iterator(chunk_size=500))
    context = {
        "form": form,
        "is_filtered": bool(form.asked()),
        "shown": lists.page(request, rows),
        "sums": _asked_for(rows, access.person(request)),
        "query": lists.query(request),
    }
    return render(request, "grants/officer_applications.html", context)


@never_cache
@require_safe
@access.role(Role.OFFICER)
def officer_application(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Officers may who have not stepped out: what was sent, and what happened to it since."""
    application, me = get_object_or_404(_sent(request), uuid=uuid), access.person(request)
    if declarations.is_closed(application, me):
        return stepped_out(application, request)
    is_hidden = identities.is_hidden(application, me)
    context = {
        "application": application,
        "facts": identities.facts(application, me),
        "is_hidden": is_hidden,
        "references": references.for_readers(application, me),
        "history": [] if is_hidden else _history(application),
        "check": desk_checks.standing(application),
        "letter": letters.sent(application),
        "declared": declarations.latest(application),
        "email": application.applicant.email,
        "completion": completions.of(application),
        "may_return": not completions.why_not(application),
        "submissions": [] if is_hidden else submissions.papers(application),
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
    if more := _more(request):
        return _round_page(request, RoundForm(owner, request.POST, more=more), None)
    form = RoundForm(owner, request.POST)
    if not form.is_valid():
        return _round_page(request, form, None, status=422)
    try:
        made = rounds.create(
            entity_id=owner.pk,
            terms=form.terms(),
            by=access.person(request),
            key=form.cleaned_data["key"],
        )
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
        return _round_page(request, RoundForm(round_.entity, of=round_), round_)
    if more := _more(request):
        form = RoundForm(round_.entity, request.POST, of=round_, more=more)
        return _round_page(request, form, round_)
    form = RoundForm(round_.entity, request.POST, of=round_)
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


def undecided(_user: User) -> list[Wait]:
    """Rounds that have closed with applications in no motion yet, for officers."""
    taken = Item.objects.filter(application=OuterRef("pk")).exclude(state=ItemState.WITHDRAWN)
    lying = Application.objects.filter(~Exists(taken), state=ApplicationState.SUBMITTED).checked()
    rows = Round.objects.filter(closes_at__lte=clock.now()).annotate(
        lying=Count("applications", filter=Q(applications__in=lying), distinct=True)
    )
    return [_undecided(row, row.lying) for row in rows.filter(lying__gt=0) if _is_over(row)]


def _is_over(round_: Round) -> bool:
    return not rounds.is_taking(round_)


def _undecided(round_: Round, lying: int) -> Wait:
    sentence = ngettext(
        "One application waits to be put to the vote. Ask a chair to write the motion.",
        "%(n)s applications wait to be put to the vote. Ask a chair to write the motion.",
        lying,
    )
    return Wait(
        title=_("%(round)s has closed") % {"round": round_.name},
        url=f"{reverse('grants:officer_applications')}?round={round_.slug}&state=submitted",
        sentence=sentence % {"n": lying},
        since=rounds.ends_at(round_),
        state=_("to be decided"),
    )


def unpublished(_user: User) -> list[Wait]:
    """Rounds whose first day has come and that nobody can see, for officers."""
    now = clock.now()
    late = Round.objects.filter(published_at__isnull=True, opens_at__lte=now, closes_at__gt=now)
    return [
        Wait(
            title=_("Publish %(round)s") % {"round": row.name},
            url=reverse("grants:officer_round", kwargs={"slug": row.slug}),
            sentence=_("Its first day has come, and nobody can see it yet."),
            since=row.opens_at,
            state=_("not public"),
        )
        for row in late
    ]


def register_waits() -> None:
    """Called when the app starts."""
    waits.register("undecided applications", undecided, Role.OFFICER)
    waits.register("unpublished rounds", unpublished, Role.OFFICER)


def _sent(request: HttpRequest) -> ApplicationQuerySet:
    rows = Application.objects.visible_to(access.person(request), access.effective(request))
    return identities.told(rows.sent(), access.person(request)).select_related(
        "project__organisation", "project__theme", "round__entity", "applicant", "award"
    )


def _asked_for(rows: ApplicationQuerySet, person: User) -> list[Money]:
    # Of what is closed to the person not even a sum is told.
    told = rows.open_to(person).order_by().values_list("round__currency")
    return [Money(minor, code) for code, minor in told.annotate(sum=Sum("ask_minor"))]


def _history(application: Application) -> list[dict[str, Any]]:
    deeds = Record.objects.filter(subject=f"application:{application.pk}", action__in=_DEEDS)
    rows = list(deeds.order_by("pk"))
    names = actors.names(row.actor for row in rows)
    return [{"at": row.at, "who": names[row.actor], "what": _DEEDS[row.action]} for row in rows]


def _more(request: HttpRequest) -> str:
    """The sort of row of which the officer asks for one more."""
    asked = request.POST.get("more", "")
    return asked if asked in {ASKED, CONDITIONS} else ""


def _round_page(
    request: HttpRequest, form: RoundForm, round_: Round | None, *, status: int = 200
) -> HttpResponse:
    phase = rounds.phase(round_) if round_ else rounds.Phase.HIDDEN
    context = {
        "form": form,
        "round": round_,
        "entity": form.entity,
        "phase": phase,
        "refusals": outcomes.refusals(_of(round_, request)) if round_ else [],
        "is_fixed": phase in {rounds.Phase.OPEN, rounds.Phase.CLOSED},
    }
    return render(request, "grants/officer_round.html", context, status=status)


def _of(round_: Round, request: HttpRequest) -> ApplicationQuerySet:
    return Application.objects.filter(round=round_).open_to(access.person(request))


def _round_refused(
    request: HttpRequest, form: RoundForm, round_: Round | None, refusal: Refused
) -> HttpResponse:
    field = refusal.field if isinstance(refusal, NotARound) else ""
    form.refused(field, refusal.sentence)
    return _round_page(request, form, round_, status=409)
