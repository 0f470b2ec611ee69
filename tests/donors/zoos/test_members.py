"""Goal: a zoo always has an owner, and nobody comes in but by an invitation that is theirs."""

import datetime as dt
import time
from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction

from donors.models import Invitation, Zoo
from donors.zoos import invitations, members, zoos
from donors.zoos.invitations import InvitationEnded, NotInvited
from donors.zoos.members import LastOwner, NotAMember
from funding import clock
from funding.audit.models import Record
from funding.mail.models import Mail
from funding.parties.models import Membership, Part
from tests.clocks import clock_at as clock_at
from tests.donors.zoos import zoo_world
from tests.donors.zoos.zoo_world import joins, person
from tests.ledger.racing import together
from tests.people import make_person


def owners(zoo: Zoo) -> int:
    """How many own it."""
    return members.of(zoo).filter(part=Part.OWNER).count()


@pytest.mark.django_db
def test_the_last_owner_neither_leaves_nor_becomes_less() -> None:
    zoo = zoo_world.zoo(person("bob"))
    joins(zoo, person("fia"), Part.FINANCE)
    bob = members.of(zoo).get(part=Part.OWNER)
    before = Record.objects.count()
    with pytest.raises(LastOwner):
        members.end(zoo_id=zoo.pk, member_id=bob.pk, actor=f"user:{bob.user_id}")
    with pytest.raises(LastOwner):
        members.set_part(zoo_id=zoo.pk, member_id=bob.pk, part=Part.VIEWER, actor="user:1")
    bob.refresh_from_db()
    assert (bob.part, bob.ended_at, Record.objects.count()) == (Part.OWNER, None, before)


@pytest.mark.parametrize("change", [{"ended_at": clock.now()}, {"part": Part.VIEWER}])
@pytest.mark.django_db
def test_the_database_alone_keeps_the_last_owner(change: dict[str, object]) -> None:
    zoo = zoo_world.zoo(person("bob"))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError, match="A zoo needs an owner"), transaction.atomic():
        members.of(zoo).update(**change)
    assert owners(zoo) == 1


def test_two_owners_who_leave_at_once_leave_one_behind(committed: None) -> None:
    zoo = zoo_world.zoo(person("bob"))
    joins(zoo, person("ann"), Part.OWNER)
    ids = list(members.of(zoo).values_list("pk", flat=True))

    def leave(number: int) -> object:
        return members.end(zoo_id=zoo.pk, member_id=ids[number], actor="user:1")

    outcomes = together(2, leave)
    assert [type(each) for each in outcomes].count(LastOwner) == 1
    assert owners(zoo) == 1


def test_without_the_lock_the_rule_lets_both_go_and_the_database_does_not(committed: None) -> None:
    zoo = zoo_world.zoo(person("bob"))
    joins(zoo, person("ann"), Part.OWNER)
    ids = list(members.of(zoo).values_list("pk", flat=True))
    believed: list[bool] = []

    def leave(number: int) -> object:
        with transaction.atomic():
            believed.append(owners(zoo) > 1)
            time.sleep(0.3)
            return Membership.objects.filter(pk=ids[number]).update(ended_at=clock.now())

    outcomes = together(2, leave)
    assert believed == [True, True]
    assert [type(each) for each in outcomes].count(IntegrityError) == 1
    assert owners(zoo) == 1


@pytest.mark.django_db
def test_members_come_change_and_go() -> None:
    zoo = zoo_world.zoo(person("bob"))
    ann = joins(zoo, person("ann"), Part.VIEWER)
    for _ in range(2):
        members.set_part(zoo_id=zoo.pk, member_id=ann.pk, part=Part.OWNER, actor="user:1")
    assert Record.objects.filter(action="zoo.part_changed").count() == 1
    bob = members.of(zoo).exclude(pk=ann.pk).get()
    members.end(zoo_id=zoo.pk, member_id=bob.pk, actor=f"user:{bob.user_id}")
    assert list(members.of(zoo)) == [ann]
    assert Record.objects.filter(action="zoo.left").exists()
    with pytest.raises(NotAMember):
        members.end(zoo_id=zoo.pk, member_id=bob.pk, actor="user:1")
    # Who has left may be asked again.
    assert joins(zoo, bob.user, Part.FINANCE).part == Part.FINANCE


@pytest.mark.django_db
def test_a_member_of_another_zoo_is_no_member_here() -> None:
    zoo = zoo_world.zoo(person("bob"))
    other = zoo_world.zoo(person("ann"), name="Norrvik Djurpark")
    ann = members.of(other).get()
    with pytest.raises(NotAMember):
        members.end(zoo_id=zoo.pk, member_id=ann.pk, actor="user:1")
    assert members.part_of(zoo, ann.user) is None
    assert list(zoos.of_person(ann.user)) == [other]


@pytest.mark.django_db
def test_an_invitation_is_for_its_address_and_used_once() -> None:
    zoo = zoo_world.zoo(person("bob"))
    fia, eve = person("fia"), make_person("eve@elsewhere.example", "Eve")
    asked = invitations.invite(
        zoo_id=zoo.pk, email=" FIA@kuusiranta.example ", part=Part.FINANCE, actor="user:1"
    )
    with pytest.raises(InvitationEnded):
        invitations.accept(invitation_id=asked.pk, by=eve)
    assert invitations.accept(invitation_id=asked.pk, by=fia).part == Part.FINANCE
    with pytest.raises(InvitationEnded):
        invitations.accept(invitation_id=asked.pk, by=fia)
    with pytest.raises(InvitationEnded):
        invitations.withdraw(invitation_id=asked.pk, actor="user:1")
    with pytest.raises(NotInvited):
        invitations.invite(zoo_id=zoo.pk, email=fia.email, part=Part.OWNER, actor="user:1")
    assert members.of(zoo).count() == 2


@pytest.mark.django_db
def test_an_address_that_nobody_proved_to_read_lets_nobody_in() -> None:
    zoo = zoo_world.zoo()
    unproved = make_person("x@kuusiranta.example", verified=False)
    asked = invitations.invite(
        zoo_id=zoo.pk, email=unproved.email, part=Part.VIEWER, actor="user:1"
    )
    with pytest.raises(InvitationEnded):
        invitations.accept(invitation_id=asked.pk, by=unproved)
    assert not members.of(zoo).exists()


@pytest.mark.django_db
def test_an_invitation_runs_out_and_a_new_one_ends_the_first(
    clock_at: Callable[[dt.datetime], None],
) -> None:
    zoo, fia = zoo_world.zoo(), person("fia")
    first, second = (
        invitations.invite(zoo_id=zoo.pk, email=fia.email, part=Part.VIEWER, actor="user:1")
        for _ in range(2)
    )
    with pytest.raises(InvitationEnded):
        invitations.accept(invitation_id=first.pk, by=fia)
    clock_at(clock.now() + invitations.LIVES + dt.timedelta(seconds=1))
    with pytest.raises(InvitationEnded):
        invitations.accept(invitation_id=second.pk, by=fia)
    assert not members.of(zoo).exists()
    for _ in range(2):
        invitations.withdraw(invitation_id=second.pk, actor="user:1")
    assert Record.objects.filter(action="zoo.invitation_withdrawn").count() == 1
    with pytest.raises(InvitationEnded):
        invitations.accept(invitation_id=second.pk, by=fia)


def test_two_clicks_at_once_join_once(committed: None) -> None:
    zoo, fia = zoo_world.zoo(), person("fia")
    asked = invitations.invite(zoo_id=zoo.pk, email=fia.email, part=Part.VIEWER, actor="user:1")
    outcomes = together(3, lambda _number: invitations.accept(invitation_id=asked.pk, by=fia))
    assert [type(each) for each in outcomes].count(InvitationEnded) == 2
    assert members.of(zoo).count() == 1


@pytest.mark.django_db
def test_an_open_invitation_stands_once_in_the_database() -> None:
    zoo = zoo_world.zoo()
    standing = Invitation.objects.get()
    with pytest.raises(IntegrityError, match="invitation_is_open_once"), transaction.atomic():
        Invitation.objects.create(
            zoo=zoo,
            email=standing.email.upper(),
            part=Part.OWNER,
            invited_by="user:1",
            created_at=clock.now(),
            expires_at=clock.now() + invitations.LIVES,
        )
    late = {"accepted_at": standing.expires_at + dt.timedelta(seconds=1)}
    bob = person("bob")
    with pytest.raises(IntegrityError, match="is_accepted_in_time"), transaction.atomic():
        Invitation.objects.update(accepted_by=bob, **late)


@pytest.mark.django_db
def test_the_mail_names_the_zoo_and_opens_nothing_by_itself() -> None:
    zoo_world.zoo(name="Zoo Horní Vlkov", legal_name="Zoo Horní Vlkov, p. o.", vat_number="")
    mail = Mail.objects.get()
    assert mail.subject == "Will you act for Zoo Horní Vlkov?"
    assert "/zoo/invitations/" in mail.text
    assert "bob@kuusiranta.example" in mail.text
    assert "Zoo Horní Vlkov" in mail.html
