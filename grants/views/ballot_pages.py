"""What the pages of a motion show to one person: never how others vote before the end."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet, Sum

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
        was_lost = self.item.state in agenda.LOST
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


def sums(motion: Motion, items: Sequence[Item], me: User) -> list[Sums]:
    """For each fund of these items: what is free before, and what is left if they are adopted."""
    currency = motion.round.currency
    asked = _by_fund(Share.objects.filter(item__in=items))
    figures = balances.figures(asked)
    others = _by_fund(Share.objects.filter(item__motion=motion).exclude(item__in=items))
    # Whoever is out of another item must not read its sum from a difference.
    may_know = not _closed(motion, me)
    found = []
    for fund in Fund.objects.filter(pk__in=asked).order_by("pk"):
        this = Money(asked[fund.pk], currency)
        free = figures[fund.pk].available + this
        rest = Money(others[fund.pk], currency)
        found.append(
            Sums(fund, free + rest, rest, this) if may_know else Sums(fund, free, None, this)
        )
    return found


@dataclass(frozen=True, slots=True)
class Bloc:
    """What one vote decides together, for one person. `mine` is their word where it is one."""

    lines: list[Line]
    sums: list[Sums]
    mine: Choice | None
    is_mixed: bool

    @property
    def ids(self) -> str:
        """The items that the person is shown, for the form."""
        return " ".join(str(line.item.pk) for line in self.lines)


def bloc(motion: Motion, rows: Sequence[Line], me: User) -> Bloc | None:
    """What this person may decide with one vote, while the motion is open."""
    wanted = set(ballots.together(motion)) if motion.state == MotionState.OPEN else set()
    shown = [line for line in rows if line.item.pk in wanted]
    if not shown or not all(line.may_vote and not line.is_out for line in shown):
        return None
    said = {line.mine for line in shown}
    return Bloc(
        lines=shown,
        sums=sums(motion, [line.item for line in shown], me),
        mine=shown[0].mine if len(said) == 1 else None,
        is_mixed=len(said) > 1,
    )


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


def _by_fund(shares: QuerySet[Share]) -> defaultdict[int, int]:
    found: defaultdict[int, int] = defaultdict(int)
    for fund_id, minor in shares.values_list("fund_id", "amount_minor"):
        found[fund_id] += minor
    return found


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
