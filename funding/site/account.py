"""A person's own page: what they gave, receipts, name; and whether it is still them."""

from typing import Any, Final

from allauth.account.internal.flows.reauthentication import resume_request
from django.contrib import messages
from django.db.models import Prefetch, Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from donors import outlooks, pledges, receipts, tributes
from donors.giftaid import declarations
from donors.models import Gift, Means, Receipt, ReceiptState, Rhythm
from donors.pledge_mails import EACH
from funding import clock, limits
from funding.audit import log
from funding.limits import Brake
from funding.mail import bounces
from funding.mail.codes import NotSent
from funding.money import Money
from funding.site.names import clean_name
from funding.users import access, confirming, factors, guests, roles

COPIES: Final = Brake("receipt-copy", 5, 3600)


@never_cache
@require_safe
@access.signed_in
def account(request: HttpRequest) -> HttpResponse:
    """Whoever has signed in may: what was given from their own verified addresses."""
    user = access.person(request)
    addresses = guests.verified(user)
    issued = _receipts(request).order_by("version")
    gifts = (
        Gift.objects.filter(donor__email__in=addresses)
        # A debit is shown from its promise on, and also when the bank did not make it.
        .filter(
            Q(settled_at__isnull=False)
            | Q(processing_since__isnull=False)
            | Q(held__isnull=False, means=Means.STRIPE)
        )
        .select_related("entity", "held")
        .prefetch_related(Prefetch("receipts", queryset=issued, to_attr="papers"))
        .order_by(Coalesce("settled_at", "created_at").desc(), "-pk")[:200]
    )
    regular = _regular(addresses)
    context = {
        "addresses": addresses,
        "takes_aid": declarations.latest_gift(addresses) is not None,
        "tributes": tributes.of_addresses(addresses)[:100],
        "lost_mails": bounces.lost().filter(to_address__in=addresses).defer("text", "html")[:5],
        "running": [row for row in regular if row["pledge"].is_running],
        "ended": [row for row in regular if not row["pledge"].is_running],
        "has_factor": factors.has_any(user),
        "terms": user.terms.filter(roles.covering(clock.today("UTC"))),
        "gifts": [
            {
                "gift": gift,
                "given": Money(gift.gross_minor, gift.currency),
                "back": Money(gift.refunded_minor, gift.currency),
                "taken": Money(gift.withdrawn_minor, gift.currency),
            }
            for gift in gifts
        ],
    }
    return render(request, "site/account.html", context)


def _regular(addresses: list[str]) -> list[dict[str, Any]]:
    """The regular gifts of these addresses, those that run first."""
    return [
        {
            "pledge": pledge,
            "zone": pledge.entity.zone,
            "each": EACH[Rhythm(pledge.rhythm)],
            "taken_on": outlooks.taken_on(pledge),
        }
        for pledge in pledges.of_addresses(addresses)[:100]
    ]


@never_cache
@require_safe
@access.signed_in
def account_receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """Whoever gave may, once their address is verified: the receipt's frozen bytes."""
    document = get_object_or_404(_receipts(request), pk=pk).document
    if document is None or document.content is None:
        raise Http404
    response = HttpResponse(bytes(document.content), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{document.name}.pdf"'
    return response


@require_POST
@access.signed_in
def account_resend(request: HttpRequest, pk: int) -> HttpResponse:
    """Whoever gave may, once their address is verified, and not too often."""
    receipt = get_object_or_404(_receipts(request), pk=pk)
    limits.check(COPIES, str(access.person(request).pk))
    receipts.resend(receipt_id=receipt.pk, actor=access.actor_of(request))
    messages.success(request, _("A copy is on its way to your mailbox."))
    return redirect("account")


@require_POST
@access.signed_in
def account_name(request: HttpRequest) -> HttpResponse:
    """Whoever has signed in may: how others see them. Receipts keep the name they carry."""
    user = access.person(request)
    name = clean_name(request.POST.get("name", ""))
    if name and name != user.name:
        user.name = name
        user.save(update_fields=["name"])
        log.record(actor=access.actor_of(request), action="user.renamed", subject=f"user:{user.pk}")
        messages.success(request, _("That is your name from now on."))
    return redirect("account")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access.signed_in
def confirm(request: HttpRequest) -> HttpResponseBase:
    """Whoever has signed in and has no second factor may: it takes a fresh mailed code."""
    if factors.has_any(access.person(request)):
        return access.to_factor(request)
    if request.method == "POST" and "code" in request.POST:
        if confirming.answer(request, request.POST["code"]):
            return resume_request(request) or HttpResponseRedirect(reverse("account"))
        return _ask_for_code(request, is_wrong=True, status=422)
    if request.method == "POST":
        try:
            confirming.ask(request)
        except NotSent:
            return render(request, "account/no_mail.html", status=503)
    return _ask_for_code(request)


def _ask_for_code(
    request: HttpRequest, *, is_wrong: bool = False, status: int = 200
) -> HttpResponse:
    context = {
        "is_asked": confirming.is_asked(request),
        "is_wrong": is_wrong,
        "left": confirming.tries_left(request),
        "next": request.POST.get("next", request.GET.get("next", "")),
        "email": access.person(request).email,
    }
    return render(request, "site/confirm.html", context, status=status)


def _receipts(request: HttpRequest) -> QuerySet[Receipt]:
    """The issued receipts that this person may see."""
    addresses = guests.verified(access.person(request))
    return Receipt.objects.filter(
        gift__donor__email__in=addresses, state=ReceiptState.ISSUED
    ).select_related("document")
