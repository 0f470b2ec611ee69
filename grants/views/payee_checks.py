"""Sanctions lists that were taken in, what is done in each country, and searching for a payee."""

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from funding import waits
from funding.errors import Refused
from funding.users import access
from funding.users.models import Role, User
from funding.waits import Wait
from grants import bank_details, countries, country_rules, sanctions, screenings, searches
from grants.country_rules import MAY_LAY_DOWN, MAY_READ, NotARule
from grants.forms.payee_checks import CountryRuleForm
from grants.forms.payments import ScreeningForm
from grants.models import Award, CountryRule, Policy, SanctionsList, ScreeningResult
from grants.screenings import MAY_SCREEN
from grants.views.guarding import of_award

SEE_AWARDS = (Role.OFFICER, Role.CHAIR, Role.TREASURER)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access.role(*MAY_READ)
def payee_checks(request: HttpRequest) -> HttpResponseBase:
    """Officers, chairs, treasurers and administrators may: lists and countries. The last two
    lay down what is done in a country."""
    if request.method != "POST":
        return _page(request, CountryRuleForm())
    return _propose(request)


@access.role(*MAY_LAY_DOWN)
@access.fresh
def _propose(request: HttpRequest) -> HttpResponseBase:
    form = CountryRuleForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    data = form.cleaned_data | {"policy": Policy(form.cleaned_data["policy"])}
    try:
        rule = country_rules.propose(by=access.person(request), **data)
    except NotARule as refusal:
        form.point_out(refusal)
        return _page(request, form, status=409)
    counts = rule.policy == Policy.BLOCKED
    said = _("Laid down. It counts from now on.")
    messages.success(request, said if counts else _("Proposed. It counts once confirmed."))
    return redirect("grants:payee_checks")


@never_cache
@require_POST
@access.role(*MAY_LAY_DOWN)
@access.fresh
def payee_rule(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Treasurers and administrators may: confirm what another of them proposed for a country."""
    get_object_or_404(CountryRule, pk=pk)
    try:
        country_rules.confirm(rule_id=pk, by=access.person(request))
    except NotARule as refusal:
        return _page(request, CountryRuleForm(), refusal=refusal.sentence, status=409)
    messages.success(request, _("Confirmed. It counts from now on."))
    return redirect("grants:payee_checks")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@of_award(*MAY_SCREEN)
def award_screening(request: HttpRequest, award: Award) -> HttpResponse:
    """Officers, treasurers and administrators may: write down a look into a sanctions list."""
    sent = request.POST if request.method == "POST" else None
    names = searches.names_of(award, bank_details.current(award.pk))
    form = ScreeningForm(sent, initial={"names": "\n".join(names)})
    if sent is None:
        return _look(request, award, form)
    if not form.is_valid():
        return _look(request, award, form, status=422)
    data = form.cleaned_data | {"result": ScreeningResult(form.cleaned_data["result"])}
    try:
        screenings.record(award_id=award.pk, by=access.person(request), **data)
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _look(request, award, form, status=409)
    messages.success(request, _("The look is written down."))
    # Administrators look payees up and see nothing else of an award.
    sees = access.may(request, *SEE_AWARDS)
    return redirect("grants:award" if sees else "grants:award_screening", pk=award.pk)


@never_cache
@require_POST
@of_award(*MAY_SCREEN)
def award_search(request: HttpRequest, award: Award) -> HttpResponseBase:
    """Officers, treasurers and administrators may: search our copies of lists for the payee."""
    try:
        rows = searches.look_up(award_id=award.pk, by=access.person(request))
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect("grants:award_screening", pk=award.pk)
    likes = sum(row.result != ScreeningResult.NO_MATCH for row in rows)
    if likes:
        sentence = ngettext(
            "In one list an entry is like a name. Look into it.",
            "In %(n)s lists entries are like a name. Look into them.",
            likes,
        )
        messages.warning(request, sentence % {"n": likes})
    else:
        messages.success(request, _("No match was found in the lists that we keep."))
    return redirect("grants:award_screening", pk=award.pk)


def _look(
    request: HttpRequest, award: Award, form: ScreeningForm, *, status: int = 200
) -> HttpResponse:
    details = bank_details.current(award.pk)
    context = {
        "award": award,
        "work": award.application.project,
        "zone": award.entity.zone,
        "form": form,
        "details": details,
        "sees_award": access.may(request, *SEE_AWARDS),
        "lists": sanctions.current(),
        "looks": screenings.of(details) if details else [],
        "cautions": country_rules.standing(award, details),
    }
    return render(request, "grants/award_screening.html", context, status=status)


def to_confirm(user: User) -> list[Wait]:
    """Rules for countries that another person proposed."""
    return [
        Wait(
            title=_("Confirm what is done in %(country)s")
            % {"country": countries.name(row.country)},
            url=reverse("grants:payee_checks"),
            sentence=_("%(who)s proposes: %(policy)s.")
            % {"who": row.proposed_by, "policy": row.get_policy_display()},
            since=row.proposed_at,
            state=_("to confirm"),
        )
        for row in country_rules.unconfirmed()
        if row.proposed_by_id != user.pk
    ]


def register() -> None:
    """Called when the app starts."""
    waits.register("rules for countries", to_confirm, *MAY_LAY_DOWN)


def _page(
    request: HttpRequest, form: CountryRuleForm, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    person = access.person(request)
    rules = list(CountryRule.objects.select_related("proposed_by", "confirmed_by").order_by("-pk"))
    codes = sorted({*countries.RANGE, *(row.country for row in rules)}, key=countries.name)
    waiting = country_rules.unconfirmed(reversed(rules))
    context = {
        "form": form,
        "refusal": refusal,
        "lists": SanctionsList.objects.filter(
            pk__in=[each.pk for each in sanctions.current()]
        ).annotate(count=Count("names")),
        "standing": [country_rules.of(code) for code in codes],
        "rules": [(row, countries.name(row.country)) for row in rules],
        "waiting": [
            (row, countries.name(row.country), row.proposed_by_id != person.pk) for row in waiting
        ],
        "may_lay_down": access.may(request, *MAY_LAY_DOWN),
    }
    return render(request, "grants/payee_checks.html", context, status=status)
