"""What the ledger says of an award, added up from its postings."""

from django.db.models import Sum

from funding.ledger.models import Posting
from grants.models import Award


def figures(award: Award) -> dict[str, int]:
    """Payable, paid and still committed, in minor units."""
    rows = Posting.objects.filter(entry__cause=f"award:{award.pk}")
    sums = dict(rows.values_list("account__kind").annotate(sum=Sum("amount_minor")))
    payable = -sums.get("payable", 0)
    return {
        "payable": payable,
        "paid": sums.get("grants", 0) - payable,
        "committed": -sums.get("committed", 0),
    }


def assert_identity(award: Award) -> None:
    """Awarded is payable, paid and still committed together, in the ledger and in the rows."""
    told = figures(award)
    assert sum(told.values()) == award.amount_minor
    by_state = dict(award.disbursements.values_list("state").annotate(sum=Sum("amount_minor")))
    assert told["payable"] == by_state.get("checked", 0)
    assert told["paid"] == by_state.get("released", 0)
