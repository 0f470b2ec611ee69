"""Cards that banks refused: what Stripe keeps of each try at one."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from funding.gateway.client import client, speaking
from funding.gateway.reading import id_of, metadata_of


@dataclass(frozen=True, slots=True)
class Refusal:
    """One try at a card that came to nothing. The fingerprint is the card's, in Stripe's words."""

    charge: str
    payment_intent: str
    reference: str
    fingerprint: str
    refused_at: dt.datetime


def of_charge(charge_id: str) -> Refusal | None:
    """The refusal behind a charge; None for one that is no refused card. Raises Unreachable,
    Missing or Rejected.
    """
    with speaking():
        charge: Any = client().v1.charges.retrieve(charge_id)
    return _refusal(charge)


def of_payment(payment_intent: str) -> list[Refusal]:
    """Every refused card of one payment, the oldest first. Raises Unreachable or Rejected."""
    with speaking():
        found = client().v1.charges.list({"payment_intent": payment_intent, "limit": 100})
        charges = list(found.auto_paging_iter())
    told = [_refusal(charge) for charge in reversed(charges)]
    return [refusal for refusal in told if refusal is not None]


def _refusal(charge: Any) -> Refusal | None:  # noqa: ANN401 -- partly untyped
    details = charge.payment_method_details
    if charge.status != "failed" or details is None or details.type != "card":
        return None
    return Refusal(
        charge=charge.id,
        payment_intent=id_of(charge.payment_intent),
        reference=metadata_of(charge, "gift"),
        fingerprint=details.card.fingerprint or charge.id,
        refused_at=dt.datetime.fromtimestamp(charge.created, dt.UTC),
    )
