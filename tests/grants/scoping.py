"""Terms with every step, limit and question that a round can have."""

import datetime as dt
from typing import Any

from funding.ledger.models import Fund
from grants.terms import Asked, Entry, Limits, Steps, Terms
from tests.grants.applications.cast import terms

NEED = Asked(
    "Need",
    "Would the work happen without us?",
    3,
    (
        "It is already paid for.",
        "Between 1 and 3.",
        "Others might fund it, later or in part.",
        "Between 3 and 5.",
        "Nobody else funds this, and it stops without us.",
    ),
)
METHOD = Asked(
    "Method",
    "Could it answer the question it asks?",
    2,
    ("It cannot.", "Between 1 and 3.", "One weakness.", "Between 3 and 5.", "Sound."),
)
LOCAL = Entry("Does a team of the range country lead?", True, "Apply together with a local team.")


def whole_terms(fund: Fund, **facts: Any) -> Terms:
    """A round that takes every step."""
    plain = terms(fund)
    told: dict[str, Any] = {
        "steps": Steps(
            reviews_wanted=3,
            marks_due_at=plain.closes_at + dt.timedelta(days=20),
        ),
        "limits": Limits(
            bar=250,
            most_per_country_minor=2_000_000,
            most_per_applicant=2,
            most_of_fund_percent=25,
            sliver_minor=50_000,
        ),
        "asked": (NEED, METHOD),
        "conditions": (LOCAL,),
        "cost_limits": (("other", 10), ("pay", 0)),
    }
    return terms(fund, **told | facts)
