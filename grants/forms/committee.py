"""Forms of the committee: a motion with a sum for each application and fund, and one vote."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from funding import clock
from funding.ledger.models import Fund
from funding.money import Money, MoneyError, parse
from grants.models import Application, Choice, Motion
from grants.motions import Proposal


class VoteForm(forms.Form):
    """One vote. Nothing is chosen beforehand."""

    choice = forms.ChoiceField(
        choices=Choice.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose for, against or abstain."),
            "invalid_choice": gettext_lazy("Choose for, against or abstain."),
        },
    )


@dataclass(frozen=True, slots=True)
class Cell:
    """What one fund pays for one application, as a field."""

    fund: Fund
    name: str
    value: str
    error: str


@dataclass(frozen=True, slots=True)
class Row:
    """One application with a field for each fund, and why this sum."""

    application: Application
    cells: tuple[Cell, ...]
    why_name: str
    why: str
    sum: Money
    ask: Money
    minimum: Money


class MotionForm(forms.Form):
    """A motion as it is being written. Amounts are read by hand: their number varies."""

    text = forms.CharField(
        required=False,
        max_length=4000,
        label=gettext_lazy("Words of the motion"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    closes_at = forms.DateTimeField(
        label=gettext_lazy("Open until, in UTC"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        error_messages={
            "required": gettext_lazy("Say until when the committee may vote."),
            "invalid": gettext_lazy("Write a day and an hour."),
        },
    )

    urgent_why = forms.CharField(
        required=False,
        max_length=400,
        label=gettext_lazy("Only if it is urgent: why it cannot wait"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(
        self,
        applications: Sequence[Application],
        funds: Sequence[Fund],
        currency: str,
        sent: QueryDict | None = None,
        *,
        motion: Motion | None = None,
    ) -> None:
        super().__init__(sent, initial=_opening(motion))
        self.applications, self.funds, self.currency = applications, funds, currency
        self._stands = _standing(motion)
        self._wrong: dict[str, str] = {}

    def clean_closes_at(self) -> dt.datetime:
        """The instant: what was typed is UTC, and the field says so."""
        typed: dt.datetime = self.cleaned_data["closes_at"]
        return typed.replace(tzinfo=dt.UTC)

    def clean(self) -> dict[str, Any]:
        """Read every amount."""
        self.cleaned_data["proposals"] = [
            proposal for each in self.applications if (proposal := self._read(each)) is not None
        ]
        if self._wrong:
            self.add_error(None, _("Some amounts cannot be read. They are marked below."))
        return self.cleaned_data

    def _read(self, application: Application) -> Proposal | None:
        parts = {}
        for fund in self.funds:
            name = _name(application, fund)
            typed = self.data.get(name, "").strip()
            try:
                minor = parse(typed, self.currency).minor if typed else 0
            except MoneyError as error:
                self._wrong[name] = str(error)
                continue
            if minor:
                parts[fund.pk] = minor
        why = self.data.get(_why(application), "").strip()[:400]
        return Proposal(application.pk, parts, why) if parts else None

    @property
    def rows(self) -> list[Row]:
        """Every application that may be proposed, with what was typed or stands."""
        return [self._row(each) for each in self.applications]

    @property
    def totals(self) -> dict[int, Money]:
        """The sum of each fund over all rows, by its id; what cannot be read is left out."""
        return {
            fund.pk: self._sum(_name(each, fund) for each in self.applications)
            for fund in self.funds
        }

    def _row(self, application: Application) -> Row:
        names = [_name(application, fund) for fund in self.funds]
        return Row(
            application=application,
            cells=tuple(
                Cell(fund, name, self._value(name), self._wrong.get(name, ""))
                for fund, name in zip(self.funds, names, strict=True)
            ),
            why_name=_why(application),
            why=self._value(_why(application)),
            sum=self._sum(names),
            ask=Money(application.ask_minor, self.currency),
            minimum=Money(application.minimum_minor, self.currency),
        )

    def _value(self, name: str) -> str:
        source = self.data if self.is_bound else self._stands
        return str(source.get(name, ""))

    def _sum(self, names: Iterable[str]) -> Money:
        total = Money(0, self.currency)
        for name in names:
            try:
                total += parse(self._value(name) or "0", self.currency)
            except MoneyError:
                continue
        return total


def _name(application: Application, fund: Fund) -> str:
    return f"a{application.pk}-f{fund.pk}"


def _why(application: Application) -> str:
    return f"a{application.pk}-why"


def _opening(motion: Motion | None) -> dict[str, Any]:
    if motion is not None:
        return {
            "text": motion.text,
            "closes_at": motion.closes_at.astimezone(dt.UTC),
            "urgent_why": motion.urgent_why,
        }
    noon = clock.now().replace(hour=12, minute=0, second=0, microsecond=0)
    return {"closes_at": noon + dt.timedelta(days=5)}


def _standing(motion: Motion | None) -> dict[str, str]:
    if motion is None:
        return {}
    stands: dict[str, str] = {}
    for item in motion.items.select_related("application").prefetch_related("shares__fund"):
        stands[_why(item.application)] = item.reason
        for share in item.shares.all():
            money = Money(share.amount_minor, share.fund.currency)
            stands[_name(item.application, share.fund)] = money.plain()
    return stands
