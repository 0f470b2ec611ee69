"""The desk for people who ask by letter what is held on them."""

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from donors import merges
from donors.models import Donor
from funding.audit import log
from funding.site import data_pages
from funding.site.privacy import copies, persons
from funding.site.privacy.models import DataCopy
from funding.site.privacy.persons import Person
from funding.users import access
from funding.users.models import Role

KEEPERS: Final = (Role.OFFICER, Role.TREASURER, Role.ADMINISTRATOR)
_MOST: Final = 40


@never_cache
@require_safe
@access.role(*KEEPERS)
def privacy_desk(request: HttpRequest) -> HttpResponse:
    """Officers, treasurers and administrators may: find the person who asks."""
    text = request.GET.get("q", "").replace("\0", "").strip()[:200]
    found = list(merges.find(text)[:_MOST]) if text else []
    return render(request, "site/privacy_desk.html", {"text": text, "found": found})


@never_cache
@require_safe
@access.role(*KEEPERS)
def privacy_person(request: HttpRequest, pk: int) -> HttpResponse:
    """Officers, treasurers and administrators may: what can be done for one person."""
    person = _person(pk)
    context = data_pages.told(person) | {"donor": Donor.objects.get(pk=pk)}
    return render(request, "site/privacy_person.html", context)


@require_POST
@access.role(*KEEPERS)
@access.fresh
def privacy_copy(request: HttpRequest, pk: int) -> HttpResponse:
    """Officers, treasurers and administrators who have just shown who they are may."""
    language = Donor.objects.values_list("language", flat=True).get(pk=_person(pk).donor_ids[0])
    copies.order(person=_person(pk), actor=access.actor_of(request), language=language)
    messages.success(request, _("It is being made."))
    return redirect("privacy_person", pk=pk)


@never_cache
@require_safe
@access.role(*KEEPERS)
@access.fresh
def privacy_file(request: HttpRequest, pk: int, uuid: UUID, form: str) -> HttpResponse:
    """Officers, treasurers and administrators who have just shown who they are may: a file.

    That it was opened stands in the log, because it holds all that there is on somebody.
    """
    person = _person(pk)
    copy = DataCopy.objects.filter(subject=person.subject, uuid=uuid).first()
    response = data_pages.file_of(copy, form)
    log.record(
        actor=access.actor_of(request),
        action="data.copy_opened",
        subject=person.subject,
        form=form,
    )
    return response


def _person(pk: int) -> Person:
    person = persons.of_donor(pk)
    if person is None:
        raise Http404
    return person
