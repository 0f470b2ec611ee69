"""The staff's list of zoos, and a new one on it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from donors.forms.zoo_giving import AccountForm
from donors.forms.zoos import NewZooForm
from donors.models import PayInto, Zoo
from donors.zoos import accounts, zoos
from funding import lists
from funding.errors import Refused
from funding.users import access
from funding.users.models import Role

STAFF = (Role.OFFICER, Role.TREASURER, Role.ADMINISTRATOR)


@never_cache
@require_safe
@access.role(*STAFF)
def zoo_list(request: HttpRequest) -> HttpResponse:
    """Officers, treasurers and administrators may: every zoo."""
    return _page(request, NewZooForm())


@require_POST
@access.role(*STAFF)
@access.fresh
def zoo_new(request: HttpRequest) -> HttpResponse:
    """Officers, treasurers and administrators may: write a zoo down and invite its owner."""
    form = NewZooForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    email = form.cleaned_data["owner_email"]
    try:
        zoos.found(profile=form.profile, owner_email=email, actor=access.actor_of(request))
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _page(request, form, status=409)
    messages.success(request, _("Written down. %s is asked by mail to be its owner.") % email)
    return redirect("donors:zoo_list")


@require_POST
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
@access.fresh
def zoo_account(request: HttpRequest) -> HttpResponse:
    """Treasurers and administrators may: say into which account zoos pay."""
    form, actor = AccountForm(request.POST, auto_id="id_pay_%s"), access.actor_of(request)
    if not form.is_valid():
        return _page(request, NewZooForm(), form, status=422)
    told = dict(form.cleaned_data)
    try:
        accounts.write(entity_id=told.pop("entity").pk, actor=actor, **told)
    except Refused as refusal:
        form.add_error("iban", refusal.sentence)
        return _page(request, NewZooForm(), form, status=422)
    messages.success(request, _("Invoices print this account from now on."))
    return redirect("donors:zoo_list")


def _page(
    request: HttpRequest,
    form: NewZooForm,
    account: AccountForm | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    rows = Zoo.objects.select_related("organisation").order_by("organisation__name", "pk")
    context = {
        "form": form,
        "account_form": account or AccountForm(auto_id="id_pay_%s"),
        "accounts": PayInto.objects.order_by("entity_id", "-pk").distinct("entity_id"),
        "may_pay": access.may(request, Role.TREASURER, Role.ADMINISTRATOR),
        "shown": lists.page(request, rows),
        "query": lists.query(request),
    }
    return render(request, "donors/zoo_list.html", context, status=status)
