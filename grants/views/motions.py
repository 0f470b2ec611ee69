"""Motions: written and put by the chair, voted on one by one, and what came of them."""

import re
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from funding.errors import Refused
from funding.money import Money
from funding.users import access
from funding.users.models import Role
from grants import (
    ballots,
    benches,
    decisions,
    declarations,
    identities,
    motions,
    objections,
    ratifications,
    rounds,
    votes,
)
from grants.declarations import Standing
from grants.forms.committee import MotionForm, VoteForm
from grants.models import Choice, Item, Motion, MotionState, Round
from grants.views import ballot_pages
from grants.views.committee import MEMBERS, stepped_out

_ID: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_WRITES: Final = require_http_methods(["GET", "HEAD", "POST"])


@never_cache
@_WRITES
@access.role(Role.CHAIR)
def committee_draft(request: HttpRequest, slug: str) -> HttpResponse:
    """The chair may: write a motion for a round."""
    round_ = get_object_or_404(Round, slug=slug, published_at__isnull=False)
    return _writing(request, round_, None)


@never_cache
@_WRITES
@access.role(Role.CHAIR)
def committee_change(request: HttpRequest, pk: int) -> HttpResponse:
    """The chair may: write a draft anew, and put it to the vote."""
    motion = get_object_or_404(Motion.objects.select_related("round"), pk=pk)
    if motion.state != MotionState.DRAFT:
        return redirect("grants:committee_motion", pk=motion.pk)
    if item := _closed_to(request, motion):
        return stepped_out(item.application, request)
    return _writing(request, motion.round, motion)


def _writing(request: HttpRequest, round_: Round, motion: Motion | None) -> HttpResponse:
    me = access.person(request)
    candidates = benches.proposable(round_, me, motion.pk if motion else None)
    funds = [pot.fund for pot in benches.pots(round_)]
    sent = request.POST if request.method == "POST" else None
    form = MotionForm(candidates, funds, round_.currency, sent, motion=motion)
    if sent is None:
        return _writing_page(request, round_, motion, form)
    if not form.is_valid():
        return _writing_page(request, round_, motion, form, status=422)
    told = {key: form.cleaned_data[key] for key in ("text", "closes_at", "urgent_why", "proposals")}
    try:
        if motion is None:
            motion = motions.draft(round_id=round_.pk, by=me, **told)
        else:
            motions.change(motion_id=motion.pk, by=me, **told)
        if sent.get("do") == "put":
            motions.put(motion_id=motion.pk, by=me)
            messages.success(request, _("The vote is open. Its money is held."))
            return redirect("grants:committee_motion", pk=motion.pk)
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _writing_page(request, round_, motion, form, status=409)
    messages.success(request, _("The draft is saved."))
    return redirect("grants:committee_change", pk=motion.pk)


def _writing_page(
    request: HttpRequest, round_: Round, motion: Motion | None, form: MotionForm, status: int = 200
) -> HttpResponse:
    context = {
        "round": round_,
        "motion": motion,
        "form": form,
        "pots": [(pot, form.totals[pot.fund.pk]) for pot in benches.pots(round_)],
        "is_open_call": rounds.phase(round_) == rounds.Phase.OPEN,
        "hours": int(motions.SHORTEST.total_seconds() // 3600),
        "urgent_hours": int(motions.SHORTEST_URGENT.total_seconds() // 3600),
    }
    return render(request, "grants/committee_change.html", context, status=status)


@never_cache
@require_safe
@access.role(*MEMBERS)
def committee_motion(request: HttpRequest, pk: int) -> HttpResponse:
    """Committee and chair may: a motion that was put, and what came of it. Drafts: the chair."""
    motion = _seen(request, pk)
    if motion.state == MotionState.DRAFT:
        return redirect("grants:committee_change", pk=motion.pk)
    decisions.look(motion.pk)
    motion.refresh_from_db()
    return _motion_page(request, motion, VoteForm())


def _motion_page(
    request: HttpRequest, motion: Motion, form: VoteForm, status: int = 200, **said: str
) -> HttpResponse:
    me = access.person(request)
    pots, lines = ballot_pages.pots(motion, me), ballot_pages.lines(motion, me)
    is_over = not votes.is_open(motion)
    context = {
        "motion": motion,
        "round": motion.round,
        "lines": lines,
        "bloc": None if is_over else ballot_pages.bloc(motion, lines, me),
        "form": form,
        "pots": pots,
        "together": sum((money for _fund, money in pots), Money(0, motion.round.currency)),
        "is_chair": access.may(request, Role.CHAIR),
        "may_withdraw": _may_withdraw(request, motion),
        "is_waiting": ratifications.is_waiting(motion),
        "ratification": ratifications.of(motion),
        "is_over": is_over,
        "objection": objections.of(motion),
        "may_object": objections.may_make(motion, me),
        **said,
    }
    return render(request, "grants/committee_motion.html", context, status=status)


def _may_withdraw(request: HttpRequest, motion: Motion) -> bool:
    is_open = motion.state == MotionState.OPEN and motion.counted_at is None
    return is_open and _closed_to(request, motion) is None


@require_POST
@access.role(*MEMBERS)
def committee_vote_together(request: HttpRequest, pk: int) -> HttpResponse:
    """Committee and chair may: one vote on all applications that nobody has stepped out of."""
    motion, me = _seen(request, pk), access.person(request)
    form = VoteForm(request.POST)
    if not form.is_valid():
        return _motion_page(request, motion, form, status=422)
    shown = [int(each) for each in request.POST.get("items", "").split() if _ID.fullmatch(each)]
    choice = Choice(form.cleaned_data["choice"])
    try:
        done = votes.cast_together(motion_id=motion.pk, item_ids=shown, choice=choice, by=me)
    except Refused as refusal:
        form.add_error("choice", refusal.sentence)
        motion.refresh_from_db()
        return _motion_page(request, motion, form, status=409)
    said = _("Your vote is cast on %(n)s applications. You can change it until the vote closes.")
    messages.success(request, said % {"n": len(done)})
    left = ballot_pages.next_item(motion, me)
    if left is not None:
        return redirect("grants:committee_item", pk=left)
    return redirect("grants:committee_motion", pk=motion.pk)


@require_POST
@access.role(*MEMBERS)
def committee_object(request: HttpRequest, pk: int) -> HttpResponse:
    """Committee and chair may who have a vote in it: object to the urgent procedure."""
    motion, me = _seen(request, pk), access.person(request)
    if motion.put_at is None:
        raise Http404
    why = request.POST.get("why", "")
    try:
        objections.make(motion_id=motion.pk, reason=why, by=me)
    except Refused as refusal:
        motion.refresh_from_db()
        said = {"object_refusal": refusal.sentence, "object_why": why.replace("\0", "")[:400]}
        return _motion_page(request, motion, VoteForm(), status=409, **said)
    messages.success(request, _("You objected. The motion has the ordinary span."))
    return redirect("grants:committee_motion", pk=motion.pk)


@require_POST
@access.role(Role.CHAIR)
def committee_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """The chair may: take a motion back before it is decided."""
    motion = get_object_or_404(Motion.objects.select_related("round"), pk=pk)
    if item := _closed_to(request, motion):
        return stepped_out(item.application, request)
    motions.withdraw(motion_id=motion.pk, by=access.person(request))
    messages.success(request, _("The motion is withdrawn, and its money is free again."))
    return redirect("grants:committee_round", slug=motion.round.slug)


@never_cache
@require_safe
@access.role(*MEMBERS)
def committee_item(request: HttpRequest, pk: int) -> HttpResponse:
    """Committee and chair may who have not stepped out: one application to vote on."""
    item = _item(pk)
    if declarations.is_closed(item.application, access.person(request)):
        return stepped_out(item.application, request)
    decisions.look(item.motion_id)
    item.motion.refresh_from_db()
    if item.motion.state != MotionState.OPEN:
        return redirect("grants:committee_motion", pk=item.motion_id)
    return _item_page(request, item, VoteForm())


@require_POST
@access.role(*MEMBERS)
def committee_vote(request: HttpRequest, pk: int) -> HttpResponse:
    """Committee and chair may who have not stepped out: vote, or change the vote."""
    item, me = _item(pk), access.person(request)
    if declarations.is_closed(item.application, me):
        return stepped_out(item.application, request)
    form = VoteForm(request.POST)
    if not form.is_valid():
        return _item_page(request, item, form, status=422)
    votes.cast(item_id=item.pk, choice=Choice(form.cleaned_data["choice"]), by=me)
    messages.success(request, _("Your vote is cast. You can change it until the vote closes."))
    left = ballot_pages.next_item(item.motion, me)
    if left is not None:
        return redirect("grants:committee_item", pk=left)
    return redirect("grants:committee_motion", pk=item.motion_id)


def _item_page(request: HttpRequest, item: Item, form: VoteForm, status: int = 200) -> HttpResponse:
    me = access.person(request)
    context: dict[str, Any] = {
        "item": item,
        "motion": item.motion,
        "round": item.motion.round,
        "form": form,
        "mine": votes.own(item.motion_id, me).get(item.pk),
        "may_vote": me.pk in ballots.voters(item.motion)[item.pk],
        "waits_for_ruling": declarations.standing(item.application, me) == Standing.WAITS,
        "lines": ballot_pages.lines(item.motion, me),
        "sums": ballot_pages.sums(item.motion, [item], me),
        "amount": ballot_pages.amount(item),
        "tally": decisions.tallies(item.motion)[item.pk],
        "flags": identities.flags(item.application, me),
        "is_over": not votes.is_open(item.motion),
    }
    return render(request, "grants/committee_item.html", context, status=status)


def _seen(request: HttpRequest, pk: int) -> Motion:
    """A motion that was put; a chair's own drafts and those of another chair as well."""
    motion = get_object_or_404(Motion.objects.select_related("round", "put_by"), pk=pk)
    if motion.put_at is None and not access.may(request, Role.CHAIR):
        raise Http404
    return motion


def _item(pk: int) -> Item:
    rows = Item.objects.filter(motion__put_at__isnull=False)
    wanted = rows.select_related(
        "motion__round",
        "application__project__organisation",
        "application__round",
        "application__applicant",
    )
    return get_object_or_404(wanted, pk=pk)


def _closed_to(request: HttpRequest, motion: Motion) -> Item | None:
    """The first application of a motion that the person is out of."""
    me = access.person(request)
    items = motion.items.select_related(
        "application__project__organisation", "application__round", "application__applicant"
    )
    return next((item for item in items if declarations.is_closed(item.application, me)), None)
