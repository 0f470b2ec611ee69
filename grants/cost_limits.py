"""How much of what is asked one kind of cost may be. Pure but for reading the round's limits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from funding.money import Money
from grants import budgets
from grants.models import LineSource, Round

Limits = Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Share:
    """One limited kind of cost: what is asked for it, and the most that may be, in minor units."""

    category: str
    most_percent: int
    minor: int
    ask_minor: int

    @property
    def label(self) -> str:
        """The kind of cost in words."""
        return str(budgets.Category(self.category).label)

    @property
    def most_minor(self) -> int:
        """The whole units that the limit leaves of what is asked now."""
        return self.most_percent * self.ask_minor // 100

    @property
    def is_over(self) -> bool:
        """Whether it is more than the limit. Exact: nothing is rounded in the comparison."""
        return self.minor * 100 > self.most_percent * self.ask_minor


def of(round_: Round) -> Limits:
    """The round's limits: a kind of cost and the most per cent of what is asked."""
    rows = round_.cost_limits.order_by("category")
    return list(rows.values_list("category", "most_percent"))


def shares(limits: Limits, lines: Iterable[budgets.Line]) -> list[Share]:
    """What a budget has of each limited kind. Only what is asked of this fund counts."""
    ours = [line for line in lines if line.source == LineSource.US]
    ask = sum(line.amount_minor for line in ours)
    return [
        Share(kind, most, sum(line.amount_minor for line in ours if line.category == kind), ask)
        for kind, most in limits
    ]


def told(share: Share, currency: str) -> str:
    """The limit beside the budget, before anybody exceeds it."""
    if not share.most_percent:
        return _("%(kind)s: not paid for in this round.") % {"kind": share.label}
    sentence = _("%(kind)s: at most %(percent)s per cent of what you ask, now %(most)s.")
    return sentence % {
        "kind": share.label,
        "percent": share.most_percent,
        "most": Money(share.most_minor, currency).text(),
    }


def refusal(share: Share, currency: str) -> str:
    """What is too much, by how much, and what to do about it."""
    facts = {
        "kind": share.label,
        "sum": Money(share.minor, currency).text(),
        "ask": Money(share.ask_minor, currency).text(),
        "percent": share.most_percent,
        "most": Money(share.most_minor, currency).text(),
        "over": Money(share.minor - share.most_minor, currency).text(),
    }
    if not share.most_percent:
        sentence = _(
            "%(kind)s: this round does not pay for it, and you ask %(sum)s. Take it out, or name "
            "who else pays for it."
        )
        return sentence % facts
    sentence = _(
        "%(kind)s: you ask %(sum)s, and %(percent)s per cent of the %(ask)s that you ask in all "
        "is %(most)s. That is %(over)s too much."
    )
    return sentence % facts
