"""What the page of a pro-forma is told: the frozen facts of a promise as money and dates."""

import datetime as dt
from typing import Any

from django_countries import countries

from funding.documents import paper
from funding.money import Money


def context(facts: dict[str, Any]) -> dict[str, Any]:
    """Context of templates/documents/proforma.html from Document.facts() of a pro-forma."""
    money, locale = Money(facts["minor"], facts["currency"]), paper.locale()
    names = ("promise", "order_number", "currency", "fund", "purpose", "wish", "pace", "replaces")
    invoice_on = facts["invoice_on"]
    return {
        **paper.context(facts),
        **{name: facts[name] for name in names},
        "zoo": facts["zoo"] | {"country": str(countries.name(facts["zoo"]["country"]))},
        "amount": money.text(locale),
        "figure": money.figure(locale),
        "promised_on": dt.date.fromisoformat(facts["promised_on"]),
        "starts_on": dt.date.fromisoformat(facts["starts_on"]),
        "invoice_on": dt.date.fromisoformat(invoice_on) if invoice_on else None,
    }
