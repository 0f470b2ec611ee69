"""Two people whose lives touch every part of the product, with words that nobody else has."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from donors import consents, merges, receipts, statements
from donors.models import Donor, Gift, Purpose, TributeKind
from donors.tributes import Dedication
from funding.ledger.models import Fund
from funding.users.models import User
from tests.donors.stating import at, given, given_back
from tests.people import make_person

NAME: Final = "Zbigniew Unheard"
EMAIL: Final = "zbigniew@secret.example"
WORK: Final = "zbig@work.secret.example"
STREET: Final = "Cicha 7, 00-001 Warszawa"
WORDS: Final = "In memory of my cat Dziadek"
OTHER: Final = "Åsa Openly"
OTHER_EMAIL: Final = "asa@other.example"

# What only Zbigniew is called, and where he is reached.
SECRETS: Final = ("Unheard", "secret.example", "Cicha 7", "Dziadek")
OTHERS: Final = ("Openly", "other.example", "Bronwen")


def lived(fund: Fund, *, email: str = EMAIL, name: str = NAME, account: bool = True) -> Gift:
    """Gifts, one of them given back in part, with all that may hang on them."""
    gift = given(fund, 2550, at("2025-03-01"), name=name, email=email, message=WORDS, news=True)
    given_back(gift, 1000)
    asked = Dedication(TributeKind.MEMORY, "Dziadek Unheard", "Sleep well.", "", "", None)
    given(fund, 700, at("2025-04-01"), name=name, email=email, tribute=asked)
    receipts.sweep()
    donor = gift.donor
    if account:
        have_account(email, name)
    choices = consents.Choices(frozenset({Purpose.NEWS, Purpose.POST}), STREET)
    consents.answer(addresses=[email], choices=choices, actor="user:1")
    row = statements.order(
        donor=donor,
        entity=fund.entity,
        begins_on=dt.date(2025, 1, 1),
        ends_on=dt.date(2025, 12, 31),
        actor="user:1",
    )
    assert statements.make(row.pk)
    gift.refresh_from_db()
    return gift


def have_account(email: str, name: str) -> User:
    """The account of somebody who gave, opened by its owner."""
    user = User.objects.filter(email=email).first() or make_person(email, name)
    EmailAddress.objects.filter(user=user, email=email).update(verified=True)
    return user


def brought_in(fund: Fund, kept: Donor) -> Donor:
    """A second donor of the same person, with the address at work."""
    gone = given(fund, 300, at("2025-05-01"), name="Z. Unheard", email=WORK).donor
    merges.merge(kept_id=kept.pk, gone_id=gone.pk, why="Unheard wrote so.", actor="user:1")
    return gone


def somebody_else(fund: Fund) -> Gift:
    """Another giver with an account, a message and a receipt."""
    gift = given(fund, 1500, at("2025-03-02"), name=OTHER, email=OTHER_EMAIL, message="For Bronwen")
    receipts.sweep()
    have_account(OTHER_EMAIL, OTHER)
    return gift


@contextmanager
def refused(name: str) -> Iterator[None]:
    """The database refuses it by a rule of this name."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        yield
    cause = caught.value.__cause__
    assert isinstance(cause, psycopg.Error)
    assert cause.diag.constraint_name == name
