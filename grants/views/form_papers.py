"""The form of a round on paper, and the paper of what was sent."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from funding.documents.register import CannotRender
from funding.errors import Refused
from funding.users import access
from grants import blank_forms, declarations, identities
from grants import rounds as calls
from grants.models import Application, Submission
from grants.models.applications import READERS
from grants.views.committee import stepped_out
from grants.views.papers import NotYetMade, file_of


class HiddenYet(Refused):
    """A paper cannot hide the names that a blind round hides."""


@require_safe
def round_form(request: HttpRequest, slug: str) -> HttpResponse:
    """Everybody may: the empty form of a published round, to read before beginning."""
    del request
    found = get_object_or_404(calls.published().select_related("entity"), slug=slug)
    try:
        content = blank_forms.of(found)
    except CannotRender as error:
        raise NotYetMade(_("The form cannot be made as a PDF now. Try again later.")) from error
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{found.slug}-form.pdf"'
    return response


@never_cache
@require_safe
@access.signed_in
def apply_paper(request: HttpRequest, uuid: UUID, number: int) -> HttpResponseBase:
    """Who writes it may, and who may read all of it: what was sent, as a PDF."""
    me = access.person(request)
    sent = Application.objects.sent().select_related("round", "project__organisation", "applicant")
    application = sent.written_by(me).filter(uuid=uuid).first()
    if application is None:
        if not access.held(request) & READERS:
            raise Http404
        if not access.has_factor(request):
            return access.to_factor(request)
        application = get_object_or_404(sent, uuid=uuid)
        if declarations.is_closed(application, me):
            return stepped_out(application, request)
        if identities.is_hidden(application, me):
            raise HiddenYet(_("This round hides who applies. It opens to you with your review."))
    rows = Submission.objects.filter(document__isnull=False).select_related("document")
    return file_of(get_object_or_404(rows, application=application, number=number).document)
