"""Who may see payouts, and say what money is that nobody knows."""

import datetime as dt
from typing import Any

from funding import clock
from funding.gateway.models import Movement, Payout, Resolution
from funding.ledger.models import Fund
from funding.users.models import User
from tests.access.table import Page
from tests.access.world import World

KEEPERS = {"tara", "ada"}


def payout(world: World) -> Payout:
    """One that is on its way."""
    del world
    now = clock.now()
    return Payout.objects.create(
        stripe_id="po_access",
        status="in_transit",
        currency="EUR",
        amount_minor=12_00,
        is_automatic=True,
        created_at=now,
        arrival_on=now.date() + dt.timedelta(days=1),
        told_at=now,
    )


def movement(world: World) -> Movement:
    """One that nobody knows."""
    del world
    return _movement("txn_access")


def proposed(world: World) -> Movement:
    """One that somebody else has a word for."""
    del world
    made, now = _movement("txn_proposed"), clock.now()
    Resolution.objects.create(
        movement=made,
        meaning="income",
        fund=Fund.objects.filter(is_treasury=False).order_by("pk")[0],
        reason="The bank was asked.",
        needs_second=True,
        state="proposed",
        proposed_by=User.objects.create_user("other-treasurer@fund.example"),
        proposed_at=now,
    )
    return made


def _movement(stripe_id: str) -> Movement:
    now = clock.now()
    return Movement.objects.create(
        stripe_id=stripe_id,
        kind="adjustment",
        category="other_adjustment",
        currency="EUR",
        amount_minor=500,
        fee_minor=0,
        net_minor=500,
        created_at=now,
        stored_at=now,
        due_at=now,
        state="suspense",
        entry_key=f"movement:{stripe_id}:book",
    )


def _payout(world: World) -> dict[str, Any]:
    return {"pk": world.of(payout).pk}


def _movement_of(world: World) -> dict[str, Any]:
    return {"pk": world.of(movement).pk}


def _proposed(world: World) -> dict[str, Any]:
    return {"pk": world.of(proposed).pk}


def _csv(world: World) -> dict[str, Any]:
    del world
    return {"csv": "1"}


PAGES = [
    Page("reconcile", KEEPERS),
    Page("reconcile_run", KEEPERS, method="POST"),
    Page("reconcile_repair", KEEPERS, method="POST"),
    Page("reconcile_statement", KEEPERS, method="POST"),
    Page("payout_list", KEEPERS),
    Page("payout_list", KEEPERS, state="as a file", sends=_csv),
    Page("payout", KEEPERS, _payout),
    Page("suspense", KEEPERS, _movement_of),
    Page("suspense_resolve", KEEPERS, _movement_of, method="POST"),
    Page("suspense_approve", KEEPERS, _proposed, method="POST"),
    Page("suspense_decline", KEEPERS, _proposed, method="POST"),
]
