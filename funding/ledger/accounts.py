"""The chart: shared lines laid out by a migration, and places of money opened per entity."""

from django.utils.translation import gettext as _

from funding.errors import Refused
from funding.ledger.models import PLACES, Account, Kind


class PlaceTaken(Refused):
    """The code names a place of money of another entity."""


def open_place(*, entity_id: int, kind: str, slug: str, name: str) -> Account:
    """Open a place of money such as 'bank:main' or 'clearing:stripe'; again: the same one.

    Raises ValueError for a kind that is no place of money, PlaceTaken when another entity
    has the code.
    """
    if kind not in PLACES:
        raise ValueError(f"{kind} is not a place of money.")
    account, _made = Account.objects.get_or_create(
        code=f"{Kind(kind).value}:{slug}",
        defaults={"kind": kind, "name": name, "is_spendable": True, "entity_id": entity_id},
    )
    if account.entity_id != entity_id:
        raise PlaceTaken(_("%s belongs to another organisation.") % account.code)
    return account


def clearing_of(entity_id: int) -> str:
    """The code of the account in which an entity's card payments wait for their payout.

    Raises Account.DoesNotExist when the entity has none, and MultipleObjectsReturned when it
    has several and the caller must choose.
    """
    return Account.objects.get(entity_id=entity_id, kind=Kind.CLEARING).code


def banks_of(entity_id: int) -> list[str]:
    """The codes of an entity's bank accounts, in their order."""
    rows = Account.objects.filter(entity_id=entity_id, kind=Kind.BANK).order_by("code")
    return list(rows.values_list("code", flat=True))
