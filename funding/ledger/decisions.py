"""The second person's part in what two people do together."""

from funding import clock
from funding.audit import log
from funding.ledger.models import Opening, Step, Transfer
from funding.ledger.refusals import AlreadyDecided, NeedsAnotherPerson

# A step is proposed once and then decided once; nothing leads back.
MOVES = {
    Step.PROPOSED: frozenset({Step.BOOKED, Step.DECLINED}),
    Step.BOOKED: frozenset[Step](),
    Step.DECLINED: frozenset[Step](),
}


def decide(step: Transfer | Opening, *, state: Step, by: int) -> None:
    """Record the decision on a step that is locked; `by` is the deciding user's id.

    Raises AlreadyDecided and NeedsAnotherPerson.
    """
    noun = _noun(step)
    if state not in MOVES[Step(step.state)]:
        raise AlreadyDecided(f"This {noun} was decided before.")
    if step.proposed_by_id == by:
        raise NeedsAnotherPerson(f"You proposed this {noun}, so another person decides on it.")
    step.state, step.decided_by_id, step.decided_at = state, by, clock.now()
    step.save(update_fields=["state", "decided_by", "decided_at"])
    note(step, actor=f"user:{by}", action=state.value)


def note(step: Transfer | Opening, *, actor: str, action: str) -> None:
    """Log what was done to a step."""
    noun = _noun(step)
    log.record(
        actor=actor,
        action=f"{noun}.{action}",
        subject=f"{noun}:{step.pk}",
        minor=step.amount_minor,
    )


def _noun(step: Transfer | Opening) -> str:
    return "transfer" if isinstance(step, Transfer) else "opening"
