"""Disputes: their list, how one stands, our evidence, and the two answers that are for good."""

import datetime as dt
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from donors import disputes as rules
from donors import evidence, finding
from donors.forms.disputes import OUT, RECEIPT, SEND, EvidenceForm, WhyForm
from donors.forms.treasury import DisputeFilters
from donors.models import Dispute, Gift
from donors.models.disputes import ASKING
from donors.views import told
from funding import clock, lists
from funding.errors import Refused
from funding.lists import Column
from funding.users import access, actors
from funding.users.models import Role, User
from funding.waits import Wait

COLUMNS = [
    Column[Dispute]("reference", lambda dispute: str(dispute.uuid)),
    Column[Dispute]("gift", lambda dispute: str(dispute.gift.uuid)),
    Column[Dispute]("opened_at", lambda dispute: dispute.opened_at),
    Column[Dispute]("status", lambda dispute: dispute.status),
    Column[Dispute]("reason", lambda dispute: dispute.reason),
    Column[Dispute]("due_by", lambda dispute: dispute.due_by),
    Column[Dispute]("name", lambda dispute: dispute.gift.donor_name),
    Column[Dispute]("email", lambda dispute: dispute.gift.donor.email),
    Column[Dispute]("currency", lambda dispute: dispute.currency),
    Column[Dispute]("sum", lambda dispute: dispute.amount),
    Column[Dispute]("submitted_at", lambda dispute: dispute.submitted_at),
    Column[Dispute]("accepted_at", lambda dispute: dispute.accepted_at),
    Column[Dispute]("ended_at", lambda dispute: dispute.ended_at),
    Column[Dispute]("stripe_id", lambda dispute: dispute.stripe_id),
]


@never_cache
@require_safe
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
def disputes(request: HttpRequest) -> HttpResponseBase:
    """Treasurers and administrators may: every dispute, the newest first."""
    form = DisputeFilters(request.GET)
    rows = form.rows()
    if "csv" in request.GET:
        name = f"disputes-{clock.today('UTC').isoformat()}"
        return lists.file(name, COLUMNS, rows.iterator(chunk_size=500))
    context = {
        "form": form,
        "is_filtered": bool(form.asked()),
        "shown": lists.page(request, rows),
        "sums": finding.sums_of_disputes(rows),
        "query": lists.query(request),
        "now": clock.now(),
    }
    return render(request, "donors/disputes.html", context)


@never_cache
@require_safe
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
def dispute(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Treasurers and administrators may: how one dispute stands, and our evidence in it."""
    found = _found(uuid)
    return _page(request, found, EvidenceForm(found))


@require_POST
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
def dispute_evidence(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Treasurers and administrators may: keep words and papers; nothing is sent yet.

    Whatever else the button does, what was typed is kept first.
    """
    found = _found(uuid)
    form = EvidenceForm(found, request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    actor, deed = access.actor_of(request), form.deed()
    try:
        kept = evidence.write(
            dispute_id=found.pk, texts=form.texts(), papers=form.papers(), actor=actor
        )
        done = _then(kept, deed, actor)
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _page(request, found, form, status=409)
    if deed == SEND:
        return redirect("donors:dispute_submit", uuid=uuid)
    messages.success(request, done)
    return redirect(reverse("donors:dispute", kwargs={"uuid": uuid}) + "#evidence")


@never_cache
@require_safe
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
def dispute_paper(_request: HttpRequest, uuid: UUID, field: str) -> HttpResponse:
    """Treasurers and administrators may: read a paper of the evidence."""
    paper = get_object_or_404(_found(uuid).files, field=field)
    response = HttpResponse(bytes(paper.content), content_type=paper.content_type)
    response["Content-Disposition"] = f'attachment; filename="{field}"'
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
@access.fresh
def dispute_submit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Treasurers and administrators may: think again, and send the evidence for good."""
    found = _found(uuid)
    form = WhyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            rules.submit(
                dispute_id=found.pk, why=form.cleaned_data["why"], actor=access.actor_of(request)
            )
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
            return _asked(request, "donors/dispute_submit.html", found, form, status=409)
        messages.success(request, _("The evidence goes to the bank now."))
        return redirect("donors:dispute", uuid=uuid)
    status = 422 if form.is_bound else 200
    return _asked(request, "donors/dispute_submit.html", found, form, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
@access.fresh
def dispute_accept(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Treasurers and administrators may: think again, and accept the loss for good."""
    found = _found(uuid)
    form = WhyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            rules.accept(
                dispute_id=found.pk, why=form.cleaned_data["why"], actor=access.actor_of(request)
            )
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
            return _asked(request, "donors/dispute_accept.html", found, form, status=409)
        messages.success(request, _("Accepted. The bank is told now, and the dispute ends."))
        return redirect("donors:dispute", uuid=uuid)
    status = 422 if form.is_bound else 200
    return _asked(request, "donors/dispute_accept.html", found, form, status=status)


def waiting(_user: User) -> list[Wait]:
    """What waits for a treasurer: disputes that a bank wants an answer to, with the days left."""
    rows = Dispute.objects.filter(status__in=ASKING, intent="", is_past_due=False)
    return [
        Wait(
            title=_("Answer the dispute of %s") % row.amount.text(),
            url=rules.page_of(row),
            sentence=_("The bank waits for evidence, or for our word that we accept. %s")
            % left_text(row.due_by),
            since=row.opened_at,
            state=left_text(row.due_by) or _("to answer"),
            look="stop",
        )
        for row in rows.order_by("pk")
    ]


def left_text(due_by: dt.datetime | None) -> str:
    """How long there is to answer, in words."""
    if due_by is None:
        return ""
    days = (due_by - clock.now()).days
    if days < 0:
        return _("The time is over.")
    if days == 0:
        return _("Today is the last day.")
    return ngettext("%s day left.", "%s days left.", days) % days


def _then(found: Dispute, deed: str, actor: str) -> str:
    """What the pressed button does beside keeping, and the sentence that says so."""
    if deed == SEND:
        rules.need_evidence(found)
    if deed == RECEIPT and evidence.add_receipt(dispute_id=found.pk, actor=actor):
        return _("The receipt is among the papers.")
    if deed.startswith(OUT):
        evidence.take_out(dispute_id=found.pk, field=deed.removeprefix(OUT), actor=actor)
        return _("Taken out.")
    return _("Kept. The bank has not got it before you send it.")


def _found(uuid: UUID) -> Dispute:
    rows: QuerySet[Dispute] = Dispute.objects.select_related("gift__donor", "gift__entity")
    return get_object_or_404(rows, uuid=uuid)


def _facts(found: Dispute) -> dict[str, object]:
    gift = found.gift
    names = [found.intent_by] if found.intent_by else []
    return {
        "dispute": found,
        "gift": gift,
        "zone": gift.entity.zone,
        "left_text": left_text(found.due_by) if found.asks_us else "",
        "papers": [
            (row, evidence.PAPERS.get(row.field, row.field))
            for row in found.files.defer("content").order_by("pk")
        ],
        "words": [
            (label, found.evidence[name])
            for name, label in evidence.TEXTS.items()
            if name in found.evidence
        ],
        "decided_by": actors.names(names).get(found.intent_by, ""),
        "can_accept": rules.can_be_accepted(found),
    }


def _page(
    request: HttpRequest, found: Dispute, form: EvidenceForm, *, status: int = 200
) -> HttpResponse:
    gift = finding.whole(Gift.objects.all()).get(pk=found.gift_id)
    mine = {row.entry_key for row in found.withdrawals.all()}
    context = told.whole(gift) | _facts(found)
    context |= {
        "form": form,
        "gift": gift,
        "withdrawals": [each for each in told.withdrawals(gift) if each[0].entry_key in mine],
        "booked": [each for each in told.booked(gift) if each.entry.key in mine],
        "has_receipt": evidence.receipt_of(found) is not None,
    }
    return render(request, "donors/dispute.html", context, status=status)


def _asked(
    request: HttpRequest, template: str, found: Dispute, form: WhyForm, *, status: int
) -> HttpResponse:
    return render(request, template, _facts(found) | {"form": form}, status=status)
