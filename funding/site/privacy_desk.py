"""The desk for people who ask by letter what is held on them, or to be forgotten."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from donors import merges
from donors.models import Donor
from funding.audit import log
from funding.errors import Refused
from funding.parties import keeping
from funding.parties.keeping import Ground
from funding.parties.models import Entity
from funding.site import data_pages
from funding.site.privacy import again, copies, erasures, persons, retention
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
    return _page(request, pk, person)


@require_POST
@access.role(*KEEPERS)
@access.fresh
def privacy_erase(request: HttpRequest, pk: int) -> HttpResponse:
    """Officers, treasurers and administrators who have just shown who they are may: remove one."""
    person = _person(pk)
    try:
        erasures.ask(
            person=person,
            ends_pledges=request.POST.get("ends") == "yes",
            actor=access.actor_of(request),
            language=Donor.objects.values_list("language", flat=True).get(pk=pk),
        )
    except Refused as refusal:
        return _page(request, pk, person, refusal.sentence)
    messages.success(request, _("It has begun. What is under way is waited for."))
    return redirect("privacy_person", pk=pk)


@never_cache
@require_safe
@access.role(*KEEPERS)
def privacy_kept(request: HttpRequest) -> HttpResponse:
    """Officers, treasurers and administrators may: what the law keeps, why, and until when."""
    return render(request, "site/privacy_kept.html", _kept())


@require_POST
@access.role(Role.TREASURER, Role.ADMINISTRATOR)
@access.fresh
def privacy_years(request: HttpRequest, slug: str) -> HttpResponse:
    """Treasurers and administrators who have just shown who they are may: for how many years."""
    entity = get_object_or_404(Entity, slug=slug)
    try:
        keeping.set_years(
            entity_id=entity.pk,
            books=_years(request.POST.get("books", "")),
            aid=_years(request.POST.get("aid", "")),
            actor=access.actor_of(request),
        )
    except Refused as refusal:
        context = _kept({entity.pk: request.POST}) | {"refusal": refusal.sentence}
        return render(request, "site/privacy_kept.html", context, status=409)
    return redirect("privacy_kept")


def _years(text: str) -> int | None:
    """A number of years as typed; nothing where nothing was; zero where it is none."""
    typed = text.strip()
    if not typed:
        return None
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 4 else 0


def _kept(typed: Mapping[int, Mapping[str, str]] | None = None) -> dict[str, Any]:
    """The page; `typed` is what was sent for a body, by its id, and is shown again."""
    bodies = []
    for entity in Entity.objects.order_by("legal_name"):
        said = (typed or {}).get(entity.pk, {})
        fields = [
            ("books", _("Receipts and vouchers"), Ground.BOOKS, entity.books_years),
            ("aid", _("Gift Aid declarations"), Ground.AID, entity.aid_years),
        ]
        bodies.append(
            (
                entity,
                [
                    (name, label, keeping.years(entity, ground), said.get(name, years))
                    for name, label, ground, years in fields
                ],
            )
        )
    return {
        "shelves": retention.shelves(),
        "bodies": bodies,
        "due": retention.over().count(),
        "open": erasures.waiting().order_by("asked_at"),
        "again": again.last(),
    }


def _page(request: HttpRequest, pk: int, person: Person, refusal: str = "") -> HttpResponse:
    context = data_pages.told(person) | {
        "donor": Donor.objects.get(pk=pk),
        "look": erasures.preview(person),
        "kept": retention.would_keep(person),
        "refusal": refusal,
    }
    status = 409 if refusal else 200
    return render(request, "site/privacy_person.html", context, status=status)


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
    if person is None or Donor.objects.get(pk=pk).erased_at is not None:
        raise Http404
    return person
