"""What a zoo promises from its desk, and the papers of what it owes nobody."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from donors.forms.zoo_giving import PromiseForm
from donors.models import ContributionState, Zoo
from donors.views.zoo import desk_page
from donors.views.zoo_guarding import ANY, MONEY, fresh, of_zoo
from donors.zoos import contributions
from funding.errors import Refused
from funding.users import access


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
