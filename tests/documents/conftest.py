"""An entity, the facts of a receipt, and a watch on what WeasyPrint complains about."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from funding.documents import register
from funding.documents.models import Document
from funding.parties.models import Entity
from tests.clocks import clock_at as clock_at


@pytest.fixture(autouse=True)
def weasyprint_does_not_complain(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A figure without its text, or CSS that is not understood, is only ever logged."""
    caplog.set_level(logging.WARNING, "weasyprint")
    yield
    said = [record.getMessage() for record in caplog.get_records("call")]
    names = [record.name for record in caplog.get_records("call")]
    assert "weasyprint" not in names, said


def make_entity(series: str = "MF", zone: str = "Europe/Stockholm") -> Entity:
    """A legal body in Sweden unless said otherwise."""
    return Entity.objects.create(
        slug=series.lower(),
        legal_name="Manul Fund Example Foundation",
        registration_number="EX 000000-0",
        address="Stenbacken 4\n000 00 Norrvik",
        country="SE",
        zone=zone,
        currency="EUR",
        series=series,
        contact_email="receipts@manulfund.example",
    )


def make_snapshot(**facts: Any) -> dict[str, Any]:
    """The facts of a receipt over EUR 40.85 for two funds, with a cover."""
    given = {
        "entity": {
            "legal_name": "Manul Fund Example Foundation",
            "registration_number": "EX 000000-0",
            "address": ["Stenbacken 4", "000 00 Norrvik"],
            "country": "SE",
            "contact_email": "receipts@manulfund.example",
            "tax_regime": "none",
            "signatory_name": "Tara Lindqvist",
            "signatory_role": "Treasurer",
            "logo": "",
            "is_illustrative": True,
        },
        "donor": {"name": "Zoë O’Brien-Smith"},
        "gift": {
            "uuid": "6a4c7f0e-3f62-4a4f-9d6a-2f2b7a0f3c11",
            "received_at": "2026-03-14T18:42:10+00:00",
            "received_on": "2026-03-14",
            "zone": "Europe/Stockholm",
            "currency": "EUR",
            "method": "Card ending 4242",
        },
        "lines": [
            {
                "fund": "General fund",
                "purpose": "Pays for manul projects wherever the need is greatest.",
                "surplus": "",
                "minor": 2500,
            },
            {
                "fund": "Dogs and herders",
                "purpose": "Guard dogs for herder families in manul country.",
                "surplus": "Money left over goes to the general fund.",
                "minor": 1500,
            },
        ],
        "cover_minor": 85,
        "given_minor": 4085,
        "refunded_minor": 0,
        "gives_minor": 4085,
        "benefit": "none",
        "replaces": None,
        "site_url": "https://manulfund.example",
    }
    entity = given["entity"] | facts.pop("entity", {})
    return given | {"entity": entity} | facts


def issue(
    owner: Entity, key: str = "receipt:1:document", template: str = "receipt", **facts: Any
) -> Document:
    """A receipt of the entity with these facts, or another paper that is counted only."""
    return register.issue(
        entity_id=owner.pk,
        template=template,
        key=key,
        snapshot=make_snapshot(**facts),
        language="en",
    )
