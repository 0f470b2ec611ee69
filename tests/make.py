"""Plain factories. Each makes the smallest thing that is true."""

import datetime as dt
import itertools
import uuid
from typing import Any

from donors import gifts
from donors.models import Gift
from funding.ledger import accounts
from funding.ledger.models import Fund, Kind, Restriction
from funding.parties.models import Entity

_counter = itertools.count(1)


def entity(**facts: Any) -> Entity:
    """A legal body with a Stripe clearing account, a bank account and its Treasury."""
    number = next(_counter)
    series = "".join(chr(ord("A") + int(digit)) for digit in f"{number:03d}")
    made = Entity.objects.create(
        **{
            "slug": f"foundation-{number}",
            "legal_name": "Manul Fund Example Foundation",
            "registration_number": "EX 000000-0",
            "address": "Stenbacken 4\n000 00 Norrvik",
            "country": "SE",
            "zone": "Europe/Stockholm",
            "currency": "EUR",
            "series": f"M{series}",
            "contact_email": "fund@manulfund.example",
            "signatory_name": "Tara Lindqvist",
            "signatory_role": "Treasurer",
        }
        | facts
    )
    accounts.open_place(
        entity_id=made.pk, kind=Kind.CLEARING, slug=f"stripe-{number}", name="Stripe"
    )
    accounts.open_place(entity_id=made.pk, kind=Kind.BANK, slug=f"main-{number}", name="Bank")
    fund(made, name="Treasury", is_treasury=True, is_open_to_gifts=False)
    return made


def fund(owner: Entity, name: str = "General fund", **facts: Any) -> Fund:
    """An unrestricted fund open to gifts."""
    return Fund.objects.create(
        **{
            "entity": owner,
            "slug": f"fund-{next(_counter)}",
            "name": name,
            "purpose": "Wherever the committee finds the need greatest.",
            "restriction": Restriction.UNRESTRICTED,
            "currency": owner.currency,
            "opened_on": dt.date(2020, 1, 1),
        }
        | facts
    )


def wish(*funds: Fund, **facts: Any) -> gifts.Wish:
    """A wish for EUR 25.50 to the first of these funds, or for an equal sum to each."""
    told: dict[str, Any] = {
        "token": uuid.uuid4(),
        "entity_id": funds[0].entity_id,
        "lines": tuple((each.pk, 2550) for each in funds),
        "currency": "EUR",
        "cover_minor": 0,
        "name": "Alice Example",
        "email": "alice@donor.example",
        "message": "",
        "news": False,
        "language": "en",
    }
    return gifts.Wish(**told | facts)


def gift(*funds: Fund, **facts: Any) -> Gift:
    """A gift that is promised and not paid."""
    return gifts.start(wish(*funds, **facts))
