"""Asking somebody to act for a zoo: by mail, for some days, once."""

import datetime as dt
from typing import Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from donors.models import Invitation, Zoo
from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.mail import outbox
from funding.parties.models import Membership, Part
from funding.users import guests
from funding.users.models import User

LIVES: Final = dt.timedelta(days=14)


class NotInvited(Refused):
    """Nobody can be asked so."""


class InvitationEnded(Refused):
    """It was used, withdrawn, or has run out."""


def of_addresses(addresses: list[str]) -> QuerySet[Invitation]:
    """The invitations to these addresses, whatever became of them."""
    return Invitation.objects.filter(email__in=addresses).select_related("zoo__organisation")


def is_open() -> Q:
    """The invitations that can still be taken up."""
    return Q(accepted_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=clock.now())


def invite(*, zoo_id: int, email: str, part: Part, actor: str, language: str = "") -> Invitation:
    """Ask an address to join. One that was asked before is asked anew, and the first one ends.

    The mail is in `language`, or in that of the zoo.

    Refuses: NotInvited, for whoever belongs to it already.
    """
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise NotInvited(_("Write the e-mail address of the person.")) from error
    with transaction.atomic():
        zoo = Zoo.objects.select_for_update(no_key=True).get(pk=zoo_id)
        person = guests.ensure(address, "")
        if _belongs(zoo, person):
            raise NotInvited(_("This person belongs to the zoo already."))
        now = clock.now()
        before = zoo.invitations.filter(email=address, accepted_at=None, withdrawn_at=None)
        before.update(withdrawn_at=now)
        made = Invitation.objects.create(
            zoo=zoo,
            email=address,
            part=part,
            invited_by=actor,
            created_at=now,
            expires_at=now + LIVES,
        )
        log.record(
            actor=actor,
            action="zoo.invited",
            subject=f"zoo:{zoo.pk}",
            invitation=made.pk,
            part=str(part),
        )
        _mail(made, language or zoo.language)
    return made


@transaction.atomic
def accept(*, invitation_id: int, by: User) -> Membership:
    """Join the zoo. The person must have proved to read the address that was asked.

    Refuses: InvitationEnded.
    """
    invitation = Invitation.objects.select_for_update().get(pk=invitation_id)
    if invitation.email not in guests.verified(by):
        raise InvitationEnded(_("This invitation is for another address."))
    if invitation.accepted_at or invitation.withdrawn_at:
        raise InvitationEnded(_("This invitation has been used or withdrawn. Ask for a new one."))
    now = clock.now()
    if invitation.expires_at <= now:
        raise InvitationEnded(_("This invitation has run out. Ask for a new one."))
    zoo = invitation.zoo
    if _belongs(zoo, by):
        raise InvitationEnded(_("You belong to this zoo already."))
    invitation.accepted_at, invitation.accepted_by = now, by
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    joined = Membership.objects.create(
        organisation=zoo.organisation, user=by, part=invitation.part, since=now
    )
    log.record(
        actor=f"user:{by.pk}",
        action="zoo.joined",
        subject=f"zoo:{zoo.pk}",
        invitation=invitation.pk,
        part=invitation.part,
    )
    return joined


@transaction.atomic
def withdraw(*, invitation_id: int, actor: str) -> Invitation:
    """Take an invitation back; again: nothing. Refuses: InvitationEnded, when it was used."""
    invitation = Invitation.objects.select_for_update().get(pk=invitation_id)
    if invitation.accepted_at:
        raise InvitationEnded(_("This invitation has been used."))
    if invitation.withdrawn_at is None:
        invitation.withdrawn_at = clock.now()
        invitation.save(update_fields=["withdrawn_at"])
        log.record(
            actor=actor,
            action="zoo.invitation_withdrawn",
            subject=f"zoo:{invitation.zoo_id}",
            invitation=invitation.pk,
        )
    return invitation


def _belongs(zoo: Zoo, person: User) -> bool:
    return Membership.objects.filter(
        organisation=zoo.organisation_id, user=person, ended_at__isnull=True
    ).exists()


def _mail(invitation: Invitation, language: str) -> None:
    place = reverse("donors:zoo_invitation", kwargs={"uuid": invitation.uuid})
    outbox.queue(
        key=f"invitation:{invitation.pk}:mail",
        cause=f"zoo:{invitation.zoo_id}",
        to_address=invitation.email,
        to_name="",
        template="zoo_invitation",
        context={
            "zoo": invitation.zoo.name,
            "part": invitation.part,
            "email": invitation.email,
            "ends_on": invitation.expires_at.date(),
            "here_url": f"{settings.SITE_URL}{place}",
        },
        language=language,
    )
