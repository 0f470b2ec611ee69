"""The treasurer's view of regular gifts: the list, what they promise a year, and one of them."""

from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from donors import changes, finding, turns
from donors.forms.pledge_desk import EndForm, PledgeFilters
from donors.models import ChangeState, EndedWhy, Pledge
from donors.views import pledge_told, told
from funding import clock, limits, lists
from funding.errors import Refused
from funding.lists import Column
from funding.mail import outbox
from funding.money import Money
from funding.users import access
from funding.users.models import Role

COLUMNS = [
    Column[Pledge]("reference", lambda pledge: str(pledge.uuid)),
    Column[Pledge]("begun_at", lambda pledge: pledge.began_at),
    Column[Pledge]("ended_at", lambda pledge: pledge.ended_at),
    Column[Pledge]("state", lambda pledge: pledge.state),
    Column[Pledge]("ended_why", lambda pledge: pledge.ended_why),
    Column[Pledge]("name", lambda pledge: pledge.donor_name),
    Column[Pledge]("email", lambda pledge: pledge.donor.email),
    Column[Pledge]("fund", lambda pledge: pledge.purpose),
    Column[Pledge]("rhythm", lambda pledge: pledge.rhythm),
    Column[Pledge]("currency", lambda pledge: pledge.currency),
    Column[Pledge]("gift", lambda pledge: pledge.amount),
    Column[Pledge]("cover", lambda pledge: Money(pledge.cover_minor, pledge.currency)),
    Column[Pledge]("next_at", lambda pledge: pledge.next_at if pledge.is_running else None),
    Column[Pledge]("method", lambda pledge: pledge.method),
    Column[Pledge]("subscription", lambda pledge: pledge.subscription),
    Column[Pledge]("customer", lambda pledge: pledge.customer),
]


@never_cache
@require_safe
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
def pledge_list(request: HttpRequest) -> HttpResponseBase:
    """Treasurers and administrators may: every regular gift, and what they promise a year."""
    form = PledgeFilters(request.GET)
    rows = form.rows()
    named = rows.prefetch_related("shares__fund")
    if "csv" in request.GET:
        whole = named.iterator(chunk_size=500)
        return lists.file(f"pledges-{clock.today('UTC').isoformat()}", COLUMNS, whole)
    context = {
        "form": form,
        "is_filtered": bool(form.asked()),
        "shown": lists.page(request, named),
        "promised": finding.promised_a_year(rows),
        "query": lists.query(request),
    }
    return render(request, "donors/pledge_list.html", context)


@never_cache
@require_safe
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
def pledge_desk(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Treasurers and administrators may: all that is known of one regular gift."""
    return _page(request, _found(uuid), EndForm())


@require_POST
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
@access.fresh
def pledge_stop(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Treasurers and administrators may: end it, with a reason that is kept."""
    found, form = _found(uuid), EndForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    try:
        change = changes.end(
            pledge_id=found.pk,
            actor=access.actor_of(request),
            why=EndedWhy.STAFF,
            reason=form.cleaned_data["reason"],
        )
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _page(request, found, form, status=409)
    if turns.make(change.pk).state == ChangeState.DONE:
        messages.success(request, _("Ended. The donor is told by mail."))
    else:
        messages.info(request, pledge_told.not_yet())
    return redirect("donors:pledge_desk", uuid=uuid)


@require_POST
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
@access.fresh
def pledge_try(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Treasurers and administrators may: have an open payment tried again, as its donor can."""
    found = _found(uuid)
    limits.check(limits.CARD_BY_PLEDGE, str(found.uuid))
    try:
        asked = changes.retry(pledge_id=found.pk, actor=access.actor_of(request))
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect("donors:pledge_desk", uuid=uuid)
    change = turns.make(asked.pk)
    if change.state == ChangeState.REFUSED:
        messages.error(request, _("It was not paid: %s") % change.error)
    elif change.state == ChangeState.ASKED:
        messages.info(request, pledge_told.not_yet())
    else:
        pledge_told.say(pledge_told.came_of_retry(change), request)
    return redirect("donors:pledge_desk", uuid=uuid)


def _found(uuid: UUID) -> Pledge:
    return get_object_or_404(_whole(), uuid=uuid)


def _whole() -> QuerySet[Pledge]:
    return Pledge.objects.select_related("donor", "fund", "entity").prefetch_related("shares__fund")


def _page(request: HttpRequest, found: Pledge, form: EndForm, *, status: int = 200) -> HttpResponse:
    rows = pledge_told.instalments_of(found)
    changed = pledge_told.changes_of(found)
    deeds, known = told.deeds_of(
        f"pledge:{found.pk}", found.currency, more=[row.change.actor for row in changed]
    )
    context = pledge_told.facts(found) | {
        "form": form,
        "instalments": rows,
        "unpaid": pledge_told.unpaid(found, rows),
        "changes": [(row, known[row.change.actor]) for row in changed],
        "mails": outbox.about(f"pledge:{found.pk}"),
        "deeds": deeds,
    }
    return render(request, "donors/pledge_desk.html", context, status=status)
