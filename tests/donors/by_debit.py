"""People who give by direct debit, and what becomes of it at their banks."""

from donors import gifts
from donors.models import Gift
from funding.ledger.models import Fund
from funding.mail.models import Mail
from tests import make
from tests.donors.conftest import Visitor
from tests.sandbox.conftest import DELAY_SECONDS, Sandbox

SEPA, SEPA_FAILS, SEPA_POOR, SEPA_LATE = (
    "AT611904300234573201",
    "AT861904300235473202",
    "AT981904300002222227",
    "AT861904300235473299",
)
BACS, BACS_UNAUTHORISED = "00012345", "33333335"


def promised(visitor: Visitor, fund: Fund, account: str = SEPA, **facts: object) -> Gift:
    """A gift whose giver has just let an account be debited; nobody has told us yet."""
    if account.isdigit():
        facts = {"currency": "GBP"} | facts
    gift = make.gift(fund, **facts)
    said = visitor.pays(gift, account=account)
    assert said["state"] == "processing", said
    return gift


def on_its_way(visitor: Visitor, fund: Fund, account: str = SEPA, **facts: object) -> Gift:
    """The same, and we know it."""
    return gifts.follow(promised(visitor, fund, account, **facts).pk)


def later(stripe: Sandbox, days: int) -> None:
    stripe.control("clock", advance_days=days)
    stripe.control("clock", advance_seconds=DELAY_SECONDS)


def mails(gift: Gift) -> list[str]:
    rows = Mail.objects.filter(cause=f"gift:{gift.pk}").order_by("pk")
    return [key.split(":")[2] for key in rows.values_list("key", flat=True)]
