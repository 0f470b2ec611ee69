"""Our books against the sandbox's own, which it keeps without knowing us."""

from collections import defaultdict

from django.db.models import Sum

from funding.ledger.models import Posting
from funding.ledger.verify import verify
from tests.sandbox.conftest import Sandbox


def clearing() -> dict[str, int]:
    """What our journal says Stripe holds for us, by currency."""
    rows = (
        Posting.objects.filter(account__kind="clearing")
        .values_list("currency")
        .annotate(sum=Sum("amount_minor"))
    )
    return {currency: total for currency, total in rows if total}


def at_stripe(stripe: Sandbox) -> dict[str, int]:
    """What the sandbox says it holds for us: its balance, and charges without a value yet."""
    held: dict[str, int] = defaultdict(int)
    for currency, of in stripe.control("books")["currencies"].items():
        held[currency.upper()] += of["balance"] + of["unsettled"]
    return {currency: total for currency, total in held.items() if total}


def assert_agreed(stripe: Sandbox) -> None:
    """Our clearing equals Stripe's balance to the penny, and every invariant holds."""
    assert clearing() == at_stripe(stripe)
    assert [each for each in verify() if not each.is_notice] == []
