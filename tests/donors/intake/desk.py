"""A treasurer at the desk: slips and lines of statements, with round figures."""

import datetime as dt
import itertools
import uuid
from dataclasses import dataclass
from typing import Any

from donors import donors
from donors.intake import lines, offline
from donors.intake.lines import Told
from donors.intake.offline import Slip
from donors.intake.targets import Giver
from donors.models import BankLine, Gift, Means
from funding import clock
from funding.ledger import accounts, balances
from funding.ledger.models import Entry, Fund, Posting
from funding.ledger.verify import verify
from funding.money import Money
from funding.parties.models import Entity
from tests import make

TARA = "user:1"
_numbers = itertools.count(1)


@dataclass
class Desk:
    """One entity with a fund, its bank account and today."""

    entity: Entity
    general: Fund

    @property
    def bank(self) -> str:
        return accounts.banks_of(self.entity.pk)[0]

    @property
    def today(self) -> dt.date:
        return clock.today(self.entity.zone)

    def slip(self, *funds: Fund, **facts: Any) -> Slip:
        """EUR 120 by bank to each of the funds, today."""
        donor = donors.find_or_create(name="Bo Ek", email="bo@donor.example", language="en")
        told: dict[str, Any] = {
            "token": uuid.uuid4(),
            "entity_id": self.entity.pk,
            "donor_id": donor.pk,
            "donor_name": "Bo Ek",
            "lines": tuple((fund.pk, 12000) for fund in funds or (self.general,)),
            "currency": "EUR",
            "means": Means.BANK,
            "place": self.bank,
            "received_on": self.today,
            "reference": f"B{next(_numbers)}",
        }
        return Slip(**told | facts)

    def gift(self, *funds: Fund, **facts: Any) -> Gift:
        return offline.record(slip=self.slip(*funds, **facts), actor=TARA)

    def payment(self) -> dict[str, Any]:
        """What is noted of a refund that left the bank today."""
        return {"place": self.bank, "paid_on": self.today, "reference": "R1", "actor": TARA}

    def told(self, minor: int = 12000, **facts: Any) -> Told:
        """A line of the statement: so much came today from Bo's account."""
        said: dict[str, Any] = {
            "place": self.bank,
            "booked_on": self.today,
            "amount": Money(minor, "EUR"),
            "reference": f"L{next(_numbers)}",
            "payer_name": "BO EK",
            "payer_iban": "SE45 5000 0000 0583 9825 7466",
            "text": "For the manul",
        }
        return Told(**said | facts)

    def line(self, minor: int = 12000, **facts: Any) -> BankLine:
        return lines.arrive(told=self.told(minor, **facts), actor=TARA)

    def giver(self, minor: int = 12000, fund: Fund | None = None) -> Giver:
        return Giver("Bo Ek", "bo@donor.example", (((fund or self.general).pk, minor),))

    def free(self, fund: Fund | None = None) -> int:
        """What is free in a fund."""
        pk = (fund or self.general).pk
        return balances.figures([pk])[pk].available.minor

    def at_bank(self) -> int:
        return sum(
            Posting.objects.filter(account_id=self.bank, currency="EUR").values_list(
                "amount_minor", flat=True
            )
        )

    def in_suspense(self) -> int:
        return -sum(
            Posting.objects.filter(account_id="suspense").values_list("amount_minor", flat=True)
        )

    def assert_sound(self) -> None:
        assert [each for each in verify() if not each.is_notice] == []


def desk() -> Desk:
    """Somewhere to receive money."""
    entity = make.entity()
    return Desk(entity, make.fund(entity))


def entries() -> int:
    return Entry.objects.count()
