"""The facts of the open books: every fund and every award together, straight from the ledger."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from itertools import groupby

from django.utils.translation import gettext as _

from funding import clock
from funding.ledger import balances, statements
from funding.ledger.balances import FundFigures
from funding.ledger.models import Fund, Kind
from funding.ledger.statements import Lines
from funding.money import Money
from funding.site import charts
from funding.site.charts import Flow
from grants import figures, projects
from grants.figures import Figures
from grants.models import Award
from grants.projects import Awarded


@dataclass(frozen=True, slots=True)
class FundLines:
    """A fund and its lines of one year."""

    fund: Fund
    lines: Lines


@dataclass(frozen=True, slots=True)
class Behind:
    """What stands behind the funds of one currency, in two sums.

    `places` add up to `balance`; `balance` and `kept` add up to `free`.
    """

    places: list[tuple[str, Money]]
    balance: Money
    kept: list[tuple[str, Money]]
    free: Money


@dataclass(frozen=True, slots=True)
class Books:
    """All that the page shows of one currency."""

    currency: str
    zone: str
    as_of: dt.datetime
    year: int
    years: list[tuple[int, Lines]]
    rows: list[FundLines]
    total: Lines
    flow: Flow | None
    tall: Flow | None
    behind: Behind
    awards: list[Awarded]
    awarded: Figures

    @property
    def has_other(self) -> bool:
        """Whether anything moved that has no column of its own."""
        return any(lines.other for _year, lines in self.years)


def books(year: int | None) -> list[Books]:
    """The books of each currency. A year without entries is taken for the present one."""
    funds = list(Fund.objects.select_related("entity").order_by("currency", "position", "name"))
    known = [fund.pk for fund in funds]
    moved = statements.by_year(known)
    kinds, sums = balances.by_kind(known), balances.figures(known)
    awards, totals = projects.awarded(Award.objects.all()), figures.totals()
    made = []
    for currency, group in groupby(funds, key=lambda fund: fund.currency):
        same = list(group)
        named = [fund for fund in same if not fund.is_treasury]
        if not named:
            continue
        mine = [row for row in awards if row.award.currency == currency]
        behind = _behind(currency, named, same, kinds, sums)
        total = totals.get(currency, figures.nothing(currency))
        made.append(_books(named, moved, behind, mine, total, year))
    return made


def _books(
    funds: Sequence[Fund],
    moved: dict[int, dict[int, Lines]],
    behind: Behind,
    awards: list[Awarded],
    awarded: Figures,
    asked: int | None,
) -> Books:
    currency, zone = funds[0].currency, funds[0].entity.zone
    years = _years(funds, moved, clock.today(zone).year)
    year = asked if asked in years else max(years)
    rows = [FundLines(fund, _of(moved.get(fund.pk, {}), year, currency)) for fund in funds]
    total = _sum((row.lines for row in rows), currency)
    return Books(
        currency=currency,
        zone=zone,
        as_of=clock.now(),
        year=year,
        years=[(each, _whole(funds, moved, each)) for each in reversed(years)],
        rows=rows,
        total=total,
        flow=_flow(total, charts.FLOW_WIDE),
        tall=_flow(total, charts.FLOW_TALL),
        behind=behind,
        awards=awards,
        awarded=awarded,
    )


def _years(funds: Sequence[Fund], moved: dict[int, dict[int, Lines]], present: int) -> list[int]:
    seen = [year for fund in funds for year in moved.get(fund.pk, {})]
    return list(range(min([*seen, present]), max([*seen, present]) + 1))


def _of(years: dict[int, Lines], year: int, currency: str) -> Lines:
    """The lines of a year, also of one in which nothing moved."""
    if year in years:
        return years[year]
    before = [each for each in years if each < year]
    left = years[max(before)].closing if before else Money(0, currency)
    none = Money(0, currency)
    return Lines(left, none, none, none, none, none, none, left)


def _whole(funds: Sequence[Fund], moved: dict[int, dict[int, Lines]], year: int) -> Lines:
    currency = funds[0].currency
    return _sum((_of(moved.get(fund.pk, {}), year, currency) for fund in funds), currency)


def _sum(rows: Iterable[Lines], currency: str) -> Lines:
    none = Money(0, currency)
    taken = list(rows)
    names = [field.name for field in fields(Lines)]
    return Lines(*(sum((getattr(row, name) for row in taken), none) for name in names))


def _flow(total: Lines, size: charts.FlowSize) -> Flow | None:
    """Where the year's money came from and where it went, if all of it can be drawn."""
    came = [
        (_("In the funds at the start"), total.opening),
        (_("Gifts"), total.gifts),
        (_("Brought forward and other"), total.other),
    ]
    went = [
        (_("Awards"), -total.awards, "c-fur"),
        (_("Went back"), -total.refunds, "c-fur"),
        (_("Fees"), -total.fees, "c-far"),
        (_("Still in the funds"), total.closing, "c-stripe"),
    ]
    return charts.flow(came, went, size)


def _behind(
    currency: str,
    named: Sequence[Fund],
    every: Sequence[Fund],
    kinds: dict[int, dict[str, int]],
    sums: dict[int, FundFigures],
) -> Behind:
    """Places of money are added up over all funds and the technical one; see `by_kind`."""

    def kind(*wanted: Kind) -> Money:
        minor = sum(kinds.get(fund.pk, {}).get(each, 0) for fund in every for each in wanted)
        return Money(minor, currency)

    def figure(name: str, funds: Sequence[Fund] = named) -> Money:
        return sum((getattr(sums[fund.pk], name) for fund in funds), Money(0, currency))

    technical = figure("balance", [fund for fund in every if fund.is_treasury])
    always = [(_("At the bank"), kind(Kind.BANK)), (_("At Stripe"), kind(Kind.CLEARING))]
    others = [
        (_("Between Stripe and the bank"), kind(Kind.IN_TRANSIT)),
        (_("Gift Aid due to us"), kind(Kind.GIFT_AID_DUE)),
        (_("Money that we do not understand yet"), kind(Kind.SUSPENSE)),
        (_("To be given back"), kind(Kind.REFUND_DUE, Kind.GIFT_AID_OWED)),
        (_("Payable to projects"), kind(Kind.PAYABLE)),
        (_("In the technical fund, not in any other"), -technical),
    ]
    kept = [
        (_("Held for open decisions"), -figure("held")),
        (_("Promised to projects"), -figure("committed")),
        (_("Reserves"), -figure("reserve")),
    ]
    return Behind(
        places=[*always, *(row for row in others if row[1])],
        balance=figure("balance"),
        kept=kept,
        free=figure("available"),
    )
