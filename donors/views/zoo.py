"""The desk of a zoo: what it gives, its profile and its logo."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from donors.forms.zoo_giving import PromiseForm
from donors.forms.zoos import LogoForm, ProfileForm
from donors.models import Zoo
from donors.views.zoo_guarding import ANY, MONEY, OWNERS, facts, fresh, of_zoo
from donors.zoos import invitations, zoos
from funding import clock, limits
from funding.errors import Refused
from funding.limits import Brake
from funding.users import access, guests

LOGOS = Brake("zoo-logo", 20, 3600)


@never_cache
@require_safe
@access.signed_in
def zoo(request: HttpRequest) -> HttpResponse:
    """Whoever acts for a zoo, or is invited to, may: the way to the desk of each."""
    person = access.person(request)
    own = list(zoos.of_person(person))
    asked = invitations.of_addresses(guests.verified(person)).filter(invitations.is_open())
    if not own and not asked:
        raise Http404
    if len(own) == 1 and not asked:
        return redirect("donors:zoo_desk", uuid=own[0].uuid)
    return render(request, "donors/zoo.html", {"own": own, "asked": asked})


@never_cache
@require_safe
@of_zoo(*ANY)
def zoo_desk(request: HttpRequest, zoo: Zoo) -> HttpResponse:
    """Whoever acts for the zoo may: what it gives and what is open."""
    return desk_page(request, zoo, PromiseForm())


@never_cache
@require_safe
@of_zoo(*ANY)
def zoo_profile(request: HttpRequest, zoo: Zoo) -> HttpResponse:
    """Whoever acts for the zoo may: what papers print of it."""
    return _profile(request, zoo, ProfileForm(zoo=zoo), LogoForm())


@require_POST
@of_zoo(*MONEY)
@fresh
def zoo_profile_save(request: HttpRequest, zoo: Zoo) -> HttpResponse:
    """Owners and finance may: put the profile right, and where invoices are mailed."""
    form = ProfileForm(request.POST, zoo=zoo)
    if not form.is_valid():
        return _profile(request, zoo, form, LogoForm(), status=422)
    zoos.change(zoo_id=zoo.pk, profile=form.profile, actor=access.actor_of(request))
    messages.success(request, _("That is what papers print from now on."))
    return redirect("donors:zoo_profile", uuid=zoo.uuid)


@never_cache
@require_safe
@of_zoo(*ANY)
def zoo_logo(request: HttpRequest, zoo: Zoo) -> HttpResponse:
    """Whoever acts for the zoo may: the logo as it is kept."""
    del request
    if zoo.logo is None:
        raise Http404
    return HttpResponse(bytes(zoo.logo), content_type="image/png")


@require_POST
@of_zoo(*OWNERS)
def zoo_logo_save(request: HttpRequest, zoo: Zoo) -> HttpResponseBase:
    """Owners may: give another logo, or take it away."""
    limits.check(LOGOS, str(zoo.pk))
    actor = access.actor_of(request)
    if "remove" in request.POST:
        zoos.set_logo(zoo_id=zoo.pk, content=None, actor=actor)
        return redirect("donors:zoo_profile", uuid=zoo.uuid)
    form = LogoForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            zoos.set_logo(zoo_id=zoo.pk, content=form.cleaned_data["logo"], actor=actor)
            return redirect("donors:zoo_profile", uuid=zoo.uuid)
        except Refused as refusal:
            form.add_error("logo", refusal.sentence)
    return _profile(request, zoo, ProfileForm(zoo=zoo), form, status=422)


@require_POST
@of_zoo(*OWNERS)
def zoo_show(request: HttpRequest, zoo: Zoo) -> HttpResponse:
    """Owners may: have the zoo shown among the supporters, or no longer."""
    is_shown = request.POST.get("show") == "1"
    zoos.show(zoo_id=zoo.pk, is_shown=is_shown, actor=access.actor_of(request))
    return redirect("donors:zoo_profile", uuid=zoo.uuid)


def desk_page(
    asked: HttpRequest, zoo: Zoo, form: PromiseForm, *, status: int = 200
) -> HttpResponse:
    """The desk, with the form for a promise as it was sent."""
    context = facts(access.person(asked), zoo) | {
        "form": form,
        "contributions": zoo.contributions.select_related("fund").order_by("-pk"),
        "invoices": zoo.invoices.select_related(
            "document", "fund", "replaced_by__document"
        ).order_by("-issued_on", "-pk")[:100],
        "today": clock.today("UTC"),
    }
    return render(asked, "donors/zoo_desk.html", context, status=status)


def _profile(
    request: HttpRequest, zoo: Zoo, form: ProfileForm, logo: LogoForm, *, status: int = 200
) -> HttpResponse:
    context = facts(access.person(request), zoo) | {"form": form, "logo_form": logo}
    return render(request, "donors/zoo_profile.html", context, status=status)
