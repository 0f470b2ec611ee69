"""Pages on which members declare their interests, and on which a chair rules on one."""

from typing import Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from funding.errors import Refused
from funding.users import access
from funding.users.models import Role
from grants import declarations, identities
from grants.forms import declaring as forms
from grants.models import Declaration, Interest, Round
from grants.views.committee import MEMBERS, stepped_out

_WRITES: Final = require_http_methods(["GET", "HEAD", "POST"])


@never_cache
@_WRITES
@access.role(*MEMBERS)
def committee_declarations(request: HttpRequest, slug: str) -> HttpResponse:
    """Committee and chair may: say what interest they have in what a round received."""
    me = access.person(request)
    round_ = get_object_or_404(Round, slug=slug, published_at__isnull=False)
    typed = request.POST.dict() if request.method == "POST" else {}
    rows = forms.rows(list(declarations.undeclared(round_, me)), me, typed)
    if request.method != "POST":
        return _page(request, round_, rows)
    done, wrong = forms.save(rows, me)
    if done:
        said = ngettext("Declared on one application.", "Declared on %(n)s applications.", done)
        messages.success(request, said % {"n": done})
    if wrong:
        refused = {row.application.pk: row for row in wrong}
        left = declarations.undeclared(round_, me)
        again = forms.rows(list(left), me, typed)
        shown = [refused.get(row.application.pk, row) for row in again]
        return _page(request, round_, shown, status=409)
    if declarations.undeclared(round_, me).exists():
        return redirect("grants:committee_declarations", slug=slug)
    return redirect("grants:committee_round", slug=slug)


def _page(
    request: HttpRequest, round_: Round, rows: list[forms.Row], status: int = 200
) -> HttpResponse:
    context = {
        "round": round_,
        "rows": rows,
        "interests": forms.INTERESTS,
        "natures": forms.NATURES,
        "declared": declarations.own(round_, access.person(request)),
    }
    return render(request, "grants/committee_declarations.html", context, status=status)


@never_cache
@_WRITES
@access.role(Role.CHAIR)
def committee_ruling(request: HttpRequest, pk: int) -> HttpResponse:
    """A chair may who takes part: rule on the interest of another member."""
    me, row = access.person(request), _soft(pk)
    if declarations.is_closed(row.application, me):
        return stepped_out(row.application, request)
    if row.member_id == me.pk:
        raise Http404
    if request.method != "POST":
        return _ruling_page(request, row)
    word, sentence = request.POST.get("may", ""), request.POST.get("sentence", "")
    sentence = sentence.replace("\0", "")[: declarations.LONGEST]
    typed = {"word": word, "sentence": sentence}
    if word not in {"yes", "no"}:
        said = _("Choose whether the member takes part.")
        return _ruling_page(request, row, status=422, refusal=said, **typed)
    try:
        declarations.rule(declaration_id=pk, may_take_part=word == "yes", sentence=sentence, by=me)
    except Refused as refusal:
        return _ruling_page(request, row, status=409, refusal=refusal.sentence, **typed)
    messages.success(request, _("You have ruled. The sentence stands in the minute."))
    return redirect("grants:committee_round", slug=row.application.round.slug)


def _soft(pk: int) -> Declaration:
    rows = Declaration.objects.filter(interest=Interest.SOFT).select_related(
        "member",
        "application__project__organisation",
        "application__round",
        "application__applicant",
    )
    return get_object_or_404(rows, pk=pk)


def _ruling_page(
    request: HttpRequest, row: Declaration, status: int = 200, **said: str
) -> HttpResponse:
    context = {
        "row": row,
        "who": identities.called(
            row.application,
            is_hidden=identities.is_hidden(row.application, access.person(request)),
        ),
        "ruling": getattr(row, "ruling", None),
        **said,
    }
    return render(request, "grants/committee_ruling.html", context, status=status)
