"""Who acts for a zoo: asked, joined, given another part, gone."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from donors.forms.zoos import InviteForm, PartForm
from donors.models import Zoo
from donors.views.zoo_guarding import ANY, OWNERS, facts, fresh, of_zoo
from donors.zoos import invitations, members
from funding import clock, limits
from funding.errors import Refused
from funding.limits import Brake
from funding.parties.models import Part
from funding.users import access, guests

INVITED = Brake("zoo-invited", 30, 86_400)


@never_cache
@require_safe
@of_zoo(*ANY)
def zoo_people(request: HttpRequest, zoo: Zoo) -> HttpResponse:
    """Whoever acts for the zoo may: who else does."""
    return _page(request, zoo, InviteForm(initial={"language": zoo.language}))


@require_POST
@of_zoo(*OWNERS)
@fresh
def zoo_invite(request: HttpRequest, zoo: Zoo) -> HttpResponse:
    """Owners may: ask somebody to act for the zoo."""
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _page(request, zoo, form, status=422)
    limits.check(INVITED, str(zoo.pk))
    told, actor = form.cleaned_data, access.actor_of(request)
    try:
        invitations.invite(
            zoo_id=zoo.pk,
            email=told["email"],
            part=Part(told["part"]),
            actor=actor,
            language=told["language"],
        )
    except Refused as refusal:
        form.add_error("email", refusal.sentence)
        return _page(request, zoo, form, status=409)
    messages.success(request, _("%s is asked by mail.") % told["email"])
    return redirect("donors:zoo_people", uuid=zoo.uuid)


@require_POST
@of_zoo(*OWNERS)
@fresh
def zoo_uninvite(request: HttpRequest, zoo: Zoo, pk: int) -> HttpResponse:
    """Owners may: take an invitation back."""
    found = get_object_or_404(zoo.invitations, pk=pk)
    invitations.withdraw(invitation_id=found.pk, actor=access.actor_of(request))
    return redirect("donors:zoo_people", uuid=zoo.uuid)


@require_POST
@of_zoo(*OWNERS)
@fresh
def zoo_part(request: HttpRequest, zoo: Zoo, pk: int) -> HttpResponse:
    """Owners may: let a member do more or less."""
    member, form = get_object_or_404(members.of(zoo), pk=pk), PartForm(request.POST)
    if form.is_valid():
        part = Part(form.cleaned_data["part"])
        actor = access.actor_of(request)
        members.set_part(zoo_id=zoo.pk, member_id=member.pk, part=part, actor=actor)
    return redirect("donors:zoo_people", uuid=zoo.uuid)


@require_POST
@of_zoo(*OWNERS)
@fresh
def zoo_remove(request: HttpRequest, zoo: Zoo, pk: int) -> HttpResponse:
    """Owners may: let a member go."""
    member = get_object_or_404(members.of(zoo), pk=pk)
    members.end(zoo_id=zoo.pk, member_id=member.pk, actor=access.actor_of(request))
    return redirect("donors:zoo_people", uuid=zoo.uuid)


@require_POST
@of_zoo(*ANY)
def zoo_leave(request: HttpRequest, zoo: Zoo) -> HttpResponse:
    """Whoever acts for the zoo may: act for it no longer."""
    member = get_object_or_404(members.of(zoo), user=access.person(request))
    members.end(zoo_id=zoo.pk, member_id=member.pk, actor=access.actor_of(request))
    messages.success(request, _("You no longer act for %s.") % zoo.name)
    return redirect("inbox")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access.signed_in
def zoo_invitation(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """Whoever reads the invited address may: see who asks, and join."""
    person = access.person(request)
    found = get_object_or_404(invitations.of_addresses(guests.verified(person)), uuid=uuid)
    if request.method == "POST":
        invitations.accept(invitation_id=found.pk, by=person)
        messages.success(request, _("You act for %s from now on.") % found.zoo.name)
        return redirect("donors:zoo_desk", uuid=found.zoo.uuid)
    is_over = found.accepted_at or found.withdrawn_at or found.expires_at <= clock.now()
    context = {"invitation": found, "is_open": not is_over}
    return render(request, "donors/zoo_invitation.html", context)


def _page(request: HttpRequest, zoo: Zoo, form: InviteForm, *, status: int = 200) -> HttpResponse:
    context = facts(access.person(request), zoo) | {
        "form": form,
        "members": members.of(zoo),
        "asked": zoo.invitations.filter(accepted_at=None, withdrawn_at=None).order_by("-pk"),
        "now": clock.now(),
        "me": access.person(request),
        "parts": Part.choices,
    }
    return render(request, "donors/zoo_people.html", context, status=status)
