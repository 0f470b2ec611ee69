"""Proposals that were frozen: who froze them, and the motion that was written from each."""

import datetime as dt

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.users.models import User
from grants import motions, workbench
from grants.models import Allocation, Application, Motion, Round
from grants.ranking import Marks
from grants.workbench import Bench, WhatIf


class NotAProposal(Refused):
    """It cannot be kept like this."""


class Otherwise(Refused):
    """Between looking and keeping, marks or money changed."""


@transaction.atomic
def freeze(
    *, round_id: int, marks: Marks, asked: WhatIf, seen: str, closes_at: dt.datetime, by: User
) -> Allocation:
    """Keep a proposal, and write a draft motion from it that the chair can still change.

    `seen` is the fingerprint of what the person looked at. The same again: the one that stands.
    Applications that the chair is out of are left to another chair. Raises motions.ChairOnly,
    NotAProposal, Otherwise, and what `motions.draft` raises.
    """
    motions.must_be_chair(by)
    round_ = Round.objects.select_for_update(no_key=True).get(pk=round_id)
    last = round_.allocations.order_by("-number").first()
    found = workbench.bench(round_, marks, asked)
    _must_be_keepable(found)
    text = workbench.frozen(found)
    sha256 = workbench.fingerprint(text)
    if sha256 != seen:
        sentence = _("Marks or money changed since you looked. Look at the new proposal first.")
        raise Otherwise(sentence)
    if last and last.sha256 == sha256:
        return last
    number = (round_.allocations.aggregate(last=Max("number"))["last"] or 0) + 1
    motion = _written(found, number, closes_at, by)
    kept = Allocation.objects.create(
        round=round_,
        number=number,
        frozen=text,
        sha256=sha256,
        changes=workbench.changes(asked, found.applications, round_.currency),
        made_by=by,
        made_at=clock.now(),
        motion=motion,
    )
    log.record(
        actor=f"user:{by.pk}",
        action="allocation.frozen",
        subject=f"round:{round_.pk}",
        number=number,
        sha256=sha256,
    )
    return kept


def _written(found: Bench, number: int, closes_at: dt.datetime, by: User) -> Motion:
    rows = Application.objects.filter(pk__in=list(found.applications))
    may = set(rows.decided_by(by).values_list("pk", flat=True))
    but = frozenset(pk for pk in found.applications if pk not in may)
    wanted = workbench.proposals(found, but=but)
    if not wanted:
        raise NotAProposal(_("There is nothing in it that you may propose."))
    return motions.draft(
        round_id=found.round.pk,
        text=_("That these applications be funded, by proposal %(number)s.") % {"number": number},
        closes_at=closes_at,
        proposals=wanted,
        by=by,
    )


def _must_be_keepable(found: Bench) -> None:
    if found.outcome is None:
        raise NotAProposal(found.clash)
    if not found.asked.is_real:
        raise NotAProposal(_("It spends money that is not there: take the added sums out."))
    if not found.outcome.awards:
        raise NotAProposal(_("Nothing would be funded."))


def is_replayed(kept: Allocation) -> bool:
    """Whether the frozen facts come to the same answer again, and to the same fingerprint."""
    return (
        workbench.fingerprint(kept.frozen) == kept.sha256
        and workbench.replayed(kept.frozen) == kept.frozen
    )
