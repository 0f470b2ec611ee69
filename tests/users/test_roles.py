"""Roles: held for days that are written down, and never by nobody who could give them."""

import datetime as dt
import threading
from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, connection, transaction

from funding import clock
from funding.audit.models import Record
from funding.errors import Refused
from funding.users import roles
from funding.users.models import Role, Term, User
from funding.users.roles import LastAdministrator, TermIsOver, TermsOverlap
from tests.ledger.racing import together
from tests.people import make_person

DAY = dt.timedelta(days=1)
Clock = Callable[[dt.datetime], None]


def today() -> dt.date:
    return clock.today("UTC")


def give(user: User, role: Role = Role.OFFICER, first: int = 0, last: int | None = None) -> Term:
    """A term from so many days off to so many days off."""
    return roles.grant(
        user_id=user.pk,
        role=role,
        starts_on=today() + first * DAY,
        ends_on=None if last is None else today() + last * DAY,
        actor="user:1",
    )


@pytest.fixture
def pat(db: None) -> User:
    return make_person("pat@fund.example", "Pat")


@pytest.mark.parametrize(("first", "last"), [(0, None), (-5, 0), (0, 0), (-3, 2)])
def test_a_role_is_held_on_the_days_of_its_term(pat: User, first: int, last: int | None) -> None:
    give(pat, first=first, last=last)
    assert roles.current(pat) == {Role.OFFICER}
    assert roles.has(pat, Role.TREASURER, Role.OFFICER)
    assert not roles.has(pat, Role.TREASURER)
    assert list(roles.holders(Role.OFFICER)) == [pat]


@pytest.mark.parametrize(("first", "last"), [(1, None), (-5, -1), (2, 9)])
def test_before_and_after_it_is_not(pat: User, first: int, last: int) -> None:
    give(pat, first=first, last=last)
    assert roles.current(pat) == frozenset()
    assert not roles.holders(Role.OFFICER)


def test_a_term_ends_at_midnight_utc_wherever_its_holder_sits(pat: User, clock_at: Clock) -> None:
    clock_at(dt.datetime(2027, 3, 31, 23, 59, tzinfo=dt.UTC))
    give(pat, last=0)
    assert roles.current(pat)
    clock_at(dt.datetime(2027, 4, 1, 0, 1, tzinfo=dt.UTC))
    assert not roles.current(pat)


def test_nobody_and_a_closed_account_hold_nothing(pat: User) -> None:
    give(pat)
    assert roles.current(AnonymousUser()) == frozenset()
    pat.is_active = False
    pat.save()
    assert roles.current(pat) == frozenset()
    assert not roles.holders(Role.OFFICER)
    with pytest.raises(Refused, match="closed"):
        give(pat, Role.TREASURER)
    assert Term.objects.count() == 1


@pytest.mark.parametrize(
    ("first", "last"), [(0, None), (-9, 0), (5, 5), (10, None), (-20, None), (3, 7)]
)
def test_the_same_role_is_not_held_twice_on_one_day(
    pat: User, first: int, last: int | None
) -> None:
    give(pat, first=0, last=10)
    with pytest.raises(TermsOverlap):
        give(pat, first=first, last=last)
    assert Term.objects.count() == Record.objects.count() == 1


def test_terms_may_follow_each_other_and_other_roles_stand_beside(pat: User) -> None:
    give(pat, first=0, last=10)
    give(pat, first=11)
    give(pat, first=-10, last=-1)
    give(pat, Role.TREASURER)
    assert roles.current(pat) == {Role.OFFICER, Role.TREASURER}


def test_a_term_that_ends_before_it_begins_is_refused_by_rule_and_by_table(pat: User) -> None:
    with pytest.raises(Refused, match="before the first"):
        give(pat, first=0, last=-1)
    with pytest.raises(IntegrityError, match="term_ends_after_it_starts"), transaction.atomic():
        Term.objects.create(
            user=pat, role=Role.CHAIR, starts_on=today(), ends_on=today() - DAY, granted_by="x"
        )
    with pytest.raises(IntegrityError, match="term_role_is_known"), transaction.atomic():
        Term.objects.create(user=pat, role="king", starts_on=today(), granted_by="x")
    assert not Term.objects.exists()


def test_ending_takes_effect_the_day_after_the_last(pat: User) -> None:
    term = give(pat, first=-30)
    roles.end(term_id=term.pk, ends_on=today(), actor="user:1")
    assert roles.current(pat)
    roles.end(term_id=term.pk, ends_on=today() - DAY, actor="user:1")
    assert not roles.current(pat)
    assert [row.action for row in Record.objects.order_by("pk")] == [
        "role.granted",
        "role.ended",
        "role.ended",
    ]
    with pytest.raises(TermIsOver):
        roles.end(term_id=term.pk, ends_on=today(), actor="user:1")
    assert not roles.current(pat)


def test_the_past_is_not_rewritten(pat: User) -> None:
    term = give(pat, first=-30)
    with pytest.raises(Refused, match="in the past"):
        roles.end(term_id=term.pk, ends_on=today() - 2 * DAY, actor="user:1")
    term.refresh_from_db()
    assert term.ends_on is None


def test_a_role_given_by_mistake_today_leaves_only_its_trace(pat: User) -> None:
    term = give(pat)
    roles.end(term_id=term.pk, ends_on=today() - DAY, actor="user:1")
    assert not Term.objects.exists()
    assert Record.objects.filter(action="role.ended").count() == 1
    give(pat)


def test_the_last_administrator_stays(pat: User) -> None:
    term = give(pat, Role.ADMINISTRATOR)
    with pytest.raises(LastAdministrator):
        roles.end(term_id=term.pk, ends_on=today() - DAY, actor="user:1")
    with pytest.raises(LastAdministrator):
        roles.end(term_id=term.pk, ends_on=today() + 90 * DAY, actor="user:1")
    term.refresh_from_db()
    assert term.ends_on is None


@pytest.mark.parametrize(
    ("first", "last", "closed"), [(5, None, False), (-9, -1, False), (0, None, True)]
)
def test_an_administrator_to_come_or_gone_is_no_successor(
    pat: User, first: int, last: int | None, closed: bool
) -> None:
    term = give(pat, Role.ADMINISTRATOR)
    other = make_person("ada@fund.example", "Ada")
    give(other, Role.ADMINISTRATOR, first, last)
    User.objects.filter(pk=other.pk).update(is_active=not closed)
    with pytest.raises(LastAdministrator):
        roles.end(term_id=term.pk, ends_on=today(), actor="user:1")


def test_with_a_successor_from_the_next_day_on_the_last_may_go(pat: User) -> None:
    term = give(pat, Role.ADMINISTRATOR)
    give(make_person("ada@fund.example", "Ada"), Role.ADMINISTRATOR, first=1)
    roles.end(term_id=term.pk, ends_on=today(), actor="user:1")
    term.refresh_from_db()
    assert term.ends_on == today()


def two_administrators() -> list[Term]:
    people = [make_person(f"{name}@fund.example", name, Role.ADMINISTRATOR) for name in "ab"]
    return [Term.objects.get(user=each) for each in people]


def test_two_administrators_who_end_each_other_leave_one(committed: None) -> None:
    terms = two_administrators()
    yesterday = today() - DAY
    got = together(
        2, lambda n: roles.end(term_id=terms[n].pk, ends_on=yesterday, actor=f"user:{n}")
    )
    assert sorted(type(each).__name__ for each in got) == ["LastAdministrator", "NoneType"]
    assert roles.holders(Role.ADMINISTRATOR).count() == 1


def test_without_the_lock_both_would_find_the_other_one_there(committed: None) -> None:
    terms = two_administrators()
    looked = threading.Barrier(2)

    def end_unlocked(number: int) -> bool:
        with transaction.atomic():
            others = Term.objects.filter(role=Role.ADMINISTRATOR, ends_on__isnull=True)
            found = others.exclude(pk=terms[number].pk).exists()
            looked.wait(timeout=10)
            Term.objects.filter(pk=terms[number].pk).update(ends_on=today() - DAY)
        return found

    assert together(2, end_unlocked) == [True, True]
    assert roles.holders(Role.ADMINISTRATOR).count() == 0


def test_two_who_give_the_same_role_at_once_give_it_once(committed: None) -> None:
    pat = make_person("pat@fund.example", "Pat")
    got = together(2, lambda _n: give(pat))
    assert sorted(type(each).__name__ for each in got) == ["Term", "TermsOverlap"]
    assert Term.objects.count() == 1


def test_without_the_persons_lock_both_would_find_the_days_free(committed: None) -> None:
    pat = make_person("pat@fund.example", "Pat")
    looked = threading.Barrier(2)

    def give_unlocked(_number: int) -> bool:
        with transaction.atomic():
            is_free = not Term.objects.filter(user=pat, role=Role.OFFICER).exists()
            looked.wait(timeout=10)
            Term.objects.create(user=pat, role=Role.OFFICER, starts_on=today(), granted_by="x")
        return is_free

    assert together(2, give_unlocked) == [True, True]
    assert Term.objects.count() == 2
    connection.close()
