"""Where money of Stripe's goes: the entity that Stripe pays, its accounts and its funds."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from funding.errors import Refused
from funding.ledger import periods
from funding.ledger.models import Account, Fund, Kind, Restriction
from funding.parties.models import Entity


class NoPlace(Refused):
    """A place of money, or a fund that bears costs, has not been set up."""


@dataclass(frozen=True, slots=True)
class StripePlaces:
    """The entity that Stripe pays; accounts by code, funds by id."""

    entity: Entity
    clearing: str
    treasury: int
    bearer: int


def of_stripe() -> StripePlaces:
    """Where what Stripe moves is booked. Raises NoPlace."""
    account = (
        Account.objects.filter(kind=Kind.CLEARING)
        .select_related("entity")
        .order_by("entity_id", "code")
        .first()
    )
    if account is None or account.entity is None:
        raise NoPlace(_("Nobody has set up where Stripe's money is booked."))
    entity = account.entity
    treasury = Fund.objects.get(entity=entity, is_treasury=True)
    return StripePlaces(entity, account.code, treasury.pk, _bearer(entity).pk)


def free_fund(entity_id: int, currency: str) -> Fund | None:
    """The fund that bears what a bank or Stripe keeps for itself: the first unrestricted one."""
    return _funds(entity_id, currency).filter(restriction=Restriction.UNRESTRICTED).first()


def _bearer(entity: Entity) -> Fund:
    """Without an unrestricted fund the first that is open bears it. Raises NoPlace."""
    fund = free_fund(entity.pk, entity.currency) or _funds(entity.pk, entity.currency).first()
    if fund is None:
        raise NoPlace(_("There is no fund yet that could bear a fee."))
    return fund


def _funds(entity_id: int, currency: str) -> QuerySet[Fund]:
    return Fund.objects.filter(
        entity_id=entity_id, currency=currency, is_treasury=False, closed_on__isnull=True
    ).order_by("position", "name", "pk")


def bank_of(entity: Entity) -> Account:
    """The bank account to which Stripe pays out: the entity's first. Raises NoPlace."""
    account = Account.objects.filter(entity=entity, kind=Kind.BANK).order_by("code").first()
    if account is None:
        raise NoPlace(_("%s has no bank account yet.") % entity.legal_name)
    return account


def day(entity: Entity, instant: dt.datetime) -> dt.date:
    """The day of an instant in the entity's calendar, or the first open one after it."""
    return periods.open_day(
        entity_id=entity.pk, day=instant.astimezone(ZoneInfo(entity.zone)).date()
    )
