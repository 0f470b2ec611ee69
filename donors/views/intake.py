"""What came past Stripe: lines of statements, what they are, and the files in hand."""

from uuid import uuid4

from django.contrib import messages
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from donors import earlier_pledges
from donors.forms.intake import CostForm, LineGiftForm, WhyForm
from donors.intake import costs, lines, matching
from donors.intake.matching import TARGETS, Suggestion
from donors.models import BankLine, BankPart, CostProposal, CostState, EarlierState, Gift
from donors.views import told
from funding import lists
from funding.errors import Refused
from funding.imports.models import Import
from funding.users import access
from funding.users.models import Role, User
from funding.waits import Wait

_SHOWN = 20


@never_cache
@require_safe
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
def intake(request: HttpRequest) -> HttpResponse:
    """Treasurers and administrators may: what waits to be understood, and files in hand."""
    shown = lists.page(request, lines.waiting().select_related("place"))
    context = {
        "shown": shown,
        "rows": [(line, matching.certain(line)) for line in shown],
        "imports": Import.objects.defer("content")[:_SHOWN],
        "settled": BankLine.objects.filter(matched_minor__gt=0)[:_SHOWN],
        "query": lists.query(request),
    }
    return render(request, "donors/intake.html", context)


@never_cache
@require_safe
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
def intake_line(request: HttpRequest, pk: int) -> HttpResponse:
    """Treasurers and administrators may: one line, what it may be, and what it is."""
    line = _line(pk)
    return _page(request, line, LineGiftForm(line))


@require_POST
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
@access.fresh
def intake_line_gift(request: HttpRequest, pk: int) -> HttpResponse:
    """Treasurers and administrators may: say that a part of a line is a gift."""
    line = _line(pk)
    form = LineGiftForm(line, request.POST)
    if not form.is_valid():
        return _page(request, line, form, status=422)
    try:
        part = matching.match(
            line_id=line.pk,
            kind="gift",
            amount_minor=form.cleaned_data["amount"].minor,
            what=form.giver(),
            actor=access.actor_of(request),
            token=form.cleaned_data["token"],
        )
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _page(request, line, form, status=409)
    messages.success(request, told.entered(Gift.objects.get(pk=part.target.partition(":")[2])))
    return redirect("donors:intake_line", pk=pk)


@require_POST
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
@access.fresh
def intake_line_cost(request: HttpRequest, pk: int) -> HttpResponse:
    """Treasurers and administrators may: say that a line is the bank's cost, or other income."""
    line = _line(pk)
    form = CostForm(line, request.POST)
    if not form.is_valid():
        raise Refused(_("Choose the fund that bears or gets it."))
    made = costs.say(
        line_id=line.pk,
        fund_id=form.cleaned_data["fund"].pk,
        reason=form.cleaned_data["reason"],
        by=access.person(request),
        token=form.cleaned_data["token"],
    )
    if isinstance(made, CostProposal):
        messages.success(request, _("Proposed. It is over the limit, so a second person decides."))
        return redirect("donors:intake_line", pk=pk)
    messages.success(request, _("Done. The line is explained."))
    return redirect("donors:intake")


@require_POST
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
@access.fresh
def intake_cost_agree(request: HttpRequest, pk: int) -> HttpResponse:
    """Treasurers and administrators may who did not propose it: agree to a cost."""
    made = get_object_or_404(CostProposal, pk=pk)
    costs.agree(proposal_id=made.pk, by=access.person(request))
    messages.success(request, _("Done. The line is explained."))
    return redirect("donors:intake_line", pk=made.line_id)


@require_POST
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
@access.fresh
def intake_cost_disagree(request: HttpRequest, pk: int) -> HttpResponse:
    """Treasurers and administrators may who did not propose it: turn a cost down."""
    made = get_object_or_404(CostProposal, pk=pk)
    costs.disagree(proposal_id=made.pk, by=access.person(request))
    messages.success(request, _("Turned down. The line waits to be explained."))
    return redirect("donors:intake_line", pk=made.line_id)


@require_POST
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
@access.fresh
def intake_line_accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Treasurers and administrators may: take up what is suggested for a line."""
    line = _line(pk)
    matching.accept(
        line_id=line.pk,
        kind=request.POST.get("kind", ""),
        key=request.POST.get("key", ""),
        actor=access.actor_of(request),
    )
    messages.success(request, _("Done. The line is explained."))
    return redirect("donors:intake")


@require_POST
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
@access.fresh
def intake_certain(request: HttpRequest) -> HttpResponse:
    """Treasurers and administrators may: take up everything on the list that is certain."""
    count = matching.accept_certain(actor=access.actor_of(request))
    said = ngettext("One line was certain.", "%(count)s lines were certain.", count)
    messages.success(request, said % {"count": count})
    return redirect("donors:intake")


@require_POST
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
@access.fresh
def intake_part_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Treasurers and administrators may: put a part back into money not yet understood."""
    part = get_object_or_404(BankPart, pk=pk)
    form = WhyForm(request.POST)
    why = form.cleaned_data["why"] if form.is_valid() else ""
    matching.undo(part_id=part.pk, why=why, actor=access.actor_of(request))
    messages.success(request, _("Undone. The money waits to be understood again."))
    return redirect("donors:intake_line", pk=part.line_id)


def waiting(user: User) -> list[Wait]:
    """What waits for a treasurer: money at the bank that nobody has explained."""
    del user
    first = lines.waiting().first()
    if first is None:
        return []
    count = lines.waiting().count()
    said = ngettext(
        "One line of a bank statement is not explained",
        "%(count)s lines of bank statements are not explained",
        count,
    )
    return [
        Wait(
            title=said % {"count": count},
            url=reverse("donors:intake"),
            sentence=_("Say what the money is. Until then it is in no fund."),
            since=first.created_at,
            state=_("to explain"),
        )
    ]


def costs_waiting(user: User) -> list[Wait]:
    """What waits for a second person: costs and other income over the limit."""
    rows = CostProposal.objects.filter(state=CostState.PROPOSED).select_related("line", "fund")
    return [
        Wait(
            title=_("Is %(sum)s a cost or income of %(fund)s?")
            % {"sum": made.amount.text(), "fund": made.fund.name},
            url=reverse("donors:intake_line", kwargs={"pk": made.line_id}),
            sentence=_("It is over the limit, so it takes a second person."),
            since=made.proposed_at,
            state=_("to decide"),
        )
        for made in rows.exclude(proposed_by=user)[:_SHOWN]
    ]


def givers_waiting(user: User) -> list[Wait]:
    """What waits for a treasurer: regular givers taken over whom nobody has had asked yet."""
    del user
    told = earlier_pledges.not_asked().aggregate(
        count=Count("donor", distinct=True), since=Min("taken_at")
    )
    if not told["count"]:
        return []
    said = ngettext(
        "One taken-over giver is not yet invited",
        "%(count)s taken-over givers are not yet invited",
        told["count"],
    )
    return [
        Wait(
            title=said % {"count": told["count"]},
            url=f"{reverse('donors:earlier_pledge_list')}?state={EarlierState.TAKEN}",
            sentence=_("They gave regularly in the system before. Have them asked by mail, or "
                       "end what is not to go on."),
            since=told["since"],
            state=_("to invite"),
        )
    ]  # fmt: skip


def _line(pk: int) -> BankLine:
    return get_object_or_404(BankLine.objects.select_related("place", "entity"), pk=pk)


def _page(
    request: HttpRequest, line: BankLine, form: LineGiftForm, *, status: int = 200
) -> HttpResponse:
    waits = line.costs.filter(state=CostState.PROPOSED).select_related("fund", "proposed_by")
    proposal = waits.first()
    suggestions: list[Suggestion] = matching.suggestions(line)
    context = {
        "line": line,
        "form": form,
        "cost": CostForm(line),
        "suggestions": suggestions,
        "parts": [_told(part) for part in line.parts.select_related("line")],
        "token": uuid4(),
        "proposal": proposal,
        "is_mine": proposal is not None and proposal.proposed_by_id == access.person(request).pk,
    }
    return render(request, "donors/intake_line.html", context, status=status)


def _told(part: BankPart) -> tuple[BankPart, str, Gift | None]:
    kind, _colon, number = part.target.partition(":")
    gift = Gift.objects.filter(pk=number).first() if kind == "gift" else None
    words = TARGETS[part.kind].words if part.kind in TARGETS else part.kind
    return part, str(words), gift
