"""Gifts that are held: the list, a verdict, the second person's word, and what is held."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from donors import acceptance, verdicts
from donors.forms.held import TermsForm, VerdictForm
from donors.models import HeldGift, HeldState, HeldVerdict, RefundState, Verdict, VerdictState
from funding import lists
from funding.errors import Refused
from funding.ledger.models import Fund
from funding.money import Money
from funding.parties.models import Entity
from funding.users import access, actors
from funding.users.models import Role, User
from funding.waits import Wait

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Row:
    """One held gift as the page shows it."""

    held: HeldGift
    funds: list[Fund]
    proposal: HeldVerdict | None
    proposed_by: str
    is_mine: bool
    is_stuck: bool


@never_cache
@require_safe
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
def held_gifts(request: HttpRequest) -> HttpResponse:
    """Treasurers and administrators may: gifts that wait for a word, and those of late."""
    rows = verdicts.waiting().prefetch_related("gift__lines__fund", "gift__refunds", "verdicts")
    shown = lists.page(request, rows)
    ended = HeldGift.objects.exclude(ended_at=None).select_related("gift__entity")
    context = {
        "shown": shown,
        "rows": _rows(list(shown), access.person(request)),
        "ended": ended.order_by("-ended_at")[:_SHOWN],
        "limit": Money(settings.REFUND_LIMIT_MINOR, "EUR"),
        "query": lists.query(request),
    }
    return render(request, "donors/held_gifts.html", context)


@require_POST
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
@access.fresh
def held_propose(request: HttpRequest, pk: int) -> HttpResponse:
    """Treasurers and administrators may: say what shall become of a held gift."""
    held = get_object_or_404(HeldGift, pk=pk)
    form = VerdictForm(request.POST)
    if not form.is_valid():
        raise Refused(_("Say whether it is accepted or declined, in at most 400 letters."))
    made = verdicts.propose(held_id=held.pk, by=access.person(request), **form.cleaned_data)
    is_done = made.state == VerdictState.STANDS
    said = _("Accepted. Its receipt is being made.")
    messages.success(request, said if is_done else _("Proposed. Another person decides on it."))
    return redirect("donors:held_gifts")


@require_POST
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
@access.fresh
def held_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Treasurers and administrators may who did not propose it: agree."""
    made = get_object_or_404(HeldVerdict, pk=pk)
    made = verdicts.confirm(verdict_id=made.pk, by=access.person(request))
    is_in = made.verdict == Verdict.ACCEPT
    said = _("Accepted. Its receipt is being made.")
    messages.success(request, said if is_in else _("Declined. The giver is told why."))
    return redirect("donors:held_gifts")


@require_POST
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
@access.fresh
def held_turn_down(request: HttpRequest, pk: int) -> HttpResponse:
    """Treasurers and administrators may who did not propose it: disagree."""
    made = get_object_or_404(HeldVerdict, pk=pk)
    verdicts.turn_down(verdict_id=made.pk, by=access.person(request))
    messages.success(request, _("Turned down. The gift goes on waiting."))
    return redirect("donors:held_gifts")


@require_POST
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
@access.fresh
def held_send_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Treasurers and administrators may: try again to send a declined gift back."""
    held = get_object_or_404(HeldGift, pk=pk)
    verdicts.send_back_again(held_id=held.pk, by=access.person(request))
    messages.success(request, _("It is tried again."))
    return redirect("donors:held_gifts")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access.role(Role.ADMINISTRATOR)
@access.fresh
def acceptance_terms(request: HttpRequest, slug: str) -> HttpResponse:
    """Administrators may: say which gifts a receiving body holds from now on."""
    entity = get_object_or_404(Entity, slug=slug)
    form = TermsForm(acceptance.terms_of(entity.pk), request.POST or None)
    context = {"form": form, "entity": entity}
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "donors/acceptance_terms.html", context, status=status)
    told = form.cleaned_data
    try:
        acceptance.set_terms(
            entity_id=entity.pk,
            limit_minor=told["limit"],
            days=told["days"],
            cash_minor=told["cash"],
            words=told["words"],
            actor=access.actor_of(request),
        )
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return render(request, "donors/acceptance_terms.html", context, status=409)
    messages.success(request, _("Said. It counts for gifts that come from now on."))
    return redirect("setup")


def waiting(user: User) -> list[Wait]:
    """What waits for a keeper of money: held gifts on which this person can say something."""
    rows = verdicts.waiting().filter(state=HeldState.WAITING)
    mine = {"state": VerdictState.PROPOSED, "proposed_by": f"user:{user.pk}"}
    rows = rows.exclude(verdicts__in=HeldVerdict.objects.filter(**mine))
    return [
        Wait(
            title=_("Accept %s?") % held.gift.gross.text(),
            url=f"{reverse('donors:held_gifts')}#held-{held.pk}",
            sentence=", ".join(held.why) + ".",
            since=held.held_at,
            state=_("to decide"),
        )
        for held in rows[:_SHOWN]
    ]


def _rows(found: list[HeldGift], user: User) -> list[Row]:
    proposals = {
        held.pk: next(
            (each for each in held.verdicts.all() if each.state == VerdictState.PROPOSED), None
        )
        for held in found
    }
    known = actors.names(each.proposed_by for each in proposals.values() if each)
    return [_row(held, proposals[held.pk], known, user) for held in found]


def _row(held: HeldGift, proposal: HeldVerdict | None, known: dict[str, str], user: User) -> Row:
    under_way = {RefundState.PROPOSED, RefundState.REQUESTED, RefundState.PENDING}
    return Row(
        held=held,
        funds=[line.fund for line in held.gift.lines.all()],
        proposal=proposal,
        proposed_by=known[proposal.proposed_by] if proposal else "",
        is_mine=proposal is not None and proposal.proposed_by == f"user:{user.pk}",
        is_stuck=held.state == HeldState.DECLINED
        and not any(refund.state in under_way for refund in held.gift.refunds.all()),
    )
