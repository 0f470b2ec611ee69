"""A zoo with its people, for tests."""

from typing import Any

from allauth.account.models import EmailAddress

from donors.models import Zoo
from donors.zoos import invitations, zoos
from donors.zoos.zoos import Profile
from funding.parties.models import Membership, Part
from funding.users import guests
from funding.users.models import User


def profile(**facts: Any) -> Profile:
    """What is told of the zoo."""
    told = {
        "name": "Kuusiranta Zoo",
        "legal_name": "Kuusirannan Eläintarha Oy",
        "country": "FI",
        "finance_email": "invoices@kuusiranta.example",
        "registration_number": "0000000-0",
        "vat_number": "FI00000000",
        "billing_address": "Rantatie 1\n00000 Kuusiranta",
        "finance_name": "Accounts payable",
        "association": "eaza",
    }
    return Profile(**told | facts)


def zoo(owner: User | None = None, **facts: Any) -> Zoo:
    """A zoo that this person owns; with nobody, its owner is only invited."""
    email = owner.email if owner else "bob@kuusiranta.example"
    made = zoos.found(profile=profile(**facts), owner_email=email, actor="user:999999")
    if owner is not None:
        invitations.accept(invitation_id=made.invitations.get().pk, by=owner)
    return made


def person(name: str) -> User:
    """Somebody who reads the address <name>@kuusiranta.example."""
    address = f"{name}@kuusiranta.example"
    user = guests.ensure(address, name.title())
    EmailAddress.objects.filter(user=user, email=address).update(verified=True)
    return user


def joins(zoo: Zoo, user: User, part: Part) -> Membership:
    """Invited and in."""
    asked = invitations.invite(zoo_id=zoo.pk, email=user.email, part=part, actor="user:999999")
    return invitations.accept(invitation_id=asked.pk, by=user)
