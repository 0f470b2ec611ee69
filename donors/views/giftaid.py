"""The treasurer's pages of Gift Aid: claims, their schedules and payments, and declarations."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from donors.forms.giftaid import DeclarationForm, PaymentForm, SendForm
from donors.giftaid import claims, declarations, eligibility, limits, overclaims, schedules
from donors.models import Channel, Claim, ClaimLine, ClaimState, Gift, Scope
from funding import clock
from funding.errors import Refused
from funding.ledger import accounts
from funding.money import Money
from funding.parties.models import Entity, TaxRegime
from funding.users import access
from funding.users.models import Role


@never_cache
@require_safe
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
def gift_aid(request: HttpRequest) -> HttpResponse:
    """Treasurers and administrators may: what can be claimed, and every claim."""
    return _overview(request)


@require_POST
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
@access.fresh
def gift_aid_gather(request: HttpRequest, slug: str) -> HttpResponse:
    """Treasurers and administrators may: put together what can be claimed."""
    entity = get_object_or_404(Entity, slug=slug)
    try:
        made = claims.gather(entity_id=entity.pk, actor=access.actor_of(request))
    except Refused as refusal:
        return _overview(request, refusal=refusal.sentence, status=409)
    return redirect("donors:gift_aid_claim", pk=made.pk)


@never_cache
@require_safe
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
def gift_aid_claim(request: HttpRequest, pk: int) -> HttpResponse:
    """Treasurers and administrators may: a claim with its gifts, schedules and payments."""
    return _claim(request, get_object_or_404(_claims(), pk=pk))


@never_cache
@require_safe
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
def gift_aid_schedule(request: HttpRequest, pk: int, part: int) -> HttpResponse:
    """Treasurers and administrators may: one spreadsheet for the tax office."""
    claim = get_object_or_404(_claims(), pk=pk)
    files = schedules.files_of(claim, small_together="together" in request.GET)
    if not 1 <= part <= len(files):
        raise Http404
    response = HttpResponse(files[part - 1], content_type=schedules.KIND)
    name = f"gift-aid-{claim.pk}-{part}.ods"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_POST
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
@access.fresh
def gift_aid_send(request: HttpRequest, pk: int) -> HttpResponse:
    """Treasurers and administrators may: say that a claim went to the tax office."""
    claim, form = get_object_or_404(_claims(), pk=pk), SendForm(request.POST)
    if not form.is_valid():
        return _claim(request, claim, send=form, status=422)
    reference, actor = form.cleaned_data["reference"], access.actor_of(request)
    try:
        claims.send(claim_id=pk, reference=reference, actor=actor)
    except Refused as refusal:
        return _claim(request, claim, refusal=refusal.sentence, status=409)
    messages.success(request, _("The claim is booked: the tax is due to its funds."))
    return redirect("donors:gift_aid_claim", pk=pk)


@require_POST
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
@access.fresh
def gift_aid_drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Treasurers and administrators may: take a claim apart that was not sent."""
    claim = get_object_or_404(_claims(), pk=pk)
    try:
        claims.drop(claim_id=pk, actor=access.actor_of(request))
    except Refused as refusal:
        return _claim(request, claim, refusal=refusal.sentence, status=409)
    messages.success(request, _("The claim is taken apart. Its gifts can be claimed again."))
    return redirect("donors:gift_aid")


@require_POST
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
@access.fresh
def gift_aid_pay(request: HttpRequest, pk: int) -> HttpResponse:
    """Treasurers and administrators may: record what the tax office paid."""
    claim = get_object_or_404(_claims(), pk=pk)
    form = PaymentForm(request.POST, places=accounts.banks_of(claim.entity_id))
    if not form.is_valid():
        return _claim(request, claim, pay=form, status=422)
    data = form.cleaned_data
    try:
        claims.pay(
            claim_id=pk,
            amount_minor=data["amount"].minor,
            paid_on=data["paid_on"],
            place=data["place"],
            reference=data["bank_reference"],
            actor=access.actor_of(request),
        )
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _claim(request, claim, pay=form, status=409)
    messages.success(request, _("The payment is booked."))
    return redirect("donors:gift_aid_claim", pk=pk)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
def gift_declare(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Treasurers and administrators may: write down what the giver of a gift declared."""
    gift = get_object_or_404(Gift.objects.select_related("entity", "donor"), uuid=uuid)
    if request.method != "POST":
        form = DeclarationForm.opening(clock.today(gift.entity.zone))
        return render(request, "donors/gift_declare.html", {"gift": gift, "form": form})
    form, status = DeclarationForm(request.POST), 422
    if form.is_valid():
        try:
            _declare(gift, form, access.actor_of(request))
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
            status = 409
        else:
            messages.success(request, _("It is written down, and confirmed to the giver by mail."))
            return redirect("donors:gift", uuid=uuid)
    context = {"gift": gift, "form": form}
    return render(request, "donors/gift_declare.html", context, status=status)


def _declare(gift: Gift, form: DeclarationForm, actor: str) -> None:
    data = form.cleaned_data
    scope = Scope(data["scope"])
    declarations.declare(
        donor_id=gift.donor_id,
        entity_id=gift.entity_id,
        scope=scope,
        taxpayer=form.taxpayer(),
        channel=Channel(data["channel"]),
        given_on=data["given_on"],
        actor=actor,
        gift=gift if scope == Scope.ONE else None,
    )


def _claims() -> QuerySet[Claim]:
    return Claim.objects.select_related("entity")


def _overview(request: HttpRequest, *, refusal: str = "", status: int = 200) -> HttpResponse:
    bodies = [_body(entity) for entity in Entity.objects.filter(tax_regime=TaxRegime.UK_GIFT_AID)]
    rows = [_told(claim) for claim in _claims().order_by("-pk")[:100]]
    context = {"bodies": bodies, "claims": rows, "refusal": refusal}
    return render(request, "donors/gift_aid.html", context, status=status)


def _body(entity: Entity) -> dict[str, Any]:
    found = list(eligibility.candidates(entity)) if declarations.is_on(entity) else []
    donated = sum(each.donated_minor for each in found)
    return {
        "entity": entity,
        "is_on": declarations.is_on(entity),
        "number": len(found),
        "donated": Money(donated, "GBP"),
        "tax": Money(limits.tax_on(donated), "GBP"),
        "owed": Money(overclaims.open_minor(entity.pk), "GBP"),
    }


def _lines(claim: Claim) -> list[tuple[ClaimLine, Money, Money]]:
    rows = claim.lines.select_related("gift", "declaration").order_by("given_on", "pk")
    return [
        (line, Money(line.donated_minor, "GBP"), Money(line.tax_minor, "GBP"))
        for line in rows[:1000]
    ]


def _told(claim: Claim) -> dict[str, Any]:
    return {
        "claim": claim,
        "donated": Money(claim.donated_minor, "GBP"),
        "tax": Money(claim.tax_minor, "GBP"),
        "overclaimed": Money(claim.overclaimed_minor, "GBP"),
        "due": Money(claim.due_minor, "GBP"),
        "paid": Money(claim.paid_minor, "GBP"),
        "left": Money(claim.due_minor - claim.paid_minor, "GBP"),
    }


def _claim(
    request: HttpRequest,
    claim: Claim,
    *,
    send: SendForm | None = None,
    pay: PaymentForm | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    told = _told(claim)
    start = {"amount": told["left"].plain(), "paid_on": clock.today(claim.entity.zone)}
    context = told | {
        "lines": _lines(claim),
        "parts": range(1, len(schedules.files_of(claim)) + 1),
        "is_draft": claim.state == ClaimState.DRAFT,
        "is_open": claim.state in (ClaimState.SENT, ClaimState.PART),
        "payments": [(each, Money(each.amount_minor, "GBP")) for each in claim.payments.all()],
        "send": send or SendForm(),
        "pay": pay or PaymentForm(initial=start, places=accounts.banks_of(claim.entity_id)),
        "refusal": refusal,
    }
    return render(request, "donors/gift_aid_claim.html", context, status=status)
