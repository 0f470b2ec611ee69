"""A body in the United Kingdom that claims Gift Aid, and givers who declare it."""

import datetime as dt
import itertools
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from donors import refunds
from donors.donors import find_or_create
from donors.giftaid import declarations
from donors.giftaid.declarations import Taxpayer
from donors.intake import offline, returns
from donors.intake.offline import Slip
from donors.models import Channel, Declaration, Donor, Gift, Means, Scope
from funding import clock
from funding.ledger import accounts
from funding.ledger.models import Fund, Posting
from funding.money import Money
from funding.parties.models import Entity
from tests import make

ZOE = Taxpayer("Ms", "Zoë", "O'Brien-Smith", "12", "eh12 6ts")
TARA = "user:1"
_numbers = itertools.count(1)


@dataclass
class Society:
    """One British body with two funds and its bank account."""

    entity: Entity
    general: Fund
    dogs: Fund

    @property
    def bank(self) -> str:
        return accounts.banks_of(self.entity.pk)[0]

    @property
    def today(self) -> dt.date:
        return clock.today(self.entity.zone)

    def donor(self, email: str = "zoe@donor.example") -> Donor:
        return find_or_create(name="Zoë O'Brien-Smith", email=email, language="en")

    def gift(self, minor: int = 100_00, *, on: dt.date | None = None, **facts: Any) -> Gift:
        """A gift by bank transfer; over both funds where `dogs` says how much of it."""
        dogs = facts.pop("dogs", 0)
        lines = [(self.general.pk, minor - dogs), (self.dogs.pk, dogs)]
        slip: dict[str, Any] = {
            "token": uuid4(),
            "entity_id": self.entity.pk,
            "donor_id": self.donor(facts.pop("email", "zoe@donor.example")).pk,
            "donor_name": "Zoë O'Brien-Smith",
            "lines": tuple(line for line in lines if line[1]),
            "currency": "GBP",
            "means": Means.BANK,
            "place": self.bank,
            "received_on": on or self.today,
            "reference": f"UK {next(_numbers)}",
        }
        return offline.record(slip=Slip(**slip | facts), actor=TARA)

    def declare(self, scope: Scope = Scope.ALL, **facts: Any) -> Declaration:
        told: dict[str, Any] = {
            "donor_id": self.donor(facts.pop("email", "zoe@donor.example")).pk,
            "entity_id": self.entity.pk,
            "scope": scope,
            "taxpayer": ZOE,
            "channel": Channel.ACCOUNT,
            "given_on": self.today,
            "actor": TARA,
        }
        return declarations.declare(**told | facts)

    def give_back(self, gift: Gift, minor: int) -> None:
        """A refund that leaves the bank today."""
        asked = refunds.request(
            gift_id=gift.pk, amount_minor=minor, reason="Asked.", actor=TARA, token=uuid4()
        )
        returns.paid(
            refund_id=asked.pk,
            place=self.bank,
            paid_on=self.today,
            reference=f"BACK {next(_numbers)}",
            actor=TARA,
        )

    def booked(self, account: str) -> dict[str, int]:
        """What stands on an account, in pence by fund."""
        sums: dict[str, int] = {}
        for posting in Posting.objects.filter(account_id=account).select_related("fund"):
            name = posting.fund.name
            sums[name] = sums.get(name, 0) + posting.amount_minor
        return {name: minor for name, minor in sums.items() if minor}


def society() -> Society:
    facts = {"currency": "GBP", "country": "GB", "zone": "Europe/London"}
    entity = make.entity(legal_name="Royal Manul Society", tax_regime="uk_gift_aid", **facts)
    return Society(entity, make.fund(entity), make.fund(entity, "Dogs"))


def pounds(minor: int) -> Money:
    return Money(minor, "GBP")
