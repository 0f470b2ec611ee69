"""Changes to what was agreed on: asked for, answered, and accepted as an amendment."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from funding.documents import amendment as paper
from funding.errors import Refused
from funding.users import access
from funding.users.models import Role
from grants import change_facts, changes, disbursements, tranches
from grants.agreements import TextChanged
from grants.change_facts import NotAChange
from grants.changes import MAY_CONFIRM, MAY_DECIDE
from grants.forms.agreements import AcceptForm
from grants.forms.changes import AnswerForm, ChangeForm
from grants.models import OPEN_CHANGES, Award, AwardChange, ChangeState
from grants.views.guarding import of_award
from grants.views.papers import file_of

READERS = (Role.OFFICER, Role.CHAIR, Role.TREASURER)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@of_award(applicant=True)
def award_change_ask(request: HttpRequest, award: Award) -> HttpResponse:
    """The applicant may: ask for another day, budget or schedule than what was agreed on."""
    disbursements.must_be_active(award)
    if why := changes.why_not_ask(award):
        if request.method == "POST" or tranches.current(award.pk) is None:
            return _no(request, award, why)
        return _no(request, award, why, status=200)
    if request.method != "POST":
        return _form(request, award, _blank(award))
    form = _blank(award, request)
    if not form.is_valid():
        return _form(request, award, form, status=422)
    told = form.cleaned_data
    facts = {name: told[name] for name in ("wish", "reason", "after")}
    try:
        change = changes.ask(award_id=award.pk, by=access.person(request), **facts)
    except NotAChange as refusal:
        form.point_out(refusal)
        return _form(request, award, form, status=422)
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _form(request, award, form, status=409)
    messages.success(request, _("Asked. An officer or a chair answers, and a mail tells you."))
    return redirect("grants:award_change", pk=award.pk, number=change.number)


def _blank(award: Award, request: HttpRequest | None = None) -> ChangeForm:
    schedule, past = tranches.current(award.pk), changes.of(award)
    assert schedule is not None
    return ChangeForm(
        award.currency,
        change_facts.standing(award),
        list(schedule.tranches.order_by("number")),
        change_facts.lines(award),
        change_facts.kept(award),
        request.POST if request else None,
        after=past[0].number if past else 0,
    )


def _form(
    request: HttpRequest, award: Award, form: ChangeForm, *, status: int = 200
) -> HttpResponse:
    context = {"award": award, "work": award.application.project, "form": form}
    return render(request, "grants/award_change_ask.html", context, status=status)


def _no(request: HttpRequest, award: Award, why: str, *, status: int = 409) -> HttpResponse:
    """Nothing can be asked for now; the one that waits is a click away."""
    waiting = changes.waiting(award)
    context = {"award": award, "work": award.application.project, "why": why, "waiting": waiting}
    return render(request, "grants/award_change_ask.html", context, status=status)


@never_cache
@require_safe
@of_award(*READERS, applicant=True)
def award_change(request: HttpRequest, award: Award, number: int) -> HttpResponse:
    """The applicant, officers, chairs and treasurers may: a change, and whose turn it is."""
    return _page(request, _of(award, number))


@never_cache
@require_safe
@of_award(*READERS, applicant=True)
def award_change_paper(_request: HttpRequest, award: Award, number: int) -> HttpResponse:
    """The applicant, officers, chairs and treasurers may: the amendment as it stands, PDF."""
    change = _of(award, number)
    document = change.signed or change.document
    if document is None:
        raise Http404
    return file_of(document)


@require_POST
@of_award(*MAY_CONFIRM)
@access.fresh
def award_change_answer(request: HttpRequest, award: Award, number: int) -> HttpResponse:
    """Officers and chairs may, and treasurers as the second person: approve it, or decline."""
    change, form, person = _of(award, number), AnswerForm(request.POST), access.person(request)
    if not form.is_valid():
        return _page(request, change, answer=form, status=422)
    words = form.cleaned_data["words"]
    if request.POST.get("do") == "decline":
        done = _("Declined. A mail tells the applicant why.")
        step = changes.decline
    else:
        done, step = _("Approved."), changes.approve
    return _step(
        request,
        change,
        lambda: step(change_id=change.pk, words=words, by=person),
        done,
        answer=form,
    )


@require_POST
@of_award(applicant=True)
@access.fresh
def award_change_accept(request: HttpRequest, award: Award, number: int) -> HttpResponse:
    """The applicant may: accept the amendment that they have read."""
    change, form, person = _of(award, number), AcceptForm(request.POST), access.person(request)
    if not form.is_valid():
        return _page(request, change, form=form, status=422)
    told = form.cleaned_data
    return _step(
        request,
        change,
        lambda: changes.accept(
            change_id=change.pk, sha256=told["sha256"], name=told["name"], by=person
        ),
        _("Accepted. Schedule, budget and reports follow it from now on."),
    )


@require_POST
@of_award(applicant=True)
def award_change_withdraw(request: HttpRequest, award: Award, number: int) -> HttpResponse:
    """The applicant may: withdraw what was asked for, or leave the amendment unaccepted."""
    change, person = _of(award, number), access.person(request)
    return _step(
        request,
        change,
        lambda: changes.withdraw(change_id=change.pk, by=person),
        _("Withdrawn. What was agreed on stays."),
    )


def _of(award: Award, number: int) -> AwardChange:
    found = next((each for each in changes.of(award) if each.number == number), None)
    if found is None:
        raise Http404
    return found


def _step(
    request: HttpRequest,
    change: AwardChange,
    step: Callable[[], AwardChange],
    done: str,
    *,
    answer: AnswerForm | None = None,
) -> HttpResponse:
    try:
        step()
    except (Refused, TextChanged) as refusal:
        now = _of(change.award, change.number)
        return _page(request, now, refusal=refusal.sentence, answer=answer, status=409)
    messages.success(request, done)
    return redirect("grants:award_change", pk=change.award_id, number=change.number)


def _page(
    request: HttpRequest,
    change: AwardChange,
    *,
    refusal: str = "",
    form: AcceptForm | None = None,
    answer: AnswerForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "award": change.award,
        "work": change.award.application.project,
        "change": change,
        "text": paper.text(change.facts),
        "form": form or AcceptForm(initial={"sha256": change.sha256}),
        "answer": answer or AnswerForm(),
        "refusal": refusal,
        **_turns(request, change),
    }
    return render(request, "grants/award_change.html", context, status=status)


def _turns(request: HttpRequest, change: AwardChange) -> dict[str, object]:
    """The steps that are this person's to take, and why they do not approve if they do not."""
    person, held = access.person(request), access.effective(request)
    is_own = change.award.application.applicant_id == person.pk
    is_offered = change.state == ChangeState.OFFERED
    to_approve = change.state in {ChangeState.ASKED, ChangeState.CHECKED}
    may_answer = to_approve and not is_own and bool(held & set(MAY_CONFIRM))
    return {
        "is_own": is_own,
        "may_accept": is_own and is_offered,
        "may_withdraw": is_own and change.state in OPEN_CHANGES,
        "may_answer": may_answer,
        "why_not": changes.why_not_approve(change, person) if may_answer else "",
        "may_take_back": is_offered
        and bool(held & set(MAY_DECIDE))
        and not disbursements.why_not_award(change.award, person),
    }
