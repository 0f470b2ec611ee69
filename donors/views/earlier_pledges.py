"""Regular gifts of the system before: the treasurer's list, and the page that a giver's link opens.

The giver's page shows no name and no address, and whoever holds the link can do nothing but say
no, or open the giving form.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from donors import earlier_pledges as rules
from donors.forms.earlier_pledges import ChosenForm, EarlierFilters
from donors.models import EarlierPledge, EarlierState, Pledge, Rhythm
from donors.models.pledges import RUNNING
from donors.pledge_mails import EACH
from funding import clock, limits, lists
from funding.errors import Refused
from funding.lists import Column
from funding.users import access
from funding.users.models import Role

COLUMNS = [
    Column[EarlierPledge]("reference", lambda row: row.reference),
    Column[EarlierPledge]("state", lambda row: row.state),
    Column[EarlierPledge]("name", lambda row: row.donor_name),
    Column[EarlierPledge]("email", lambda row: row.donor.email),
    Column[EarlierPledge]("fund", lambda row: row.fund.name),
    Column[EarlierPledge]("rhythm", lambda row: row.rhythm),
    Column[EarlierPledge]("currency", lambda row: row.currency),
    Column[EarlierPledge]("amount", lambda row: row.amount),
    Column[EarlierPledge]("day", lambda row: row.day),
    Column[EarlierPledge]("began_on", lambda row: row.began_on),
    Column[EarlierPledge]("next_on", lambda row: row.next_on),
    Column[EarlierPledge]("method", lambda row: row.method),
    Column[EarlierPledge]("file", lambda row: row.batch.name),
    Column[EarlierPledge]("taken_at", lambda row: row.taken_at),
    Column[EarlierPledge]("invited_at", lambda row: row.invited_at),
    Column[EarlierPledge]("reminded_at", lambda row: row.reminded_at),
    Column[EarlierPledge]("ended_at", lambda row: row.ended_at),
    Column[EarlierPledge]("pledge", lambda row: str(row.pledge.uuid) if row.pledge else ""),
]


@never_cache
@require_safe
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
def earlier_pledge_list(request: HttpRequest) -> HttpResponseBase:
    """Treasurers and administrators may: what was taken over, and what became of it."""
    form = EarlierFilters(request.GET)
    rows = form.rows()
    if "csv" in request.GET:
        name = f"earlier-pledges-{clock.today('UTC').isoformat()}"
        return lists.file(name, COLUMNS, rows.iterator(chunk_size=500))
    fresh = rows.filter(state=EarlierState.TAKEN, asked_at__isnull=True)
    context = {
        "form": form,
        "is_filtered": bool(form.asked()),
        "shown": lists.page(request, rows),
        "counts": rules.counts(EarlierPledge.objects.all()),
        "fresh": fresh.count(),
        "query": lists.query(request),
    }
    return render(request, "donors/earlier_pledge_list.html", context)


@require_POST
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
@access.fresh
def earlier_pledge_steps(request: HttpRequest) -> HttpResponse:
    """Treasurers and administrators may: have givers asked by mail, or end some."""
    form = ChosenForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose some of them first."))
        return _back(request)
    actor, rows = access.actor_of(request), form.rows(EarlierFilters(request.GET).rows())
    if form.cleaned_data["do"] == "end":
        ids = list(rows.values_list("pk", flat=True))
        for pk in ids:
            rules.decline(pk=pk, actor=actor)
        messages.success(request, _("Ended: %s.") % len(ids))
        return _back(request)
    try:
        count = rules.invite(rows=rows, actor=actor)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return _back(request)
    messages.success(request, _("%s will be asked by mail. The worker writes them now.") % count)
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    query = lists.query(request)
    here = reverse("donors:earlier_pledge_list")
    return redirect(f"{here}?{query}" if query else here)


@cache_control(private=True, no_store=True)
@require_http_methods(["GET", "HEAD", "POST"])
@limits.limited(limits.REPAIR_BY_ADDRESS)
def pledge_continue(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever has the link of a mail may: go on with a regular gift by the form, or say no."""
    row = rules.of_link(token)
    if row is None:
        return render(request, "donors/pledge_continue.html", status=410)
    if request.method == "POST":
        row = rules.decline(pk=row.pk, actor=f"donor:{row.donor_id}")
        return redirect("donors:pledge_continue", token=token)
    same = Pledge.objects.filter(donor=row.donor_id, fund=row.fund_id, state__in=RUNNING)
    asked = {"earlier": rules.for_form(row)}
    context = {
        "row": row,
        "each": EACH[Rhythm(row.rhythm)],
        "has_other": same.exists(),
        "form_url": f"{reverse('donors:give')}?{urlencode(asked)}",
        "token": token,
    }
    return render(request, "donors/pledge_continue.html", context)
