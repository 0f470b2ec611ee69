"""Whether everybody may read of work that waits for money: its applicant's choice."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from funding.users import access
from grants import applications
from grants.models import Application


@require_POST
@access.signed_in
def apply_showing(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Whoever applied may: have it shown while it waits for money, or no longer."""
    by = access.person(request)
    found = get_object_or_404(Application.objects.own(by).sent(), uuid=uuid)
    may = request.POST.get("may") == "yes"
    applications.show_unfunded(application_id=found.pk, may=may, by=by)
    said = _("It may be shown while it waits for money.") if may else _("It is not shown.")
    messages.success(request, said)
    return redirect("grants:apply_application", uuid=uuid)
