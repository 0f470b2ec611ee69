"""Goal: nothing of an application opens to a member before they have said what ties them to it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import DatabaseError, transaction

from funding import clock, waits
from funding.audit.models import Record
from funding.errors import Refused
from funding.users.models import Role, User
from grants import benches, declarations, recusals, votes
from grants.declarations import NotRulable, NotTakenBack, Standing, Undeclared, WaitsForTheChair
from grants.models import (
    Application,
    Choice,
    Declaration,
    Interest,
    Item,
    Nature,
    Recusal,
    Ruling,
    Vote,
)
from grants.recusals import DecidedAlready, NotAMember, ReasonMissing, Recused
from tests.grants.decisions.cast import Table, none_declared, table
from tests.people import make_person

pytestmark = pytest.mark.django_db


@contextmanager
def by_the_database(name: str) -> Iterator[None]:
    """A change that the database refuses by the constraint of this name."""
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        yield
    cause = caught.value.__cause__
    assert isinstance(cause, psycopg.Error)
    assert cause.diag.constraint_name == name


def soft(wanted: Application, by: User, words: str = "We wrote a paper.") -> Declaration:
    """A soft interest of a member."""
    return declarations.declare(
        application_id=wanted.pk, interest=Interest.SOFT, nature="wrote", words=words, by=by
    )


def cast_on(item: Item, by: User) -> Vote:
    """A vote by the rule."""
    return votes.cast(item_id=item.pk, choice=Choice.FOR, by=by)


def row_of(item: Item, by: User) -> Vote:
    """A vote past the rule."""
    return Vote.objects.create(item=item, member=by, choice="for", cast_at=clock.now())


def open_item(set_: Table, declared: int) -> Item:
    """An item under vote on which the first so many members have declared."""
    wanted = set_.apply(declared=False)
    none_declared(wanted, set_.members[:declared])
    return set_.put({0: 100_000}).items.get()


def test_the_database_refuses_a_vote_of_who_has_not_declared() -> None:
    set_ = table()
    item = open_item(set_, declared=1)
    with by_the_database("vote_is_of_a_member_who_declared"):
        row_of(item, set_.carol)
    with pytest.raises(Undeclared, match="First say whether you have an interest in “Steppe”"):
        cast_on(item, set_.carol)
    assert not Vote.objects.exists()
    declarations.declare(application_id=item.application_id, interest=Interest.NONE, by=set_.carol)
    cast_on(item, set_.carol)
    assert Vote.objects.count() == 1


def test_the_database_refuses_a_vote_of_who_is_out_or_waits() -> None:
    set_ = table()
    wanted = set_.apply()
    item = set_.put({0: 100_000}).items.get()
    third, fourth = set_.members[2:4]
    declarations.step_out(application_id=wanted.pk, reason="Kin.", by=set_.carol)
    with by_the_database("vote_is_not_of_who_stepped_out"):
        row_of(item, set_.carol)
    soft(wanted, third)
    with by_the_database("vote_waits_for_the_ruling"):
        row_of(item, third)
    with pytest.raises(WaitsForTheChair):
        cast_on(item, third)
    with by_the_database("vote_is_not_of_who_stepped_out"):
        row_of(item, set_.asel)
    kept = row_of(item, fourth)
    soft(wanted, fourth)
    assert not Vote.objects.filter(pk=kept.pk).exists()


def test_what_the_database_refuses_is_said_in_a_sentence() -> None:
    set_ = table()
    item = open_item(set_, declared=1)
    with (
        pytest.raises(Undeclared, match="First say"),
        declarations.refusing(item.application),
        transaction.atomic(),
    ):
        row_of(item, set_.carol)


def test_declarations_only_grow() -> None:
    set_ = table()
    wanted = set_.apply()
    made = soft(wanted, set_.carol)
    with by_the_database("declaration_only_grows"):
        Declaration.objects.filter(pk=made.pk).update(interest="none", nature="", words="")
    with by_the_database("declaration_only_grows"):
        made.delete()
    with by_the_database("declaration_is_not_taken_back"):
        none_declared(wanted, [set_.carol])
    with by_the_database("declaration_of_an_interest_says_which"):
        Declaration.objects.create(
            application=wanted, member=set_.carol, interest="hard", declared_at=clock.now()
        )
    with pytest.raises(NotTakenBack):
        declarations.declare(application_id=wanted.pk, interest=Interest.NONE, by=set_.carol)
    # All of a person goes: then their words go, and only these.
    Declaration.objects.filter(pk=made.pk).update(words="erased", flags=[])


def test_rulings_are_written_once_by_another_and_on_soft_interests() -> None:
    set_ = table()
    wanted = set_.apply()
    made = soft(wanted, set_.carol)

    def row(declaration: Declaration, by: User) -> Ruling:
        return Ruling.objects.create(
            declaration=declaration,
            may_take_part=True,
            sentence="Long ago.",
            ruled_by=by,
            ruled_at=clock.now(),
        )

    with by_the_database("ruling_is_of_another"):
        row(made, set_.carol)
    with by_the_database("ruling_is_of_another"):
        row(Declaration.objects.get(member=set_.members[2]), set_.dan)
    ruling = declarations.rule(
        declaration_id=made.pk, may_take_part=True, sentence="Long ago.", by=set_.dan
    )
    with by_the_database("ruling_is_written_once"):
        Ruling.objects.filter(pk=ruling.pk).update(may_take_part=False)
    with by_the_database("grants_ruling_declaration_id_key"):
        row(made, set_.dan)


@pytest.mark.parametrize("allowed", [True, False])
def test_a_chair_rules_on_a_soft_interest(allowed: bool) -> None:
    set_ = table()
    wanted = set_.apply()
    item = set_.put({0: 100_000}).items.get()
    made = soft(wanted, set_.carol)
    assert declarations.may_read(wanted, set_.carol)
    assert not declarations.may_score(wanted, set_.carol)
    for _ in range(2):
        declarations.rule(
            declaration_id=made.pk, may_take_part=allowed, sentence="One paper.", by=set_.dan
        )
    assert declarations.may_score(wanted, set_.carol) is allowed
    assert Recusal.objects.exists() is not allowed
    with pytest.raises(NotRulable):
        declarations.rule(
            declaration_id=made.pk, may_take_part=not allowed, sentence="No.", by=set_.dan
        )
    if allowed:
        cast_on(item, set_.carol)
    else:
        with pytest.raises(Recused):
            cast_on(item, set_.carol)


def test_nobody_else_rules_and_not_without_a_sentence() -> None:
    set_ = table()
    made = soft(set_.apply(), set_.carol)
    for who, said, error in (
        (set_.carol, "Fine.", NotRulable),
        (set_.members[2], "Fine.", NotRulable),
        (set_.pat, "Fine.", NotRulable),
        (set_.dan, " ", ReasonMissing),
    ):
        with pytest.raises(error):
            declarations.rule(declaration_id=made.pk, may_take_part=True, sentence=said, by=who)
    assert not Ruling.objects.exists()


def test_a_soft_interest_on_which_no_chair_can_rule_is_hard() -> None:
    set_ = table()
    wanted, other = set_.apply(), set_.apply("Forest")
    made = soft(wanted, set_.carol)
    assert declarations.standing(wanted, set_.carol) == Standing.WAITS
    soft(wanted, set_.dan)
    for who in (set_.carol, set_.dan):
        assert declarations.standing(wanted, who) == Standing.OUT
    dora = make_person("chair2@example.org", "Chair Two", Role.CHAIR)
    soft(other, set_.dan)
    assert declarations.standing(other, set_.dan) == Standing.WAITS
    with pytest.raises(Undeclared):
        declarations.rule(
            declaration_id=Declaration.objects.get(application=other, interest="soft").pk,
            may_take_part=True,
            sentence="Fine.",
            by=dora,
        )
    with pytest.raises(Refused):
        declarations.rule(declaration_id=made.pk, may_take_part=True, sentence="No.", by=dora)
    declarations.step_out(application_id=other.pk, reason="Kin.", by=dora)
    assert declarations.standing(other, set_.dan) == Standing.OUT


def test_who_may_declare_what_and_when() -> None:
    set_ = table()
    wanted = set_.apply(declared=False)

    def say(by: User, interest: Interest = Interest.NONE, **facts: str) -> Callable[[], object]:
        return lambda: declarations.declare(
            application_id=wanted.pk, interest=interest, by=by, **facts
        )

    for deed, error in (
        (say(set_.pat), NotAMember),
        (say(set_.carol, Interest.SOFT), ReasonMissing),
        (say(set_.carol, Interest.SOFT, nature="wrote"), ReasonMissing),
        (say(set_.carol, Interest.HARD, nature="rubbish", words="Kin."), ReasonMissing),
    ):
        with pytest.raises(error):
            deed()
    assert not Declaration.objects.exists()
    none_declared(wanted, set_.members[:4])
    last = set_.members[4]
    set_.put({0: 100_000})
    Application.objects.filter(pk=wanted.pk).update(
        state="declined", decided_at=clock.now(), decline_reason="No."
    )
    with pytest.raises(DecidedAlready):
        declarations.step_out(application_id=wanted.pk, reason="Kin.", by=last)
    assert not declarations.may_read(wanted, last)
    say(last)()
    assert declarations.may_read(wanted, last)


def test_to_declare_twice_is_harmless_and_the_log_says_nothing_of_it() -> None:
    set_ = table()
    wanted = set_.apply(declared=False)
    for _ in range(2):
        soft(wanted, set_.carol, "My secret.")
    assert Declaration.objects.count() == 1
    rows = [row for row in Record.objects.all() if row.action == "interest.declared"]
    assert len(rows) == 1
    assert "secret" not in str([row.facts for row in Record.objects.all()])


def test_a_member_who_applies_is_out_of_it_by_that_alone() -> None:
    set_ = table()
    own = set_.apply(by=set_.carol)
    assert declarations.standing(own, set_.carol) == Standing.APPLICANT
    assert not declarations.may_read(own, set_.carol)
    assert own not in Application.objects.open_to(set_.carol)
    assert own not in Application.objects.decided_by(set_.carol)
    assert own not in declarations.undeclared(set_.round, set_.carol)
    assert own not in benches.proposable(set_.round, set_.carol, None)
    with pytest.raises(Recused):
        declarations.declare(application_id=own.pk, interest=Interest.NONE, by=set_.carol)
    item = set_.put({0: 100_000}).items.get()
    with pytest.raises(Recused):
        cast_on(item, set_.carol)


def test_the_lists_agree_with_what_is_said_of_each() -> None:
    set_ = table()
    hard, own = set_.apply("Hard"), set_.apply("Own", by=set_.carol)
    waits_, allowed, barred = (set_.apply(title) for title in ("Waits", "Allowed", "Barred"))
    silent, free = set_.apply("Silent", declared=False), set_.apply("Free")
    declarations.step_out(application_id=hard.pk, reason="Kin.", by=set_.carol)
    soft(waits_, set_.carol)
    for each, may in ((allowed, True), (barred, False)):
        made = soft(each, set_.carol)
        declarations.rule(
            declaration_id=made.pk, may_take_part=may, sentence="Because.", by=set_.dan
        )
    rows = list(Application.objects.select_related("round"))
    found = declarations.standings(rows, set_.carol)
    assert found == {
        hard.pk: Standing.OUT,
        own.pk: Standing.APPLICANT,
        waits_.pk: Standing.WAITS,
        allowed.pk: Standing.ALLOWED,
        barred.pk: Standing.OUT,
        silent.pk: Standing.UNDECLARED,
        free.pk: Standing.FREE,
    }
    rows_ = Application.objects.told_recusals(set_.carol)
    told = {row.pk: getattr(row, "is_closed") for row in rows_}  # noqa: B009
    assert set(Application.objects.open_to(set_.carol)) == {waits_, allowed, free}
    assert set(Application.objects.decided_by(set_.carol)) == {allowed, free}
    assert set(Application.objects.undeclared_by(set_.carol)) == {silent}
    assert {pk for pk, closed in told.items() if not closed} == {
        pk for pk, where in found.items() if where in declarations.READS
    }


def test_a_round_that_does_not_ask_is_open_to_its_members() -> None:
    set_ = table()
    set_.round.asks_interests = False
    set_.round.save()
    wanted = set_.apply(declared=False)
    item = set_.put({0: 100_000}).items.get()
    assert declarations.may_score(wanted, set_.carol)
    cast_on(item, set_.carol)


def test_what_waits_in_the_inbox() -> None:
    set_ = table()
    wanted = set_.apply(declared=False)
    assert [wait.title for wait in waits.for_user(set_.carol)] == [
        "Say what interest you have in Round 2027"
    ]
    none_declared(wanted, [set_.dan])
    soft(wanted, set_.carol)
    assert not waits.for_user(set_.carol)
    assert [wait.title for wait in waits.for_user(set_.dan)] == ["May Carol take part in “Steppe”?"]


FLAGS = (
    "You and the applicant both have an e-mail address at example.org.",
    "You act for Steppe Team, which applies.",
    "The application names you.",
    "You had a part in an earlier award to Steppe Team.",
)


def test_what_the_books_know_is_flagged_and_kept_beside_the_declaration() -> None:
    set_ = table(200_000)
    body = set_.apply(submitted={"team": "Carol Example and others"})
    User.objects.filter(pk=set_.carol.pk).update(name="Carol Example")
    set_.carol.refresh_from_db()
    body.project.organisation.memberships.create(user=set_.carol, since=clock.now())
    assert recusals.flags(body, set_.carol) == [FLAGS[1], FLAGS[0], FLAGS[2]]
    later = set_.apply("Later", declared=False)
    User.objects.filter(pk=set_.carol.pk).update(email="carol@gmail.com")
    set_.decided({0: 90_000})
    set_.carol.refresh_from_db()
    assert recusals.flags(later, set_.carol) == [FLAGS[1], FLAGS[3]]
    said = declarations.declare(application_id=later.pk, interest=Interest.NONE, by=set_.carol)
    assert said.flags == [FLAGS[1], FLAGS[3]]


def test_no_public_mail_provider_is_a_tie_and_no_single_name() -> None:
    set_ = table()
    by = make_person("one@gmail.com", "One")
    wanted = set_.apply(by=by, submitted={"team": "Carol and others"})
    User.objects.filter(pk=set_.carol.pk).update(email="two@gmail.com")
    set_.carol.refresh_from_db()
    assert recusals.flags(wanted, set_.carol) == []


def test_flags_of_many_cost_as_much_as_of_one(django_assert_num_queries: object) -> None:
    set_ = table()
    for at in range(8):
        set_.apply(f"Work {at}", declared=False)
    rows = list(declarations.undeclared(set_.round, set_.carol))
    # Two of them ask who applies together, and with whom; one who is named to speak for it.
    with django_assert_num_queries(7):  # type: ignore[operator]
        assert len(recusals.flags_of(rows, set_.carol)) == 8


def test_natures_are_told_in_the_minute_so_none_is_missing() -> None:
    assert set(Nature.values) >= {"kin", "body", "money", "applied", "other"}
