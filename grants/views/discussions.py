"""The discussion of an application among those who decide on it."""

from uuid import UUID, uuid4

from django.contrib.messages import success
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from funding import limits, waits
from funding.errors import Refused
from funding.users import access
from funding.users.models import User
from funding.waits import Wait
from grants import declarations, discussions, recusals
from grants.forms.messages import MessageForm
from grants.models import Application
from grants.views.committee import stepped_out
from grants.views.messages import uuid_of


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access.role(*recusals.MEMBERS)
def committee_discussion(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Committee and chair may who take part in deciding it, once their own review is in."""
    me = access.person(request)
    rows = Application.objects.sent().select_related("round", "project__organisation", "applicant")
    application = get_object_or_404(rows, uuid=uuid)
    if declarations.is_closed(application, me):
        return stepped_out(application, request)
    if request.method != "POST":
        return _page(request, application, MessageForm())
    limits.check(limits.MESSAGE_BY_PERSON, access.actor_of(request))
    form = MessageForm(request.POST)
    if not form.is_valid():
        return _page(request, application, form, status=422)
    try:
        discussions.say(
            application_id=application.pk,
            uuid=uuid_of(request.POST.get("message", "")) or uuid4(),
            text=form.cleaned_data["text"],
            by=me,
        )
    except Refused as refusal:
        form.add_error("text", refusal.sentence)
        return _page(request, application, form, status=409)
    success(request, _("Said. The others find it in their inbox."))
    return redirect(request.path)


def _page(
    request: HttpRequest, application: Application, form: MessageForm, status: int = 200
) -> HttpResponse:
    me = access.person(request)
    may_read = discussions.may_read(application, me)
    letters = discussions.of(application, me)
    if letters and request.method == "GET":
        discussions.opened(application, me, letters[-1].pk)
    context = {
        "application": application,
        "may_read": may_read,
        "letters": letters,
        "form": form if may_read and discussions.is_open(application) else None,
        "key": uuid4(),
    }
    page = "grants/committee_discussion.html"
    return render(request, page, context, status=status if may_read else 403)


def unread(user: User) -> list[Wait]:
    """What others said of an application that the person decides on."""
    return [
        Wait(
            title=_("New in the discussion of %(title)s") % {"title": each.project.title},
            url=reverse("grants:committee_discussion", kwargs={"uuid": each.uuid}),
            sentence=_("Members said something that you have not read yet."),
            since=since,
            state=_("to be read"),
        )
        for each, since in discussions.unread(user)
    ]


def register_waits() -> None:
    """Called when the app starts."""
    waits.register("discussions", unread, *recusals.MEMBERS)
