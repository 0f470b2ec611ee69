"""The forms of applicants: a draft begun, and the long form in parts.

Nothing on the long form is required while it is a draft. What cannot be read, such as "about
1,400" for a sum, is kept as it was typed beside all that can.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from funding.money import EXPONENTS, MoneyError, parse
from funding.parties.models import Organisation
from grants import budgets, countries, texts
from grants.applicants import Body
from grants.applications import Content
from grants.models import Area, LineSource, Theme

ACROSS: Final = "range"
LONGEST: Final = 20_000
_RATE: Final = re.compile(r"[0-9]{1,8}(\.[0-9]{1,4})?")
SOURCES: Final = [
    (LineSource.US, gettext_lazy("This fund")),
    (LineSource.OTHER, gettext_lazy("Another funder")),
    (LineSource.IN_KIND, gettext_lazy("In kind")),
]


def country_choices(*, blank: str = "") -> list[Any]:
    """The range countries first, then all others."""
    first: list[Any] = [("", blank)] if blank else []
    return [
        *first,
        (_("Range countries"), countries.range_choices()),
        (_("Other countries"), countries.other_choices()),
    ]


class StartForm(forms.Form):
    """Who asks, and what it is about. A new organisation needs its name and country."""

    uuid = forms.UUIDField(widget=forms.HiddenInput)
    name = forms.CharField(max_length=200, required=False, label=gettext_lazy("Your name"))
    organisation = forms.ChoiceField(required=False, label=gettext_lazy("Your organisation"))
    body_name = forms.CharField(max_length=200, required=False, label=gettext_lazy("Its name"))
    body_country = forms.ChoiceField(required=False, label=gettext_lazy("Its country"))
    title = forms.CharField(
        max_length=160,
        label=gettext_lazy("Title of the work"),
        help_text=gettext_lazy("A few plain words. You can change them until you send it."),
        error_messages={"required": gettext_lazy("Give the work a title.")},
    )
    theme = forms.ModelChoiceField(
        Theme.objects.all(),
        label=gettext_lazy("Theme of the strategy"),
        empty_label=gettext_lazy("Choose"),
        error_messages={"required": gettext_lazy("Choose a theme.")},
    )
    area = forms.ModelChoiceField(
        Area.objects.all(),
        label=gettext_lazy("Area of focus"),
        empty_label=gettext_lazy("Choose"),
        error_messages={"required": gettext_lazy("Choose an area of focus.")},
    )

    def __init__(
        self,
        organisations: list[Organisation],
        sent: QueryDict | None = None,
        *,
        has_name: bool,
        initial: dict[str, object] | None = None,
    ) -> None:
        super().__init__(sent, initial=initial)
        chosen = self.fields["organisation"]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = [(str(body.pk), body.name) for body in organisations] + [
            ("new", _("A new one"))
        ]
        country = self.fields["body_country"]
        assert isinstance(country, forms.ChoiceField)
        country.choices = country_choices(blank=_("Choose"))
        if has_name:
            del self.fields["name"]
        if not organisations:
            del self.fields["organisation"]
        for name in ("name", "body_name", "title"):
            if name in self.fields:
                self.fields[name].widget.attrs["dir"] = "auto"

    @property
    def organisation_id(self) -> int | None:
        """The chosen organisation, or none for a new one."""
        value = self.cleaned_data.get("organisation") or "new"
        return None if value == "new" else int(value)

    def content(self) -> Content:
        """What the draft begins with."""
        data = self.cleaned_data
        body = None
        if self.organisation_id is None:
            body = Body(data.get("body_name", ""), data.get("body_country", ""))
        return Content(title=data["title"], theme=data["theme"].pk, area=data["area"].pk, body=body)


class WorkForm(forms.Form):
    """All of the long form but its lines."""

    body_name = forms.CharField(max_length=200, required=False, label=gettext_lazy("Organisation"))
    body_country = forms.ChoiceField(required=False, label=gettext_lazy("Its country"))
    body_number = forms.CharField(
        max_length=60, required=False, label=gettext_lazy("Registration number, if it has one")
    )
    body_website = forms.URLField(
        required=False,
        max_length=200,
        assume_scheme="https",
        label=gettext_lazy("Website, if it has one"),
        widget=forms.TextInput,
    )
    title = forms.CharField(
        max_length=160,
        label=gettext_lazy("Title"),
        error_messages={"required": gettext_lazy("Give the work a title.")},
    )
    theme = forms.ModelChoiceField(
        Theme.objects.all(), label=gettext_lazy("Theme of the strategy"), empty_label=None
    )
    area = forms.ModelChoiceField(
        Area.objects.all(), label=gettext_lazy("Area of focus"), empty_label=None
    )
    country = forms.ChoiceField(label=gettext_lazy("Country"))
    province = forms.CharField(
        max_length=80,
        required=False,
        label=gettext_lazy("Province"),
        help_text=gettext_lazy("No finer than a province: a den must not be findable."),
    )
    summary = forms.CharField(
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        label=gettext_lazy("Summary"),
        help_text=gettext_lazy(
            "What you will do, where, and what will be different after. The committee reads "
            "this first. At most 150 words."
        ),
    )
    methods = forms.CharField(
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        label=gettext_lazy("How will you work, and how will you know that it worked?"),
        help_text=gettext_lazy(
            "Steps, people, permits. Numbers you can count: families, dogs, transects, nights. "
            "At most 400 words."
        ),
    )
    starts_on = forms.DateField(
        required=False,
        label=gettext_lazy("First day of the work"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    ends_on = forms.DateField(
        required=False,
        label=gettext_lazy("Last day of the work"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    local_currency = forms.CharField(
        max_length=3,
        required=False,
        label=gettext_lazy("The other currency, if there is one"),
        help_text=gettext_lazy("Its three letters, such as MNT."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    local_rate = forms.CharField(
        max_length=30,
        required=False,
        label=gettext_lazy("How much of it is one of ours"),
        help_text=gettext_lazy("Such as 3812.50, with at most four decimals."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    local_on = forms.DateField(
        required=False,
        label=gettext_lazy("On which day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    minimum = forms.CharField(
        max_length=40,
        required=False,
        label=gettext_lazy("Smallest sum that still makes sense"),
        help_text=gettext_lazy(
            "If the money is short, the committee may offer this much, never less."
        ),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    minimum_reason = forms.CharField(
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        label=gettext_lazy("Why it does not work with less"),
        help_text=gettext_lazy("And what you would leave out. At most 100 words."),
    )
    may_be_shown_unfunded = forms.BooleanField(
        required=False,
        label=gettext_lazy(
            "If the money is short, show everybody the title, the summary, the organisation and "
            "the country of this work, with the sum that is missing, so that givers can help."
        ),
    )

    def __init__(self, currency: str, data: Mapping[str, str], *, with_body: bool) -> None:
        super().__init__(data)
        self.currency = currency
        # A page for bad lines does not name every country twice: the range, and what is there.
        self._choose("country", [(ACROSS, _("Across the range")), *_few(data.get("country"))])
        self._choose("body_country", _few(data.get("body_country")))
        if not with_body:
            for name in ("body_name", "body_country", "body_number", "body_website"):
                del self.fields[name]
        for field in self.fields.values():
            if isinstance(field, forms.CharField):
                field.widget.attrs["dir"] = "auto"

    def _choose(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean_minimum(self) -> int:
        """The sum in minor units; nothing written is nought."""
        return read_sum(self.cleaned_data["minimum"], self.currency)

    def clean_body_name(self) -> str:
        """An organisation keeps a name."""
        name = texts.one_line(self.cleaned_data["body_name"])
        if not name:
            raise forms.ValidationError(_("Write the name of your organisation."))
        return name

    def clean(self) -> dict[str, Any]:
        """Days in their order."""
        first, last = self.cleaned_data.get("starts_on"), self.cleaned_data.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", _("The last day lies before the first."))
        names = ("local_currency", "local_rate", "local_on")
        if not set(names) & set(self.errors):
            told = [bool(self.cleaned_data.get(name)) for name in names]
            if any(told) and not all(told):
                blank = names[told.index(False)]
                self.add_error(blank, _("Write the currency, its rate and the day, or none of it."))
        return self.cleaned_data

    def clean_local_currency(self) -> str:
        """Its code, in capitals."""
        code = self.cleaned_data["local_currency"].strip().upper()
        if code and (code not in EXPONENTS or code == self.currency):
            sentence = _("Write the three letters of another currency, such as MNT.")
            raise forms.ValidationError(sentence)
        return code

    def clean_local_rate(self) -> int:
        """The rate in ten-thousandths; nothing written is nought."""
        typed = "".join(self.cleaned_data["local_rate"].split())
        if not typed:
            return 0
        if not _RATE.fullmatch(typed):
            raise forms.ValidationError(_("Write the rate as a number, such as 3812.50."))
        e4 = int(Decimal(typed) * 10**budgets.RATE_DECIMALS)
        if not 0 < e4 <= budgets.HIGHEST_RATE_E4:
            raise forms.ValidationError(_("No currency that is in use has such a rate."))
        return e4

    @property
    def rate(self) -> budgets.Rate | None:
        """The rate that can be read, if one is said."""
        self.is_valid()
        said = self.cleaned_data
        code, e4, on = (said.get(f"local_{name}") for name in ("currency", "rate", "on"))
        return budgets.Rate(code, e4, on) if code and e4 and on else None


def _few(there: str | None) -> list[tuple[str, str]]:
    others = [pair for pair in countries.other_choices() if pair[0] == there]
    return [*countries.range_choices(), *others]


def read_sum(text: str, currency: str, most: int = budgets.DEAREST_MINOR) -> int:
    """Minor units of what was typed; nothing is nought. Raises ValidationError."""
    if not text.strip():
        return 0
    try:
        money = parse(text, currency)
    except MoneyError as error:
        raise forms.ValidationError(str(error)) from None
    if not 0 <= money.minor <= most:
        raise forms.ValidationError(_("Write a sum above nought, and not beyond all measure."))
    return money.minor
