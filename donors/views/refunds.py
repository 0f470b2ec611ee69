"""Every refund, and the second person's word on those over the limit."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from donors import approvals, finding
from donors.forms.treasury import RefundFilters
from donors.models import Refund, RefundState
from donors.views import told
from funding import clock, lists
from funding.lists import Column
from funding.money import Money
from funding.users import access, actors
from funding.users.models import Role, User
from funding.waits import Wait

COLUMNS = [
    Column[Refund]("reference", lambda refund: str(refund.uuid)),
    Column[Refund]("gift", lambda refund: str(refund.gift.uuid)),
    Column[Refund]("asked_at", lambda refund: refund.created_at),
    Column[Refund]("state", lambda refund: refund.state),
    Column[Refund]("name", lambda refund: refund.gift.donor_name),
    Column[Refund]("email", lambda refund: refund.gift.donor.email),
    Column[Refund]("currency", lambda refund: refund.gift.currency),
    Column[Refund]("sum", lambda refund: Money(refund.amount_minor, refund.gift.currency)),
    Column[Refund]("reason", lambda refund: refund.reason),
    Column[Refund]("asked_by", lambda refund: refund.requested_by),
    Column[Refund]("decided_by", lambda refund: refund.decided_by),
    Column[Refund]("decided_at", lambda refund: refund.decided_at),
    Column[Refund]("booked_at", lambda refund: refund.booked_at),
    Column[Refund]("ended_at", lambda refund: refund.ended_at),
    Column[Refund]("stripe_id", lambda refund: refund.stripe_id),
    Column[Refund]("balance_transaction", lambda refund: refund.balance_transaction),
]


@never_cache
@require_safe
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
def refunds(request: HttpRequest) -> HttpResponseBase:
    """Treasurers and administrators may: money given back, asked for or waiting for a word."""
    form = RefundFilters(request.GET)
    rows = form.rows()
    if "csv" in request.GET:
        name = f"refunds-{clock.today('UTC').isoformat()}"
        return lists.file(name, COLUMNS, rows.iterator(chunk_size=500))
    shown = lists.page(request, rows)
    context = {
        "form": form,
        "is_filtered": bool(form.asked()),
        "shown": shown,
        "backs": _backs(list(shown)),
        "sums": finding.sums_of_refunds(rows),
        "query": lists.query(request),
    }
    return render(request, "donors/refunds.html", context)


@require_POST
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
@access.fresh
def refund_approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Treasurers and administrators may who did not propose it: agree to a refund."""
    refund = get_object_or_404(Refund.objects.select_related("gift"), pk=pk)
    approvals.approve(refund_id=refund.pk, by=access.person(request))
    messages.success(request, told.asked_for(refund.gift))
    return redirect("donors:gift", uuid=refund.gift.uuid)


@require_POST
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
@access.fresh
def refund_decline(request: HttpRequest, pk: int) -> HttpResponse:
    """Treasurers and administrators may who did not propose it: turn a refund down."""
    refund = get_object_or_404(Refund.objects.select_related("gift"), pk=pk)
    approvals.decline(refund_id=refund.pk, by=access.person(request))
    messages.success(request, _("Turned down. The money stays where it is."))
    return redirect("donors:gift", uuid=refund.gift.uuid)


def waiting(user: User) -> list[Wait]:
    """What waits for a treasurer or an administrator: refunds that another one proposed."""
    rows = Refund.objects.filter(state=RefundState.PROPOSED).select_related("gift")
    return [
        Wait(
            title=_("Give %s back?") % Money(refund.amount_minor, refund.gift.currency).text(),
            url=f"{reverse('donors:gift', kwargs={'uuid': refund.gift.uuid})}#refunds",
            sentence=_(
                "It is over the limit, so it takes a second person. Agree, or turn it down."
            ),
            since=refund.created_at,
            state=_("to decide"),
        )
        for refund in rows.exclude(requested_by=f"user:{user.pk}").order_by("pk")
    ]


def _backs(rows: list[Refund]) -> list[told.Back]:
    known = actors.names(
        name for row in rows for name in (row.requested_by, row.decided_by) if name
    )
    return told.backs(rows, known, currency_of={row.gift_id: row.gift.currency for row in rows})
