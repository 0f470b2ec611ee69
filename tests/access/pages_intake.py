"""Who may see what came past Stripe, and say what it is."""

import datetime as dt
import uuid
from typing import Any

from donors import donors, refunds, verdicts
from donors.intake import costs, lines, matching, offline
from donors.intake.lines import Told
from donors.intake.offline import Slip
from donors.intake.targets import Giver
from donors.models import (
    BankLine,
    BankPart,
    CostProposal,
    Gift,
    HeldGift,
    HeldVerdict,
    Means,
    Refund,
)
from funding import clock
from funding.imports import running
from funding.imports.models import Import
from funding.ledger import accounts
from funding.money import Money
from funding.users.models import Role
from tests.access.table import Page
from tests.access.world import World, general
from tests.people import make_person

KEEPERS = {"tara", "ada"}


def gift(world: World) -> Gift:
    """One that came in cash."""
    of = world.of(general)
    donor = donors.find_or_create(name="Bo", email="bo@cast.example", language="en")
    slip = Slip(
        token=uuid.uuid4(),
        entity_id=of.entity_id,
        donor_id=donor.pk,
        donor_name="Bo",
        lines=((of.pk, 1000),),
        currency=of.currency,
        means=Means.CASH,
        place=accounts.banks_of(of.entity_id)[0],
        received_on=clock.today(of.entity.zone),
    )
    return offline.record(slip=slip, actor="user:1")


def refund(world: World) -> Refund:
    """A part of it that is to be paid back."""
    return refunds.request(
        gift_id=world.of(gift).pk, amount_minor=100, reason="Asked.", actor="user:1"
    )


def line(world: World) -> BankLine:
    """Money at the bank."""
    of = world.of(general)
    told = Told(
        place=accounts.banks_of(of.entity_id)[0],
        booked_on=clock.today(of.entity.zone) - dt.timedelta(days=1),
        amount=Money(5000, of.currency),
        reference="ACCESS-1",
    )
    return lines.arrive(told=told, actor="user:1")


def part(world: World) -> BankPart:
    """A part of it that was a gift."""
    return matching.match(
        line_id=world.of(line).pk,
        kind="gift",
        amount_minor=1000,
        what=Giver("Bo", "", ((world.of(general).pk, 1000),)),
        actor="user:1",
        token=uuid.uuid4(),
    )


def batch(world: World) -> Import:
    """A file of which nothing is read yet."""
    of = world.of(general)
    return running.start(
        kind="gifts",
        entity_id=of.entity_id,
        name="gifts.csv",
        content=b"Name,Date,Sum\nBo,2026-03-14,5\n",
        options={"place": accounts.banks_of(of.entity_id)[0]},
        actor="user:1",
    )


def cost(world: World) -> CostProposal:
    """A third person's word on a line over the limit."""
    of = world.of(general)
    told = Told(
        place=accounts.banks_of(of.entity_id)[0],
        booked_on=clock.today(of.entity.zone) - dt.timedelta(days=1),
        amount=Money(-500_000, of.currency),
        reference="ACCESS-2",
    )
    made = costs.say(
        line_id=lines.arrive(told=told, actor="user:1").pk,
        fund_id=of.pk,
        reason="Audit.",
        by=make_person("fourth@cast.example", "Fourth", Role.TREASURER),
        token=uuid.uuid4(),
    )
    assert isinstance(made, CostProposal)
    return made


def _cost(world: World) -> dict[str, Any]:
    return {"pk": world.of(cost).pk}


def _line(world: World) -> dict[str, Any]:
    return {"pk": world.of(line).pk}


def _part(world: World) -> dict[str, Any]:
    return {"pk": world.of(part).pk}


def _gift(world: World) -> dict[str, Any]:
    return {"uuid": world.of(gift).uuid}


def _refund(world: World) -> dict[str, Any]:
    return {"pk": world.of(refund).pk}


def _batch(world: World) -> dict[str, Any]:
    return {"uuid": world.of(batch).uuid}


def held(world: World) -> HeldGift:
    """A sum in cash of somebody who is not known."""
    of = world.of(general)
    donor = donors.find_or_create(name="Somebody", email="", language="en")
    slip = Slip(
        token=uuid.uuid4(),
        entity_id=of.entity_id,
        donor_id=donor.pk,
        donor_name="Somebody",
        lines=((of.pk, 2_000_000),),
        currency=of.currency,
        means=Means.CASH,
        place=accounts.banks_of(of.entity_id)[0],
        received_on=clock.today(of.entity.zone),
    )
    return HeldGift.objects.get(gift=offline.record(slip=slip, actor="user:1"))


def _held(world: World) -> dict[str, Any]:
    return {"pk": world.of(held).pk}


def verdict(world: World) -> HeldVerdict:
    """A third person's proposal to decline it."""
    third = make_person("third@cast.example", "Third", Role.TREASURER)
    return verdicts.propose(
        held_id=world.of(held).pk, verdict="decline", reason="Unknown.", by=third
    )


def _verdict(world: World) -> dict[str, Any]:
    return {"pk": world.of(verdict).pk}


def _body(world: World) -> dict[str, Any]:
    return {"slug": world.of(general).entity.slug}


PAGES = [
    Page("donors:held_gifts", KEEPERS),
    # Neither accepted nor declined: the answer is 409, and so is a second try of what waits.
    Page("donors:held_propose", KEEPERS, _held, method="POST"),
    Page("donors:held_send_back", KEEPERS, _held, method="POST"),
    Page("donors:held_confirm", KEEPERS, _verdict, method="POST"),
    Page("donors:held_turn_down", KEEPERS, _verdict, method="POST"),
    Page("donors:acceptance_terms", {"ada"}, _body),
    Page("donors:acceptance_terms", {"ada"}, _body, method="POST"),
    Page("donors:intake", KEEPERS),
    Page("donors:intake_certain", KEEPERS, method="POST"),
    Page("donors:intake_line", KEEPERS, _line),
    Page("donors:intake_line_gift", KEEPERS, _line, method="POST"),
    Page("donors:intake_line_cost", KEEPERS, _line, method="POST"),
    Page("donors:intake_cost_agree", KEEPERS, _cost, method="POST"),
    Page("donors:intake_cost_disagree", KEEPERS, _cost, method="POST"),
    Page("donors:intake_line_accept", KEEPERS, _line, method="POST"),
    Page("donors:intake_part_undo", KEEPERS, _part, method="POST"),
    Page("donors:intake_gift", KEEPERS),
    Page("donors:intake_gift", KEEPERS, method="POST"),
    Page("donors:gift_mistake", KEEPERS, _gift, method="POST"),
    Page("donors:refund_paid", KEEPERS, _refund, method="POST"),
    Page("donors:intake_import_new", KEEPERS),
    Page("donors:intake_import_new", KEEPERS, method="POST"),
    Page("donors:intake_import", KEEPERS, _batch),
    Page("donors:intake_import_columns", KEEPERS, _batch, method="POST"),
    Page("donors:intake_import_mistakes", KEEPERS, _batch),
    Page("donors:intake_import_accept", KEEPERS, _batch, method="POST"),
    Page("donors:intake_import_drop", KEEPERS, _batch, method="POST"),
]
