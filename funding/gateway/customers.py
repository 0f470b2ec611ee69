"""Customers at Stripe: whom it writes to, and forgetting them."""

from funding.gateway.client import client, speaking


def write_to(*, key: str, customer: str, email: str) -> None:
    """From now on Stripe writes to this address. Raises Unreachable, Missing or Rejected."""
    with speaking():
        client().v1.customers.update(customer, {"email": email}, options={"idempotency_key": key})
