"""What the ledger says of an award, added up from its postings and held against the rows."""

from django.db.models import Sum

from funding.ledger import balances
from funding.ledger.models import Posting
from grants import figures as read
from grants.models import Award
from tests.grants.payments.cast import GIVEN


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
    """Adopted is payable, paid, still committed, cancelled and returned together.

    In the ledger, in the rows, and as the product reads them.
    """
    told = figures(award)
    cancelled, returned = total(award.cancellations), total(award.returns)
    assert sum(told.values()) + cancelled + returned == award.amount_minor
    by_state = dict(award.disbursements.values_list("state").annotate(sum=Sum("amount_minor")))
    assert told["payable"] == by_state.get("checked", 0)
    assert told["paid"] == by_state.get("released", 0) - returned
    now = read.of([award.pk])[award.pk]
    assert now.is_whole
    assert {name: getattr(now, name).minor for name in told} == told
    assert (now.cancelled.minor, now.returned.minor) == (cancelled, returned)


def assert_funds_agree(award: Award) -> None:
    """Each fund of the cast has what was given less what this award took from it."""
    parts = read.by_fund(award.pk)
    for fund_id, now in balances.figures(parts).items():
        part = parts[fund_id]
        assert part.is_whole
        assert now.committed == part.committed
        fees = balances.balance(fund_id, "bank_fees")
        assert now.balance.minor == GIVEN - part.payable.minor - part.paid.minor - fees


def total(rows: object) -> int:
    """The sum of the amounts of an award's cancellations or returns."""
    found: int | None = rows.aggregate(sum=Sum("amount_minor"))["sum"]  # type: ignore[attr-defined]
    return found or 0
