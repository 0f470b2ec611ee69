"""Goal: while somebody is removed, a gift with their address is a new donor's, and none is lost."""

import threading

import pytest
from django.db import transaction

from donors import donors
from donors.models import Donor, Gift
from funding.ledger.models import Fund
from tests import make
from tests.donors.stating import at, given
from tests.ledger.racing import together
from tests.site.privacy import lives

EMAIL = "gone@donor.example"


@pytest.fixture
def general(committed: None) -> Fund:
    return make.fund(make.entity())


def test_a_gift_that_comes_meanwhile_is_somebody_news(general: Fund) -> None:
    old = given(general, 1000, at("2025-03-01"), email=EMAIL).donor
    erased, tried = threading.Event(), threading.Event()

    def deed(number: int) -> int:
        if number == 0:
            with transaction.atomic():
                donors.forget(old.pk)
                erased.set()
                # Long enough for the other one to come to the locked row.
                tried.wait(timeout=1)
            return old.pk
        erased.wait(timeout=10)
        return make.gift(general, email=EMAIL, name="New").donor_id

    _, new = together(2, deed)
    assert isinstance(new, int), new
    assert new != old.pk
    assert Donor.objects.get(pk=new).name == "New"
    assert Gift.objects.filter(donor=old).count() == 1


def test_control_the_database_refuses_a_gift_that_names_one_who_was_removed(general: Fund) -> None:
    gift = given(general, 1000, at("2025-03-01"), email=EMAIL)
    other = make.gift(general, email="other@donor.example")
    donors.forget(gift.donor_id)
    with lives.refused("gift_is_of_a_donor_who_stands"):
        Gift.objects.filter(pk=other.pk).update(donor=gift.donor_id)
