"""What a donor may ask of a pledge. The forms check the shape; whether it is done says the rule."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from donors import outlooks, rhythms
from donors.fees import LIMITS
from donors.forms import amounts, parts
from donors.models import Pledge, Rhythm
from funding import clock
from funding.ledger.models import Fund
from funding.money import Money, MoneyError, parse

_PAUSES: Final = (1, 2, 3, 6, 9)


class StepForm(forms.Form):
    """One step in a pledge. What was typed is shown again when it is refused."""

    def __init__(
        self,
        pledge: Pledge,
        sent: QueryDict | None = None,
        *,
        query: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(sent, initial=self.opening(pledge, query or {}))
        self.pledge = pledge

    @staticmethod
    def opening(pledge: Pledge, query: Mapping[str, str]) -> dict[str, Any]:
        """What the form starts with."""
        del pledge, query
        return {}

    @property
    def mistakes(self) -> list[tuple[str, str]]:
        """Field and sentence of every mistake; no field for what the rule said."""
        return [
            ("" if name == "__all__" else name, str(error))
            for name, errors in self.errors.items()
            for error in errors
        ]


class AmountForm(StepForm):
    """Another sum each time, with or without the fee."""

    amount = forms.CharField(
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Write how much it is to be each time.")},
    )
    cover = forms.BooleanField(required=False)

    @staticmethod
    def opening(pledge: Pledge, query: Mapping[str, str]) -> dict[str, Any]:
        """The sum as it is, or the one that a link proposes."""
        amount = _read(query.get("amount", ""), pledge.currency) or pledge.amount
        return {"amount": amount.plain(), "cover": bool(pledge.cover_minor)}

    def clean_amount(self) -> Money:
        """The sum in the currency of the pledge, which stays."""
        try:
            return parse(self.cleaned_data["amount"], self.pledge.currency)
        except MoneyError as error:
            raise forms.ValidationError(amounts.said(error)) from error

    @property
    def limits(self) -> tuple[Money, Money]:
        """The least and the most that the fund takes each time."""
        limit = LIMITS[self.pledge.currency]
        return limit.minimum, limit.maximum


class RhythmForm(AmountForm):
    """Another rhythm, and the sum that belongs to it."""

    rhythm = forms.ChoiceField(
        choices=Rhythm.choices,
        error_messages={
            "required": gettext_lazy("Choose how often."),
            "invalid_choice": gettext_lazy("Choose how often."),
        },
    )

    @staticmethod
    def opening(pledge: Pledge, query: Mapping[str, str]) -> dict[str, Any]:
        """Once a year what comes together in a year, unless a link proposes another rhythm."""
        known = query.get("rhythm", "")
        rhythm = Rhythm(known) if known in Rhythm.values else Rhythm(pledge.rhythm)
        times = rhythms.per_year(Rhythm(pledge.rhythm)) // rhythms.per_year(rhythm)
        amount = Money(pledge.amount_minor * max(times, 1), pledge.currency)
        return AmountForm.opening(pledge, {"amount": amount.plain(), **query}) | {"rhythm": rhythm}

    def clean_rhythm(self) -> Rhythm:
        """The rhythm as the rule knows it."""
        return Rhythm(self.cleaned_data["rhythm"])

    @property
    def tiles(self) -> list[tuple[str, str, bool]]:
        """Every rhythm with its words, and whether it is chosen."""
        chosen = str(self["rhythm"].value() or "")
        return [(each.value, str(each.label), each.value == chosen) for each in Rhythm]


class DayForm(StepForm):
    """Another day of the month."""

    day = forms.TypedChoiceField(
        coerce=int,
        choices=[(str(each), str(each)) for each in rhythms.DAYS],
        error_messages={
            "required": gettext_lazy("Choose a day from 1 to 28, which every month has."),
            "invalid_choice": gettext_lazy("Choose a day from 1 to 28, which every month has."),
        },
    )

    @property
    def days(self) -> list[tuple[int, dt.date | None, bool]]:
        """Every day with the date on which it would be taken next, and whether it is chosen."""
        next_on, chosen = outlooks.next_on(self.pledge), str(self["day"].value() or "")
        today = clock.today(self.pledge.entity.zone)
        return [
            (
                each,
                rhythms.moved(next_on, day=each, today=today) if next_on else None,
                str(each) == chosen,
            )
            for each in rhythms.DAYS
        ]


class FundForm(StepForm):
    """Another fund of the same body."""

    fund = forms.ChoiceField(
        error_messages={
            "required": gettext_lazy("Choose a fund."),
            "invalid_choice": gettext_lazy(
                "Choose one of these funds. That one takes no gifts now."
            ),
        }
    )

    def __init__(
        self,
        pledge: Pledge,
        sent: QueryDict | None = None,
        *,
        query: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(pledge, sent, query=query)
        rows = Fund.objects.filter(
            entity_id=pledge.entity_id, is_open_to_gifts=True, is_treasury=False
        )
        self.funds = {fund.slug: fund for fund in rows.select_related("fees_from")}
        field = self.fields["fund"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(slug, fund.name) for slug, fund in self.funds.items()]
        if len(self.funds) > 1:
            for slug in self.funds:
                self.fields[parts.PREFIX + slug] = forms.CharField(required=False, max_length=40)
        field.required = not self.is_split

    @staticmethod
    def opening(pledge: Pledge, query: Mapping[str, str]) -> dict[str, Any]:
        """The fund as it is, or the parts."""
        del query
        shares = list(pledge.shares.select_related("fund").order_by("position"))
        written = {
            parts.PREFIX + share.fund.slug: Money(share.amount_minor, pledge.currency).plain()
            for share in shares
        }
        return {"fund": pledge.fund.slug, **written}

    def clean(self) -> dict[str, Any]:
        """One fund, or what is written beside several: `lines` of fund ids and minor units."""
        data = self.cleaned_data
        if not self.is_split:
            if data.get("fund"):
                data["lines"] = [(self.funds[data["fund"]].pk, self.pledge.amount_minor)]
            return data
        written = {slug: data.get(parts.PREFIX + slug, "") for slug in self.funds}
        try:
            lines = parts.read(written, self.pledge.amount)
        except MoneyError as error:
            self.add_error("fund", amounts.said(error))
        except forms.ValidationError as error:
            self.add_error("fund", error)
        else:
            data["lines"] = [(self.funds[slug].pk, minor) for slug, minor in lines.items()]
        return data

    @property
    def parts(self) -> list[parts.Part]:
        """Every fund with the field beside it and what is written there."""
        return parts.beside(self, self.funds)

    @property
    def is_split(self) -> bool:
        """Whether something is written beside a fund."""
        return any(part.value.strip() for part in self.parts)


class PauseForm(StepForm):
    """Until when nothing is taken: one of some days, or one that was written."""

    until = forms.DateField(
        required=False,
        error_messages={"invalid": gettext_lazy("Choose a day from the list, or write one.")},
    )
    other = forms.DateField(
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": gettext_lazy("Write a day such as 2027-03-14.")},
    )

    def clean(self) -> dict[str, Any]:
        """What was written counts, else the choice."""
        data = self.cleaned_data
        if not self.errors:
            data["day"] = data.get("other") or data.get("until")
            if data["day"] is None:
                self.add_error("until", _("Choose until when, or write a day."))
        return data

    @staticmethod
    def opening(pledge: Pledge, query: Mapping[str, str]) -> dict[str, Any]:
        """The day that a link proposes by the number of gifts left out."""
        asked = query.get("times", "")
        until = outlooks.after(pledge, int(asked)) if asked in map(str, _PAUSES) else None
        return {"until": until.isoformat() if until else ""}

    @property
    def pauses(self) -> list[tuple[int, dt.date, bool]]:
        """How many gifts are left out, the day from which they go on, and whether it is chosen."""
        most = clock.today(self.pledge.entity.zone) + dt.timedelta(days=365)
        chosen = str(self["until"].value() or "")
        days = [(times, outlooks.after(self.pledge, times)) for times in _PAUSES]
        return [
            (times, day, day.isoformat() == chosen) for times, day in days if day and day <= most
        ]


def _read(text: str, currency: str) -> Money | None:
    try:
        return parse(text, currency) if text else None
    except MoneyError:
        return None
