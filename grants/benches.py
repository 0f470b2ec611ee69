"""What the committee sees of a round: its applications, and what its funds have."""

from dataclasses import dataclass, replace
from typing import Final

from django.db.models import Prefetch, Q
from django.utils.translation import gettext_lazy

from funding.ledger import balances
from funding.ledger.balances import FundFigures
from funding.ledger.models import Fund
from funding.money import Money
from funding.users.models import User
from grants import envelopes, identities
from grants.models import (
    Application,
    ApplicationState,
    Item,
    ItemState,
    MotionState,
    Round,
    Share,
)
from grants.models.applications import ApplicationQuerySet

STATES: Final = {
    ApplicationState.SUBMITTED: gettext_lazy("Not decided"),
    ApplicationState.AWARDED: gettext_lazy("Funded"),
    ApplicationState.DECLINED: gettext_lazy("Not funded"),
    ApplicationState.WITHDRAWN: gettext_lazy("Withdrawn"),
}


@dataclass(frozen=True, slots=True)
class Pot:
    """A fund of the round: what it has, and what the round may still draw on it."""

    fund: Fund
    figures: FundFigures
    envelope: Money
    awarded: Money
    held: Money
    # Something is held on it for what is closed to the reader, so no sum may tell how much.
    is_partial: bool = False

    @property
    def left(self) -> Money:
        """What of the envelope is neither held nor awarded."""
        return self.envelope - self.awarded - self.held

    @property
    def free(self) -> Money:
        """What can be proposed now: the smaller of what the round may and the fund has."""
        least = min(self.left.minor, self.figures.available.minor)
        return Money(max(least, 0), self.envelope.currency)

    @property
    def reserve(self) -> Money:
        """What the fund keeps back for good, to be taken off its balance."""
        return -self.figures.reserve

    @property
    def kept(self) -> Money:
        """What it keeps back for open votes of any round, to be taken off."""
        return -self.figures.held

    @property
    def promised(self) -> Money:
        """What it has promised to awards and not paid, to be taken off."""
        return -self.figures.committed

    @property
    def bands(self) -> list[tuple[str, int, int]]:
        """Look, place and width, in thousandths of the envelope, of what was drawn on it."""
        found, at = [], 0
        for look, money in (("c-fur", self.awarded), ("c-far", self.held)):
            width = min(round(1000 * money.minor / self.envelope.minor), 1000 - at)
            if width:
                found.append((look, at, width))
            at += width
        return found


@dataclass(frozen=True, slots=True)
class Line:
    """One application on the bench. Whoever is out of it sees the title and nothing more.

    Who has not declared an interest yet sees besides who asks.
    """

    application: Application
    is_out: bool
    is_undeclared: bool
    item: Item | None
    currency: str
    who: str

    @property
    def ask(self) -> Money:
        """What is asked."""
        return Money(self.application.ask_minor, self.currency)

    @property
    def minimum(self) -> Money:
        """The least with which the work can be done."""
        return Money(self.application.minimum_minor, self.currency)

    @property
    def proposed(self) -> Money | None:
        """What an open motion proposes, or what was awarded."""
        return Money(self.item.amount_minor, self.currency) if self.item else None

    @property
    def parts(self) -> list[tuple[Fund, Money]]:
        """Which funds pay it."""
        if self.item is None:
            return []
        rows = self.item.shares.all()
        return [(row.fund, Money(row.amount_minor, self.currency)) for row in rows]

    @property
    def state(self) -> str:
        """The state in words."""
        return str(STATES[ApplicationState(self.application.state)])

    @property
    def told(self) -> str:
        """The state in a list, or why it is closed to its reader."""
        if self.is_undeclared:
            return "declare first"
        return "you stepped out" if self.is_out else self.state

    @property
    def is_under_vote(self) -> bool:
        """Whether the committee is voting on it now."""
        return self.item is not None and self.item.state == ItemState.OPEN


def pots(round_: Round) -> list[Pot]:
    """The funds of a round in their order."""
    rows = list(round_.funds.select_related("fund").order_by("fund__position", "fund__name"))
    figures = balances.figures([row.fund_id for row in rows])
    awarded, held = envelopes.awarded(round_), envelopes.held(round_)
    return [
        Pot(
            fund=row.fund,
            figures=figures[row.fund_id],
            envelope=Money(row.envelope_minor, round_.currency),
            awarded=Money(awarded[row.fund_id], round_.currency),
            held=Money(held[row.fund_id], round_.currency),
        )
        for row in rows
    ]


def pots_for(round_: Round, user: User) -> list[Pot]:
    """The same as this person may see them: where a fund holds money for a vote on what is closed
    to them, its pot says so, and neither what it holds nor what is left is told."""
    found = pots(round_)
    open_ = Application.objects.open_to(user).values("pk")
    held = Share.objects.filter(
        fund__in=[pot.fund.pk for pot in found],
        item__state=ItemState.OPEN,
        item__motion__state=MotionState.OPEN,
    )
    closed = set(held.exclude(item__application__in=open_).values_list("fund", flat=True))
    return [replace(pot, is_partial=pot.fund.pk in closed) for pot in found]


def applications(
    round_: Round, user: User, *, state: str = "", text: str = ""
) -> ApplicationQuerySet:
    """The applications that were sent in to a round, by title. Whoever is out is told so."""
    sent = Application.objects.sent().filter(round=round_)
    found = sent.on_the_bench(user).told_recusals(user)
    if state in STATES:
        # Whether one fits would tell of it what is not to be told.
        found = found.filter(state=state).open_to(user)
    if text:
        body = Q(project__organisation__name__icontains=text)
        out = Q(recusals__member=user) | Q(applicant=user)
        out |= Q(pk__in=_nameless(round_, user))
        found = found.filter(Q(project__title__icontains=text) | body & ~out)
    standing = (
        Item.objects.filter(
            Q(state=ItemState.ADOPTED) | Q(state=ItemState.OPEN, motion__state=MotionState.OPEN)
        )
        .select_related("motion")
        .prefetch_related("shares__fund")
    )
    return (
        found.select_related("project__organisation")
        .prefetch_related(Prefetch("items", standing, to_attr="standing"))
        .order_by("project__title", "pk")
    )


def lines(rows: list[Application], round_: Round, user: User) -> list[Line]:
    """The same rows as the bench shows them to whom they were asked for."""
    nameless = _nameless(round_, user)
    return [_line(row, round_.currency, is_hidden=row.pk in nameless) for row in rows]


def _line(row: Application, currency: str, *, is_hidden: bool) -> Line:
    is_out: bool = row.is_closed  # type: ignore[attr-defined]
    item = None if is_out else next(iter(row.standing), None)  # type: ignore[attr-defined]
    is_undeclared: bool = row.is_undeclared  # type: ignore[attr-defined]
    who = identities.called(row, is_hidden=is_hidden and not is_undeclared)
    return Line(row, is_out, is_undeclared, item, currency, who)


def _nameless(round_: Round, user: User) -> frozenset[int]:
    """What of the round the person has declared on and may not read the names of yet."""
    if not round_.is_blind:
        return frozenset()
    silent = Application.objects.filter(round=round_).undeclared_by(user)
    return identities.hidden_from(user, round=round_) - set(silent.values_list("pk", flat=True))


def proposable(round_: Round, user: User, motion_id: int | None) -> list[Application]:
    """What a chair may propose now: sent in, in no other motion, and not stepped out of."""
    taken = Item.objects.filter(state=ItemState.OPEN).exclude(motion=motion_id)
    found = Application.objects.filter(round=round_, state=ApplicationState.SUBMITTED)
    return list(
        found.exclude(items__in=taken)
        .decided_by(user)
        .select_related("project__organisation")
        .order_by("project__title", "pk")
    )
