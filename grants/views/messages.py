"""Messages about an application: the page of those who apply, and the officer's."""

from typing import Any, Final
from uuid import UUID, uuid4

from django.contrib.messages import success
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from funding import limits, waits
from funding.errors import Refused
from funding.users import access
from funding.users.models import Role, User
from funding.waits import Wait
from grants import declarations, identities, messages
from grants.forms.messages import MessageForm, OfficeMessageForm
from grants.models import Application
from grants.views.committee import stepped_out

_WRITES: Final = require_http_methods(["GET", "HEAD", "POST"])


@never_cache
@_WRITES
@access.signed_in
def apply_messages(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Who applies may read, and write as far as they may comment on the application."""
    me, is_post = access.person(request), request.method == "POST"
    rows = Application.objects.commented_by(me) if is_post else Application.objects.applied_by(me)
    application = get_object_or_404(rows.select_related("round", "project"), uuid=uuid)
    if is_post:
        return _posted(request, application, MessageForm(request.POST), from_office=False)
    may_write = messages.may_write(application, me)
    return _page(request, application, MessageForm() if may_write else None, from_office=False)


@never_cache
@_WRITES
@access.role(Role.OFFICER)
def officer_messages(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Officers may to whom the application and its names are open; of a draft once its applicant
    has written."""
    me = access.person(request)
    rows = messages.known_to_office(me).select_related("round", "project__organisation")
    application = get_object_or_404(rows.select_related("applicant"), uuid=uuid)
    if declarations.is_closed(application, me):
        return stepped_out(application, request)
    if identities.is_hidden(application, me):
        page, told = "grants/officer_messages.html", {"application": application, "is_hidden": True}
        return render(request, page, told, status=403)
    if request.method == "POST":
        return _posted(request, application, OfficeMessageForm(request.POST), from_office=True)
    return _page(request, application, OfficeMessageForm(), from_office=True)


def _posted(
    request: HttpRequest, application: Application, form: MessageForm, *, from_office: bool
) -> HttpResponse:
    asked, me = request.POST, access.person(request)
    limits.check(limits.MESSAGE_BY_PERSON, access.actor_of(request))
    if asked.get("do") in {"settle", "show"}:
        return _changed(request, application, me, from_office=from_office)
    if not form.is_valid():
        return _page(request, application, form, from_office=from_office, status=422)
    try:
        messages.write(
            application_id=application.pk,
            uuid=uuid_of(asked.get("message", "")) or uuid4(),
            text=form.cleaned_data["text"],
            by=me,
            from_office=from_office,
            show=form.cleaned_data.get("show", False),
        )
    except Refused as refusal:
        form.add_error("text", refusal.sentence)
        return _page(request, application, form, from_office=from_office, status=409)
    success(request, _("Sent. The other side gets a mail that says so."))
    return redirect(request.path)


def _changed(
    request: HttpRequest, application: Application, me: User, *, from_office: bool
) -> HttpResponse:
    asked = request.POST
    if asked["do"] == "show":
        uuid = uuid_of(asked.get("message", ""))
        if uuid is None or not from_office:
            raise Http404
        messages.show(application_id=application.pk, uuid=uuid, by=me)
        success(request, _("The committee reads it now."))
    else:
        number = asked.get("upto", "")
        upto = int(number) if number.isascii() and number.isdecimal() and len(number) < 18 else 0
        messages.settle(application_id=application.pk, upto=upto, by=me, from_office=from_office)
        success(request, _("It no longer waits for an answer."))
    return redirect(request.path)


def _page(
    request: HttpRequest,
    application: Application,
    form: MessageForm | None,
    *,
    from_office: bool,
    status: int = 200,
) -> HttpResponse:
    me = access.person(request)
    if request.method == "GET":
        messages.opened(application, me)
    context: dict[str, Any] = {
        "application": application,
        "letters": messages.of(application),
        "form": form,
        "key": uuid4(),
        "from_office": from_office,
        "owed": messages.about(application).unanswered(from_office=not from_office).last(),
    }
    page = "grants/officer_messages.html" if from_office else "grants/apply_messages.html"
    return render(request, page, context, status=status)


def for_office(user: User) -> list[Wait]:
    """Messages of those who apply that no officer has answered."""
    sentence = _("Those who apply wrote in %(round)s, and wait for an answer.")
    return [
        Wait(
            title=_("Answer about %(title)s") % {"title": each.project.title},
            url=reverse("grants:officer_messages", kwargs={"uuid": each.uuid}),
            sentence=sentence % {"round": each.round.name},
            since=since,
            state=_("message"),
        )
        for each, since in messages.waiting_for_office(user)
    ]


def register_waits() -> None:
    """Called when the app starts."""
    waits.register("messages of those who apply", for_office, Role.OFFICER)


def uuid_of(text: str) -> UUID | None:
    """The name that the page gave to what is sent, if it is one."""
    try:
        return UUID(text)
    except ValueError:
        return None
