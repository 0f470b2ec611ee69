"""What the page of an invoice is told: the frozen facts as money and dates."""

import datetime as dt
from typing import Any

from django_countries import countries

from funding.documents import paper
from funding.money import Money


def context(facts: dict[str, Any]) -> dict[str, Any]:
    """Context of templates/documents/invoice.html from Document.facts() of an invoice."""
    money, locale = Money(facts["minor"], facts["currency"]), paper.locale()
    return {
        **paper.context(facts),
        "zoo": facts["zoo"] | {"country": str(countries.name(facts["zoo"]["country"]))},
        "order_number": facts["order_number"],
        "currency": facts["currency"],
        "amount": money.text(locale),
        "figure": money.figure(locale),
        "fund": facts["fund"],
        "purpose": facts["purpose"],
        "wish": facts["wish"],
        "pace": facts["pace"],
        "promised_on": dt.date.fromisoformat(facts["promised_on"]),
        "period_on": dt.date.fromisoformat(facts["period_on"]),
        "due_on": dt.date.fromisoformat(facts["due_on"]),
        "reference": facts["reference"],
        "account": facts["account"],
        "replaces": facts["replaces"],
        "proforma": facts.get("proforma", ""),
    }
