"""Payouts: from the available balance to the bank, by hand or every midnight.

An automatic payout takes everything that is available and in no payout yet, and remembers which
transactions that were, itself included: they sum to zero. in_transit -> paid a day later, or
failed, also days after it was paid; then the money is in the balance again and goes out with the
next payout. What was paid out by hand is known by its amount only, as with Stripe.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, cast

from . import events, settlement
from .books import Leg
from .currencies import display
from .listing import one_of, page, ranges
from .registry import LISTING, Call, operation, timer
from .settlement import DAY
from .wire import Refusal
from .world import World, secret

Schedule = Literal["manual", "daily"]
SCHEDULES = ("manual", "daily")
RECONCILED_AFTER_SECONDS = 600
MOVES: Mapping[str, tuple[str, ...]] = {
    "in_transit": ("paid", "failed", "canceled"),
    "paid": ("failed",),
    "failed": (),
    "canceled": (),
}
# Transactions that are available and in no automatic payout; what was paid out by hand is one.
_UNPAID = (
    "SELECT id, json_extract(body, '$.net') FROM objects WHERE kind = 'balance_transaction'"
    " AND json_extract(body, '$.status') = 'available'"
    " AND json_extract(body, '$.balance_type') = 'payments' AND seq NOT IN"
    " (SELECT seq FROM keys WHERE kind = 'balance_transaction' AND name = 'payout')"
)


def schedule(world: World) -> Schedule:
    """How payouts are made; by hand until it is said otherwise."""
    return cast(Schedule, world.store.setting("payout_schedule", "manual"))


def reschedule(world: World, wanted: Schedule) -> None:
    """Begins or ends the daily payouts."""
    begins = wanted == "daily" and schedule(world) != "daily"
    world.store.set("payout_schedule", wanted)
    if begins:
        _tomorrow(world)


def fail_next(world: World, count: int) -> None:
    """Lets the next `count` payouts fail when they should arrive."""
    world.store.set("payouts_to_fail", str(count))


def _tomorrow(world: World) -> None:
    world.store.run("DELETE FROM timers WHERE name = 'daily_payout'")
    # A second after midnight, when everything that becomes available that day has done so.
    world.later((world.now() // DAY + 1) * DAY + 1 - world.now(), "daily_payout", "payouts")


@timer("daily_payout")
def daily(world: World, id: str) -> None:  # noqa: ARG001
    """The payout of a day, if there is anything to pay out."""
    if schedule(world) != "daily":
        return
    _tomorrow(world)
    if available(world) > 0:
        automatic(world)


def available(world: World) -> int:
    """What can be paid out, in minor units of the balance's currency."""
    return world.books.balance("available").get(world.options.settlement_currency, 0)


def state(world: World) -> dict[str, Any]:
    """How payouts are made, and what the next one can take."""
    return {
        "schedule": schedule(world),
        "available": available(world),
        "currency": world.options.settlement_currency,
    }


def unpaid(world: World) -> dict[str, int]:
    """What each transaction that no payout has taken yet brings; together all that is available."""
    return dict(world.store.rows(_UNPAID))


def automatic(world: World) -> dict[str, Any]:
    """Pays out all that is available and keeps which transactions that is."""
    found = unpaid(world)
    amount = sum(found.values())
    if amount != available(world):
        raise world.broken("payout", [f"transactions come to {amount}, the books differ"])
    made = _pay_out(world, amount, is_automatic=True)
    for id in [*found, made["balance_transaction"]]:
        world.store.tag(id, "payout", made["id"])
    world.later(RECONCILED_AFTER_SECONDS, "payout_reconciled", made["id"])
    return made


def by_hand(world: World, amount: int | None) -> dict[str, Any]:
    """Pays out an amount, or all that is available."""
    return _pay_out(world, available(world) if amount is None else amount, is_automatic=False)


def _pay_out(world: World, amount: int, *, is_automatic: bool) -> dict[str, Any]:
    currency, now = world.options.settlement_currency, world.now()
    if amount < 1 or amount > available(world):
        raise Refusal(
            f"You have insufficient funds in your Stripe account for this payout of "
            f"{display(amount, currency)}; {display(available(world), currency)} is available.",
            code="balance_insufficient",
            param="amount",
        )
    made = world.new(
        "payout",
        "po",
        amount=amount,
        arrival_date=(now // DAY + 1) * DAY,
        automatic=is_automatic,
        currency=currency,
        description="STRIPE PAYOUT",
        destination=_bank_account(world),
        metadata={},
        method="standard",
        reconciliation_status="in_progress" if is_automatic else "not_applicable",
        source_type="card",
        status="in_transit",
        trace_id={"status": "pending", "value": None},
        type="bank_account",
    )
    transaction = settlement.make(
        world,
        type="payout",
        category="payout",
        amount=-amount,
        source=made["id"],
        description="STRIPE PAYOUT",
    )
    made["balance_transaction"] = transaction["id"]
    world.save(made)
    legs = [Leg("available", currency, -amount), Leg("in_transit", currency, amount)]
    world.books.post("payout", made["id"], legs)
    world.later(made["arrival_date"] - now, "payout_arrives", made["id"])
    events.emit(world, "payout.created", made)
    return made


def _bank_account(world: World) -> str:
    if not world.store.setting("bank_account", ""):
        world.store.set("bank_account", f"ba_{secret(24)}")
    return world.store.setting("bank_account", "")


@timer("payout_reconciled")
def reconciled(world: World, id: str) -> None:
    """Stripe knows all transactions of an automatic payout."""
    found = world.get("payout", id)
    type = "payout.reconciliation_completed"
    events.change(world, found, type, reconciliation_status="completed")


@timer("payout_arrives")
def arrive(world: World, id: str) -> None:
    """The bank takes a payout, or refuses it."""
    found = world.get("payout", id)
    if found["status"] != "in_transit":
        return
    failing = int(world.store.setting("payouts_to_fail", "0"))
    if failing:
        world.store.set("payouts_to_fail", str(failing - 1))
    move(world, found, "failed" if failing else "paid")


def move(world: World, body: dict[str, Any], status: str) -> dict[str, Any]:
    """Takes a payout from one status to another, with the money of the move."""
    if status not in MOVES[body["status"]]:
        allowed = ", ".join(MOVES[body["status"]]) or "nothing else"
        raise Refusal(
            f"A payout that is {body['status']} becomes {allowed}, not {status}.", param="status"
        )
    currency, amount = body["currency"], body["amount"]
    place = "in_transit" if body["status"] == "in_transit" else "bank"
    changes: dict[str, Any] = {"status": status}
    if status == "paid":
        legs = [Leg("in_transit", currency, -amount), Leg("bank", currency, amount)]
        changes["trace_id"] = {"status": "supported", "value": body["id"][3:15].upper()}
    else:
        legs = [Leg(place, currency, -amount), Leg("available", currency, amount)]
        changes |= _come_back(world, body, status)
    world.books.post(f"payout {status}", body["id"], legs)
    return events.change(world, body, f"payout.{status}", **changes)


def _come_back(world: World, body: dict[str, Any], status: str) -> dict[str, Any]:
    transaction = settlement.make(
        world,
        type="payout_failure" if status == "failed" else "payout_cancel",
        category="payout_reversal",
        amount=body["amount"],
        source=body["id"],
        description="STRIPE PAYOUT FAILURE" if status == "failed" else "STRIPE PAYOUT CANCEL",
    )
    changes: dict[str, Any] = {"failure_balance_transaction": transaction["id"]}
    if status == "failed":
        changes |= {
            "failure_code": "could_not_process",
            "failure_message": "The bank could not process this payout.",
        }
    return changes


@operation("get", "/v1/payouts/{payout}")
def retrieve(call: Call) -> dict[str, Any]:
    """One payout."""
    return call.world.demand("payout", call.id)


@operation("get", "/v1/payouts", *LISTING, "arrival_date", "created", "destination", "status")
def listed(call: Call) -> dict[str, Any]:
    """Payouts, by status, destination or the day they arrive if wanted."""
    arrival = ranges("json_extract(body, '$.arrival_date')", call.params.get("arrival_date"))
    return page(call, "payout", one_of(call.params, "destination", "status"), arrival)
