"""Files of an application: sent at once or in pieces, taken out, and read by whoever may."""

from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404
from django.utils.csp import CSP
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_POST, require_safe

from funding import limits
from funding.errors import Refused
from funding.users import access
from grants import attachments, declarations, files
from grants.attachments import Standing
from grants.file_kinds import TYPES, NotAFile
from grants.forms.drafts import DraftForm
from grants.models import Application, Attachment, FileKind, StoredFile
from grants.models.applications import READERS
from grants.models.files import PIECE_BYTES
from grants.views.applying import form_page, own, refused_page, save, to
from grants.views.committee import stepped_out

# Whatever it is, a browser runs nothing of it.
SEALED: Final[dict[str, Any]] = {
    "default-src": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": settings.SECURE_CSP["form-action"],
    "sandbox": True,
}


@require_POST
@access.signed_in
def apply_file(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Whoever writes the application may: save it, and add a file or take one out."""
    application = own(uuid, request)
    form = DraftForm(application, request.POST.dict())
    try:
        saved = save(form, request)
    except Refused as refusal:
        return refused_page(form, request, uuid, refusal)
    try:
        said = _change(request, saved)
    except Refused as refusal:
        form = DraftForm(saved)
        return form_page(form, request, file_refusal=refusal.sentence, status=HTTPStatus.CONFLICT)
    messages.success(request, said)
    return to(saved, "#part-files")


def _change(request: HttpRequest, application: Application) -> str:
    person = access.person(request)
    if removed := request.POST.get("remove_file", ""):
        if uuid := _uuid(removed):
            attachments.remove(application_id=application.pk, uuid=uuid, by=person)
        return _("Taken out.")
    limits.check(limits.FILE_BY_PERSON, access.actor_of(request))
    sent = request.FILES.get("file")
    if not isinstance(sent, UploadedFile):
        raise NotAFile(_("Choose a file first."))
    made = attachments.add(
        application_id=application.pk,
        name=sent.name or "",
        size=sent.size or 0,
        blocks=_Blocks(sent),
        by=person,
    )
    return _("%(name)s is there.") % {"name": made.file.name}


class _Blocks:
    """The blocks of an upload, which can be gone through again."""

    def __init__(self, sent: "UploadedFile[Any]") -> None:
        self._sent = sent

    def __iter__(self) -> Any:  # noqa: ANN401 -- an iterator of bytes
        return iter(self._sent.chunks())


@never_cache
@require_POST
@access.signed_in
def apply_file_begin(request: HttpRequest, uuid: UUID) -> JsonResponse:
    """Whoever writes the application may: say that a file comes, and hear how far it has come."""
    application = own(uuid, request)
    limits.check(limits.FILE_BY_PERSON, access.actor_of(request))
    size = request.POST.get("size", "")
    try:
        standing = attachments.begin(
            application_id=application.pk,
            name=request.POST.get("name", "").replace("\0", "")[:400],
            size=int(size) if size.isascii() and size.isdecimal() and len(size) < 10 else 0,
            sha256=request.POST.get("sha256", ""),
            by=access.person(request),
        )
    except Refused as refusal:
        return JsonResponse({"refused": refusal.sentence}, status=HTTPStatus.CONFLICT)
    return _told(standing)


@never_cache
@require_POST
@access.signed_in
def apply_file_piece(request: HttpRequest, uuid: UUID, file: UUID) -> JsonResponse:
    """Whoever sends the file may: some bytes of it, from where it stands."""
    application = own(uuid, request)
    limits.check(limits.FILE_BY_PERSON, access.actor_of(request))
    get_object_or_404(StoredFile, uuid=file, place=f"application:{application.pk}")
    start = request.GET.get("start", "")
    try:
        standing = attachments.append(
            application_id=application.pk,
            uuid=file,
            start=int(start) if start.isascii() and start.isdecimal() and len(start) < 10 else 0,
            content=request.body,
            by=access.person(request),
        )
    except files.WrongPlace as refusal:
        told = {"refused": refusal.sentence, "received": refusal.received}
        return JsonResponse(told, status=HTTPStatus.CONFLICT)
    except Refused as refusal:
        return JsonResponse({"refused": refusal.sentence}, status=HTTPStatus.CONFLICT)
    return _told(standing)


@never_cache
@require_safe
@access.signed_in
def application_file(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """Who applies may; officers, committee and chair may to whom the application is open."""
    person = access.person(request)
    wanted = Attachment.objects.select_related("file", "application__round")
    own_ones = Application.objects.applied_by(person)
    if mine := wanted.within(own_ones).filter(file__uuid=uuid).first():
        return _content(request, mine.file)
    if not access.held(request) & READERS:
        raise Http404
    if not access.has_factor(request):
        return access.to_factor(request)
    found = get_object_or_404(wanted.within(Application.objects.sent()), file__uuid=uuid)
    if declarations.is_closed(found.application, person):
        return stepped_out(found.application, request)
    attachments.must_open(found, person)
    return _content(request, found.file)


# Of the file alone: a page that says why it is closed keeps the policy of pages.
@csp_override(SEALED)
def _content(_request: HttpRequest, file: StoredFile) -> StreamingHttpResponse:
    kind = FileKind(file.kind)
    response = StreamingHttpResponse(files.content(file), content_type=TYPES[kind][0])
    response["Content-Length"] = str(file.size)
    response["Content-Disposition"] = content_disposition_header(
        as_attachment=True, filename=file.name
    )
    return response


def _told(standing: Standing) -> JsonResponse:
    return JsonResponse(
        {
            "uuid": str(standing.uuid),
            "received": standing.received,
            "there": standing.is_there,
            "piece": PIECE_BYTES // 2,
        }
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
