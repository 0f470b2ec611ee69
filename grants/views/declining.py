"""A chair writes a letter that declines, looks at it as it will be sent, and sends it."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from funding.errors import Refused
from funding.users import access
from funding.users.models import Role, User
from grants import declarations, identities, letters
from grants.forms.declining import LetterForm
from grants.models import Application, DeclineLetter, Round
from grants.models.applications import ApplicationQuerySet
from grants.views.committee import stepped_out
from grants.views.papers import file_of

_WRITES: Final = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True, slots=True)
class Row:
    """One letter of the list, and what was said to it when it was to be sent."""

    letter: DeclineLetter
    refusal: str = ""


@never_cache
@_WRITES
@access.role(Role.CHAIR)
def committee_decline(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The chair may who takes part: write the letter, look at it as it will be sent, send it."""
    application, me = _sent(uuid), access.person(request)
    if declarations.is_closed(application, me):
        return stepped_out(application, request)
    letters.must_know_who(application, me)
    if request.method != "POST":
        return _page(request, application, LetterForm(initial=_stands(application)))
    if request.POST.get("do") == "send":
        return _send(request, application)
    form = LetterForm(request.POST)
    if not form.is_valid():
        return _page(request, application, form, status=422)
    try:
        letters.write(application_id=application.pk, words=form.words, by=me)
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _page(request, application, form, status=409)
    messages.success(request, _("Written, and not sent yet. Look at it first."))
    return redirect("grants:committee_decline", uuid=uuid)


def _send(request: HttpRequest, application: Application) -> HttpResponse:
    letter = letters.standing(application)
    if letter is None:
        raise Http404
    sha256 = request.POST.get("sha256", "")
    letters.send(letter_id=letter.pk, sha256=sha256, by=access.person(request))
    messages.success(request, _("Declined. The letter is in the mail to the applicant."))
    return redirect("grants:committee_round", slug=application.round.slug)


def _page(
    request: HttpRequest, application: Application, form: LetterForm, status: int = 200
) -> HttpResponse:
    letter = letters.standing(application)
    document = letters.lay_out(letter) if letter else None
    context = {
        "application": application,
        "form": form,
        "letter": letter,
        "document": document,
        "is_open": application.state == "submitted",
    }
    return render(request, "grants/committee_decline.html", context, status=status)


@never_cache
@require_safe
@access.role(Role.CHAIR, Role.OFFICER)
def committee_decline_letter(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Chair and officer may who are not out of it: the letter, before it is sent and after."""
    application = _sent(uuid)
    me = access.person(request)
    if declarations.is_closed(application, me):
        return stepped_out(application, request)
    letters.must_know_who(application, me)
    letter = letters.standing(application)
    if letter is None or not (letter.sent_at or access.may(request, Role.CHAIR)):
        raise Http404
    return file_of(letters.lay_out(letter))


@never_cache
@require_safe
@access.signed_in
def apply_letter(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The applicant may: the letter that was sent to them."""
    own = Application.objects.own(access.person(request))
    letter = letters.sent(get_object_or_404(own, uuid=uuid))
    if letter is None:
        raise Http404
    return file_of(letter.document)


@never_cache
@_WRITES
@access.role(Role.CHAIR)
def committee_letters(request: HttpRequest, slug: str) -> HttpResponse:
    """The chair may: the letters of a round that are written and not sent; several go at once."""
    round_ = get_object_or_404(Round, slug=slug, published_at__isnull=False)
    me = access.person(request)
    if request.method != "POST":
        return _list(request, round_, [Row(letter) for letter in _unsent(round_, me)])
    done, wrong = _send_all(request, round_, me)
    if done:
        said = ngettext("One letter is sent.", "%(n)s letters are sent.", done)
        messages.success(request, said % {"n": done})
    if wrong:
        left = [Row(each, wrong.get(each.pk, "")) for each in _unsent(round_, me)]
        return _list(request, round_, left, status=409)
    return redirect("grants:committee_letters", slug=slug)


def _send_all(request: HttpRequest, round_: Round, me: User) -> tuple[int, dict[int, str]]:
    """Send what was ticked, each for itself: one that is refused stops no other."""
    done, wrong = 0, {}
    ticked = set(request.POST.getlist("letter"))
    for letter in _unsent(round_, me):
        if str(letter.pk) not in ticked:
            continue
        try:
            sha256 = request.POST.get(f"sha256-{letter.pk}", "")
            letters.send(letter_id=letter.pk, sha256=sha256, by=me)
            done += 1
        except Refused as refusal:
            wrong[letter.pk] = refusal.sentence
    return done, wrong


def _unsent(round_: Round, me: User) -> list[DeclineLetter]:
    mine = _named(round_, me).values("pk")
    rows = DeclineLetter.objects.filter(
        application__in=mine, dropped_at__isnull=True, sent_at__isnull=True
    )
    wanted = rows.select_related("application__project__organisation", "document", "written_by")
    return list(wanted.order_by("application__project__title", "pk"))


def _list(request: HttpRequest, round_: Round, rows: list[Row], status: int = 200) -> HttpResponse:
    for row in rows:
        document = letters.lay_out(row.letter)
        if document is not None:
            row.letter.document = document
    context = {"round": round_, "rows": rows, "to_write": _to_write(round_, access.person(request))}
    return render(request, "grants/committee_letters.html", context, status=status)


def _named(round_: Round, me: User) -> ApplicationQuerySet:
    """What the chair takes part in and knows who sent."""
    mine = Application.objects.filter(round=round_).decided_by(me)
    return mine.exclude(pk__in=identities.hidden_from(me, round=round_))


def _to_write(round_: Round, me: User) -> list[Application]:
    """What the chair may decline and has not written a letter on."""
    written = DeclineLetter.objects.filter(dropped_at__isnull=True).values("application")
    rows = _named(round_, me).filter(state="submitted")
    free = rows.exclude(pk__in=written).exclude(items__state="open")
    return list(free.select_related("project__organisation").order_by("project__title", "pk"))


def _stands(application: Application) -> dict[str, str]:
    letter = letters.standing(application)
    if letter is None:
        return {}
    return {"reason": letter.reason, "feedback": letter.feedback, "improve": letter.improve}


def _sent(uuid: UUID) -> Application:
    rows = Application.objects.sent()
    wanted = rows.select_related("round__entity", "project__organisation", "applicant")
    return get_object_or_404(wanted, uuid=uuid)
