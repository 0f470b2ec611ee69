"""What else a line of a statement can be: the bank's own cost, or income that is no gift."""

from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from donors.intake import matching
from donors.intake.matching import NotThisOne, Suggestion, Target
from donors.models import BankLine, BankPart
from funding import clock
from funding.errors import Refused
from funding.ledger import book, periods
from funding.ledger.book import Leg
from funding.ledger.models import Fund, Reason

COST: Final = "cost"


class TooLarge(Refused):
    """One person alone explains no more than the limit in this way."""


def register() -> None:
    """Let lines be costs and other income."""
    words = gettext_lazy("The bank’s own cost, or other income")
    matching.register_target(COST, Target(words, suggest, take, let_go))


def suggest(line: BankLine) -> list[Suggestion]:
    """Nothing: a person says so."""
    del line
    return []


def take(part: BankPart, what: object, actor: str) -> str:
    """Book what went as a cost of the fund, and what came as its other income.

    Refuses: NotThisOne for a fund that cannot bear it, TooLarge.
    """
    line = part.line
    assert isinstance(what, int)
    fund = Fund.objects.filter(pk=what, entity=line.entity, is_treasury=False, closed_on=None)
    fund_id = fund.filter(currency=line.currency).values_list("pk", flat=True).first()
    if fund_id is None:
        raise NotThisOne(_("Choose an open fund in %s.") % line.currency)
    if part.amount_minor > settings.REFUND_LIMIT_MINOR:
        sentence = _(
            "This is more than one person may call a cost or other income. Leave it in suspense, "
            "and ask the bank what it is."
        )
        raise TooLarge(sentence)
    amount = part.amount if line.amount_minor > 0 else -part.amount
    account = "other_income" if line.amount_minor > 0 else "bank_fees"
    book.post(
        entity_id=line.entity_id,
        key=_key(part),
        reason=Reason.RESOLVED,
        cause=f"bankpart:{part.pk}",
        actor=actor,
        happened_on=matching.open_day(line),
        legs=[Leg(line.place_id, fund_id, amount), Leg(account, fund_id, -amount)],
    )
    return f"cost:{part.pk}"


def let_go(part: BankPart, why: str, actor: str) -> None:
    """Reverse it."""
    del why
    day = periods.open_day(entity_id=part.line.entity_id, day=clock.today(part.line.entity.zone))
    book.reverse(
        key_of=_key(part),
        key=f"bankpart:{part.pk}:uncost",
        reason=Reason.REVERSAL,
        actor=actor,
        happened_on=day,
    )


def _key(part: BankPart) -> str:
    return f"bankpart:{part.pk}:cost"
