"""Applying together: asked by mail, joined with that address, and left again.

Somebody who joins is out of the application as a member of the committee, from that moment and
for good: the database holds that they have stepped out. So nobody joins what was sent.
"""

import datetime as dt
from typing import Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.mail import links
from funding.users import guests
from funding.users.models import User
from grants import applicants, applications, naming_notices, texts
from grants.models import (
    Application,
    CoApplicant,
    CoInvitation,
    DraftComment,
    Recusal,
    Right,
)

LIVES: Final = dt.timedelta(days=14)
PURPOSE: Final = "coapplicant"
# More than these is a crowd, and every one of them gets mail.
MOST: Final = 10
LONGEST: Final = 4_000


class NotInvited(Refused):
    """Nobody can be asked so."""


class InvitationEnded(Refused):
    """It was used, withdrawn, or has run out."""


class NotForYou(Refused):
    """The person's right in the application does not reach so far."""


class NothingSaid(Refused):
    """A comment without words."""


def of(application: Application) -> list[CoApplicant]:
    """Who applies together with the applicant now, in the order in which they joined."""
    rows = application.coapplicants.filter(ended_at=None).select_related("person")
    return list(rows.order_by("pk"))


def right_of(application: Application, person: User) -> Right | None:
    """What a person may do with an application; the applicant may all. None: nothing."""
    if application.applicant_id == person.pk:
        return Right.EDIT
    row = application.coapplicants.filter(person=person, ended_at=None).first()
    return Right(row.right) if row else None


def asked(application: Application) -> QuerySet[CoInvitation]:
    """The invitations that nobody has used or taken back."""
    return application.invitations.filter(accepted_at=None, withdrawn_at=None).order_by("pk")


def waiting_for(person: User) -> QuerySet[CoInvitation]:
    """The invitations that the person can take up now."""
    return CoInvitation.objects.filter(
        email__in=guests.verified(person),
        accepted_at=None,
        withdrawn_at=None,
        expires_at__gt=clock.now(),
    ).select_related("application__project", "application__applicant", "application__round")


def token_of(invitation: CoInvitation) -> str:
    """What leads to the invitation, for a page that its reader has signed in to."""
    return links.sign(PURPOSE, str(invitation.uuid))


def invitation_of(token: str) -> CoInvitation | None:
    """The invitation whose link this is; None for a link that is not ours or too old."""
    told = links.read(PURPOSE, token, lives=LIVES)
    if told is None:
        return None
    rows = CoInvitation.objects.select_related("application__project", "application__applicant")
    return rows.filter(uuid=told).first()


def is_open(invitation: CoInvitation) -> bool:
    """Whether it can still be taken up."""
    is_used = invitation.accepted_at is not None or invitation.withdrawn_at is not None
    return not is_used and invitation.expires_at > clock.now()


def invite(*, application_id: int, email: str, right: str, by: User) -> CoInvitation:
    """The applicant asks an address to join. One that was asked is asked anew, and the first
    invitation ends.

    Raises NotInvited, and what `applications.lock_draft` does.
    """
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise NotInvited(_("Write the e-mail address of the person.")) from error
    if right not in Right.values:
        raise NotInvited(_("Choose what the person may do."))
    with transaction.atomic():
        application = _own_draft(application_id, by)
        person = guests.ensure(address, "")
        if right_of(application, person) is not None:
            raise NotInvited(_("This person applies with you already."))
        now = clock.now()
        asked(application).filter(email=address).update(withdrawn_at=now)
        if len(of(application)) + asked(application).count() >= MOST:
            raise NotInvited(_("You can ask %(most)s people at most.") % {"most": MOST})
        made = CoInvitation.objects.create(
            application=application,
            email=address,
            right=right,
            invited_by=f"user:{by.pk}",
            created_at=now,
            expires_at=now + LIVES,
        )
        _record(application, by, "invited", invitation=made.pk, right=right)
        naming_notices.coapplicant_invited(made)
    return made


@transaction.atomic
def withdraw(*, application_id: int, uuid: UUID, by: User) -> None:
    """The applicant takes an invitation back. Again, or once it was used: nothing.

    Raises what `applications.lock_draft` does.
    """
    application = _own_draft(application_id, by)
    found = asked(application).filter(uuid=uuid).first()
    if found is not None:
        asked(application).filter(pk=found.pk).update(withdrawn_at=clock.now())
        _record(application, by, "invitation_withdrawn", invitation=found.pk)


@transaction.atomic
def accept(*, invitation_id: int, name: str = "", by: User) -> CoApplicant:
    """Join. The person must have proved to read the address that was asked.

    Again: the same row. Raises InvitationEnded, applicants.NotAnApplicant.
    """
    told = CoInvitation.objects.get(pk=invitation_id)
    # The application before the invitation, as everybody who changes either does.
    application = Application.objects.select_for_update(no_key=True).get(pk=told.application_id)
    invitation = CoInvitation.objects.select_for_update(no_key=True).get(pk=invitation_id)
    if invitation.email not in guests.verified(by):
        raise InvitationEnded(_("This invitation is for another address."))
    mine = CoApplicant.objects.filter(invitation=invitation, person=by, ended_at=None).first()
    if mine is not None:
        return mine
    if not is_open(invitation):
        raise InvitationEnded(
            _("This invitation has been used or withdrawn, or has run out. Ask for a new one.")
        )
    if not applications.may_change(application):
        raise InvitationEnded(_("The application was sent or withdrawn, so nobody joins it now."))
    if right_of(application, by) is not None:
        raise InvitationEnded(_("You apply for this already."))
    applicants.call_oneself(name=name, by=by)
    return _join(application, invitation, by)


def _join(application: Application, invitation: CoInvitation, by: User) -> CoApplicant:
    now = clock.now()
    invitation.accepted_at = now
    invitation.save(update_fields=["accepted_at"])
    Recusal.objects.get_or_create(
        application=application,
        member=by,
        defaults={"reason": "Applied for it with others.", "declared_at": now},
    )
    made = CoApplicant.objects.create(
        application=application,
        person=by,
        invitation=invitation,
        right=invitation.right,
        since=now,
    )
    _record(application, by, "joined", invitation=invitation.pk, right=invitation.right)
    return made


@transaction.atomic
def change(*, application_id: int, person_id: int, right: str, by: User) -> None:
    """The applicant gives a co-applicant another right. The same again: nothing.

    Raises NotInvited, and what `applications.lock_draft` does.
    """
    if right not in Right.values:
        raise NotInvited(_("Choose what the person may do."))
    application = _own_draft(application_id, by)
    rows = application.coapplicants.filter(person=person_id, ended_at=None)
    if rows.exclude(right=right).update(right=right):
        _record(application, by, "right_changed", person=person_id, right=right)


@transaction.atomic
def end(*, application_id: int, person_id: int, by: User) -> None:
    """The applicant lets a co-applicant go, or one leaves; also after it was sent.

    What they wrote stays. Again: nothing. Raises NotForYou.
    """
    application = Application.objects.select_for_update(no_key=True).get(pk=application_id)
    if by.pk not in {application.applicant_id, person_id}:
        raise NotForYou(_("Only the applicant lets somebody go."))
    rows = application.coapplicants.filter(person=person_id, ended_at=None)
    if rows.update(ended_at=clock.now()):
        _record(application, by, "left", person=person_id)


@transaction.atomic
def comment(*, application_id: int, uuid: UUID, words: str, by: User) -> DraftComment:
    """Say something of a draft to those who apply together. The same uuid again: nothing.

    Raises NotForYou, NothingSaid, applications.NotADraft.
    """
    application = Application.objects.select_for_update(no_key=True).get(pk=application_id)
    if right_of(application, by) not in {Right.COMMENT, Right.EDIT}:
        raise NotForYou(_("You read this application, and do not comment on it."))
    if known := DraftComment.objects.filter(uuid=uuid, application=application).first():
        return known
    if not applications.may_change(application):
        raise applications.NotADraft(_("This application was sent, so it is not commented on."))
    said = texts.paragraphs(words)[:LONGEST]
    if not said:
        raise NothingSaid(_("Write what you want to say."))
    return DraftComment.objects.create(
        uuid=uuid, application=application, written_by=by, words=said, written_at=clock.now()
    )


def comments(application: Application) -> list[DraftComment]:
    """What was said of the draft, in its order."""
    return list(application.comments.select_related("written_by").order_by("pk"))


def _own_draft(application_id: int, by: User) -> Application:
    application = applications.lock_draft(application_id, by)
    if application.applicant_id != by.pk:
        raise applications.NotYours(_("Only the applicant says who applies with them."))
    return application


def _record(application: Application, by: User, verb: str, **more: log.Fact) -> None:
    log.record(
        actor=f"user:{by.pk}",
        action=f"coapplicant.{verb}",
        subject=f"application:{application.pk}",
        **more,
    )
