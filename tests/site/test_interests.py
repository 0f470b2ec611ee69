"""Goal: a member who acts for a zoo is told so where that zoo's restricted money is awarded."""

import datetime as dt
import uuid

import pytest

from donors.models import Contribution, Zoo
from funding import clock
from funding.ledger.models import Fund
from funding.parties.models import Organisation
from grants import recusals
from tests.grants.decisions.cast import table
from tests.people import make_person

pytestmark = pytest.mark.django_db

SAID = "You act for Cat Zoo, which gave restricted money that this round may award."


def test_a_zoo_that_gave_restricted_money_of_the_round_is_flagged() -> None:
    set_ = table()
    wanted = set_.apply(by=make_person("one@steppe.example", "One"))
    body = Organisation.objects.create(name="Cat Zoo", country="SE", created_at=clock.now())
    body.memberships.create(user=set_.carol, since=clock.now())
    zoo = Zoo.objects.create(
        organisation=body,
        legal_name="Cat Zoo",
        finance_email="money@cat.example",
        created_at=clock.now(),
    )
    Contribution.objects.create(
        form_token=uuid.uuid4(),
        zoo=zoo,
        entity=set_.entity,
        fund=set_.funds[0],
        currency="EUR",
        amount_minor=100_000,
        pace="yearly",
        state="running",
        starts_on=dt.date(2026, 1, 1),
        next_on=dt.date(2027, 1, 1),
        created_at=clock.now(),
        created_by="test",
    )
    assert set_.funds[0].restriction != "restricted"
    assert recusals.flags(wanted, set_.carol) == []
    Fund.objects.filter(pk=set_.funds[0].pk).update(
        restriction="restricted", surplus="To the fund."
    )
    assert recusals.flags(wanted, set_.carol) == [SAID]
    assert recusals.flags(wanted, set_.members[2]) == []
