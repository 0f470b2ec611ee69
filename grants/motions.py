"""What the chair proposes: which applications get how much from which funds.

A draft can be changed; once it is put it is frozen, its money is held, and the committee votes.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.ledger import balances, holds
from funding.ledger.models import Fund, Hold
from funding.ledger.refusals import refusing
from funding.money import Money
from funding.users import roles
from funding.users.models import Role, User
from grants import ballots, caps, declarations, desk_checks, envelopes, notices, scopes
from grants.models import (
    Application,
    ApplicationState,
    Item,
    ItemState,
    Motion,
    MotionState,
    Project,
    Round,
    Share,
)

# How long a vote stays open at least, and where the chair says why it cannot wait that long:
# everybody has one waking day, wherever they live. The database knows the same spans.
SHORTEST: Final = dt.timedelta(hours=72)
SHORTEST_URGENT: Final = dt.timedelta(hours=24)


class ChairOnly(Refused):
    """The chair proposes; another person tried to."""


class NotADraft(Refused):
    """The motion was put or withdrawn before."""


class NotProposable(Refused):
    """An application cannot be proposed like this."""


class TooSoon(Refused):
    """The vote would close before people in other time zones have woken up."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A sum for one application: what each fund pays, by the fund's id, and why this much."""

    application_id: int
    parts: Mapping[int, int] = field(default_factory=dict)
    reason: str = ""

    @property
    def amount_minor(self) -> int:
        """The whole sum: the parts always add up to it."""
        return sum(self.parts.values())


def must_be_chair(by: User) -> None:
    """Raises ChairOnly."""
    if not roles.has(by, Role.CHAIR):
        raise ChairOnly(_("Only a chair of the committee takes this step."))


def lock(motion_id: int) -> Motion:
    """The motion, locked for the rest of the transaction."""
    return Motion.objects.select_for_update(no_key=True).get(pk=motion_id)


@transaction.atomic
def draft(
    *,
    round_id: int,
    text: str,
    closes_at: dt.datetime,
    proposals: Sequence[Proposal],
    by: User,
    urgent_why: str = "",
) -> Motion:
    """Write a motion that can still be changed. Raises as `change` does."""
    must_be_chair(by)
    # One draft of a round at a time is written, so that no two take the same application.
    round_ = Round.objects.select_for_update(no_key=True).get(pk=round_id)
    last = round_.motions.aggregate(last=Max("number"))["last"] or 0
    motion = Motion.objects.create(
        round=round_,
        number=last + 1,
        text=text.strip(),
        urgent_why=urgent_why.strip()[:400],
        put_by=by,
        created_at=clock.now(),
        closes_at=closes_at,
        due_at=closes_at,
    )
    _write_items(motion, proposals, by)
    _record(motion, by, "drafted")
    return motion


@transaction.atomic
def change(
    *,
    motion_id: int,
    text: str,
    closes_at: dt.datetime,
    proposals: Sequence[Proposal],
    by: User,
    urgent_why: str = "",
) -> Motion:
    """Write a draft anew.

    Raises ChairOnly, NotADraft, NotProposable, envelopes.OverTheEnvelope, recusals.Recused.
    """
    must_be_chair(by)
    round_id = Motion.objects.values_list("round_id", flat=True).get(pk=motion_id)
    Round.objects.select_for_update(no_key=True).get(pk=round_id)
    motion = lock(motion_id)
    _must_be_draft(motion)
    _must_be_in_all(motion, by)
    motion.items.all().delete()
    motion.text, motion.closes_at, motion.due_at = text.strip(), closes_at, closes_at
    motion.urgent_why = urgent_why.strip()[:400]
    motion.save(update_fields=["text", "closes_at", "due_at", "urgent_why"])
    _write_items(motion, proposals, by)
    _record(motion, by, "changed")
    return motion


def put(*, motion_id: int, by: User) -> Motion:
    """Put a draft to the vote: freeze it and hold its money, one hold for each fund.

    Raises ChairOnly, NotADraft, NotProposable, TooSoon, recusals.Recused,
    envelopes.OverTheEnvelope, FundOverdrawn, FundIsClosed, PeriodClosed.
    """
    must_be_chair(by)
    with refusing(), transaction.atomic():
        motion = lock(motion_id)
        _must_be_draft(motion)
        _must_be_in_all(motion, by)
        items = list(motion.items.select_related("application__project__organisation"))
        _lock_applications(items)
        _check(motion, _proposals_of(items), by)
        _must_add_up(items)
        now = clock.now()
        _must_be_long_enough(motion, now)
        wanted = _by_fund(items)
        # What the round may draw is judged once nobody else can draw on these funds.
        balances.lock_funds(wanted)
        envelopes.must_hold(motion.round, wanted)
        motion.state, motion.put_at, motion.put_by = MotionState.OPEN, now, by
        motion.due_at = motion.closes_at
        motion.frozen = ballots.freeze(motion, items)
        motion.sha256 = ballots.digest(motion.frozen)
        _must_be_votable(motion)
        motion.save()
        for fund_id, minor in sorted(wanted.items()):
            holds.place(
                fund_id=fund_id,
                cause=cause(motion),
                amount=Money(minor, motion.round.currency),
                actor=f"user:{by.pk}",
            )
        _record(motion, by, "put", sha256=motion.sha256)
        if motion.urgent_why:
            notices.tell_voters(motion, ballots.entitled(motion))
    return motion


def withdraw(*, motion_id: int, by: User) -> Motion:
    """Take a motion back that is not decided; its held money is free again.

    Again: nothing. Raises ChairOnly, NotADraft once it is decided, recusals.Recused.
    """
    must_be_chair(by)
    with refusing(), transaction.atomic():
        motion = lock(motion_id)
        if motion.state == MotionState.WITHDRAWN:
            return motion
        if motion.state == MotionState.DECIDED:
            raise NotADraft(_("The committee has decided this motion. It stands."))
        if motion.counted_at is not None:
            raise NotADraft(_("The votes are counted. The accountable body has the word now."))
        _must_be_in_all(motion, by)
        motion.state, motion.error = MotionState.WITHDRAWN, ""
        motion.save(update_fields=["state", "error"])
        motion.items.update(state=ItemState.WITHDRAWN)
        release_holds(motion, actor=f"user:{by.pk}")
        _record(motion, by, "withdrawn")
    return motion


def cause(motion: Motion) -> str:
    """How the ledger names a motion."""
    return f"motion:{motion.pk}"


def open_holds(motion: Motion) -> list[Hold]:
    """The money that a motion keeps back, in the order of funds."""
    rows = Hold.objects.filter(cause=cause(motion), released_at__isnull=True)
    return list(rows.order_by("fund_id"))


def release_holds(motion: Motion, *, actor: str) -> None:
    """Let go of what the motion keeps back."""
    held = open_holds(motion)
    balances.lock_funds(hold.fund_id for hold in held)
    for hold in held:
        holds.release(hold_id=hold.pk, actor=actor)


def _must_be_draft(motion: Motion) -> None:
    if motion.state != MotionState.DRAFT:
        state = MotionState(motion.state).label.lower()
        raise NotADraft(_("This motion is %(state)s by now.") % {"state": state})


def _must_be_long_enough(motion: Motion, now: dt.datetime) -> None:
    least = SHORTEST_URGENT if motion.urgent_why else SHORTEST
    if motion.closes_at >= now + least:
        return
    hours = int(least.total_seconds() // 3600)
    if motion.urgent_why:
        sentence = _("Even where it is urgent, let the vote stay open for at least %(n)s hours.")
    else:
        sentence = _(
            "Let the vote stay open for at least %(n)s hours, or write why it cannot wait so long."
        )
    raise TooSoon(sentence % {"n": hours})


def _must_be_in_all(motion: Motion, by: User) -> None:
    for item in motion.items.select_related("application__project"):
        declarations.must_take_part(item.application, by)


def _must_be_votable(motion: Motion) -> None:
    counts = {pk: len(voters) for pk, voters in ballots.voters(motion).items()}
    for item in motion.items.select_related("application__project"):
        if counts[item.pk] < ballots.FEWEST:
            sentence = _("Only %(n)s may vote on “%(title)s”, and it takes %(fewest)s.")
            raise NotProposable(
                sentence
                % {
                    "n": counts[item.pk],
                    "title": item.application.project.title,
                    "fewest": ballots.FEWEST,
                }
            )


def _must_add_up(items: Sequence[Item]) -> None:
    if not items:
        raise NotProposable(_("There is nothing in this motion to vote on."))
    for item in items:
        assert item.amount_minor == sum(share.amount_minor for share in item.shares.all())


def _lock_applications(items: Iterable[Item]) -> None:
    ids = [item.application_id for item in items]
    list(Application.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk"))


def _by_fund(items: Iterable[Item]) -> dict[int, int]:
    sums: Counter[int] = Counter()
    for share in Share.objects.filter(item__in=list(items)):
        sums[share.fund_id] += share.amount_minor
    return dict(sums)


def _proposals_of(items: Iterable[Item]) -> list[Proposal]:
    return [
        Proposal(
            item.application_id,
            dict(item.shares.values_list("fund_id", "amount_minor")),
            item.reason,
        )
        for item in items
    ]


def _write_items(motion: Motion, proposals: Sequence[Proposal], by: User) -> None:
    _check(motion, proposals, by)
    for proposal in proposals:
        item = Item.objects.create(
            motion=motion,
            application_id=proposal.application_id,
            amount_minor=proposal.amount_minor,
            reason=proposal.reason.strip(),
        )
        Share.objects.bulk_create(
            Share(item=item, fund_id=fund_id, amount_minor=minor)
            for fund_id, minor in sorted(proposal.parts.items())
        )


def _check(motion: Motion, proposals: Sequence[Proposal], by: User) -> None:
    """Raises what is wrong with the proposals as they stand now."""
    ids = [proposal.application_id for proposal in proposals]
    if len(set(ids)) != len(ids):
        raise NotProposable(_("An application stands in this motion twice."))
    found = Application.objects.select_related("project__organisation", "round").in_bulk(ids)
    wanted: Counter[int] = Counter()
    for proposal in proposals:
        _check_one(motion, proposal, found.get(proposal.application_id), by)
        wanted.update(proposal.parts)
    elsewhere = Item.objects.filter(application__in=ids, state=ItemState.OPEN)
    if other := elsewhere.exclude(motion=motion).select_related("motion").first():
        sentence = _("“%(title)s” stands in motion %(number)s already.")
        title = found[other.application_id].project.title
        raise NotProposable(sentence % {"title": title, "number": other.motion.number})
    _must_keep_to_the_scopes(motion, proposals, found)
    caps.must_hold(motion, {each.application_id: each.parts for each in proposals}, found)
    envelopes.must_hold(motion.round, wanted)


def _must_keep_to_the_scopes(
    motion: Motion, proposals: Sequence[Proposal], found: Mapping[int, Application]
) -> None:
    drawn = {fund_id for proposal in proposals for fund_id in proposal.parts}
    named, today = scopes.standing(drawn), clock.today(motion.round.entity.zone)
    for proposal in proposals:
        project = found[proposal.application_id].project
        for fund_id in sorted(proposal.parts):
            if not named[fund_id].fits(project, today):
                raise NotProposable(_outside(fund_id, named[fund_id], project, today))


def _outside(fund_id: int, scope: scopes.Scope, project: Project, today: dt.date) -> str:
    fund = Fund.objects.get(pk=fund_id)
    if scope.is_over(today):
        sentence = _("%(fund)s could be awarded until %(day)s only.")
        return sentence % {"fund": fund.name, "day": scope.expires_on}
    sentence = _("%(fund)s may not pay for “%(title)s”: %(scope)s")
    told = " ".join(scopes.sentences(scope))
    return sentence % {"fund": fund.name, "title": project.title, "scope": told}


def _check_one(
    motion: Motion, proposal: Proposal, application: Application | None, by: User
) -> None:
    if application is None or application.round_id != motion.round_id:
        raise NotProposable(_("An application of another round cannot be proposed."))
    title, currency = application.project.title, motion.round.currency
    if application.state != ApplicationState.SUBMITTED:
        raise NotProposable(_("“%(title)s” is not open for a decision.") % {"title": title})
    declarations.must_take_part(application, by)
    desk_checks.must_have_passed(application)
    if min(proposal.parts.values(), default=0) <= 0:
        raise NotProposable(_("Say which fund pays for “%(title)s”.") % {"title": title})
    if not application.minimum_minor <= proposal.amount_minor <= application.ask_minor:
        sentence = _("“%(title)s” needs at least %(least)s and asks for %(most)s.")
        raise NotProposable(
            sentence
            % {
                "title": title,
                "least": Money(application.minimum_minor, currency).text(),
                "most": Money(application.ask_minor, currency).text(),
            }
        )


def _record(motion: Motion, by: User, verb: str, **facts: str) -> None:
    log.record(actor=f"user:{by.pk}", action=f"motion.{verb}", subject=cause(motion), **facts)
