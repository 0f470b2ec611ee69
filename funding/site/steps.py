"""What transfers and opening balances have in common: lists, forms, and the second person."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from funding.ledger import balances
from funding.ledger.models import PLACES, Account, Fund, Opening, Restriction, Step, Transfer
from funding.lists import Column
from funding.money import Money
from funding.users.models import User
from funding.waits import Wait


class FundField(forms.ModelChoiceField):
    """A fund, with what it is and what is free in it."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 -- what any field takes
        funds = Fund.objects.filter(is_treasury=False).order_by("position", "name")
        super().__init__(queryset=funds, empty_label=gettext_lazy("Choose"), **kwargs)
        self.free: dict[int, Money] = {}

    def told(self, figures: dict[int, Money]) -> None:
        """What is free, asked once for all fields of a form."""
        self.free = figures

    def label_from_instance(self, fund: Fund) -> str:
        """'Snow, restricted: €120.00 free'."""
        free = self.free.get(fund.pk)
        kind = Restriction(fund.restriction).value
        if free is None:
            return f"{fund.name}, {kind}"
        said = {"name": fund.name, "kind": kind, "sum": free.text()}
        return _("%(name)s, %(kind)s: %(sum)s free") % said


class PlaceField(forms.ModelChoiceField):
    """A bank account, or what Stripe holds."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 -- what any field takes
        places = Account.objects.filter(kind__in=PLACES).select_related("entity")
        super().__init__(queryset=places, empty_label=gettext_lazy("Choose"), **kwargs)

    def label_from_instance(self, place: Account) -> str:
        """'Norrviks Sparbank (Stiftelsen Manul)'."""
        return f"{place.name} ({place.entity})"


class StepFilters(forms.Form):
    """Which steps are shown. A filter that makes no sense is left out."""

    state = forms.ChoiceField(
        required=False,
        label=gettext_lazy("State"),
        choices=[("", gettext_lazy("All states")), *Step.choices],
    )
    fund = forms.ModelChoiceField(
        queryset=Fund.objects.filter(is_treasury=False),
        required=False,
        to_field_name="slug",
        empty_label=gettext_lazy("All funds"),
        label=gettext_lazy("Fund"),
    )
    start = forms.DateField(
        required=False,
        label=gettext_lazy("Proposed from"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    end = forms.DateField(
        required=False,
        label=gettext_lazy("To"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(self, asked: Mapping[str, Any] | None = None) -> None:
        # The form below the list has a fund as well, and ids are unique on a page.
        super().__init__(asked or {}, auto_id="find_%s")

    def asked(self) -> dict[str, Any]:
        """What makes sense of it."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def narrow[T: (Transfer, Opening)](
        self, rows: QuerySet[T], of_fund: Iterable[str]
    ) -> QuerySet[T]:
        """Those of the rows that are asked for; `of_fund` are their columns of funds."""
        asked = self.asked()
        if "state" in asked:
            rows = rows.filter(state=asked["state"])
        if "fund" in asked:
            funds = Q()
            for column in of_fund:
                funds |= Q(**{column: asked["fund"]})
            rows = rows.filter(funds)
        if "start" in asked:
            rows = rows.filter(proposed_at__gte=_midnight(asked["start"]))
        if "end" in asked:
            rows = rows.filter(proposed_at__lt=_midnight(asked["end"] + dt.timedelta(days=1)))
        return rows


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def free() -> dict[int, Money]:
    """What is free in each fund."""
    ids = list(Fund.objects.filter(is_treasury=False).values_list("pk", flat=True))
    return {pk: figures.available for pk, figures in balances.figures(ids).items()}


def columns() -> list[Column[Any]]:
    """What the files of both steps end with."""
    return [
        Column("place", lambda row: row.place_id),
        Column("reason", lambda row: row.reason),
        Column("state", lambda row: row.state),
        Column("proposed_by", lambda row: str(row.proposed_by)),
        Column("proposed_at", lambda row: row.proposed_at),
        Column("decided_by", lambda row: str(row.decided_by) if row.decided_by else ""),
        Column("decided_at", lambda row: row.decided_at),
    ]


def waiting(user: User) -> list[Wait]:
    """What waits for a treasurer or an administrator: steps that another one proposed."""
    moves = Transfer.objects.filter(state=Step.PROPOSED).exclude(proposed_by=user)
    brought = Opening.objects.filter(state=Step.PROPOSED).exclude(proposed_by=user)
    found = [
        _wait(
            row,
            _("Move %(sum)s from %(source)s to %(target)s?")
            % {"sum": _sum(row), "source": row.source.name, "target": row.target.name},
            "transfer",
        )
        for row in moves.select_related("source", "target", "proposed_by")
    ]
    return found + [
        _wait(
            row,
            _("Bring %(sum)s forward in %(fund)s?") % {"sum": _sum(row), "fund": row.fund.name},
            "opening",
        )
        for row in brought.select_related("fund", "proposed_by")
    ]


def money(row: Transfer | Opening) -> Money:
    """The sum of a step."""
    fund = row.source if isinstance(row, Transfer) else row.fund
    return Money(row.amount_minor, fund.currency)


def _sum(row: Transfer | Opening) -> str:
    return money(row).text()


def _wait(row: Transfer | Opening, title: str, page: str) -> Wait:
    return Wait(
        title=title,
        url=reverse(page, kwargs={"pk": row.pk}),
        sentence=_("Proposed by %s. Another person books it or turns it down.") % row.proposed_by,
        since=row.proposed_at,
        state=_("to decide"),
    )
