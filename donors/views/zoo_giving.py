"""What a zoo promises from its desk, and the papers of what it owes nobody."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from donors import gifts
from donors.forms.zoo_giving import IrregularForm, PromiseForm
from donors.models import Contribution, ContributionState, Invoice, InvoiceCard, Zoo
from donors.views.zoo import desk_page
from donors.views.zoo_guarding import ANY, MONEY, facts, fresh, of_zoo
from donors.zoos import by_card, contributions, invoices
from funding import clock, limits
from funding.errors import Refused
from funding.gateway.client import Missing, Rejected, Unreachable
from funding.limits import Brake
from funding.users import access

CARD_PAGES = Brake("zoo-card", 30, 3600)


@require_POST
@of_zoo(*MONEY)
@fresh
def zoo_promise(request: HttpRequest, zoo: Zoo) -> HttpResponse:
    """Owners and finance may: promise a contribution."""
    form, actor = PromiseForm(request.POST), access.actor_of(request)
    if not form.is_valid():
        return desk_page(request, zoo, form, status=422)
    try:
        made = contributions.promise(zoo_id=zoo.pk, offer=form.offer, actor=actor)
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return desk_page(request, zoo, form, status=409)
    if made.state == ContributionState.PROPOSED:
        messages.success(request, _("Thank you. The treasurer finds a fund that fits your words."))
    else:
        contributions.bill(made.pk)
        messages.success(request, _("Thank you. The invoice is mailed on its day."))
    return redirect("donors:zoo_desk", uuid=zoo.uuid)


@require_POST
@of_zoo(*MONEY)
@fresh
def zoo_promise_end(request: HttpRequest, zoo: Zoo, pk: int) -> HttpResponse:
    """Owners and finance may: promise nothing more."""
    found = get_object_or_404(zoo.contributions, pk=pk)
    contributions.end(contribution_id=found.pk, actor=access.actor_of(request))
    messages.success(request, _("No further invoice follows. What is out stays as it is."))
    return redirect("donors:zoo_desk", uuid=zoo.uuid)


@never_cache
@require_safe
@of_zoo(*ANY)
def zoo_invoice(request: HttpRequest, zoo: Zoo, pk: int) -> HttpResponse:
    """Whoever acts for the zoo may: the invoice's frozen bytes."""
    del request
    document = get_object_or_404(zoo.invoices.select_related("document"), pk=pk).document
    if document is None or document.content is None:
        raise Http404
    response = HttpResponse(bytes(document.content), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{document.name}.pdf"'
    return response


@never_cache
@require_safe
@of_zoo(*ANY)
def zoo_invoice_page(request: HttpRequest, zoo: Zoo, pk: int) -> HttpResponse:
    """Whoever acts for the zoo may: one invoice, what came of it, and the way to pay it."""
    found = _invoice(zoo, pk)
    for card in found.cards.filter(gift__state="pending").exclude(gift__checkout=""):
        _ask_after(card)
    found.refresh_from_db()
    return _page(request, zoo, found)


@require_POST
@of_zoo(*MONEY)
def zoo_invoice_pay(request: HttpRequest, zoo: Zoo, pk: int) -> HttpResponse:
    """Owners and finance may: go to a page that takes just what is open, by card."""
    found = _invoice(zoo, pk)
    limits.check(CARD_PAGES, str(zoo.pk))
    try:
        return _to_payment(found, access.actor_of(request))
    except Refused as refusal:
        return _page(request, zoo, found, refusal=refusal.sentence, status=409)
    except (Unreachable, Rejected):
        sentence = _("The payment page cannot be reached at the moment. Nothing was taken.")
        return _page(request, zoo, found, refusal=sentence, status=503)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@of_zoo(*MONEY)
@fresh
def zoo_give(request: HttpRequest, zoo: Zoo) -> HttpResponse:
    """Owners and finance may: give once, such as the income of an event."""
    sent = request.method == "POST"
    form = IrregularForm(request.POST) if sent else IrregularForm()
    status, actor = (422 if sent else 200), access.actor_of(request)
    if sent and form.is_valid():
        try:
            made = contributions.promise(zoo_id=zoo.pk, offer=form.offer, actor=actor)
            return _after_giving(request, zoo, made, at_once=form.is_by_card)
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
            status = 409
    context = facts(access.person(request), zoo) | {"form": form}
    return render(request, "donors/zoo_give.html", context, status=status)


def _after_giving(
    asked: HttpRequest, zoo: Zoo, made: Contribution, *, at_once: bool
) -> HttpResponse:
    if made.state == ContributionState.PROPOSED:
        sentence = _("Thank you. The treasurer finds a fund that fits your words; then the invoice "
                     "follows, and can be paid by card as well.")  # fmt: skip
        messages.success(asked, sentence)
        return redirect("donors:zoo_desk", uuid=zoo.uuid)
    contributions.bill(made.pk)
    issued = made.invoices.order_by("-pk").first()
    if issued is None:
        messages.success(asked, _("Thank you. The invoice follows as soon as it can be issued."))
        return redirect("donors:zoo_desk", uuid=zoo.uuid)
    if at_once:
        try:
            return _to_payment(issued, access.actor_of(asked))
        except (Refused, Unreachable, Rejected):
            sentence = _("Thank you. The payment page cannot be reached; the invoice is here.")
            messages.warning(asked, sentence)
    else:
        messages.success(asked, _("Thank you. The invoice is mailed now."))
    return redirect("donors:zoo_invoice_page", uuid=zoo.uuid, pk=issued.pk)


def _to_payment(found: Invoice, actor: str) -> HttpResponse:
    gift = by_card.pay(invoice_id=found.pk, actor=actor)
    return HttpResponseRedirect(gifts.checkout(gift.pk), status=303)


def _ask_after(card: InvoiceCard) -> None:
    """As the thank-you page of a gift does: the visitor may be back before the webhook."""
    if limits.hit(limits.FOLLOW_BY_GIFT, str(card.gift.uuid)):
        try:
            gifts.follow(card.gift_id)
        except (Refused, Missing, Rejected):
            return


def _invoice(zoo: Zoo, pk: int) -> Invoice:
    rows = zoo.invoices.select_related("document", "fund", "entity", "contribution")
    return get_object_or_404(rows.defer("document__content"), pk=pk)


def _page(
    asked: HttpRequest, zoo: Zoo, found: Invoice, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    cards = found.cards.select_related("gift").order_by("pk")
    context = facts(access.person(asked), zoo) | {
        "invoice": found,
        "today": clock.today(found.entity.zone),
        "payments": found.payments.filter(undone_at=None).select_related("gift").order_by("pk"),
        "on_its_way": [card.gift.gross for card in cards if card.gift.is_processing],
        "over": [by_card.over(card) for card in cards if card.over_minor],
        "is_payable": by_card.is_payable(found),
        "was_paying": "paid" in asked.GET,
        "days": invoices.DAYS.days,
        "refusal": refusal,
    }
    return render(asked, "donors/zoo_invoice_page.html", context, status=status)
