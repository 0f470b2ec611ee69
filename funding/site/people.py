"""Administrators' page: who holds which role, and the lost second factor."""

import datetime as dt

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from funding import clock, lists, waits
from funding.errors import Refused
from funding.lists import Column
from funding.site.names import clean_name
from funding.users import access, factors, guests, roles
from funding.users.adapter import notify
from funding.users.models import FactorReset, Role, Term, User
from funding.waits import Wait

Held = tuple[User, Term]


class GrantForm(forms.Form):
    """A role for an address, from a day on."""

    email = forms.EmailField(max_length=254, label=gettext_lazy("E-mail"))
    name = forms.CharField(max_length=200, required=False, label=gettext_lazy("Name"))
    role = forms.ChoiceField(choices=Role.choices, label=gettext_lazy("Role"))
    starts_on = forms.DateField(
        label=gettext_lazy("First day"), widget=forms.DateInput(attrs={"type": "date"})
    )
    ends_on = forms.DateField(
        required=False,
        label=gettext_lazy("Last day, if there is one"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )


class FindForm(forms.Form):
    """Whom to show."""

    q = forms.CharField(max_length=100, required=False, label=gettext_lazy("Name or address"))
    role = forms.ChoiceField(
        choices=[("", gettext_lazy("any")), *Role.choices],
        required=False,
        label=gettext_lazy("Role"),
    )
    when = forms.ChoiceField(
        choices=[("", gettext_lazy("now or to come")), ("ever", gettext_lazy("ever"))],
        required=False,
        label=gettext_lazy("Held"),
    )


@never_cache
@require_safe
@access.role(Role.ADMINISTRATOR)
def people(request: HttpRequest) -> HttpResponseBase:
    """Administrators may: everybody who holds or held a role, or whom a search finds."""
    if "csv" in request.GET:
        users = _found(FindForm(request.GET, auto_id="find_%s"))
        rows = ((user, term) for user in users for term in user.terms.all())
        return lists.file("manul-fund-people", _columns(), rows)
    return _page(request, GrantForm(initial={"starts_on": clock.today("UTC")}))


@require_POST
@access.role(Role.ADMINISTRATOR)
@access.fresh
def people_grant(request: HttpRequest) -> HttpResponse:
    """Administrators may: give a role, to somebody new as well, who then signs in by mail."""
    form = GrantForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    given = form.cleaned_data
    try:
        with transaction.atomic():
            user = guests.ensure(given["email"], clean_name(given["name"]))
            roles.grant(
                user_id=user.pk,
                role=Role(given["role"]),
                starts_on=given["starts_on"],
                ends_on=given["ends_on"],
                actor=access.actor_of(request),
            )
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _page(request, form, status=409)
    said = _("You hold a role for the fund: %s. Sign in with a mailed code.")
    notify(user, said % Role(given["role"]).label)
    messages.success(request, _("The role is given, and %s was told by mail.") % user)
    return redirect("people")


@require_POST
@access.role(Role.ADMINISTRATOR)
@access.fresh
def people_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Administrators may: end a role at once."""
    term = get_object_or_404(Term, pk=pk)
    yesterday = clock.today("UTC") - dt.timedelta(days=1)
    roles.end(term_id=term.pk, ends_on=yesterday, actor=access.actor_of(request))
    notify(term.user, _("Your role for the fund has ended: %s.") % term.get_role_display())
    messages.success(request, _("The role has ended, and %s was told by mail.") % term.user)
    return redirect("people")


@require_POST
@access.role(Role.ADMINISTRATOR)
@access.fresh
def people_ask_reset(request: HttpRequest, pk: int) -> HttpResponse:
    """Administrators may: say that somebody else lost their second factor."""
    user = get_object_or_404(User, pk=pk)
    with transaction.atomic():
        is_new = not FactorReset.objects.filter(user=user, done_at__isnull=True).exists()
        reason = request.POST.get("reason", "")
        factors.ask_reset(user_id=user.pk, reason=reason, by=access.person(request))
        if is_new:
            notify(user, _("An administrator says that you lost your second factor."))
    messages.success(request, _("Asked. Another administrator does it; %s was told.") % user)
    return redirect("people")


@require_POST
@access.role(Role.ADMINISTRATOR)
@access.fresh
def people_reset(request: HttpRequest, pk: int) -> HttpResponse:
    """Administrators may who did not ask for it: take the lost factor away."""
    reset = get_object_or_404(FactorReset, pk=pk)
    with transaction.atomic():
        was_open = reset.done_at is None
        reset = factors.do_reset(reset_id=reset.pk, by=access.person(request))
        if was_open:
            notify(reset.user, _("Two administrators took your second factor away."))
    messages.success(request, _("The factor is gone, and every session of that person ended."))
    return redirect("people")


@require_POST
@access.role(Role.ADMINISTRATOR)
def people_withdraw_reset(request: HttpRequest, pk: int) -> HttpResponse:
    """Administrators may: take back what was asked by mistake."""
    reset = get_object_or_404(FactorReset, pk=pk)
    factors.withdraw_reset(reset_id=reset.pk, by=access.person(request))
    messages.success(request, _("Withdrawn. The factor stays."))
    return redirect("people")


def open_resets(user: User) -> list[Wait]:
    """What waits for an administrator: factors that another one asked to be taken away."""
    rows = FactorReset.objects.filter(done_at__isnull=True).exclude(Q(asked_by=user) | Q(user=user))
    return [
        Wait(
            title=_("Take away a lost second factor"),
            url=reverse("people"),
            sentence=_("Another administrator asked for it. It takes two."),
            since=row.asked_at,
            state=_("open"),
        )
        for row in rows
    ]


def register_waits() -> None:
    """Called when the app starts."""
    waits.register("factor resets", open_resets, Role.ADMINISTRATOR)


def _page(request: HttpRequest, form: GrantForm, *, status: int = 200) -> HttpResponse:
    find = FindForm(request.GET, auto_id="find_%s")
    context = {
        "form": form,
        "find": find,
        "shown": lists.page(request, _found(find)),
        "query": lists.query(request),
        "today": clock.today("UTC"),
        "me": access.person(request),
        "resets": FactorReset.objects.filter(done_at__isnull=True).select_related(
            "user", "asked_by"
        ),
    }
    return render(request, "site/people.html", context, status=status)


def _found(find: FindForm) -> QuerySet[User]:
    """The people, each with the terms that are shown. A bad filter is as good as none."""
    wanted = find.cleaned_data if find.is_valid() else {}
    terms = Term.objects.order_by("-starts_on")
    if not wanted.get("when"):
        terms = terms.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=clock.today("UTC")))
    users = User.objects.prefetch_related(Prefetch("terms", queryset=terms)).annotate(
        has_factor=Exists(Authenticator.objects.filter(user=OuterRef("pk"), type__in=factors.KINDS))
    )
    if words := wanted.get("q"):
        users = users.filter(Q(email__icontains=words) | Q(name__icontains=words))
    if wanted.get("role"):
        terms = terms.filter(role=wanted["role"])
    # Somebody who is looked for by name is found without any role: they may have lost a factor.
    if not words or wanted.get("role"):
        users = users.filter(pk__in=terms.values("user_id"))
    return users.order_by("name", "email")


def _columns() -> list[Column[Held]]:
    return [
        Column(_("Name"), lambda row: row[0].name),
        Column(_("E-mail"), lambda row: row[0].email),
        Column(_("Role"), lambda row: row[1].get_role_display()),
        Column(_("First day"), lambda row: row[1].starts_on),
        Column(_("Last day"), lambda row: row[1].ends_on),
    ]
