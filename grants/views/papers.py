"""The papers of decisions, for those who may keep them."""

from typing import Final

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from funding.documents.models import Document
from funding.errors import Refused
from funding.users import access
from funding.users.models import Role
from grants import declarations
from grants.models import Award, Motion
from grants.views.committee import stepped_out

_LETTERS: Final = frozenset({Role.OFFICER, Role.CHAIR, Role.TREASURER})


class NotYetMade(Refused):
    """The worker has not laid the paper out yet."""


@never_cache
@require_safe
@access.role(Role.COMMITTEE, Role.CHAIR, Role.OFFICER, Role.TREASURER, Role.TRUSTEE)
def committee_minute(request: HttpRequest, pk: int) -> HttpResponse:
    """Committee, chair, officer, treasurer, trustees may who are out of nothing in it."""
    motion = get_object_or_404(Motion.objects.select_related("minute"), pk=pk)
    if motion.decided_at is None:
        raise Http404
    if closed := declarations.closed_in(motion, access.person(request)):
        return stepped_out(closed, request)
    return file_of(motion.minute)


@never_cache
@require_safe
@access.signed_in
def award_letter(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The applicant, officer, chair and treasurer may: the letter of an award."""
    me = access.person(request)
    rows = Award.objects.select_related(
        "application__project__organisation",
        "application__round",
        "application__applicant",
        "letter",
    )
    if own := rows.filter(pk=pk, application__applicant=me).first():
        return file_of(own.letter)
    if not access.held(request) & _LETTERS:
        raise Http404
    if not access.has_factor(request):
        return access.to_factor(request)
    award = get_object_or_404(rows, pk=pk)
    if declarations.is_closed(award.application, me):
        return stepped_out(award.application, request)
    return file_of(award.letter)


def file_of(document: Document | None) -> HttpResponse:
    """The bytes of a paper. Raises NotYetMade while there are none."""
    if document is None or document.content is None:
        raise NotYetMade(_("The paper is being made. Try again in a minute."))
    response = HttpResponse(bytes(document.content), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{document.name}.pdf"'
    return response
