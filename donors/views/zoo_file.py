"""The staff's view of one zoo: its promises, its invoices, and what is done about them."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from donors.forms.zoo_giving import FundForm, ReplaceForm, StepForm
from donors.models import Contribution, ContributionState, Invoice, Zoo
from donors.views.zoo_list import STAFF
from donors.zoos import by_card, contributions, invoices, pauses, payments
from funding import clock
from funding.errors import Refused
from funding.mail import outbox
from funding.users import access
from funding.users.models import Role, User
from funding.waits import Wait

KEEPERS = (Role.TREASURER, Role.ADMINISTRATOR)


@never_cache
@require_safe
@access.role(*STAFF)
def zoo_file(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Officers, treasurers and administrators may: all that is known of one zoo."""
    zoo = get_object_or_404(Zoo.objects.select_related("organisation"), uuid=uuid)
    rows = zoo.contributions.select_related("fund").order_by("-pk")
    context = {
        "zoo": zoo,
        "may_pay": access.may(request, *KEEPERS),
        "contributions": [(row, _fund_form(row)) for row in rows],
        "invoices": zoo.invoices.select_related("document").order_by("-issued_on", "-pk"),
        "today": clock.today("UTC"),
    }
    return render(request, "donors/zoo_file.html", context)


@require_POST
@access.role(*KEEPERS)
@access.fresh
def zoo_file_fund(request: HttpRequest, uuid: UUID, pk: int) -> HttpResponse:
    """Treasurers and administrators may: say which fund keeps to the words of a promise."""
    found = get_object_or_404(get_object_or_404(Zoo, uuid=uuid).contributions, pk=pk)
    form, actor = FundForm(request.POST, entity_id=found.entity_id), access.actor_of(request)
    if form.is_valid():
        fund = form.cleaned_data["fund"]
        contributions.give_fund(contribution_id=found.pk, fund_id=fund.pk, actor=actor)
        contributions.bill(found.pk)
        messages.success(request, _("Invoices fall due for it from now on."))
    return redirect("donors:zoo_file", uuid=uuid)


@require_POST
@access.role(*KEEPERS)
@access.fresh
def zoo_file_promise(request: HttpRequest, uuid: UUID, pk: int, what: str) -> HttpResponse:
    """Treasurers and administrators may: let a paused promise go on, or end it."""
    found = get_object_or_404(get_object_or_404(Zoo, uuid=uuid).contributions, pk=pk)
    actor = access.actor_of(request)
    if what == "end":
        contributions.end(contribution_id=found.pk, actor=actor)
        messages.success(request, _("No further invoice follows. What is out stays as it is."))
    elif what == "go-on":
        pauses.go_on(contribution_id=found.pk, actor=actor)
        messages.success(request, _("Invoices fall due for it from now on."))
    else:
        raise Http404
    return redirect("donors:zoo_file", uuid=uuid)


@never_cache
@require_safe
@access.role(*KEEPERS)
def zoo_bill(request: HttpRequest, uuid: UUID, pk: int) -> HttpResponse:
    """Treasurers and administrators may: one invoice, its payments, and what can be done."""
    return _bill(request, _found(uuid, pk), StepForm())


@require_POST
@access.role(*KEEPERS)
@access.fresh
def zoo_bill_step(request: HttpRequest, uuid: UUID, pk: int, what: str) -> HttpResponse:
    """Treasurers and administrators may: cancel, replace or let the rest of it go."""
    found = _found(uuid, pk)
    form = _form(what, found, request)
    if not form.is_valid():
        return _bill(request, found, form, status=422)
    try:
        _do(what, found, form, access.actor_of(request))
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _bill(request, found, form, status=409)
    messages.success(request, _("Done, and written down."))
    return redirect("donors:zoo_bill", uuid=uuid, pk=pk)


def _form(what: str, found: Invoice, asked: HttpRequest) -> StepForm:
    if what == "replace":
        return ReplaceForm(asked.POST, invoice=found)
    if what not in {"cancel", "forgive", "fee", "reopen", "keep"}:
        raise Http404
    return StepForm(asked.POST)


def _do(what: str, found: Invoice, form: StepForm, actor: str) -> None:
    why = form.cleaned_data["why"]
    if what == "cancel":
        invoices.cancel(invoice_id=found.pk, why=why, actor=actor)
    elif what == "forgive":
        invoices.forgive(invoice_id=found.pk, why=why, actor=actor)
    elif what == "reopen":
        invoices.reopen(invoice_id=found.pk, why=why, actor=actor)
    elif what == "keep":
        for card in found.cards.filter(over_minor__gt=0, kept_at=None):
            by_card.keep(card_id=card.pk, actor=actor)
    elif what == "fee":
        payments.show_bank_fee(invoice_id=found.pk, actor=actor)
    else:
        invoices.replace(
            invoice_id=found.pk,
            amount_minor=form.cleaned_data["amount"],
            order_number=form.cleaned_data["order_number"],
            why=why,
            actor=actor,
        )


def _found(uuid: UUID, pk: int) -> Invoice:
    rows = Invoice.objects.select_related("zoo__organisation", "document", "fund", "replaced_by")
    return get_object_or_404(rows, zoo__uuid=uuid, pk=pk)


def _fund_form(row: Contribution) -> FundForm | None:
    if row.state != ContributionState.PROPOSED:
        return None
    return FundForm(entity_id=row.entity_id, auto_id=f"id_%s_{row.pk}")


def _bill(
    request: HttpRequest, found: Invoice, form: StepForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "invoice": found,
        "zoo": found.zoo,
        "form": form,
        "replace_form": ReplaceForm(invoice=found, auto_id="id_new_%s"),
        "payments": found.payments.select_related("gift").order_by("pk"),
        "overs": [(card, by_card.over(card)) for card in found.cards.filter(over_minor__gt=0)],
        "mails": outbox.about(f"invoice:{found.pk}"),
    }
    return render(request, "donors/zoo_bill.html", context, status=status)


def paid_twice(_user: User) -> list[Wait]:
    """What came beyond an invoice, and waits to be kept or given back."""
    return [
        Wait(
            title=_("%(sum)s came beyond an invoice") % {"sum": by_card.over(card).text()},
            url=reverse("donors:zoo_bill", kwargs={"uuid": card.invoice.zoo.uuid,
                                                   "pk": card.invoice_id}),
            sentence=_("%s paid it twice. Ask whether it is a gift, or give it back.")
            % card.invoice.zoo.name,
            since=card.counted_at or card.created_at,
            state=_("held"),
        )
        for card in by_card.undecided()
    ]  # fmt: skip


def paused(_user: User) -> list[Wait]:
    """Promises that stand still because money of them went back."""
    return [
        Wait(
            title=_("A contribution of %s is paused") % row.zoo.name,
            url=reverse("donors:zoo_file", kwargs={"uuid": row.zoo.uuid}),
            sentence=_("Money of it went back. Ask whether it goes on, or end it."),
            since=row.paused_at or row.created_at,
            state=_("paused"),
        )
        for row in pauses.waiting()
    ]
