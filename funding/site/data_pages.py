"""A person's own page of what is held on them: a copy to take along, and being forgotten."""

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from funding import clock, limits
from funding.errors import Refused
from funding.limits import Brake
from funding.mail import links
from funding.site.privacy import copies, erasures, persons, retention
from funding.site.privacy.models import CopyState, DataCopy
from funding.site.privacy.persons import Person
from funding.users import access

ASKED: Final = Brake("data-copy", 10, 86_400)
FORMS: Final = {"json": "application/json", "pdf": "application/pdf"}


@never_cache
@require_safe
@access.signed_in
def data(request: HttpRequest) -> HttpResponse:
    """Whoever has signed in may: what is held on them, and the copies that were made of it."""
    return render(request, "site/data.html", told(_me(request)))


@require_POST
@access.signed_in
@access.fresh
def data_ask(request: HttpRequest) -> HttpResponse:
    """Whoever has signed in and has just shown so may: ask for a copy of all of it."""
    limits.check(ASKED, str(access.person(request).pk))
    copies.order(
        person=_me(request), actor=access.actor_of(request), language=get_language() or "en"
    )
    messages.success(request, _("We make it, and mail you when it is there."))
    return redirect("data")


@never_cache
@require_safe
@access.signed_in
def data_copy(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever has the link of the mail and has signed in as its reader may."""
    said = links.read(copies.PURPOSE, token, lives=copies.LIVES)
    if said is None or not _mine(request).filter(uuid=UUID(said)).exists():
        messages.error(request, _("This link is too old, or it is not yours. Ask again here."))
    return redirect("data")


@never_cache
@require_safe
@access.signed_in
@access.fresh
def data_file(request: HttpRequest, uuid: UUID, form: str) -> HttpResponse:
    """Whoever it is about may, once they have just shown who they are: one of the two files."""
    return file_of(_mine(request).filter(uuid=uuid).first(), form)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access.signed_in
@access.fresh
def data_erase(request: HttpRequest) -> HttpResponse:
    """Whoever has signed in and has just shown so may: what would go and stay; and let it go."""
    person = _me(request)
    if request.method != "POST":
        return _erase_page(request, person)
    try:
        erasures.ask(
            person=person,
            ends_pledges=request.POST.get("ends") == "yes",
            actor=access.actor_of(request),
            language=get_language() or "en",
        )
    except Refused as refusal:
        return _erase_page(request, person, refusal.sentence)
    messages.success(request, _("We have begun. You get one last mail when you are gone."))
    return redirect("data")


@require_POST
@access.signed_in
def data_stay(request: HttpRequest) -> HttpResponse:
    """Whoever has signed in may: stay after all, while it has not begun."""
    asked = erasures.open_of(_me(request))
    if asked is not None:
        try:
            erasures.withdraw(erasure_id=asked.pk, actor=access.actor_of(request))
            messages.success(request, _("Nothing is removed. Regular gifts that ended stay so."))
        except Refused as refusal:
            messages.error(request, refusal.sentence)
    return redirect("data")


def _erase_page(request: HttpRequest, person: Person, refusal: str = "") -> HttpResponse:
    context = {
        "look": erasures.preview(person),
        "kept": retention.would_keep(person),
        "refusal": refusal,
    }
    status = 409 if refusal else 200
    return render(request, "site/data_erase.html", context, status=status)


def file_of(copy: DataCopy | None, form: str) -> HttpResponse:
    """A copy's file in this form. Raises Http404 when it stands no longer."""
    if copy is None or form not in FORMS or copy.state != CopyState.DONE:
        raise Http404
    if copy.expires_at is None or copy.expires_at <= clock.now():
        raise Http404
    content = copy.for_machines if form == "json" else copy.for_readers
    assert content is not None
    response = HttpResponse(bytes(content), content_type=FORMS[form])
    day = copy.asked_at.date().isoformat()
    response["Content-Disposition"] = f'attachment; filename="manul-fund-data-{day}.{form}"'
    return response


def told(person: Person) -> dict[str, Any]:
    """What both pages show of a person's copies."""
    rows = list(copies.of(person)[:20])
    return {
        "person": person,
        "copies": rows,
        "is_open": any(row.state == CopyState.WAITING for row in rows),
        "days": copies.LIVES.days,
        "erasure": erasures.open_of(person),
    }


def _me(request: HttpRequest) -> Person:
    return persons.of_user(access.person(request))


def _mine(request: HttpRequest) -> Any:  # noqa: ANN401 -- a queryset of copies
    return DataCopy.objects.filter(subject=_me(request).subject)
