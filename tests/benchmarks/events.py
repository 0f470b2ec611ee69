"""Signed events as Stripe sends them, each with an id of its own. Standard library only.

The kind is one that dj-stripe stores and has no further work for, so that only the taking in
is compared.
"""

import hashlib
import hmac
import itertools
import json
import time
from collections.abc import Iterator
from uuid import uuid4

SECRET = "whsec_for_measuring"
KIND = "refund.created"
_FACTS = {
    "object": "refund",
    "amount": 2550,
    "balance_transaction": "txn_3PqWZs2eZvKYlo2C0abcdefg",
    "charge": "ch_3PqWZs2eZvKYlo2C0hijklmn",
    "currency": "eur",
    "destination_details": {
        "card": {
            "reference": "5901732148206413",
            "reference_status": "available",
            "reference_type": "acquirer_reference_number",
            "type": "refund",
        },
        "type": "card",
    },
    "metadata": {"gift": "6a4c7f0e-3f62-4a4f-9d6a-2f2b7a0f3c11", "refund": "184"},
    "payment_intent": "pi_3PqWZs2eZvKYlo2C0opqrstu",
    "reason": "requested_by_customer",
    "receipt_number": "2049-7383",
    "source_transfer_reversal": None,
    "status": "succeeded",
    "transfer_reversal": None,
}


def bodies() -> Iterator[bytes]:
    """One event after another, for ever, about one and a half kilobytes each."""
    run = uuid4().hex[:16]
    for number in itertools.count():
        now = int(time.time())
        event = {
            "id": f"evt_{run}{number:08d}",
            "object": "event",
            "api_version": "2026-10-28.endive",
            "created": now,
            "data": {"object": {"id": f"re_{run}{number:08d}", "created": now, **_FACTS}},
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": f"req_{number:014d}", "idempotency_key": str(uuid4())},
            "type": KIND,
        }
        yield json.dumps(event, indent=2).encode()


def signature(body: bytes) -> str:
    """The header that goes with a body."""
    now = int(time.time())
    digest = hmac.new(SECRET.encode(), f"{now}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={now},v1={digest}"
