"""The officer checks an application, and a chair looks at what is to be refused."""

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from funding import clock, waits
from funding.errors import Refused
from funding.users import access
from funding.users.models import Role, User
from funding.waits import Wait
from grants import declarations, desk_checks, desk_facts, identities, references
from grants.forms.checking import CheckForm
from grants.models import Application, Round
from grants.views.committee import stepped_out

_WRITES: Final = require_http_methods(["GET", "HEAD", "POST"])


@never_cache
@_WRITES
@access.role(Role.OFFICER)
def officer_check(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Officers may who have not stepped out: check one application of a round that checks."""
    application, me = _sent(uuid), access.person(request)
    if declarations.is_closed(application, me):
        return stepped_out(application, request)
    asked = desk_checks.questions(application)
    if request.method != "POST":
        return _page(request, application, CheckForm(asked))
    form = CheckForm(asked, request.POST)
    if not form.is_valid():
        return _page(request, application, form, status=422)
    try:
        desk_checks.check(application_id=application.pk, finding=form.finding, by=me)
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _page(request, application, form, status=409)
    messages.success(request, _("The check is written down."))
    return redirect("grants:officer_application", uuid=uuid)


@require_POST
@access.role(Role.CHAIR)
def committee_second_look(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A chair may who takes part: confirm that it is not eligible, send it back, or reopen it."""
    application, me = _sent(uuid), access.person(request)
    if declarations.is_closed(application, me):
        return stepped_out(application, request)
    row = desk_checks.standing(application)
    if row is None:
        raise Http404
    do, why = request.POST.get("do", ""), request.POST.get("why", "").replace("\0", "")
    if do == "confirm":
        desk_checks.confirm(check_id=row.pk, by=me)
        messages.success(request, _("Refused. The applicant is told why."))
    elif do == "send_back":
        desk_checks.send_back(check_id=row.pk, why=why, by=me)
        messages.success(request, _("Sent back. The officer checks it anew."))
    elif do == "reopen":
        desk_checks.reopen(check_id=row.pk, why=why, by=me)
        messages.success(request, _("Reopened. The officer checks it anew."))
    else:
        raise Http404
    return redirect("grants:committee_round", slug=application.round.slug)


def _sent(uuid: UUID) -> Application:
    rows = Application.objects.sent().filter(round__checks_first=True)
    wanted = rows.select_related("round__entity", "project__organisation", "applicant")
    return get_object_or_404(wanted, uuid=uuid)


def _page(
    request: HttpRequest, application: Application, form: CheckForm, status: int = 200
) -> HttpResponse:
    context = {
        "application": application,
        "form": form,
        "facts": identities.facts(application, access.person(request)),
        "references": references.for_readers(application, access.person(request)),
        "computed": desk_facts.of(application),
        "check": desk_checks.standing(application),
        "earlier": application.desk_checks.filter(ended_at__isnull=False).select_related(
            "ended_by"
        ),
    }
    return render(request, "grants/officer_check.html", context, status=status)


def register_waits() -> None:
    """Called when the app starts."""
    waits.register("checks", to_check, Role.OFFICER)
    waits.register("second looks", to_look_at, Role.CHAIR)


def to_check(_user: User) -> list[Wait]:
    """Rounds with applications that nobody has checked, for officers."""
    since: dict[Round, list[Application]] = {}
    for each in desk_checks.unchecked():
        since.setdefault(each.round, []).append(each)
    return [_round_to_check(round_, rows) for round_, rows in since.items()]


def _round_to_check(round_: Round, rows: list[Application]) -> Wait:
    sentence = ngettext(
        "The committee does not see one application before you have checked it.",
        "The committee does not see %(n)s applications before you have checked them.",
        len(rows),
    )
    first = rows[0]
    return Wait(
        title=_("Check what came in to %(round)s") % {"round": round_.name},
        url=reverse("grants:officer_check", kwargs={"uuid": first.uuid}),
        sentence=sentence % {"n": len(rows)},
        since=first.submitted_at or clock.now(),
        state=_("to be checked"),
    )


def to_look_at(user: User) -> list[Wait]:
    """What an officer found not eligible, for a chair who can confirm it."""
    return [
        Wait(
            title=_("Is “%(title)s” to be refused?") % {"title": row.application.project.title},
            url=reverse("grants:committee_application", kwargs={"uuid": row.application.uuid}),
            sentence=_("%(who)s found it not eligible. It takes a second person to refuse it.")
            % {"who": row.checked_by},
            since=row.checked_at,
            state=_("to be confirmed"),
        )
        for row in desk_checks.unconfirmed(user)
    ]
