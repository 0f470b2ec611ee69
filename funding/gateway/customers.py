"""Customers at Stripe: whom it writes to, and forgetting them."""

from contextlib import suppress

from funding.gateway.client import Missing, client, speaking


def write_to(*, key: str, customer: str, email: str) -> None:
    """From now on Stripe writes to this address. Raises Unreachable, Missing or Rejected."""
    with speaking():
        client().v1.customers.update(customer, {"email": email}, options={"idempotency_key": key})


def forget(customer: str) -> None:
    """Let Stripe delete a customer, with its cards and mandates; payments stay as they were.

    Harmless when repeated. Raises Unreachable or Rejected.
    """
    with suppress(Missing), speaking():
        client().v1.customers.delete(customer)
