"""What lines of bank statements turn out to be: parts of them go to targets, and come back.

A part of a line leaves money not yet understood, and in the same transaction its target takes
it: a gift by hand, something that is in the books already, and whatever else registers itself.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from donors.intake import lines
from donors.models import BankLine, BankPart
from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.ledger import book, periods
from funding.ledger.models import Reason
from funding.money import Money


class MoreThanIsLeft(Refused):
    """Less of the line is unexplained than is to be explained."""


class NotThisOne(Refused):
    """The target cannot take it, or is not what was suggested any more."""


class NotUndone(Refused):
    """It was undone before, or the target has gone on since."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a line may be. `key` names it among those of its kind, `what` is for the target.

    Certain is what may be accepted without looking: reference and sum, or payer and sum, agree
    and nothing else fits as well.
    """

    kind: str
    key: str
    words: str
    why: str
    amount: Money
    is_certain: bool
    what: Any


@dataclass(frozen=True, slots=True)
class Target:
    """What a kind of target knows: to find itself, to take a part, and to let it go.

    `take` gets the part, still without a target, and `what` of a suggestion or a form; it books
    what follows and returns the row's name, such as 'gift:7'. `let_go` undoes that. Both refuse
    by raising Refused, in the open transaction.
    """

    words: str | Promise
    suggest: Callable[[BankLine], list[Suggestion]]
    take: Callable[[BankPart, Any, str], str]
    let_go: Callable[[BankPart, str, str], None]


TARGETS: Final[dict[str, Target]] = {}


def register_target(kind: str, target: Target) -> None:
    """Add a kind of target. The same twice is harmless."""
    if TARGETS.setdefault(kind, target) != target:
        raise ValueError(f"Two targets are called {kind}.")


def suggestions(line: BankLine) -> list[Suggestion]:
    """What the rest of a line may be, the certain ones first."""
    if not line.left_minor:
        return []
    found = [each for target in TARGETS.values() for each in target.suggest(line)]
    return sorted(found, key=lambda each: not each.is_certain)


def certain(line: BankLine) -> Suggestion | None:
    """The one thing that the whole rest of a line surely is."""
    sure = [each for each in suggestions(line) if each.is_certain]
    return sure[0] if len(sure) == 1 and sure[0].amount == line.left else None


def accept(*, line_id: int, kind: str, key: str, actor: str, token: UUID | None = None) -> BankPart:
    """Take up a suggestion, as it stands now. Refuses: NotThisOne, MoreThanIsLeft."""
    token = token or uuid4()
    with transaction.atomic():
        line = lock(line_id)
        if standing := BankPart.objects.filter(token=token).first():
            return standing
        fits = [each for each in suggestions(line) if (each.kind, each.key) == (kind, key)]
        if not fits:
            raise NotThisOne(_("This does not fit any more. Look at the line again."))
        return match(
            line_id=line_id,
            kind=kind,
            amount_minor=fits[0].amount.minor,
            what=fits[0].what,
            actor=actor,
            token=token,
        )


def accept_certain(*, actor: str) -> int:
    """Take up everything that is certain, line by line. Returns how many lines that were.

    What somebody else explains in between is passed over.
    """
    count = 0
    for line in lines.waiting().select_related("entity"):
        sure = certain(line)
        if sure is None:
            continue
        try:
            accept(line_id=line.pk, kind=sure.kind, key=sure.key, actor=actor)
        except Refused:
            continue
        count += 1
    return count


def match(
    *, line_id: int, kind: str, amount_minor: int, what: object, actor: str, token: UUID
) -> BankPart:
    """Say what a part of a line is; `amount_minor` is above zero whichever way the line went.

    The same token twice is the same part. Refuses: MoreThanIsLeft, NotThisOne, and what the
    target refuses; then the money stays where it is.
    """
    try:
        with transaction.atomic():
            return _match(line_id, kind, amount_minor, what, actor, token)
    except IntegrityError as error:
        if "bankpart_explains_once" in str(error):
            raise NotThisOne(_("Another line was explained by this before.")) from error
        raise


def _match(
    line_id: int, kind: str, amount_minor: int, what: object, actor: str, token: UUID
) -> BankPart:
    line = lock(line_id)
    if standing := BankPart.objects.filter(token=token).first():
        return standing
    if not 0 < amount_minor <= line.left_minor:
        sentence = _("%s of this line is not explained yet.")
        raise MoreThanIsLeft(sentence % line.left.text())
    part = BankPart(
        token=token,
        line=line,
        amount_minor=amount_minor,
        kind=kind,
        # Until the target has said its name; nobody else sees this row before.
        target=f"{kind}:{token}",
        made_by=actor,
        made_at=clock.now(),
    )
    part.save()
    line.matched_minor += amount_minor
    line.save(update_fields=["matched_minor"])
    book.post(
        entity_id=line.entity_id,
        key=f"bankpart:{part.pk}:match",
        reason=Reason.RESOLVED,
        cause=f"bankline:{line.pk}",
        actor=actor,
        happened_on=open_day(line),
        legs=lines.legs(line, -_signed(part)),
    )
    part.target = TARGETS[kind].take(part, what, actor)
    part.save(update_fields=["target"])
    _note(part, actor, "matched")
    book.settle_constraints()
    return part


@transaction.atomic
def undo(*, part_id: int, why: str, actor: str) -> BankPart:
    """Put a part back into money not yet understood, and undo what came of it.

    Refuses: NotUndone, and what the target refuses.
    """
    line = lock(BankPart.objects.values_list("line_id", flat=True).get(pk=part_id))
    part = BankPart.objects.select_for_update().get(pk=part_id)
    if part.undone_at is not None:
        raise NotUndone(_("This was undone before."))
    if not why.strip():
        raise NotUndone(_("Write why it is undone."))
    TARGETS[part.kind].let_go(part, why, actor)
    part.undone_at, part.undone_by, part.undone_why = clock.now(), actor, why.strip()[:200]
    part.save(update_fields=["undone_at", "undone_by", "undone_why"])
    line.matched_minor -= part.amount_minor
    line.save(update_fields=["matched_minor"])
    book.reverse(
        key_of=f"bankpart:{part.pk}:match",
        key=f"bankpart:{part.pk}:undo",
        reason=Reason.REVERSAL,
        actor=actor,
        happened_on=_today(line),
    )
    _note(part, actor, "undone")
    book.settle_constraints()
    return part


def lock(line_id: int) -> BankLine:
    """The line, locked for the rest of the transaction."""
    return BankLine.objects.select_for_update(no_key=True).get(pk=line_id)


def open_day(line: BankLine) -> dt.date:
    """The line's own day in the books, or the first one after it that is open."""
    return periods.open_day(entity_id=line.entity_id, day=line.booked_on)


def _today(line: BankLine) -> dt.date:
    return periods.open_day(entity_id=line.entity_id, day=clock.today(line.entity.zone))


def _signed(part: BankPart) -> Money:
    return part.amount if part.line.amount_minor > 0 else -part.amount


def _note(part: BankPart, actor: str, verb: str) -> None:
    log.record(
        actor=actor,
        action=f"bankline.{verb}",
        subject=f"bankline:{part.line_id}",
        part=part.pk,
        target=part.target,
        minor=part.amount_minor,
    )
