"""The facts of one fund's page: its rules in words, its figures and its year."""

import datetime as dt
from typing import Final

from babel.dates import format_date
from babel.numbers import format_decimal
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from donors import public_names
from donors.pools import shown
from funding import clock
from funding.documents import paper
from funding.ledger import balances, statements
from funding.ledger.balances import FundFigures
from funding.ledger.models import Fund, Restriction
from funding.ledger.statements import Movements
from funding.money import Money
from funding.site import charts
from funding.site.overviews import tail_of, this_year
from grants import figures as award_figures
from grants import projects, scopes

_SUPPORTERS: Final = 8
_RESTRICTIONS: Final = {
    Restriction.UNRESTRICTED: gettext_lazy("Its money may be used for any manul project."),
    Restriction.DESIGNATED: gettext_lazy(
        "The committee has set this money aside for the purpose and may decide otherwise."
    ),
    Restriction.RESTRICTED: gettext_lazy("Its money may be used for this purpose only."),
    Restriction.ENDOWMENT: gettext_lazy("Its money is kept; only what it earns is used."),
}


def facts(fund: Fund) -> dict[str, object]:
    """Everything that the page of a fund shows."""
    zone = fund.entity.zone
    figures = balances.figures([fund.pk])[fund.pk]
    money = this_year([fund], zone)
    wanted = scopes.standing([fund.pk])[fund.pk]
    return {
        "fund": fund,
        "zone": zone,
        "as_of": clock.now(),
        "year": str(clock.today(zone).year),
        "restriction": _RESTRICTIONS[Restriction(fund.restriction)],
        "fees": _fees(fund),
        "pays_for": scopes.sentences(wanted),
        "givers_words": wanted.words,
        "figures": figures,
        "available_sum": _available_sum(figures),
        "year_money": money,
        "year_rows": _year_rows(money),
        "tail": tail_of(money),
        "awards": projects.awarded_from(fund.pk),
        "awarded": award_figures.of_funds([fund.pk])[fund.pk],
        "offers": shown.offers(fund.pk),
        "supporters": public_names.latest(limit=_SUPPORTERS, fund_id=fund.pk),
        "tail_label": _("The year’s money of %s") % fund.name,
    } | _month_facts(fund, zone)


def _fees(fund: Fund) -> str:
    if fund.fees_from is None:
        return _("Payment fees are a cost of this fund.")
    return _("Payment fees are a cost of %s, not of this fund.") % fund.fees_from.name


def _available_sum(figures: FundFigures) -> str:
    """The sum that leads to what is available, in one line; silent where nothing is taken off."""
    parts = [
        (_("reserve %s"), figures.reserve),
        (_("held for open decisions %s"), figures.held),
        (_("promised %s"), figures.committed),
    ]
    less = [words % money.figure(paper.locale()) for words, money in parts if money.minor]
    return _("balance less %s") % ", ".join(less) if less else _("the whole balance")


def _year_rows(money: Movements) -> list[tuple[str, Money]]:
    """The lines that lead from the first of January to today; those of nought are left out."""
    start = format_date(dt.date(2000, 1, 1), "d MMMM", locale=get_language() or "en")
    count = money.gift_count
    gifts = ngettext("Gifts, %(count)s", "Gifts, %(count)s", count) % {
        "count": format_decimal(count, locale=paper.locale())
    }
    always = [(_("In the fund on %s") % start, money.opening), (gifts, money.gifts)]
    others = [
        (_("Went back to donors"), money.refunds),
        (_("Payment fees"), money.fees),
        (_("Moved from or to other funds"), money.transfers),
        (_("Awards"), money.awards),
        (_("Brought forward and other"), money.other),
    ]
    return always + [(words, sum_) for words, sum_ in others if sum_.minor]


def _month_facts(fund: Fund, zone: str) -> dict[str, object]:
    today = clock.today(zone)
    sums = statements.gifts_by_month([fund.pk], today.year)[: today.month]
    minors = [money.minor for money in sums]
    rows = [
        (format_date(dt.date(today.year, index, 1), "LLLL", locale=get_language() or "en"), money)
        for index, money in enumerate(sums, 1)
    ]
    most = max(sums, key=lambda money: money.minor)
    label = _("Gifts by month in %(year)s, in %(currency)s. The most in a month was %(most)s.")
    said = {"year": str(today.year), "currency": fund.currency, "most": most.figure(paper.locale())}
    return {
        "wide": charts.months(minors, fund.currency, charts.WIDE),
        "tall": charts.months(minors, fund.currency, charts.TALL),
        "months_label": label % said,
        "month_rows": rows,
        "months_total": Money(sum(minors), fund.currency),
        "outlier": most,
    }
