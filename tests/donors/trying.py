"""Somebody who tries stolen cards on the form of giving, and everybody else who gives."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.test import Client

from donors.brake import gate
from donors.brake.origins import Seen
from donors.models import Origin, RefusedCard
from funding import clock
from funding.ledger.models import Fund
from funding.sandbox.stripe.cards import CARDS
from tests import make
from tests.conftest import as_root
from tests.sandbox.conftest import Sandbox

STOLEN = [number for number, card in CARDS.items() if card.decline is not None]
DEVICE = "a-device-of-somebody"


def filled(fund: Fund, **changes: str) -> dict[str, str]:
    """What a browser sends for EUR 5.00."""
    return {
        "token": str(uuid.uuid4()),
        "shown": "EUR",
        "choice": "",
        "amount": "5.00",
        "currency": "EUR",
        "fund": fund.slug,
        "name": "Alice Example",
        "email": "alice@donor.example",
        "message": "",
        "confirm": "1",
    } | changes


def device(name: str = DEVICE) -> Client:
    """A browser that keeps the mark of its device."""
    client = Client()
    client.cookies["device"] = name
    return client


def sends(client: Client, fund: Fund, **changes: str) -> Any:
    return client.post("/give/", filled(fund, **changes))


def tries(
    stripe: Sandbox, client: Client, fund: Fund, cards: Sequence[str], **changes: str
) -> Origin:
    """Sends the form and tries these cards on its page."""
    assert sends(client, fund, **changes).status_code == 303
    origin = Origin.objects.order_by("-pk")[0]
    assert origin.gift is not None
    for card in cards:
        stripe.control("pay", session=origin.gift.checkout, card=card)
    return origin


def refused(origin: Origin, number: int, *, at: dt.datetime | None = None, of: int = 0) -> None:
    """So many refused cards in the books, without Stripe."""
    RefusedCard.objects.bulk_create(
        RefusedCard(
            charge=f"ch_{uuid.uuid4().hex}",
            origin=origin,
            card=f"card {origin.pk} {n % (of or number)}",
            refused_at=at or clock.now(),
        )
        for n in range(number)
    )


def visit(fund: Fund, address: str = "203.0.113.7", *, paid: bool = False) -> Origin:
    """A form that was sent from a network by somebody new."""
    email = f"{uuid.uuid4().hex}@donor.example"
    gift = make.gift(fund, email=email)
    origin = gate.note(gift=gift, seen=Seen(address=address, email=email, device=email))
    if paid:
        as_root(
            "UPDATE donors_gift SET state = 'settled', settled_at = now(), charge = %s"
            " WHERE id = %s",
            f"ch_{gift.pk}",
            gift.pk,
        )
    return origin
