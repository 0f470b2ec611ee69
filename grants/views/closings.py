"""The end of an award that was set out: what is still owed, a write-off by two, and the note."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from funding.errors import Refused
from funding.money import Money
from funding.users import access
from grants import closings, tranches
from grants.closings import MAY_CLOSE, MAY_WRITE_OFF
from grants.forms.closings import NoteForm, WriteOffForm
from grants.models import Award, AwardState, Closing, WriteOff
from grants.views.guarding import of_award


@never_cache
@require_safe
@of_award(*MAY_WRITE_OFF, applicant=True)
def award_closing(request: HttpRequest, award: Award) -> HttpResponse:
    """The applicant, officers, chairs and treasurers may: what keeps the award from its end."""
    return _page(request, award)


@require_POST
@of_award(*MAY_CLOSE)
@access.fresh
def award_close(request: HttpRequest, award: Award) -> HttpResponse:
    """Officers and chairs may: close the award with a note."""
    form, person = NoteForm(request.POST), access.person(request)
    if not form.is_valid():
        return _page(request, award, note=form, status=422)
    done = _("Closed. A mail tells the applicant.")
    words = form.cleaned_data["note"]
    return _step(
        request,
        award,
        lambda: closings.close(award_id=award.pk, note=words, by=person),
        done,
        note=form,
    )


@require_POST
@of_award(*MAY_WRITE_OFF)
@access.fresh
def award_write_off(request: HttpRequest, award: Award) -> HttpResponse:
    """Officers, chairs and treasurers may: propose not to ask back what was not spent."""
    form, person = WriteOffForm(request.POST), access.person(request)
    if not form.is_valid():
        return _page(request, award, why=form, status=422)
    words, done = form.cleaned_data["reason"], _("Proposed. Another person has to agree.")
    return _step(
        request,
        award,
        lambda: closings.propose_write_off(award_id=award.pk, reason=words, by=person),
        done,
        why=form,
    )


@require_POST
@of_award(*MAY_WRITE_OFF)
@access.fresh
def award_write_off_agree(request: HttpRequest, award: Award) -> HttpResponse:
    """Officers, chairs and treasurers may who did not propose it: agree to a write-off."""
    person, done = access.person(request), _("Written off by two people.")
    return _step(
        request,
        award,
        lambda: closings.agree_write_off(award_id=award.pk, by=person),
        done,
    )


def _step(
    request: HttpRequest, award: Award, step: Callable[[], object], done: str, **said: object
) -> HttpResponse:
    try:
        step()
    except Refused as refusal:
        return _page(request, award, refusal=refusal.sentence, status=409, **said)
    messages.success(request, done)
    return redirect("grants:award_closing", pk=award.pk)


def _page(request: HttpRequest, award: Award, *, status: int = 200, **said: object) -> HttpResponse:
    if tranches.current(award.pk) is None:
        raise Http404
    award.refresh_from_db(fields=["state"])
    closing = Closing.objects.filter(award=award).select_related("closed_by").first()
    context = {
        "award": award,
        "work": award.application.project,
        "is_own": award.application.applicant_id == access.person(request).pk,
        "closing": closing,
        "paid": Money(closing.paid_minor, award.currency) if closing else None,
        "spent": Money(closing.spent_minor, award.currency) if closing else None,
        "lacks": closings.lacks(award) if award.state == AwardState.ACTIVE else [],
        "unspent": closings.unspent(award),
        "note": NoteForm(),
        "why": WriteOffForm(),
        **_offered(request, award),
    }
    return render(request, "grants/award_closing.html", context | said, status=status)


def _offered(request: HttpRequest, award: Award) -> dict[str, object]:
    """The write-off, if there is one, and the steps that are this person's to take."""
    person, held = access.person(request), access.effective(request)
    gone = WriteOff.objects.filter(award=award).select_related("proposed_by", "agreed_by").first()
    takes_part = award.state == AwardState.ACTIVE and award.application.applicant_id != person.pk
    offers = takes_part and bool(held & set(MAY_WRITE_OFF))
    waits = gone is not None and gone.agreed_at is None and gone.proposed_by_id != person.pk
    return {
        "gone": gone,
        "gone_sum": Money(gone.amount_minor, award.currency) if gone else None,
        "may_close": takes_part and bool(held & set(MAY_CLOSE)),
        "may_propose": offers and gone is None,
        "may_agree": offers and waits,
    }
