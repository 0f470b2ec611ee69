"""What a treasurer may ask of gifts and refunds: filters of the lists, and the refund form."""

import datetime as dt
from typing import Any, Final
from uuid import uuid4
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from donors import debits, finding
from donors.forms.giving import CURRENCIES
from donors.models import Dispute, DisputeStatus, Gift, GiftState, Refund, RefundState
from funding.ledger.models import Fund
from funding.money import Money, MoneyError, parse

# Days of a filter are days of this calendar: gifts of several bodies stand in one list.
_ZONE: Final = ZoneInfo("UTC")


class Filters(forms.Form):
    """Words, a fund, a currency and a span of days. A filter that makes no sense is left out."""

    q = forms.CharField(
        required=False,
        max_length=100,
        label=gettext_lazy("E-mail, name, sum, number or Stripe id"),
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    state = forms.ChoiceField(required=False, label=gettext_lazy("State"))
    fund = forms.ChoiceField(required=False, label=gettext_lazy("Fund"))
    currency = forms.ChoiceField(required=False, label=gettext_lazy("Currency"))
    start = forms.DateField(
        required=False,
        label=gettext_lazy("From"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    end = forms.DateField(
        required=False,
        label=gettext_lazy("To"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    states: list[tuple[str, str]] = []

    def __init__(self, asked: QueryDict) -> None:
        super().__init__(asked)
        funds = Fund.objects.filter(is_treasury=False).values_list("slug", "name")
        self._choose("state", _("All states"), self.states)
        self._choose("fund", _("All funds"), list(funds))
        self._choose("currency", _("All currencies"), [(each, each) for each in CURRENCIES])

    def _choose(self, name: str, everything: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", everything), *choices]

    def asked(self) -> dict[str, Any]:
        """What makes sense of it."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def span(self, column: str) -> Q:
        """The days asked for, as instants of a column."""
        asked, span = self.asked(), Q()
        if "start" in asked:
            span &= Q(**{f"{column}__gte": _midnight(asked["start"])})
        if "end" in asked:
            span &= Q(**{f"{column}__lt": _midnight(asked["end"] + dt.timedelta(days=1))})
        return span


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), _ZONE)


class GiftFilters(Filters):
    """Which gifts are shown."""

    states = [
        *((state.value, str(state.label)) for state in GiftState),
        ("processing", str(gettext_lazy("On its way by direct debit"))),
    ]

    def rows(self) -> QuerySet[Gift]:
        """The gifts asked for, the newest first."""
        asked = self.asked()
        rows = finding.gifts(asked.get("q", "")).filter(self.span("created_at"))
        if asked.get("state") == "processing":
            rows = rows.filter(debits.ON_THEIR_WAY)
        elif "state" in asked:
            rows = rows.filter(state=asked["state"])
        if "fund" in asked:
            rows = rows.filter(lines__fund__slug=asked["fund"])
        if "currency" in asked:
            rows = rows.filter(currency=asked["currency"])
        return rows.order_by("-created_at", "-pk")


class RefundFilters(Filters):
    """Which refunds are shown."""

    states = [(state.value, str(state.label)) for state in RefundState]

    def rows(self) -> QuerySet[Refund]:
        """The refunds asked for, the newest first."""
        asked = self.asked()
        rows = finding.refunds(asked.get("q", "")).filter(self.span("created_at"))
        if "state" in asked:
            rows = rows.filter(state=asked["state"])
        if "fund" in asked:
            rows = rows.filter(gift__lines__fund__slug=asked["fund"])
        if "currency" in asked:
            rows = rows.filter(gift__currency=asked["currency"])
        return rows.select_related("gift__donor").order_by("-created_at", "-pk")


class DisputeFilters(Filters):
    """Which disputes are shown. A status that Stripe has invented since can be asked for too."""

    states = [(status.value, str(status.label)) for status in DisputeStatus]

    def __init__(self, asked: QueryDict) -> None:
        super().__init__(asked)
        known = {value for value, _label in self.states}
        others = Dispute.objects.exclude(status__in=known).values_list("status", flat=True)
        states = [*self.states, *((each, each) for each in sorted(set(others)))]
        self._choose("state", _("All states"), states)

    def rows(self) -> QuerySet[Dispute]:
        """The disputes asked for, the newest first."""
        asked = self.asked()
        rows = finding.disputes(asked.get("q", "")).filter(self.span("opened_at"))
        if "state" in asked:
            rows = rows.filter(status=asked["state"])
        if "fund" in asked:
            rows = rows.filter(gift__lines__fund__slug=asked["fund"])
        if "currency" in asked:
            rows = rows.filter(currency=asked["currency"])
        return rows.select_related("gift__donor", "gift__entity").order_by("-opened_at", "-pk")


class RefundForm(forms.Form):
    """How much goes back, and why. Its token makes one refund, however often it is sent."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    amount = forms.CharField(
        max_length=40,
        label=gettext_lazy("How much goes back"),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Write how much goes back.")},
    )
    reason = forms.CharField(
        max_length=400,
        label=gettext_lazy("Why"),
        error_messages={"required": gettext_lazy("Write why the money is given back.")},
    )

    keeps_pledge = forms.BooleanField(required=False)

    def __init__(
        self,
        currency: str,
        sent: QueryDict | None = None,
        *,
        initial: dict[str, object] | None = None,
    ) -> None:
        super().__init__(sent, initial=initial)
        self.currency = currency

    @classmethod
    def opening(cls, left: Money) -> "RefundForm":
        """An empty form that proposes all that is left."""
        return cls(left.currency, initial={"token": uuid4(), "amount": left.plain()})

    def clean_amount(self) -> Money:
        """The sum in the gift's own currency."""
        try:
            amount = parse(self.cleaned_data["amount"], self.currency)
        except MoneyError as error:
            raise forms.ValidationError(str(error)) from error
        if amount.minor <= 0:
            raise forms.ValidationError(_("Write a sum above nought."))
        return amount


class BenefitForm(forms.Form):
    """What a giver got in return, and what it was worth."""

    worth = forms.CharField(
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    words = forms.CharField(required=False, max_length=200)

    def __init__(self, gift: Gift, sent: QueryDict | None = None) -> None:
        worth = Money(gift.benefit_minor, gift.currency)
        start = {"worth": worth.plain() if worth else "", "words": gift.benefit_words}
        super().__init__(sent, initial=start)
        self.currency = gift.currency

    def clean_worth(self) -> Money:
        """The value; nothing written is nothing."""
        try:
            return parse(self.cleaned_data["worth"] or "0", self.currency)
        except MoneyError as error:
            raise forms.ValidationError(str(error)) from error
