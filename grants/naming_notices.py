"""Mails to people whom an applicant names: who is to join, and who is asked for a reference."""

from django.conf import settings
from django.urls import reverse

from funding import clock
from funding.mail import links, outbox
from grants import notices
from grants.models import CoInvitation, Referee


def coapplicant_invited(invitation: CoInvitation) -> None:
    """Ask an address to apply together. Of the application nothing but its round is told."""
    application = invitation.application
    token = links.mark("coapplicant", str(invitation.uuid))
    place = reverse("grants:apply_invitation", kwargs={"token": token})
    outbox.queue(
        key=f"coinvitation:{invitation.pk}:mail",
        cause=f"application:{application.pk}",
        to_address=invitation.email,
        to_name="",
        template="application_invited",
        context={
            "who": application.applicant.name,
            "round": application.round.name,
            "email": invitation.email,
            "ends_on": invitation.expires_at.date(),
            "here_url": f"{settings.SITE_URL}{place}",
            **notices.issuer(application.round.entity),
        },
    )


def reference_key(referee_id: int, number: int) -> str:
    """Under which the first mail to a referee is kept, and each reminder."""
    return f"referee:{referee_id}:mail" + (f"-{number}" if number else "")


def reference_asked(row: Referee, reminder: int = 0) -> None:
    """Ask a referee for a few words, or remind them, with a link that needs no account."""
    application = row.application
    token = links.mark("reference", str(row.uuid))
    place = reverse("grants:reference", kwargs={"token": token})
    outbox.queue(
        key=reference_key(row.pk, reminder),
        cause=f"application:{application.pk}",
        to_address=row.email,
        to_name=row.name,
        template="application_reference",
        context={
            "who": application.applicant.name,
            "body": application.project.organisation.name,
            "project": application.project.title,
            "round": application.round.name,
            "ends_on": (row.expires_at or clock.now()).date(),
            "is_reminder": reminder > 0,
            "here_url": f"{settings.SITE_URL}{place}",
            **notices.issuer(application.round.entity),
        },
    )
