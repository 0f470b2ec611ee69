"""Writing the business log."""

from funding import clock
from funding.audit.models import Record

Fact = str | int | bool | None


def record(*, actor: str, action: str, subject: str, **facts: Fact) -> None:
    """Log a deed in the open transaction. Facts are ids, states and amounts only."""
    Record.objects.create(at=clock.now(), actor=actor, action=action, subject=subject, facts=facts)
