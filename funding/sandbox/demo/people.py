"""The cast takes office, and is written down for whoever wants to sign in as one of them."""

import datetime as dt
import json
import os
from pathlib import Path
from typing import Any, Final

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.db import transaction

from funding import clock
from funding.parties.models import Membership, Organisation
from funding.sandbox.demo.catalogue.cast import BODIES, CAST, Office, Person
from funding.users import factors, guests, roles
from funding.users.models import Term, User

ADDRESSES: Final = {person.key: person.email for person in CAST}
NAMES: Final = {each.key: each.name for each in BODIES}


def one(key: str) -> User:
    """The person of this name in the cast."""
    return User.objects.get(email=ADDRESSES[key])


def actor(key: str) -> str:
    """The person as journals and logs name them."""
    return f"user:{one(key).pk}"


def body(key: str) -> Organisation:
    """The organisation of this name in the catalogue."""
    return Organisation.objects.get(name=NAMES[key])


def arrive(today: dt.date) -> None:
    """Everybody is there, with their office, their second factor and their organisation.

    `today` is the last day of the story, from which terms of office are counted.
    """
    for each in BODIES:
        Organisation.objects.get_or_create(
            name=each.name, defaults={"country": each.country, "created_at": clock.now()}
        )
    for person in CAST:
        with transaction.atomic():
            _arrive(person, today)
    write_down()


def write_down() -> None:
    """Write who is who into the file that the sandbox's console shows."""
    if told := os.environ.get("PEOPLE_FILE"):
        path = Path(told)
        new = path.with_name(f"{path.name}.new")
        new.write_text(json.dumps(_rows(), indent=1, ensure_ascii=False), encoding="utf-8")
        new.replace(path)


def _rows() -> list[dict[str, Any]]:
    secrets = {
        row.user.email: factors.unseal(row.data["secret"])
        for row in Authenticator.objects.filter(type=Authenticator.Type.TOTP).select_related("user")
    }
    return [
        {
            "group": person.group,
            "name": person.name,
            "part": person.part,
            "email": person.email,
            "secret": secrets.get(person.email, ""),
        }
        for person in CAST
        if person.is_listed and User.objects.filter(email=person.email).exists()
    ]


def _arrive(person: Person, today: dt.date) -> None:
    user = guests.ensure(person.email, person.name)
    EmailAddress.objects.filter(user=user, email=user.email).update(verified=True)
    for office in person.offices:
        _take_office(user, office, today)
    if person.offices and not factors.has_any(user):
        TOTP.activate(user, generate_totp_secret())
    if person.body and not user.memberships.filter(ended_at__isnull=True).exists():
        Membership.objects.create(organisation=body(person.body), user=user, since=clock.now())


def _take_office(user: User, office: Office, today: dt.date) -> None:
    if Term.objects.filter(user=user, role=office.role).exists():
        return
    ahead = office.until_days_ahead
    roles.grant(
        user_id=user.pk,
        role=office.role,
        starts_on=today - dt.timedelta(days=office.from_days_ago),
        ends_on=None if ahead is None else today + dt.timedelta(days=ahead),
        actor="system",
    )
