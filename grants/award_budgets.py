"""The budget of an award: copied where all was awarded, and else made by the applicant.

Only the lines that this fund was asked to pay; what others pay is in the application.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.ledger import book
from funding.money import Money
from funding.users.models import User
from grants import disbursements, texts
from grants.disbursements import WrongPerson, WrongState
from grants.models import (
    Agreement,
    Award,
    AwardBudget,
    AwardChange,
    AwardLine,
    BudgetLine,
    LineSource,
)


class NotABudget(Refused):
    """The lines are no budget of this award. `position` is the line to look at."""

    def __init__(self, sentence: str, position: int | None = None) -> None:
        super().__init__(sentence)
        self.position = position


@dataclass(frozen=True, slots=True)
class Cut:
    """What the award is to pay of a line, in minor units, and why if it is more than asked."""

    amount_minor: int
    reason: str = ""


def asked(award: Award) -> list[BudgetLine]:
    """The lines that this fund was asked to pay."""
    lines = award.application.lines.filter(source=LineSource.US)
    return list(lines.order_by("position", "pk"))


def current(award_id: int) -> AwardBudget | None:
    """The budget that counts: the last version."""
    return AwardBudget.objects.filter(award_id=award_id).order_by("-version").first()


def is_lacking(award: Award) -> bool:
    """Whether the applicant has still to fit the budget to a smaller award."""
    if current(award.pk) is not None:
        return False
    lines = asked(award)
    return bool(lines) and sum(line.amount_minor for line in lines) != award.amount_minor


@transaction.atomic
def fit(*, award_id: int, cuts: Mapping[int, Cut], after: int, by: User) -> AwardBudget:
    """Fit the budget to the award, as its applicant: one cut for each asked line, by its place
    from 0. The same again is the budget that stands.

    `after` is the version that was shown, 0 for none. Raises WrongPerson, WrongState,
    NotABudget, disbursements.AwardNotActive.
    """
    award = disbursements.lock(award_id)
    if award.application.applicant_id != by.pk:
        raise WrongPerson(_("Only the applicant fits the budget to the award."))
    disbursements.must_be_active(award)
    lines = asked(award)
    wanted = [cuts.get(at, Cut(0)) for at in range(len(lines))]
    wanted = [Cut(cut.amount_minor, texts.one_line(cut.reason)) for cut in wanted]
    standing = current(award_id)
    if standing is not None and _told(standing) == wanted:
        return standing
    if (standing.version if standing else 0) != after:
        raise WrongState(_("Another budget was kept meanwhile. Look at it first."))
    if Agreement.objects.filter(award=award, accepted_at__isnull=False).exists():
        raise WrongState(_("The agreement is accepted, so its budget stays."))
    _must_fit(award, lines, wanted)
    return _write(award, lines, wanted, after + 1, by)


def copied(award: Award, by: User) -> AwardBudget | None:
    """The budget as it was asked for, kept for an award of all of it, or the one that stands.

    None where nothing was asked for by line. The award is locked by the caller.
    """
    standing, lines = current(award.pk), asked(award)
    if standing is not None or not lines:
        return standing
    return _write(award, lines, [Cut(line.amount_minor) for line in lines], 1, by)


def move(award: Award, sums: Sequence[int], change: AwardChange, by: User) -> AwardBudget | None:
    """Write the budget that an accepted change makes, by the lines of the one that stands; none
    where there is none. The award is locked by the caller."""
    standing = current(award.pk)
    if standing is None:
        return None
    rows = list(standing.lines.order_by("position"))
    why = change.reason.replace("\n", " ")
    cuts = [
        Cut(minor, row.reason or (why if minor > row.asked_minor else ""))
        for row, minor in zip(rows, sums, strict=True)
    ]
    return _write(award, rows, cuts, standing.version + 1, by, change)


def _told(budget: AwardBudget) -> list[Cut]:
    return [Cut(line.amount_minor, line.reason) for line in budget.lines.order_by("position")]


def _must_fit(award: Award, lines: Sequence[BudgetLine], cuts: Sequence[Cut]) -> None:
    if not lines:
        raise NotABudget(_("This award was not asked for by line."))
    for at, (line, cut) in enumerate(zip(lines, cuts, strict=True)):
        if cut.amount_minor < 0:
            raise NotABudget(_("No line is below nought."), at)
        if cut.amount_minor > line.amount_minor and not cut.reason:
            raise NotABudget(_("Write why this line needs more than you asked for."), at)
    whole = Money(sum(cut.amount_minor for cut in cuts), award.currency)
    if whole.minor != award.amount_minor:
        sentence = _("The lines come to %(whole)s. They have to come to the award, %(award)s.")
        told = Money(award.amount_minor, award.currency).text()
        raise NotABudget(sentence % {"whole": whole.text(), "award": told})


def _write(
    award: Award,
    lines: Sequence[BudgetLine | AwardLine],
    cuts: Sequence[Cut],
    version: int,
    by: User,
    change: AwardChange | None = None,
) -> AwardBudget:
    budget = AwardBudget.objects.create(
        award=award, version=version, change=change, made_by=by, made_at=clock.now()
    )
    AwardLine.objects.bulk_create(
        AwardLine(
            budget=budget,
            position=at,
            category=line.category,
            what=line.what,
            asked_minor=line.asked_minor if isinstance(line, AwardLine) else line.amount_minor,
            amount_minor=cut.amount_minor,
            reason=cut.reason[:300],
        )
        for at, (line, cut) in enumerate(zip(lines, cuts, strict=True))
    )
    book.settle_constraints()
    log.record(
        actor=f"user:{by.pk}",
        action="award.budget_kept",
        subject=f"award:{award.pk}",
        version=version,
    )
    return budget
