"""A zoo that promised, and a treasurer at the desk with the bank's statement."""

import datetime as dt
import uuid
from typing import Any

import pytest

from donors.models import Contribution, Invoice, Pace, Zoo
from donors.zoos import accounts, contributions
from donors.zoos.contributions import Offer
from tests.donors.intake import desk as making
from tests.donors.intake.desk import TARA, Desk
from tests.donors.zoos import zoo_world


def account(desk: Desk) -> None:
    """Write down into which account zoos pay."""
    accounts.write(
        entity_id=desk.entity.pk,
        holder="Manul Fund Example Foundation",
        bank="Example Bank",
        iban="SE45 5000 0000 0583 9825 7466",
        bic="",
        actor=TARA,
    )


def offer(desk: Desk, **facts: Any) -> Offer:
    """EUR 500 to the general fund, once, from today on."""
    told: dict[str, Any] = {
        "token": uuid.uuid4(),
        "entity_id": desk.entity.pk,
        "currency": "EUR",
        "amount_minor": 50_000,
        "pace": Pace.ONCE,
        "starts_on": desk.today,
        "fund_id": desk.general.pk,
    }
    return Offer(**told | facts)


def promised(desk: Desk, zoo: Zoo | None = None, **facts: Any) -> Contribution:
    """Written down; nothing is issued yet."""
    zoo = zoo or zoo_world.zoo()
    return contributions.promise(zoo_id=zoo.pk, offer=offer(desk, **facts), actor="user:2")


def invoice(desk: Desk, zoo: Zoo | None = None, **facts: Any) -> Invoice:
    """Promised and issued."""
    row = promised(desk, zoo, **facts)
    assert contributions.bill(row.pk)
    return row.invoices.latest("pk")


@pytest.fixture
def desk(db: None) -> Desk:
    """Seen by this test alone."""
    made = making.desk()
    account(made)
    return made


@pytest.fixture
def open_desk(committed: None) -> Desk:
    """Seen by other threads too."""
    made = making.desk()
    account(made)
    return made


def days(count: int) -> dt.timedelta:
    """So many days."""
    return dt.timedelta(days=count)
