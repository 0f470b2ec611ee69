"""What the pages say of funds: their figures together, and a year of their money."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from funding import clock
from funding.ledger import balances, statements
from funding.ledger.balances import FundFigures
from funding.ledger.models import Fund
from funding.ledger.statements import Movements
from funding.money import Money
from funding.site import charts
from funding.site.charts import Band
from grants import figures as award_figures
from grants.figures import Figures


@dataclass(frozen=True, slots=True)
class Row:
    """A fund and its figures at this moment."""

    fund: Fund
    figures: FundFigures


@dataclass(frozen=True, slots=True)
class Overview:
    """All funds of one currency together, at this moment and over this year."""

    currency: str
    zone: str
    as_of: dt.datetime
    rows: tuple[Row, ...]
    year_money: Movements
    awards: Figures

    @property
    def year(self) -> int:
        """The calendar year where the money is."""
        return clock.today(self.zone).year

    @property
    def given(self) -> Money:
        """Gifts of the year, gross."""
        return self.year_money.gifts

    @property
    def balance(self) -> Money:
        """What is in the funds."""
        return _sum((row.figures.balance for row in self.rows), self.currency)

    @property
    def available(self) -> Money:
        """What could be awarded."""
        return _sum((row.figures.available for row in self.rows), self.currency)

    @property
    def on_its_way(self) -> list[Money]:
        """Foreign money without a value yet, one sum for each currency."""
        sums: dict[str, int] = {}
        for row in self.rows:
            for money in row.figures.on_its_way:
                sums[money.currency] = sums.get(money.currency, 0) + money.minor
        return [Money(minor, currency) for currency, minor in sorted(sums.items()) if minor]

    @property
    def tail(self) -> list[Band]:
        """The year's money as one bar."""
        return tail_of(self.year_money)


def overviews(funds: Sequence[Fund]) -> list[Overview]:
    """One overview for each currency in which there are funds."""
    figures = balances.figures([fund.pk for fund in funds])
    awards = award_figures.totals()
    made = []
    ordered = sorted(funds, key=lambda fund: fund.currency)
    for currency, group in groupby(ordered, key=lambda fund: fund.currency):
        same = sorted(group, key=lambda fund: (fund.position, fund.name))
        zone = same[0].entity.zone
        rows = tuple(Row(fund, figures[fund.pk]) for fund in same)
        promised = awards.get(currency, award_figures.nothing(currency))
        year_money = this_year(same, zone)
        made.append(Overview(currency, zone, clock.now(), rows, year_money, promised))
    return made


def this_year(funds: Iterable[Fund], zone: str) -> Movements:
    """The money of these funds from the first of January to today."""
    today = clock.today(zone)
    ids = [fund.pk for fund in funds]
    return statements.movements(fund_ids=ids, start=today.replace(month=1, day=1), end=today)


def tail_of(money: Movements) -> list[Band]:
    """What went out, what was paid in fees, and what is still here, in that order."""
    return charts.tail(
        [
            ("c-fur", abs(min(money.awards.minor, 0))),
            ("c-fur", abs(min(money.refunds.minor, 0))),
            ("c-fur", abs(min(money.transfers.minor, 0))),
            ("c-fur", abs(min(money.other.minor, 0))),
            ("c-far", abs(min(money.fees.minor, 0))),
            ("c-stripe", money.closing.minor),
        ]
    )


def _sum(moneys: Iterable[Money], currency: str) -> Money:
    return sum(moneys, Money(0, currency))
