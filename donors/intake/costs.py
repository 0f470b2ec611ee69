"""What else a line of a statement can be: the bank's own cost, or income that is no gift.

Up to the limit one person says so. Above it the word is only proposed, and a second person's
agreement books it.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid5

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from donors.intake import matching
from donors.intake.matching import NotThisOne, Suggestion, Target
from donors.models import BankLine, BankPart, CostProposal, CostState
from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.ledger import book, periods
from funding.ledger.book import Leg
from funding.ledger.models import Fund, Reason
from funding.users import second
from funding.users.models import User

COST: Final = "cost"
# One part for each proposal, however often it is agreed to.
_TOKENS: Final = UUID("6f6b5c52-2b1e-4e65-9d8e-3a7f0c1d9b42")


class TooLarge(Refused):
    """One person alone explains no more than the limit in this way."""


class Proposed(Refused):
    """Somebody's word on this line waits already."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """The fund that two people chose."""

    fund_id: int


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
    assert isinstance(what, (int, Agreed))
    wanted = what.fund_id if isinstance(what, Agreed) else what
    fund_id = _fund(line, wanted)
    if isinstance(what, int) and _is_over(line, part):
        sentence = _("This is more than one person may call a cost or other income.")
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


def _fund(line: BankLine, wanted: int) -> int:
    fund = Fund.objects.filter(pk=wanted, entity=line.entity, is_treasury=False, closed_on=None)
    found = fund.filter(currency=line.currency).values_list("pk", flat=True).first()
    if found is None:
        raise NotThisOne(_("Choose an open fund in %s.") % line.currency)
    return found


def _is_over(line: BankLine, part: BankPart | None, minor: int = 0) -> bool:
    """Whether one person may not say this alone; parts of one line count together."""
    parts = line.parts.filter(kind=COST, undone_at=None)
    before = parts.exclude(pk=part.pk) if part is not None else parts
    total = (before.aggregate(sum=Sum("amount_minor"))["sum"] or 0) + minor
    return total + (part.amount_minor if part is not None else 0) > settings.REFUND_LIMIT_MINOR


def say(
    *, line_id: int, fund_id: int, reason: str, by: User, token: UUID
) -> BankPart | CostProposal:
    """Say that the rest of a line is a cost of a fund, or its other income.

    Up to the limit it is booked; above it, it waits for a second person. Refuses: Proposed,
    NotThisOne, and a proposal without a reason.
    """
    with transaction.atomic():
        line = matching.lock(line_id)
        standing = CostProposal.objects.filter(line=line, state=CostState.PROPOSED).first()
        if standing is not None:
            if (standing.fund_id, standing.proposed_by_id) == (fund_id, by.pk):
                return standing
            raise Proposed(_("Somebody has proposed what this line is. Decide on that first."))
        known = BankPart.objects.filter(token=token).exists()
        if line.left_minor and not known and _is_over(line, None, line.left_minor):
            return _propose(line, fund_id, reason, by)
    return matching.match(
        line_id=line_id,
        kind=COST,
        amount_minor=line.left_minor,
        what=fund_id,
        actor=f"user:{by.pk}",
        token=token,
    )


def _propose(line: BankLine, fund_id: int, reason: str, by: User) -> CostProposal:
    if not reason.strip():
        raise NotThisOne(_("It is over the limit: write why, for the second person."))
    made = CostProposal.objects.create(
        line=line,
        fund_id=_fund(line, fund_id),
        amount_minor=line.left_minor,
        reason=reason.strip()[:200],
        proposed_by=by,
        proposed_at=clock.now(),
    )
    _note(made, by, "proposed")
    return made


def agree(*, proposal_id: int, by: User) -> CostProposal:
    """Agree as the second person; it is booked. Refuses: SecondPersonNeeded, MoreThanIsLeft."""
    return _decide(proposal_id, by, CostState.BOOKED)


def disagree(*, proposal_id: int, by: User) -> CostProposal:
    """Turn it down as the second person; the line stays unexplained."""
    return _decide(proposal_id, by, CostState.DECLINED)


@transaction.atomic
def _decide(proposal_id: int, by: User, state: CostState) -> CostProposal:
    line_id = CostProposal.objects.values_list("line_id", flat=True).get(pk=proposal_id)
    matching.lock(line_id)
    made = CostProposal.objects.select_for_update().get(pk=proposal_id)
    is_open = made.state == CostState.PROPOSED
    second.must_decide(by, proposed_by=f"user:{made.proposed_by_id}", is_open=is_open)
    made.state, made.decided_by, made.decided_at = state, by, clock.now()
    made.save(update_fields=["state", "decided_by", "decided_at"])
    _note(made, by, state.value)
    if state == CostState.BOOKED:
        matching.match(
            line_id=line_id,
            kind=COST,
            amount_minor=made.amount_minor,
            what=Agreed(made.fund_id),
            actor=f"user:{by.pk}",
            token=uuid5(_TOKENS, str(made.pk)),
        )
    return made


def _note(made: CostProposal, by: User, verb: str) -> None:
    log.record(
        actor=f"user:{by.pk}",
        action=f"cost.{verb}",
        subject=f"bankline:{made.line_id}",
        minor=made.amount_minor,
        fund=made.fund_id,
    )


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
