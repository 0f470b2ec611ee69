"""Small factories for the tests of the ledger: an entity, funds, places, people, gifts."""

import datetime as dt
import itertools
from dataclasses import dataclass

from django.db import transaction

from funding.ledger import accounts, book
from funding.ledger.book import Leg
from funding.ledger.models import Fund, Restriction
from funding.money import Money
from funding.parties.models import Entity
from funding.users.models import User

DAY = dt.date(2026, 3, 14)
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class World:
    """One entity with a bank account, a clearing account and its funds."""

    entity: Entity
    general: Fund
    snow: Fund
    treasury: Fund
    bank: str
    clearing: str


def entity(series: str = "MF") -> Entity:
    """A legal body with the series of its documents as its mark."""
    return Entity.objects.create(
        slug=series.lower(),
        legal_name=f"Fund {series}",
        address="1 Rock Street",
        country="SE",
        zone="Europe/Stockholm",
        currency="EUR",
        series=series,
        contact_email="fund@example.org",
    )


def fund(owner: Entity, name: str = "", **fields: object) -> Fund:
    """A fund of the entity, unrestricted and in euro unless said otherwise."""
    label = name or f"Fund {next(_numbers)}"
    stated: dict[str, object] = {
        "entity": owner,
        "slug": f"{owner.slug}-{label.lower().replace(' ', '-')}",
        "name": label,
        "purpose": "For the manul.",
        "restriction": Restriction.UNRESTRICTED,
        "currency": "EUR",
        "opened_on": dt.date(2026, 1, 1),
    }
    return Fund.objects.create(**{**stated, **fields})


def world(series: str = "MF") -> World:
    """An entity, ready to receive."""
    owner = entity(series)
    mark = series.lower()
    bank = accounts.open_place(entity_id=owner.pk, kind="bank", slug=f"{mark}-main", name="Bank")
    clearing = accounts.open_place(
        entity_id=owner.pk, kind="clearing", slug=f"{mark}-stripe", name="Stripe"
    )
    return World(
        entity=owner,
        general=fund(owner, "General"),
        snow=fund(
            owner, "Snow", restriction=Restriction.RESTRICTED, surplus="Goes to the General fund."
        ),
        treasury=fund(owner, "Treasury", is_treasury=True, is_open_to_gifts=False),
        bank=bank.code,
        clearing=clearing.code,
    )


def person(name: str) -> User:
    """Somebody who signs in."""
    return User.objects.create_user(f"{name.lower()}@example.org", name=name)


def give(
    at: World, to: Fund, minor: int, *, currency: str = "EUR", day: dt.date = DAY, key: str = ""
) -> int:
    """Book a gift into a fund; returns the entry's id."""
    number = next(_numbers)
    with transaction.atomic():
        return book.post(
            entity_id=at.entity.pk,
            key=key or f"gift:{number}:settle",
            reason="gift",
            cause=f"gift:{number}",
            actor="stripe",
            happened_on=day,
            legs=[
                Leg(at.clearing, to.pk, Money(minor, currency)),
                Leg("gifts", to.pk, Money(-minor, currency)),
            ],
        )


def pay_back(at: World, source: Fund, minor: int, *, day: dt.date = DAY) -> int:
    """Book a refund out of a fund, which may push it below zero."""
    number = next(_numbers)
    with transaction.atomic():
        return book.post(
            entity_id=at.entity.pk,
            key=f"refund:{number}:settle",
            reason="refund",
            cause=f"refund:{number}",
            actor="stripe",
            happened_on=day,
            legs=[
                Leg("refunds", source.pk, Money(minor, "EUR")),
                Leg(at.clearing, source.pk, Money(-minor, "EUR")),
            ],
        )
