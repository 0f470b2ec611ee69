"""A customer who is deleted: what runs for it ends, what was paid stays in the books.

Only a mark is left of the customer itself, as with Stripe: it can be fetched, and it is shown where
something is expanded, but nothing new can be made for it and no list has it.
"""

from __future__ import annotations

from typing import Any

from . import events, sessions, subscriptions
from .billing import LIVING
from .registry import Call, operation
from .world import World


@operation("delete", "/v1/customers/{customer}")
def delete(call: Call) -> dict[str, Any]:
    """Deletes a customer for ever, and ends its subscriptions at once."""
    return leave(call.world, call.world.demand("customer", call.id))


def leave(world: World, customer: dict[str, Any]) -> dict[str, Any]:
    """The mark that is left of a customer."""
    id = customer["id"]
    living = {"customer": [id], "status": ["incomplete", *LIVING]}
    for subscription in world.store.select("subscription", living):
        subscriptions.end(world, subscription, "cancellation_requested")
    for invoice in world.store.select("invoice", {"customer": [id], "status": ["draft", "open"]}):
        # What was sent stays owed; nothing more happens to it by itself.
        stopped = {"auto_advance": False, "next_payment_attempt": None}
        world.save(invoice | stopped | {"automatically_finalizes_at": None})
    for session in world.store.select("checkout.session", {"customer": [id], "status": ["open"]}):
        sessions.close(world, session)
    for method in world.store.select("payment_method", {"customer": [id]}):
        world.save(method | {"customer": None})
    mark = {"id": id, "object": "customer", "deleted": True}
    world.save(mark)
    events.emit(world, "customer.deleted", customer)
    return mark
