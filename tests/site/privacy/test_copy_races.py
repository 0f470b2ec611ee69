"""Goal: however many ask for a copy or make one at once, there is one."""

import pytest
from django.db import transaction

from funding import clock
from funding.mail.models import Mail
from funding.site.privacy import copies, persons
from funding.site.privacy.models import CopyState, DataCopy
from funding.users.models import User
from tests import make
from tests.ledger.racing import together
from tests.people import make_person


@pytest.fixture
def user(committed: None) -> User:
    make.fund(make.entity())
    return make_person("many@donor.example", "Many")


def ordered(user: User) -> DataCopy:
    return copies.order(person=persons.of_user(user), actor=f"user:{user.pk}", language="en")


def test_many_who_ask_at_once_get_one(user: User) -> None:
    made = together(6, lambda _: ordered(user).pk)
    assert len(set(made)) == 1, made
    assert DataCopy.objects.count() == 1


def test_control_without_the_constraint_there_would_be_several(user: User) -> None:
    def careless(_: int) -> int:
        with transaction.atomic():
            row = copies.standing(persons.of_user(user))
            if row is None:
                # Not waiting, so that the constraint lets all of them by.
                row = DataCopy.objects.create(
                    subject=f"user:{user.pk}",
                    asked_by="user:1",
                    asked_at=clock.now(),
                    due_at=clock.now(),
                    state=CopyState.GONE,
                )
            return row.pk

    assert len(set(together(6, careless))) == 6


def test_two_workers_make_it_once(user: User) -> None:
    copy = ordered(user)
    done = together(3, lambda _: copies.make(copy.pk))
    assert sorted(map(str, done)) == ["False", "False", "True"]
    assert Mail.objects.filter(key__startswith="data-copy:").count() == 1
