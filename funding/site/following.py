"""Where the money of gifts went, line by line and to the penny.

    given = awarded + fees + back + costs + waiting + tracing

in each currency of funds. What was given, its fees and what went back are read from the
journal, the rest from the traces; `tracing` is the difference, money of which it is not known
yet where it goes.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from donors.models import Gift, GiftState
from funding.documents import paper
from funding.ledger import arrivals, lineage
from funding.ledger.arrivals import Arrival
from funding.ledger.lineage import Step, Way
from funding.ledger.models import Fund, Transfer
from funding.money import Money
from funding.site.charts import FLOW_TALL, FLOW_WIDE, Flow, FlowSize, flow
from funding.site.news import shown
from funding.site.news.shown import Told
from funding.users import guests
from funding.users.models import User
from grants import projects, public_reports
from grants.models import Award, Project
from grants.projects import Awarded
from grants.public_reports import PublicReport

# More awards than this are one band of the drawing; the table has them all.
_MOST_BANDS: Final = 6
# Of each project's news so many; its own page has them all.
_MOST_NEWS: Final = 3
_LETTERS: Final = {FLOW_WIDE: 36, FLOW_TALL: 21}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the way.

    `sum` has a minus where money left the fund; None where it only moved, and then the words
    name the sum. Of an award `paid` is what of the sum has reached the project.
    """

    words: str
    sum: Money | None
    day: dt.date | None = None
    project: Project | None = None
    paid: Money | None = None
    news: tuple[Told, ...] = ()
    reports: tuple[PublicReport, ...] = ()

    @property
    def promised(self) -> Money | None:
        """What of an award is promised and not paid yet."""
        return None if self.paid is None or self.sum is None else -self.sum - self.paid


@dataclass(frozen=True, slots=True)
class Trail:
    """What became of gifts in one currency of funds. `left` leads to what is still there."""

    given: Money
    fees: Money
    awarded: Money
    back: Money
    costs: Money
    waiting: Money
    tracing: Money
    award_count: int
    lines: list[Line]
    left: list[Line]
    wide: Flow | None
    tall: Flow | None

    @property
    def currency(self) -> str:
        """The currency of all its sums."""
        return self.given.currency


def gifts_of(user: User) -> QuerySet[Gift]:
    """The gifts of the person's verified addresses that are here or on their way."""
    return here(Gift.objects.filter(donor__email__in=guests.verified(user)))


def here(gifts: QuerySet[Gift]) -> QuerySet[Gift]:
    """Those of them that are here or on their way, the newest first."""
    is_here = Q(settled_at__isnull=False)
    is_promised = Q(processing_since__isnull=False, state=GiftState.PENDING)
    found = gifts.filter(is_here | is_promised)
    return found.select_related("entity").order_by(
        Coalesce("settled_at", "created_at").desc(), "-pk"
    )


def follow(gifts: Iterable[Gift]) -> list[Trail]:
    """What became of these gifts, by currency of funds; nothing of those on their way."""
    causes = [f"gift:{gift.pk}" for gift in gifts]
    arrived, steps = arrivals.of_gifts(causes), lineage.of_gifts(causes)
    funds = Fund.objects.in_bulk(
        {each.fund_id for each in arrived} | {step.fund_id for step in steps}
    )
    awards = _awards(steps)
    news = shown.of_projects({row.project.pk for row in awards.values() if row.project})
    told = public_reports.of_awards({row.award.pk for row in awards.values()})
    known = _Known(funds, awards, _transfers(steps), news, told)
    currencies = sorted({funds[each.fund_id].currency for each in arrived})
    return [
        _Way(
            code,
            known,
            [each for each in arrived if funds[each.fund_id].currency == code],
            [step for step in steps if funds[step.fund_id].currency == code],
        ).trail()
        for code in currencies
    ]


@dataclass(frozen=True, slots=True)
class _Known:
    """The rows that steps name."""

    funds: dict[int, Fund]
    awards: dict[str, Awarded]
    transfers: dict[str, Transfer]
    news: dict[int, list[Told]]
    reports: dict[int, list[PublicReport]]


def _awards(steps: Iterable[Step]) -> dict[str, Awarded]:
    named = {step.about for step in steps if step.way in (Way.AWARD, Way.RETURNED)}
    found = Award.objects.filter(pk__in=_numbers(named, "award"))
    return {f"award:{row.award.pk}": row for row in projects.awarded(found)}


def _transfers(steps: Iterable[Step]) -> dict[str, Transfer]:
    named = {step.about for step in steps if step.way == Way.TRANSFERRED}
    found = Transfer.objects.filter(pk__in=_numbers(named, "transfer"))
    return {f"transfer:{row.pk}": row for row in found.select_related("target")}


def _numbers(causes: Iterable[str], noun: str) -> list[int]:
    parts = (cause.partition(":") for cause in causes)
    return [int(number) for name, _colon, number in parts if name == noun and number.isdigit()]


@dataclass
class _Way:
    """The gifts of one currency, while their lines are written."""

    currency: str
    known: _Known
    arrived: Sequence[Arrival]
    steps: Sequence[Step]
    bands: list[tuple[str, int]] = field(default_factory=list)

    def trail(self) -> Trail:
        awards = self._awarded()
        places = {way: lineage.amounts(self.steps, way) for way in Way}
        given = sum(each.given_minor for each in self.arrived)
        fees = sum(each.fee_minor for each in self.arrived)
        back = sum(each.back_minor for each in self.arrived)
        spent = places[Way.AWARD] + places[Way.COST] + places[Way.WAITING]
        tracing = given - fees - back - spent
        later = [*awards, *self._moves(), *self._back(), *self._costs()]
        rest = [
            (_("Still in the funds"), places[Way.WAITING], "c-stripe"),
            (_("Being traced"), tracing, "c-stripe"),
            (_("Payment fees"), fees, "c-far"),
            (_("Given back"), back, "c-far"),
            (_("Costs of the funds"), places[Way.COST], "c-far"),
        ]
        return Trail(
            given=self._money(given),
            fees=self._money(fees),
            awarded=self._money(places[Way.AWARD]),
            back=self._money(back),
            costs=self._money(places[Way.COST]),
            waiting=self._money(places[Way.WAITING]),
            tracing=self._money(tracing),
            award_count=len(awards),
            lines=[*self._given(), *self._fees(), *sorted(later, key=_when)],
            left=self._left(tracing),
            wide=self._flow(rest, FLOW_WIDE),
            tall=self._flow(rest, FLOW_TALL),
        )

    def _money(self, minor: int) -> Money:
        return Money(minor, self.currency)

    def _name(self, fund_id: int) -> str:
        return self.known.funds[fund_id].name

    def _given(self) -> list[Line]:
        lines = []
        for fund_id, rows in _by_fund(self.arrived).items():
            words = ngettext(
                "Gift received, %(fund)s", "%(count)s gifts received, %(fund)s", len(rows)
            ) % {"fund": self._name(fund_id), "count": len(rows)}
            days = [day for row in rows for day in row.given_on]
            minor = sum(row.given_minor for row in rows)
            lines.append(Line(words, self._money(minor), _day(days)))
        return lines

    def _fees(self) -> list[Line]:
        lines = []
        for fund_id, rows in _by_fund(self.arrived).items():
            if minor := sum(row.fee_minor for row in rows):
                words = _("Payment fee, %s") % self._name(fund_id)
                days = [day for row in rows for day in row.given_on]
                lines.append(Line(words, self._money(-minor), _day(days)))
        return lines

    def _back(self) -> list[Line]:
        lines = []
        for fund_id, rows in _by_fund(self.arrived).items():
            if minor := sum(row.back_minor for row in rows):
                words = _("Given back to you or taken back by your bank, %s")
                days = [day for row in rows for day in row.gone_on if row.back_minor]
                lines.append(Line(words % self._name(fund_id), self._money(-minor), _day(days)))
        return lines

    def _awarded(self) -> list[Line]:
        """One line for each award, and its bands of the drawing."""
        lines = []
        for about, steps in _by_about(self.steps, Way.AWARD).items():
            minor, paid = sum(step.minor for step in steps), sum(step.paid_minor for step in steps)
            row, project = self.known.awards.get(about), self._project(about)
            days = [step.happened_on for step in steps if step.happened_on]
            words = _("Award") if project else _("Award: a project that is not public yet")
            lines.append(
                Line(
                    words,
                    self._money(-minor),
                    day=min(days, default=None),
                    project=project,
                    paid=self._money(paid),
                    news=tuple(self.known.news.get(project.pk, [])[:_MOST_NEWS]) if project else (),
                    reports=tuple(self.known.reports.get(row.award.pk, [])) if row else (),
                )
            )
            self.bands.append((project.title if project else _("Not public yet"), minor))
        return lines

    def _project(self, about: str) -> Project | None:
        row = self.known.awards.get(about)
        return row.project if row else None

    def _moves(self) -> list[Line]:
        """What pennies went through on their way; no sum of the way is made of these."""
        lines = []
        for about, steps in _by_about(self.steps, Way.RETURNED).items():
            project = self._project(about)
            said = {
                "sum": self._money(sum(step.minor for step in steps)).text(paper.locale()),
                "project": project.title if project else _("a project that is not public yet"),
            }
            words = _("%(sum)s came back unspent from %(project)s and is in the fund again")
            days = [step.happened_on for step in steps if step.happened_on]
            lines.append(Line(words % said, None, _day(days)))
        for about, steps in _by_about(self.steps, Way.TRANSFERRED).items():
            transfer = self.known.transfers.get(about)
            said = {
                "sum": self._money(sum(step.minor for step in steps)).text(paper.locale()),
                "source": self._name(steps[0].fund_id),
                "target": transfer.target.name if transfer else _("another fund"),
            }
            words = _("%(sum)s moved from %(source)s to %(target)s")
            days = [step.happened_on for step in steps if step.happened_on]
            lines.append(Line(words % said, None, _day(days)))
        return lines

    def _costs(self) -> list[Line]:
        sums: defaultdict[int, list[Step]] = defaultdict(list)
        for step in self.steps:
            if step.way == Way.COST:
                sums[step.fund_id].append(step)
        return [
            Line(
                _("Cost of the fund itself, %s") % self._name(fund_id),
                self._money(-sum(step.minor for step in steps)),
                _day(step.happened_on for step in steps if step.happened_on),
            )
            for fund_id, steps in sums.items()
        ]

    def _left(self, tracing: int) -> list[Line]:
        sums: defaultdict[int, int] = defaultdict(int)
        for step in self.steps:
            if step.way == Way.WAITING:
                sums[step.fund_id] += step.minor
        lines = [
            Line(_("Still in %s") % self._name(fund_id), self._money(minor))
            for fund_id, minor in sums.items()
        ]
        if tracing:
            lines.append(Line(_("Being traced"), self._money(tracing)))
        return lines or [Line(_("Nothing is left in the fund"), self._money(0))]

    def _flow(self, rest: list[tuple[str, int, str]], size: FlowSize) -> Flow | None:
        came = [
            (self._name(fund_id), self._money(sum(row.given_minor for row in rows)))
            for fund_id, rows in _by_fund(self.arrived).items()
        ]
        shown = self.bands[:_MOST_BANDS]
        if more := self.bands[_MOST_BANDS:]:
            words = ngettext("%s more award", "%s more awards", len(more)) % len(more)
            shown = [*shown, (words, sum(minor for _words, minor in more))]
        went = [(words, minor, "c-fur") for words, minor in shown] + rest
        drawn = [
            (_short(words, _LETTERS[size]), self._money(minor), look) for words, minor, look in went
        ]
        return flow(came, drawn, size)


def _by_fund(arrived: Iterable[Arrival]) -> dict[int, list[Arrival]]:
    found: defaultdict[int, list[Arrival]] = defaultdict(list)
    for each in arrived:
        found[each.fund_id].append(each)
    return found


def _by_about(steps: Iterable[Step], way: Way) -> dict[str, list[Step]]:
    found: defaultdict[str, list[Step]] = defaultdict(list)
    for step in steps:
        if step.way == way:
            found[step.about].append(step)
    return found


def _day(days: Iterable[dt.date]) -> dt.date | None:
    """The day, if it is one; several days are not told as one."""
    known = set(days)
    return known.pop() if len(known) == 1 else None


def _when(line: Line) -> dt.date:
    """Where a line stands; what happened on several days stands last."""
    return line.day or dt.date.max


def _short(words: str, letters: int) -> str:
    return words if len(words) <= letters else f"{words[: letters - 1].rstrip()}…"
