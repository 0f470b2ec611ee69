"""Who reviews what in a round: the page on which chair and officer ask, and ask another instead."""

from typing import Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from funding import waits
from funding.errors import Refused
from funding.users import access
from funding.users.models import Role, User
from funding.waits import Wait
from grants import declarations, reviewers, reviews, rounds
from grants.models import Round

_WRITES: Final = require_http_methods(["GET", "HEAD", "POST"])
_MOST_WORDS: Final = 400


@never_cache
@_WRITES
@access.role(Role.CHAIR, Role.OFFICER)
def committee_reviewers(request: HttpRequest, slug: str) -> HttpResponse:
    """Chair and officer may: who is asked for which review, and to ask another instead."""
    round_ = get_object_or_404(Round, slug=slug, published_at__isnull=False)
    if not round_.reviews_wanted:
        raise Http404
    if request.method != "POST":
        return _page(request, round_)
    chosen = {name: _number(request, name) for name in ("application", "member", "to")}
    rows = {row.application.pk: row for row in reviewers.rows(round_)}
    row = rows.get(chosen["application"])
    known = row.people if row else set()
    if row is None or not {chosen["member"], chosen["to"]} <= known:
        return _page(request, round_, 422, _("Choose who is asked now, and who is asked instead."))
    try:
        reviews.reassign(
            application_id=row.application.pk,
            member_id=chosen["member"],
            to_id=chosen["to"],
            why=request.POST.get("why", "").replace("\0", ""),
            by=access.person(request),
        )
    except Refused as refusal:
        return _page(request, round_, 409, refusal.sentence)
    messages.success(request, _("Another member is asked instead. What was written is kept."))
    return redirect("grants:committee_reviewers", slug=slug)


def _number(request: HttpRequest, name: str) -> int:
    typed = request.POST.get(name, "")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 12 else 0


def _page(
    request: HttpRequest, round_: Round, status: int = 200, refusal: str = ""
) -> HttpResponse:
    rows, me = reviewers.rows(round_), access.person(request)
    where = declarations.standings([row.application for row in rows], me)
    context = {
        "round": round_,
        "rows": [(row, where[row.application.pk] in declarations.READS) for row in rows],
        "lacking": sum(bool(row.missing) for row in rows),
        "may_ask": rounds.phase(round_) == rounds.Phase.CLOSED and not rounds.is_taking(round_),
        "refusal": refusal,
        "typed": {
            "application": _number(request, "application"),
            "to": _number(request, "to"),
            "why": request.POST.get("why", "").replace("\0", "")[:_MOST_WORDS],
        },
        "is_member": access.may(request, Role.CHAIR),
    }
    return render(request, "grants/committee_reviewers.html", context, status=status)


def to_ask(_user: User) -> list[Wait]:
    """Rounds in which applications have fewer reviewers than they want, for chair and officer."""
    return [
        Wait(
            title=_("Reviewers are missing in %(round)s") % {"round": round_.name},
            url=reverse("grants:committee_reviewers", kwargs={"slug": round_.slug}),
            sentence=ngettext(
                "One application has fewer reviewers than the round wants.",
                "%(n)s applications have fewer reviewers than the round wants.",
                number,
            )
            % {"n": number},
            since=rounds.ends_at(round_),
            state=_("to be asked"),
        )
        for round_, number in reviewers.lacking().items()
    ]


def register_waits() -> None:
    """Called when the app starts."""
    waits.register("reviewers", to_ask, Role.CHAIR, Role.OFFICER)
