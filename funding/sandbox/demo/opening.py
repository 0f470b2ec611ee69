"""The first day: the body that receives, its places of money, its funds and their openings."""

import datetime as dt

from funding.ledger import accounts, openings, periods
from funding.ledger.models import Account, Fund, Kind, Opening, Period
from funding.money import Money
from funding.parties.models import Entity
from funding.sandbox.demo import people
from funding.sandbox.demo.catalogue.entity import ENTITY, FUNDS, OPENINGS, WISHES
from grants import scopes


def entity() -> Entity:
    """The one entity of the demonstration."""
    return Entity.objects.get(slug=ENTITY["slug"])


def open_books(first: dt.datetime, present: dt.datetime) -> Entity:
    """Everything that must be there before the first gift of a story between two instants."""
    brought_on = dt.date(present.year - 1, 12, 31)
    facts = dict(ENTITY)
    found, is_new = Entity.objects.get_or_create(slug=facts.pop("slug"), defaults=facts)
    if is_new or not Account.objects.filter(code="bank:main").exists():
        for kind, slug, name in (
            (Kind.CLEARING, "stripe", "Stripe"),
            (Kind.BANK, "main", "Norrviks Sparbank"),
        ):
            if not Account.objects.filter(code=f"{kind}:{slug}").exists():
                accounts.open_place(entity_id=found.pk, kind=kind, slug=slug, name=name)
    _funds(found, min(first.date(), brought_on))
    people.arrive(present.date())
    _openings(found, brought_on)
    _scopes(present.date())
    return found


def _funds(entity: Entity, opened_on: dt.date) -> None:
    Fund.objects.get_or_create(
        slug="treasury",
        defaults={
            "entity": entity, "name": "Treasury", "purpose": "Moves between places of money.",
            "restriction": "unrestricted", "currency": entity.currency, "is_treasury": True,
            "is_open_to_gifts": False, "opened_on": opened_on, "position": 900,
        },
    )  # fmt: skip
    for facts in FUNDS:
        Fund.objects.get_or_create(
            slug=facts["slug"],
            defaults=facts
            | {"entity": entity, "currency": entity.currency, "opened_on": opened_on},
        )


def _openings(entity: Entity, day: dt.date) -> None:
    year = day.year + 1
    if not Period.objects.filter(entity=entity).exists():
        periods.open_period(
            entity_id=entity.pk,
            name=f"{year}",
            starts_on=dt.date(year, 1, 1),
            ends_on=dt.date(year, 12, 31),
            actor="system",
        )
    for slug, minor in OPENINGS:
        fund = Fund.objects.get(slug=slug)
        opening = Opening.objects.filter(fund=fund).first() or openings.propose(
            fund_id=fund.pk,
            place="bank:main",
            amount=Money(minor, fund.currency),
            as_of=day,
            reason="Brought over from the accounts kept before this ledger.",
            by=people.one("tara").pk,
        )
        if opening.state == "proposed":
            openings.book(opening_id=opening.pk, by=people.one("ivo").pk)


def _scopes(ends_on: dt.date) -> None:
    """The treasurer writes what the givers of restricted funds want. The same again: nothing."""
    for wish in WISHES:
        ahead = wish.expires_ahead
        scopes.write(
            fund_id=Fund.objects.get(slug=wish.fund).pk,
            scope=scopes.Scope(
                countries=frozenset(wish.countries),
                themes=frozenset(wish.themes),
                expires_on=None if ahead is None else ends_on + dt.timedelta(days=ahead),
                words=wish.words,
            ),
            reason=wish.reason,
            by=people.one("tara"),
        )
