"""Goal: whoever was mailed a statement that is not right any more is mailed the right one, once."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.db import IntegrityError, transaction

from donors import corrections, statements
from donors.models import Gift, YearEndShare
from funding.ledger.models import Fund
from funding.mail.models import Mail
from funding.parties.models import Entity
from tests.clocks import clock_at as clock_at
from tests.donors.stating import at, could_not, given_back
from tests.donors.test_year_ends import begun, givers, worked
from tests.ledger.racing import together

ClockAt = Callable[[dt.datetime], None]


@pytest.fixture(autouse=True)
def after_the_year(clock_at: ClockAt) -> None:
    cache.clear()
    clock_at(at("2026-01-05"))


@pytest.fixture
def mailed(entity: Entity, general: Fund) -> list[Gift]:
    """Two donors whose statements of the year have left."""
    gifts = givers(general, 2)
    worked(begun(entity))
    assert Mail.objects.filter(key__startswith="yearend:").count() == 2
    return gifts


def night() -> int:
    """What is done every night, and by the workers after it."""
    asked = corrections.look_around()
    statements.sweep()
    corrections.sweep()
    return asked


def corrected() -> list[Mail]:
    return list(Mail.objects.filter(subject__startswith="Corrected").order_by("pk"))


def test_the_database_knows_what_was_mailed(mailed: list[Gift]) -> None:
    name = "yearendshare_mailed_has_its_instant"
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        YearEndShare.objects.update(mailed_at=None)
    assert set(YearEndShare.objects.values_list("mailed_version", flat=True)) == {1}


def test_a_refund_after_the_year_is_told_once_to_whom_it_concerns(
    mailed: list[Gift], clock_at: ClockAt
) -> None:
    assert night() == 0
    clock_at(at("2026-01-08"))
    given_back(mailed[0], 400)
    clock_at(at("2026-01-09"))
    assert night() == 1
    (mail,) = corrected()
    assert mail.to_address == "giver0@donor.example"
    text = " ".join(mail.text.split())
    assert "8 January 2026: €4.00 of your gift of 5 May 2025 were given back to you." in text
    assert "What remains of these days now: €6.00." in text
    assert mail.attachments.count() == 1
    assert (night(), night()) == (0, 0)
    assert len(corrected()) == 1


def test_the_moves_of_a_night_are_one_mail_and_later_ones_another(
    mailed: list[Gift], clock_at: ClockAt
) -> None:
    clock_at(at("2026-01-08"))
    given_back(mailed[0], 100)
    back = given_back(mailed[0], 200)
    clock_at(at("2026-01-09"))
    night()
    clock_at(at("2026-02-01"))
    could_not(back)
    clock_at(at("2026-02-02"))
    night()
    first, second = corrected()
    assert " ".join(first.text.split()).count("were given back to you") == 2
    assert "€2.00 of your gift of 5 May 2025 came to us again." in " ".join(second.text.split())
    assert "were given back" not in " ".join(second.text.split())


def test_many_workers_at_once_mail_one(mailed: list[Gift], clock_at: ClockAt) -> None:
    clock_at(at("2026-01-08"))
    given_back(mailed[0], 400)
    clock_at(at("2026-01-09"))
    together(4, lambda _number: corrections.look_around())
    statements.sweep()
    said = together(4, lambda _number: corrections.sweep())
    assert [each for each in said if isinstance(each, Exception)] == []
    assert len(corrected()) == 1


def test_a_mail_that_died_on_the_way_is_not_lost(mailed: list[Gift], clock_at: ClockAt) -> None:
    clock_at(at("2026-01-08"))
    given_back(mailed[0], 400)
    clock_at(at("2026-01-09"))
    corrections.look_around()
    # No worker has made it yet, and nothing is mailed before.
    assert corrections.sweep() == 0
    statements.sweep()
    assert corrections.sweep() == 1


def test_another_name_alone_is_not_mailed(mailed: list[Gift], entity: Entity) -> None:
    donor = mailed[0].donor
    donor.name = "Another Name"
    donor.save()
    worked(begun(entity))
    assert corrections.sweep() == 0
    assert corrected() == []
    assert YearEndShare.objects.get(donor=donor).mailed_version == 2
