"""Who may see the pages of those who keep the money, and those of the setting-up."""

import datetime as dt
import uuid
from typing import Any

from donors import refunds
from donors.models import Refund
from funding.ledger import openings, periods, transfers
from funding.ledger.models import Account, Fund, Opening, Period, Transfer
from funding.money import Money
from funding.parties.models import Entity
from tests import make
from tests.access.pages_site import gift, receipt
from tests.access.table import Page
from tests.access.world import World, general

KEEPERS = {"tara", "ada"}
ADMINISTRATORS = {"ada"}


def _place(world: World) -> str:
    return Account.objects.get(entity=world.of(general).entity, kind="bank").pk


def other(world: World) -> Fund:
    """A second fund of the same body."""
    return make.fund(world.of(general).entity, "Another fund", slug="another")


def refund(world: World) -> Refund:
    """One that Tara asked for."""
    return refunds.request(
        gift_id=world.of(gift).pk,
        amount_minor=100,
        reason="The donor asked.",
        actor=f"user:{world['tara'].pk}",
    )


def transfer(world: World) -> Transfer:
    """One that nobody of the cast proposed, so that each of the keepers may decide."""
    return transfers.propose(
        source_id=world.of(general).pk,
        target_id=world.of(other).pk,
        place=_place(world),
        amount=Money(100, "EUR"),
        reason="To fill it.",
        by=world["eve"].pk,
    )


def opening(world: World) -> Opening:
    """One that nobody of the cast proposed, so that each of the keepers may decide."""
    return openings.propose(
        fund_id=world.of(general).pk,
        place=_place(world),
        amount=Money(100, "EUR"),
        as_of=dt.date(2025, 12, 31),
        reason="The old books.",
        by=world["eve"].pk,
    )


def period(world: World) -> Period:
    """A year that is open."""
    return periods.open_period(
        entity_id=world.of(general).entity_id,
        name="2020",
        starts_on=dt.date(2020, 1, 1),
        ends_on=dt.date(2020, 12, 31),
        actor="test",
    )


def entity(world: World) -> Entity:
    """The body that owns the general fund."""
    return world.of(general).entity


def _gift(world: World) -> dict[str, Any]:
    return {"uuid": world.of(gift).uuid}


def _receipt(world: World) -> dict[str, Any]:
    return {"pk": world.of(receipt).pk}


def _refund(world: World) -> dict[str, Any]:
    return {"pk": world.of(refund).pk}


def _fund(world: World) -> dict[str, Any]:
    return {"slug": world.of(general).slug}


def _body(world: World) -> dict[str, Any]:
    return {"slug": world.of(entity).slug}


def _transfer(world: World) -> dict[str, Any]:
    return {"pk": world.of(transfer).pk}


def _opening(world: World) -> dict[str, Any]:
    return {"pk": world.of(opening).pk}


def _period(world: World) -> dict[str, Any]:
    return {"pk": world.of(period).pk}


def _asks_back(world: World) -> dict[str, Any]:
    del world
    return {"token": uuid.uuid4(), "amount": "1", "reason": "Given twice."}


def _csv(world: World) -> dict[str, Any]:
    del world
    return {"csv": "1"}


PAGES = [
    Page("donors:gifts", KEEPERS),
    Page("donors:gifts", KEEPERS, state="as a file", sends=_csv),
    Page("donors:gift", KEEPERS, _gift),
    Page("donors:gift_benefit", KEEPERS, _gift),
    # As it stands: nothing is written.
    Page("donors:gift_benefit", KEEPERS, _gift, method="POST"),
    Page("donors:gift_refund", KEEPERS, _gift, method="POST", sends=_asks_back),
    Page("donors:gift_receipt", KEEPERS, _receipt),
    Page("donors:gift_resend", KEEPERS, _receipt, method="POST"),
    Page("donors:refunds", KEEPERS),
    Page("donors:refunds", KEEPERS, state="as a file", sends=_csv),
    # It was not over the limit, so that nobody is to decide on it: the answer is 409.
    Page("donors:refund_approve", KEEPERS, _refund, method="POST"),
    Page("donors:refund_decline", KEEPERS, _refund, method="POST"),
    Page("treasurer", KEEPERS),
    Page("fund_new", KEEPERS),
    Page("fund_new", KEEPERS, method="POST"),
    Page("fund_desk", KEEPERS, _fund),
    Page("fund_scope", {"tara"}, _fund),
    Page("fund_scope", {"tara"}, _fund, method="POST"),
    Page("fund_change", KEEPERS, _fund, method="POST"),
    Page("fund_reserve", KEEPERS, _fund, method="POST", sends=lambda _: {"reserve": "0"}),
    Page("fund_close", KEEPERS, _fund, method="POST"),
    Page("transfers", KEEPERS),
    Page("transfers", KEEPERS, state="as a file", sends=_csv),
    Page("transfer_propose", KEEPERS, method="POST"),
    Page("transfer", KEEPERS, _transfer),
    Page("transfer_book", KEEPERS, _transfer, method="POST"),
    Page("transfer_decline", KEEPERS, _transfer, method="POST"),
    Page("openings", KEEPERS),
    Page("openings", KEEPERS, state="as a file", sends=_csv),
    Page("opening_propose", KEEPERS, method="POST"),
    Page("opening", KEEPERS, _opening),
    Page("opening_book", KEEPERS, _opening, method="POST"),
    Page("opening_decline", KEEPERS, _opening, method="POST"),
    Page("holds", KEEPERS),
    Page("holds", KEEPERS, state="as a file", sends=_csv),
    Page("periods", KEEPERS),
    Page("periods", KEEPERS, state="as a file", sends=_csv),
    Page("period_open", KEEPERS, method="POST"),
    Page("period_close", KEEPERS, _period, method="POST", sends=lambda _: {"sure": "1"}),
    Page("setup", ADMINISTRATORS),
    Page("setup_entity", ADMINISTRATORS),
    Page("setup_entity", ADMINISTRATORS, method="POST"),
    Page("setup_change", ADMINISTRATORS, _body),
    Page("setup_change", ADMINISTRATORS, _body, method="POST"),
    Page("setup_bank", ADMINISTRATORS, _body, method="POST", sends=lambda _: {"name": "Bank"}),
]
