"""The budget of an award, and the agreement on it: drawn up, accepted, countersigned."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from funding.documents import agreement as paper
from funding.errors import Refused
from funding.money import Money
from funding.users import access
from funding.users.models import Role
from grants import agreements, award_budgets, disbursements
from grants.agreements import MAY_COUNTERSIGN, MAY_DRAW_UP
from grants.award_budgets import NotABudget
from grants.forms.agreements import AcceptForm, CutForm
from grants.models import Agreement, Award, AwardState
from grants.views import award_parts
from grants.views.guarding import of_award
from grants.views.papers import file_of

READERS = (Role.OFFICER, Role.CHAIR, Role.TREASURER)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@of_award(applicant=True)
def award_budget(request: HttpRequest, award: Award) -> HttpResponse:
    """The applicant may: fit the budget to the award, until the agreement is accepted."""
    disbursements.must_be_active(award)
    lines = award_budgets.asked(award)
    if not lines:
        raise Http404
    if request.method != "POST":
        standing = award_budgets.current(award.pk)
        return _cut(request, award, CutForm(lines, award.currency, standing=standing))
    form = CutForm(lines, award.currency, request.POST)
    if not form.is_valid():
        return _cut(request, award, form, status=422)
    told, person = form.cleaned_data, access.person(request)
    try:
        award_budgets.fit(award_id=award.pk, cuts=told["cuts"], after=told["after"], by=person)
    except NotABudget as refusal:
        form.point_out(refusal)
        return _cut(request, award, form, status=422)
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _cut(request, award, form, status=409)
    messages.success(request, _("The budget is kept. An officer draws up the agreement."))
    return redirect("grants:award", pk=award.pk)


def _cut(request: HttpRequest, award: Award, form: CutForm, *, status: int = 200) -> HttpResponse:
    context = {
        "award": award,
        "work": award.application.project,
        "form": form,
        "amount": Money(award.amount_minor, award.currency),
        "ask": Money(award.application.ask_minor, award.currency),
    }
    return render(request, "grants/award_budget.html", context, status=status)


@never_cache
@require_safe
@of_award(*READERS, applicant=True)
def award_agreement(request: HttpRequest, award: Award) -> HttpResponse:
    """The applicant, officers, chairs and treasurers may: the text, and whose turn it is."""
    return _page(request, award)


@require_POST
@of_award(*MAY_DRAW_UP)
@access.fresh
def award_draw_up(request: HttpRequest, award: Award) -> HttpResponse:
    """Officers may: freeze the text for the applicant to accept."""
    done = _("Drawn up. A mail asks the applicant to read and accept it.")
    person = access.person(request)
    return _step(request, award, lambda: agreements.draw_up(award_id=award.pk, by=person), done)


@require_POST
@of_award(applicant=True)
@access.fresh
def award_accept(request: HttpRequest, award: Award) -> HttpResponse:
    """The applicant may: accept the text that they have read."""
    form, person = AcceptForm(request.POST), access.person(request)
    if not form.is_valid():
        return _page(request, award, form=form, status=422)
    done = _("Accepted. What waited for it can be asked for now.")
    told = form.cleaned_data
    return _step(
        request,
        award,
        lambda: agreements.accept(
            award_id=award.pk, sha256=told["sha256"], name=told["name"], by=person
        ),
        done,
        form,
    )


@require_POST
@of_award(*MAY_COUNTERSIGN)
@access.fresh
def award_countersign(request: HttpRequest, award: Award) -> HttpResponse:
    """Officers and chairs may who did not draw it up: sign for the organisation."""
    done = _("Signed for the organisation. A mail tells the applicant.")
    person = access.person(request)
    return _step(request, award, lambda: agreements.countersign(award_id=award.pk, by=person), done)


@never_cache
@require_safe
@of_award(*READERS, applicant=True)
def award_agreement_paper(_request: HttpRequest, award: Award) -> HttpResponse:
    """The applicant, officers, chairs and treasurers may: the agreement as it stands, PDF."""
    agreement = agreements.current(award.pk)
    if agreement is None:
        raise Http404
    return file_of(agreement.signed or agreement.document)


def _step(
    request: HttpRequest,
    award: Award,
    step: Callable[[], Agreement],
    done: str,
    form: AcceptForm | None = None,
) -> HttpResponse:
    try:
        step()
    except Refused as refusal:
        if form is not None and isinstance(refusal, agreements.TextChanged):
            # What stands now is read first, so the form is for that text and unsigned.
            form = None
        return _page(request, award, refusal=refusal.sentence, form=form, status=409)
    messages.success(request, done)
    return redirect("grants:award_agreement", pk=award.pk)


def _page(
    request: HttpRequest,
    award: Award,
    *,
    refusal: str = "",
    form: AcceptForm | None = None,
    status: int = 200,
) -> HttpResponse:
    agreement = agreements.current(award.pk)
    context = {
        "award": award,
        "work": award.application.project,
        "agreement": agreement,
        "text": paper.text(agreement.facts) if agreement else None,
        "is_own": award.application.applicant_id == access.person(request).pk,
        "counts": award_parts.counts(agreement),
        "lack": agreements.lack(award),
        "form": form or AcceptForm(initial={"sha256": agreement.sha256 if agreement else ""}),
        "refusal": refusal,
        **_turns(request, award, agreement),
    }
    return render(request, "grants/award_agreement.html", context, status=status)


def _turns(request: HttpRequest, award: Award, agreement: Agreement | None) -> dict[str, object]:
    """The steps that are this person's to take, and why they do not sign if they do not."""
    person, held = access.person(request), access.effective(request)
    draws_up = (
        award.state == AwardState.ACTIVE
        and bool(held & set(MAY_DRAW_UP))
        and not disbursements.why_not_award(award, person)
        and not agreements.lack(award)
        and not award_parts.counts(agreement)
    )
    if (
        agreement is None
        or not held & set(MAY_COUNTERSIGN)
        or not agreement.accepted_at
        or agreement.countersigned_at
    ):
        return {"may_draw_up": draws_up, "may_countersign": False}
    why = agreements.why_not_countersign(agreement, person)
    return {"may_draw_up": draws_up, "may_countersign": True, "why_not_sign": why}
