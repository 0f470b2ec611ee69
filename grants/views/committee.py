"""The committee's bench: rounds, their applications and funds, stepping out, declining."""

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from funding import lists
from funding.errors import Refused
from funding.lists import Column
from funding.money import Money
from funding.users import access
from funding.users.models import Role, User
from grants import (
    agenda,
    benches,
    declarations,
    desk_checks,
    identities,
    letters,
    outcomes,
    recusals,
    references,
)
from grants import messages as asking
from grants.benches import Line
from grants.declarations import Standing
from grants.forms.declaring import NATURES
from grants.models import (
    Application,
    CheckResult,
    DeskCheck,
    Interest,
    Motion,
    MotionState,
    Nature,
    Recusal,
    Round,
)

MEMBERS: Final = recusals.MEMBERS

_COLUMNS: Final = [
    Column[Line]("Application", lambda row: row.application.project.title),
    Column[Line]("Organisation", lambda row: _who(row, row.who)),
    Column[Line]("Country", lambda row: _open(row, str(row.application.project.country))),
    Column[Line]("Currency", lambda row: row.currency),
    Column[Line]("Asked", lambda row: _open(row, row.ask)),
    Column[Line]("At least", lambda row: _open(row, row.minimum)),
    Column[Line]("Proposed or awarded", lambda row: row.proposed),
    Column[Line]("State", lambda row: row.told),
]


def _who[T](row: Line, value: T) -> T | None:
    return value if row.is_undeclared or not row.is_out else None


def _open[T](row: Line, value: T) -> T | None:
    return None if row.is_out else value


@never_cache
@require_safe
@access.role(*MEMBERS)
def committee(request: HttpRequest) -> HttpResponse:
    """Committee and chair may: the rounds, and the votes that are open."""
    me = access.person(request)
    rounds = Round.objects.filter(published_at__isnull=False).prefetch_related("motions")
    open_now = Motion.objects.filter(state=MotionState.OPEN).select_related("round")
    context = {
        "rounds": [(each, _counts(each, me)) for each in rounds],
        "motions": [(each, len(agenda.to_vote(each, me))) for each in open_now],
    }
    return render(request, "grants/committee.html", context)


def _counts(round_: Round, member: User) -> dict[str, int]:
    sent = Application.objects.sent().filter(round=round_).on_the_bench(member)
    rows = sent.values_list("state", flat=True)
    return {"sent": len(rows), "undecided": sum(state == "submitted" for state in rows)}


@never_cache
@require_safe
@access.role(*MEMBERS)
def committee_round(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Committee and chair may: applications of a round beside what its funds have."""
    me = access.person(request)
    round_ = get_object_or_404(Round, slug=slug, published_at__isnull=False)
    state, text = request.GET.get("state", ""), request.GET.get("q", "").strip()[:100]
    found = benches.applications(round_, me, state=state, text=text)
    if request.GET.get("csv"):
        rows = benches.lines(list(found), round_, me)
        return lists.file(f"applications-{round_.slug}", _COLUMNS, rows)
    shown = lists.page(request, found)
    context = {
        "round": round_,
        "undeclared": declarations.undeclared(round_, me).count(),
        "shown": shown,
        "query": lists.query(request),
        "states": benches.STATES.items(),
        "state": state,
        "wanted": text,
        "refusals": outcomes.refusals(Application.objects.filter(round=round_).open_to(me)),
        **_listed(benches.lines(list(shown), round_, me), round_.currency),
        **_beside(request, round_),
    }
    return render(request, "grants/committee_round.html", context)


def _listed(lines: list[Line], currency: str) -> dict[str, Any]:
    """The rows and their sums; of what the person is out of, nothing is in a sum."""
    seen = [line for line in lines if not line.is_out]
    nothing = Money(0, currency)
    return {
        "lines": lines,
        "is_partial": len(seen) < len(lines),
        "asked": sum((line.ask for line in seen), nothing),
        "proposed": sum((line.proposed or nothing for line in seen), nothing),
    }


def _beside(request: HttpRequest, round_: Round) -> dict[str, Any]:
    """What stands beside the list: funds, motions, and whether the person may write one."""
    is_chair, me = access.may(request, Role.CHAIR), access.person(request)
    motions = round_.motions.order_by("-number")
    if not is_chair:
        motions = motions.exclude(state=MotionState.DRAFT).exclude(put_at__isnull=True)
    return {"pots": benches.pots_for(round_, me), "motions": motions, "is_chair": is_chair}


@never_cache
@require_safe
@access.role(*MEMBERS)
def committee_application(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Committee and chair may who have not stepped out: one application as it was sent."""
    application = _sent(request, uuid)
    if declarations.is_closed(application, access.person(request)):
        return stepped_out(application, request)
    return _application_page(request, application)


@require_POST
@access.role(*MEMBERS)
def committee_step_out(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Committee and chair may: step out of an application that is not decided."""
    application, me = _sent(request, uuid), access.person(request)
    if application.applicant_id == me.pk:
        return stepped_out(application, request)
    reason = request.POST.get("reason", "").replace("\0", "")[:400]
    nature = request.POST.get("nature", Nature.OTHER)
    is_soft = request.POST.get("interest") == Interest.SOFT
    interest = Interest.SOFT if is_soft else Interest.HARD
    try:
        declarations.declare(
            application_id=application.pk, interest=interest, nature=nature, words=reason, by=me
        )
    except Refused as refusal:
        if declarations.is_closed(application, me):
            return stepped_out(application, request)
        return _application_page(request, application, step_refusal=refusal.sentence)
    if is_soft:
        messages.success(request, _("Declared. The chair rules on it; until then you do not vote."))
    else:
        messages.success(request, _("You stepped out. Only you and the chair see why."))
    return redirect("grants:committee_round", slug=application.round.slug)


def stepped_out(application: Application, request: HttpRequest) -> HttpResponse:
    """The page for whom an application is closed: its title, a sentence, and no more.

    Of what the officer has not checked yet members do not know that it is there.
    Who has not declared an interest reads besides who asks, and where to declare.
    """
    me = access.person(request)
    context = {
        "application": application,
        "recusal": recusals.of(application.pk, me),
        "is_own": application.applicant_id == me.pk,
    }
    where = declarations.standing(application, me)
    if where == Standing.UNCHECKED:
        raise Http404
    is_undeclared = where == Standing.UNDECLARED
    page = "grants/undeclared.html" if is_undeclared else "grants/stepped_out.html"
    response = render(request, page, context, status=403)
    response["Cache-Control"] = "no-store"
    return response


def _sent(request: HttpRequest, uuid: UUID) -> Application:
    rows = Application.objects.sent().told_recusals(access.person(request))
    wanted = rows.select_related("round", "project__organisation", "applicant")
    return get_object_or_404(wanted, uuid=uuid)


def _check(application: Application, *, is_hidden: bool, is_chair: bool) -> DeskCheck | None:
    """The officer's words may name who applies; a second look at a refusal cannot do without."""
    row = desk_checks.standing(application) if application.round.checks_first else None
    if row is not None and is_hidden and not (is_chair and row.result == CheckResult.NOT_ELIGIBLE):
        return None
    return row


def _out_of(application: Application) -> QuerySet[Recusal]:
    # Of those who apply together only who ever held an office is out of one.
    held = Recusal.objects.filter(application=application, member__terms__isnull=False)
    return held.select_related("member").distinct().order_by("declared_at")


def _application_page(request: HttpRequest, application: Application, **said: str) -> HttpResponse:
    me, is_chair = access.person(request), access.may(request, Role.CHAIR)
    items = application.items.exclude(motion__put_at__isnull=True).select_related("motion")
    is_open = application.state == "submitted"
    is_hidden = identities.is_hidden(application, me)
    context = {
        "application": application,
        "facts": identities.facts(application, me),
        "is_hidden": is_hidden,
        "items": items.order_by("-motion__number"),
        "letters": asking.shared(application, me),
        "flags": identities.flags(application, me),
        "references": references.for_readers(application, me),
        "recusals": _out_of(application),
        "declared": declarations.latest(application) if is_chair else [],
        "natures": NATURES,
        "is_chair": is_chair,
        "check": _check(application, is_hidden=is_hidden, is_chair=is_chair),
        "letter": letters.standing(application) if is_chair and not is_hidden else None,
        "may_step_out": is_open,
        "may_decline": is_chair and is_open and letters.is_declinable(application),
        **said,
    }
    page = "grants/committee_application.html"
    return render(request, page, context, status=409 if said else 200)
