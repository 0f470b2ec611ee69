"""Applying together: who does, asking somebody, taking an invitation up, and comments."""

from typing import Final
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from funding import limits
from funding.errors import Refused
from funding.users import access, guests
from funding.users.models import User
from grants import applications, coapplicants
from grants.models import Application, CoInvitation, Right

_WRITES: Final = require_http_methods(["GET", "HEAD", "POST"])


class InviteForm(forms.Form):
    """Whom the applicant asks, and what they may do."""

    email = forms.CharField(max_length=254, label=gettext_lazy("Their e-mail address"))
    right = forms.ChoiceField(
        choices=Right.choices, initial=Right.COMMENT, label=gettext_lazy("What they may do")
    )


@never_cache
@_WRITES
@access.signed_in
def apply_people(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Who applies may: see with whom. The applicant asks people and lets them go; each leaves."""
    person = access.person(request)
    rows = Application.objects.applied_by(person).select_related("project", "round", "applicant")
    application = get_object_or_404(rows, uuid=uuid)
    if request.method != "POST":
        return _people_page(request, application, InviteForm())
    form = InviteForm(request.POST)
    try:
        said = _changed(request, application, person)
    except Refused as refusal:
        form.is_valid()
        form.add_error("email" if "email" in request.POST else None, refusal.sentence)
        return _people_page(request, application, form, status=409)
    messages.success(request, said)
    is_still_in = Application.objects.applied_by(person).filter(pk=application.pk).exists()
    return redirect("grants:apply_people", uuid=uuid) if is_still_in else redirect("grants:apply")


def _changed(request: HttpRequest, application: Application, person: User) -> str:
    asked = request.POST
    number = asked.get("person", "")
    person_id = int(number) if number.isascii() and number.isdecimal() and len(number) < 18 else 0
    match asked.get("do", ""):
        case "withdraw":
            if uuid := _uuid(asked.get("invitation", "")):
                coapplicants.withdraw(application_id=application.pk, uuid=uuid, by=person)
            return _("The invitation is taken back.")
        case "change":
            right = asked.get("right", "")
            coapplicants.change(
                application_id=application.pk, person_id=person_id, right=right, by=person
            )
            return _("Changed.")
        case "end":
            coapplicants.end(application_id=application.pk, person_id=person_id, by=person)
            return _("They no longer apply with you. What they wrote stays.")
        case "leave":
            coapplicants.end(application_id=application.pk, person_id=person.pk, by=person)
            return _("You no longer apply for this.")
    return _invited(request, application, person)


def _invited(request: HttpRequest, application: Application, person: User) -> str:
    limits.check(limits.INVITE_BY_PERSON, access.actor_of(request))
    asked = request.POST
    made = coapplicants.invite(
        application_id=application.pk,
        email=asked.get("email", "").replace("\0", ""),
        right=asked.get("right", ""),
        by=person,
    )
    return _("Asked: %(email)s. The invitation is on its way.") % {"email": made.email}


def _people_page(
    request: HttpRequest, application: Application, form: InviteForm, *, status: int = 200
) -> HttpResponse:
    person = access.person(request)
    context = {
        "application": application,
        "form": form,
        "people": coapplicants.of(application),
        "asked": coapplicants.asked(application),
        "rights": Right.choices,
        "me": person,
        "is_own": application.applicant_id == person.pk,
        "may_change": applications.may_change(application),
    }
    return render(request, "grants/apply_people.html", context, status=status)


@never_cache
@_WRITES
@access.signed_in
def apply_invitation(request: HttpRequest, token: str) -> HttpResponseBase:
    """Whoever reads the invited address may: see who asks, and join."""
    person = access.person(request)
    found = coapplicants.invitation_of(token)
    if found is None:
        raise Http404
    if found.email not in guests.verified(person):
        # Of what was asked nothing is told.
        return render(request, "grants/apply_invitation.html", {"is_others": True}, status=403)
    if request.method != "POST":
        return _invitation_page(request, found)
    try:
        name = request.POST.get("name", "")
        joined = coapplicants.accept(invitation_id=found.pk, name=name, by=person)
    except Refused as refusal:
        return _invitation_page(request, found, refusal=refusal.sentence, status=409)
    messages.success(request, _("You apply for this together from now on."))
    return redirect("grants:apply_application", uuid=joined.application.uuid)


def _invitation_page(
    request: HttpRequest, found: CoInvitation, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    is_open = coapplicants.is_open(found) and applications.may_change(found.application)
    context = {
        "invitation": found,
        "is_open": is_open,
        "needs_name": not access.person(request).name,
        "refusal": refusal,
    }
    return render(request, "grants/apply_invitation.html", context, status=status)


@require_POST
@access.signed_in
def apply_comment(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Who applies and may comment does: say something of the draft to the others."""
    person = access.person(request)
    application = get_object_or_404(Application.objects.commented_by(person), uuid=uuid)
    limits.check(limits.COMMENT_BY_PERSON, access.actor_of(request))
    coapplicants.comment(
        application_id=application.pk,
        uuid=_uuid(request.POST.get("comment", "")) or uuid4(),
        words=request.POST.get("words", ""),
        by=person,
    )
    return redirect(f"{reverse('grants:apply_application', kwargs={'uuid': uuid})}#comments")


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
