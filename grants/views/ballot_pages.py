"""What the pages of a motion show to one person: never how others vote before the end."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Sum

from funding.ledger import balances
from funding.ledger.models import Fund
from funding.money import Money
from funding.users.models import User
from grants import agenda, ballots, decisions, declarations, votes
from grants.decisions import Tally
from grants.declarations import Standing
from grants.models import (
    ApplicationState,
    Choice,
    Item,
    ItemState,
    Motion,
    MotionState,
    Recusal,
    Share,
    Vote,
)


@dataclass(frozen=True, slots=True)
class Line:
    """One item as this person may see it. `voices` are names and votes, after the end."""

    item: Item
    is_out: bool
    is_undeclared: bool
    mine: Choice | None
    may_vote: bool
    tally: Tally
    amount: Money
    ask: Money
    parts: list[tuple[Fund, Money]]
    voices: list[tuple[str, str]]
    out: list[str]

    @property
    def needs_reason(self) -> bool:
        """Whether it was not funded and the applicant has not been told why."""
        was_lost = self.item.state in {ItemState.REJECTED, ItemState.NO_QUORUM}
        return was_lost and self.item.application.state == ApplicationState.SUBMITTED


@dataclass(frozen=True, slots=True)
class Sums:
    """What one fund has before and after; `others` is None for whoever may not know it."""

    fund: Fund
    free: Money
    others: Money | None
    this: Money

    @property
    def minus_this(self) -> Money:
        """The sum proposed, to be taken off."""
        return -self.this

    @property
    def minus_others(self) -> Money:
        """What the rest of the motion takes, to be taken off."""
        return -(self.others or Money(0, self.this.currency))

    @property
    def left(self) -> Money:
        """What is left if it is adopted."""
        return self.free + self.minus_others + self.minus_this


def amount(item: Item) -> Money:
    """The sum proposed."""
    return Money(item.amount_minor, item.motion.round.currency)


def lines(motion: Motion, me: User) -> list[Line]:
    """Every item of a motion that was put."""
    mine, may, tallies = votes.own(motion.pk, me), ballots.voters(motion), decisions.tallies(motion)
    names = {row["id"]: row["name"] for row in (motion.frozen or {}).get("members", [])}
    voices, out = _voices(motion, names), _out(motion, names)
    items = motion.items.select_related("application__project").prefetch_related("shares__fund")
    currency, closed = motion.round.currency, _closed(motion, me)
    return [
        Line(
            item=item,
            is_out=(is_out := item.application_id in closed),
            is_undeclared=closed.get(item.application_id) == Standing.UNDECLARED,
            mine=mine.get(item.pk),
            may_vote=me.pk in may.get(item.pk, set()),
            tally=tallies.get(item.pk, Tally(0, 0, 0, 0)),
            amount=Money(item.amount_minor, currency),
            ask=Money(item.application.ask_minor, currency),
            parts=[
                (share.fund, Money(share.amount_minor, currency)) for share in item.shares.all()
            ],
            voices=[] if is_out else voices[item.pk],
            out=out[item.application_id],
        )
        for item in items.order_by("pk")
    ]


def next_item(motion: Motion, me: User) -> int | None:
    """The next item on which the person may still vote."""
    return next(iter(agenda.to_vote(motion, me)), None)


def sums(item: Item, me: User) -> list[Sums]:
    """For each fund of an item: what is free before, and what is left if it is adopted."""
    motion, currency = item.motion, item.motion.round.currency
    shares = list(item.shares.select_related("fund").order_by("fund_id"))
    figures = balances.figures([share.fund_id for share in shares])
    others = _of_others(motion, item)
    # Whoever is out of another item must not read its sum from a difference.
    may_know = not _closed(motion, me)
    found = []
    for share in shares:
        this = Money(share.amount_minor, currency)
        free = figures[share.fund_id].available + this
        rest = Money(others[share.fund_id], currency)
        found.append(
            Sums(share.fund, free + rest, rest, this)
            if may_know
            else Sums(share.fund, free, None, this)
        )
    return found


def pots(motion: Motion, me: User) -> list[tuple[Fund, Money]]:
    """What the motion draws on each fund: proposed, or adopted once it is decided.

    Of what the person is out of, nothing is in a sum.
    """
    items = motion.items.all()
    if motion.state == MotionState.DECIDED:
        items = items.filter(state=ItemState.ADOPTED)
    closed = _closed(motion, me)
    seen = [item.pk for item in items if item.application_id not in closed]
    rows = Share.objects.filter(item__in=seen).values("fund").annotate(sum=Sum("amount_minor"))
    by_fund = {row["fund"]: row["sum"] for row in rows}
    funds = Fund.objects.filter(pk__in=by_fund).order_by("position", "name")
    return [(fund, Money(by_fund[fund.pk], motion.round.currency)) for fund in funds]


def _closed(motion: Motion, me: User) -> dict[int, Standing]:
    """Where the person stands to what of the motion is closed to them, by application."""
    rows = motion.items.select_related("application__round")
    found = declarations.standings([each.application for each in rows], me)
    return {pk: where for pk, where in found.items() if where not in declarations.READS}


def _of_others(motion: Motion, item: Item) -> defaultdict[int, int]:
    rows = Share.objects.filter(item__motion=motion).exclude(item=item)
    sums_: defaultdict[int, int] = defaultdict(int)
    for fund_id, minor in rows.values_list("fund_id", "amount_minor"):
        sums_[fund_id] += minor
    return sums_


def _voices(motion: Motion, names: dict[int, str]) -> defaultdict[int, list[tuple[str, str]]]:
    """Who voted how, once it is decided and not before."""
    found: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    if motion.state != MotionState.DECIDED:
        return found
    for vote in Vote.objects.filter(item__motion=motion):
        word = str(Choice(vote.choice).label).lower()
        found[vote.item_id].append((names.get(vote.member_id, ""), word))
    for voices in found.values():
        voices.sort()
    return found


def _out(motion: Motion, names: dict[int, str]) -> defaultdict[int, list[str]]:
    found: defaultdict[int, list[str]] = defaultdict(list)
    rows = Recusal.objects.filter(application__items__motion=motion, member__in=names)
    for application_id, member_id in rows.values_list("application_id", "member_id"):
        found[application_id].append(names[member_id])
    return found
