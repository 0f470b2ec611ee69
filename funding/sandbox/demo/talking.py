"""Around the form: people apply together, write with the office, and are asked to complete."""

import datetime as dt
import uuid
from functools import partial
from typing import Final

from funding.sandbox.demo import applying, people
from funding.sandbox.demo.catalogue.talks import (
    JOININGS,
    SAID,
    SENT_BACK,
    Joining,
    Said,
    SendBack,
)
from funding.sandbox.demo.scenes import Days, Scene
from funding.users import roles
from funding.users.models import Role
from grants import coapplicants, completions, messages

_NAMES: Final = uuid.UUID("5d0c5f3c-9c47-4a1f-8f52-0f7f4a8c1c55")


def scenes(days: Days) -> list[Scene]:
    """Every message, invitation and return."""
    found = [Scene(each.days_ago, partial(say, each)) for each in SAID]
    for each in JOININGS:
        found.append(Scene(each.asked, partial(invite, each)))
        if each.joined is not None:
            found.append(Scene(each.joined, partial(join, each)))
    return found + [Scene(each.days_ago, partial(send_back, each, days)) for each in SENT_BACK]


def say(said: Said) -> None:
    """A message to the other side."""
    person = people.one(said.by)
    messages.write(
        application_id=applying.application_of(said.ref).pk,
        uuid=uuid.uuid5(_NAMES, f"{said.ref} {said.days_ago}"),
        text=said.text,
        by=person,
        from_office=roles.has(person, Role.OFFICER),
        show=said.show,
    )


def invite(joining: Joining) -> None:
    """The applicant asks somebody to join, once: asking again would be another invitation."""
    application = applying.application_of(joining.ref)
    email = people.ADDRESSES[joining.person]
    if not application.invitations.filter(email=email).exists():
        coapplicants.invite(
            application_id=application.pk,
            email=email,
            right=joining.right,
            by=application.applicant,
        )


def join(joining: Joining) -> None:
    """And they do."""
    application, person = applying.application_of(joining.ref), people.one(joining.person)
    invitation = application.invitations.get(email=person.email)
    coapplicants.accept(invitation_id=invitation.pk, by=person)


def send_back(returned: SendBack, days: Days) -> None:
    """The officer asks for what is missing."""
    application = applying.application_of(returned.ref)
    if completions.of(application) is None:
        completions.ask(
            application_id=application.pk,
            reasons=dict(returned.reasons),
            due_on=(days.ends + dt.timedelta(days=returned.due_ahead)).date(),
            by=people.one("pat"),
        )
