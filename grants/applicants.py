"""Who asks: a person, and the organisation that they act for."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.parties.models import Membership, Organisation, Part
from funding.users.models import User
from grants import texts
from grants.models import Application


class NotAnApplicant(Refused):
    """Who asks is not told well enough. `field` is the one to look at."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class Body:
    """An organisation as an applicant writes it down; the country is an ISO code."""

    name: str
    country: str
    registration_number: str = ""
    website: str = ""


def organisations(user: User) -> QuerySet[Organisation]:
    """Those that the person acts for today. Who only looks on for one does not ask for it."""
    mine = Membership.objects.filter(user=user, ended_at__isnull=True).exclude(part=Part.VIEWER)
    return Organisation.objects.filter(pk__in=mine.values("organisation_id"))


def found(*, body: Body, by: User) -> Organisation:
    """Write a new organisation down, for which the person acts, in the open transaction.

    One of the same name may be there already, with other people: nobody joins it by knowing
    what it is called. Raises NotAnApplicant.
    """
    told = _read(body)
    now = clock.now()
    made = Organisation.objects.create(
        name=told.name,
        country=told.country,
        registration_number=told.registration_number,
        website=told.website,
        created_at=now,
    )
    Membership.objects.create(organisation=made, user=by, since=now)
    log.record(
        actor=f"user:{by.pk}", action="organisation.founded", subject=f"organisation:{made.pk}"
    )
    return made


def may_correct(organisation: Organisation, user: User) -> bool:
    """Whether the person alone acts for it, and nothing was ever sent in its name."""
    members = set(organisation.memberships.values_list("user_id", flat=True))
    sent = Application.objects.sent().filter(project__organisation=organisation)
    return members == {user.pk} and not sent.exists()


def correct(*, organisation_id: int, body: Body, for_whom: User, by: User) -> None:
    """Put what was written of an organisation right, while `may_correct` says so of the applicant.

    In the open transaction. Raises NotAnApplicant.
    """
    row = Organisation.objects.select_for_update(no_key=True).get(pk=organisation_id)
    told = _read(body)
    was = Body(row.name, row.country, row.registration_number, row.website)
    if told == was:
        return
    if not may_correct(row, for_whom):
        raise NotAnApplicant("body_name", _("This organisation can no longer be rewritten here."))
    row.name, row.country, row.website = told.name, told.country, told.website
    row.registration_number = told.registration_number
    row.save()
    log.record(
        actor=f"user:{by.pk}", action="organisation.corrected", subject=f"organisation:{row.pk}"
    )


def call_oneself(*, name: str, by: User) -> None:
    """Give a person without a name the one that they wrote. Raises NotAnApplicant."""
    if by.name:
        return
    written = texts.one_line(name)[:200]
    if not written:
        raise NotAnApplicant("name", _("Write your name."))
    by.name = written
    by.save(update_fields=["name"])
    log.record(actor=f"user:{by.pk}", action="user.renamed", subject=f"user:{by.pk}")


def _read(body: Body) -> Body:
    name = texts.one_line(body.name)[:200]
    if not name:
        raise NotAnApplicant("body_name", _("Write the name of your organisation."))
    if not body.country:
        raise NotAnApplicant("body_country", _("Choose the country of your organisation."))
    number = texts.one_line(body.registration_number)[:60]
    return Body(name, body.country, number, body.website.strip())
