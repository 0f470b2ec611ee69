"""Who acts for a zoo. There is always an owner: the database refuses the last one's leaving."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from donors.models import Zoo
from donors.zoos import zoos
from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.parties.models import Membership, Part
from funding.users.models import User


class LastOwner(Refused):
    """A zoo without an owner would belong to nobody."""


class NotAMember(Refused):
    """The person does not belong to the zoo any more."""


def of(zoo: Zoo) -> QuerySet[Membership]:
    """Who acts for the zoo today, in the order in which they came."""
    rows = Membership.objects.filter(organisation=zoo.organisation_id, ended_at__isnull=True)
    return rows.select_related("user").order_by("since", "pk")


def part_of(zoo: Zoo, user: User) -> Part | None:
    """What the person may do for the zoo; None for somebody who does not belong to it."""
    row = of(zoo).filter(user=user).first()
    return Part(row.part) if row else None


@transaction.atomic
def set_part(*, zoo_id: int, member_id: int, part: Part, actor: str) -> Membership:
    """Let a member do more or less. Refuses: NotAMember, LastOwner."""
    zoo = zoos.lock(zoo_id)
    member = _locked(zoo, member_id)
    if member.part == part:
        return member
    if member.part == Part.OWNER:
        _must_leave_an_owner(zoo, member)
    was, member.part = member.part, part
    member.save(update_fields=["part"])
    log.record(
        actor=actor,
        action="zoo.part_changed",
        subject=f"zoo:{zoo.pk}",
        user=member.user_id,
        before=was,
        after=str(part),
    )
    return member


@transaction.atomic
def end(*, zoo_id: int, member_id: int, actor: str) -> Membership:
    """Let somebody go, or go oneself. Refuses: NotAMember, LastOwner."""
    zoo = zoos.lock(zoo_id)
    member = _locked(zoo, member_id)
    if member.part == Part.OWNER:
        _must_leave_an_owner(zoo, member)
    member.ended_at = clock.now()
    member.save(update_fields=["ended_at"])
    is_own = actor == f"user:{member.user_id}"
    log.record(
        actor=actor,
        action="zoo.left" if is_own else "zoo.removed",
        subject=f"zoo:{zoo.pk}",
        user=member.user_id,
    )
    return member


def _locked(zoo: Zoo, member_id: int) -> Membership:
    rows = Membership.objects.select_for_update(no_key=True)
    found = rows.filter(
        pk=member_id, organisation=zoo.organisation_id, ended_at__isnull=True
    ).first()
    if found is None:
        raise NotAMember(_("This person does not belong to the zoo any more."))
    return found


def _must_leave_an_owner(zoo: Zoo, leaving: Membership) -> None:
    if not of(zoo).filter(part=Part.OWNER).exclude(pk=leaving.pk).exists():
        raise LastOwner(_("A zoo needs an owner. Make somebody else an owner first."))
