"""The treasurer's desk: where the money lies by our books, what each fund has, what waits."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from donors import debits
from funding import clock, waits
from funding.ledger import balances
from funding.ledger.balances import FundFigures
from funding.ledger.models import Entry, Fund, Kind
from funding.money import Money
from funding.parties.models import Entity
from funding.users import access
from funding.users.models import Role, User
from funding.waits import Wait

DESK: Final = (Role.TREASURER, Role.ADMINISTRATOR)
_PLACES: Final = (Kind.BANK, Kind.CLEARING, Kind.PAYABLE, Kind.SUSPENSE)


@dataclass(frozen=True, slots=True)
class Row:
    """A fund and its figures at this moment."""

    fund: Fund
    figures: FundFigures

    @property
    def is_overdrawn(self) -> bool:
        """Whether it has less than it has promised and keeps back."""
        return self.figures.available.minor < 0

    @property
    def short(self) -> Money:
        """What an overdrawn fund lacks, above zero."""
        return -self.figures.available


@dataclass(frozen=True, slots=True)
class Group:
    """The funds of one body in one currency, with the sum of each column."""

    currency: str
    rows: tuple[Row, ...]

    def _sum(self, moneys: Iterable[Money]) -> Money:
        return sum(moneys, Money(0, self.currency))

    @property
    def balance(self) -> Money:
        """What is in the funds."""
        return self._sum(row.figures.balance for row in self.rows)

    @property
    def reserve(self) -> Money:
        """What is kept back for good."""
        return self._sum(row.figures.reserve for row in self.rows)

    @property
    def held(self) -> Money:
        """What is kept back for open decisions."""
        return self._sum(row.figures.held for row in self.rows)

    @property
    def committed(self) -> Money:
        """What is promised."""
        return self._sum(row.figures.committed for row in self.rows)

    @property
    def available(self) -> Money:
        """What is left of it."""
        return self._sum(row.figures.available for row in self.rows)


@dataclass(frozen=True, slots=True)
class Books:
    """One receiving body: where its money lies, and the funds that it is in.

    The first of each list of sums is in the body's own currency; others are foreign money
    that was not changed yet.
    """

    entity: Entity
    bank: list[Money]
    stripe: list[Money]
    payable: list[Money]
    unknown: list[Money]
    debits: int
    promised: list[Money]
    groups: tuple[Group, ...]

    @property
    def overdrawn(self) -> list[Row]:
        """The funds that lack money."""
        return [row for group in self.groups for row in group.rows if row.is_overdrawn]


@never_cache
@require_safe
@access.role(*DESK)
def treasurer(request: HttpRequest) -> HttpResponse:
    """Treasurers and administrators may: the figures of the books and what waits for them."""
    context = {
        "books": books(),
        "waits": waits.for_user(access.person(request)),
        "as_of": clock.now(),
    }
    return render(request, "site/treasurer.html", context)


def books() -> list[Books]:
    """Every receiving body with its places of money and its funds, in four queries."""
    entities = list(Entity.objects.order_by("pk"))
    sums = balances.of_entities(_PLACES)
    shown = Fund.objects.filter(is_treasury=False).order_by("entity", "position", "name")
    rows = rows_of(list(shown))
    promised = debits.promised_to()
    return [
        Books(
            entity=entity,
            bank=_first(entity, sums.get((entity.pk, Kind.BANK), [])),
            stripe=_first(entity, sums.get((entity.pk, Kind.CLEARING), [])),
            payable=_first(entity, _owed(sums.get((entity.pk, Kind.PAYABLE), []))),
            unknown=_first(entity, _owed(sums.get((entity.pk, Kind.SUSPENSE), []))),
            debits=promised.get(entity.pk, (0, []))[0],
            promised=promised.get(entity.pk, (0, []))[1],
            groups=_groups([row for row in rows if row.fund.entity_id == entity.pk]),
        )
        for entity in entities
    ]


def rows_of(funds: Sequence[Fund]) -> list[Row]:
    """These funds with their figures, in one query."""
    figures = balances.figures([fund.pk for fund in funds])
    return [Row(fund, figures[fund.pk]) for fund in funds]


def overdrawn(_user: User) -> list[Wait]:
    """What a treasurer is told of funds that a refund, a dispute or a fee pushed below zero."""
    rows = rows_of(list(Fund.objects.filter(is_treasury=False).order_by("pk")))
    return [
        Wait(
            title=_("%(fund)s is overdrawn by %(sum)s")
            % {"fund": row.fund.name, "sum": row.short.text()},
            url=reverse("fund_desk", kwargs={"slug": row.fund.slug}),
            sentence=_(
                "It has promised or keeps back more than it has. It promises nothing more "
                "until gifts or a transfer fill it, or its reserve is lowered."
            ),
            since=_last_entry(row.fund),
            state=_("overdrawn"),
            look="stop",
        )
        for row in rows
        if row.is_overdrawn
    ]


def _last_entry(fund: Fund) -> dt.datetime:
    last = Entry.objects.filter(postings__fund=fund).order_by("-pk").first()
    return last.booked_at if last else clock.now()


def _first(entity: Entity, sums: list[Money]) -> list[Money]:
    own = [money for money in sums if money.currency == entity.currency]
    return [
        *(own or [Money(0, entity.currency)]),
        *(money for money in sums if money.currency != entity.currency),
    ]


def _owed(sums: list[Money]) -> list[Money]:
    # Debts stand as credits in the books, and as plain figures on a page.
    return [-money for money in sums]


def _groups(rows: list[Row]) -> tuple[Group, ...]:
    ordered = sorted(rows, key=lambda row: row.fund.currency)
    return tuple(
        Group(currency, tuple(same))
        for currency, same in groupby(ordered, key=lambda row: row.fund.currency)
    )
