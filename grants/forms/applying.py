"""The forms of applicants: a draft begun, and the long form in parts.

Nothing on the long form is required while it is a draft. What cannot be read, such as "about
1,400" for a sum, is kept as it was typed beside all that can.
"""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from funding.money import Money, MoneyError, parse
from funding.parties.models import Organisation
from grants import budgets, countries, texts
from grants.applicants import Body
from grants.applications import Content
from grants.models import Area, LineSource, Theme

ACROSS: Final = "range"
LONGEST: Final = 20_000
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
        return _sum(self.cleaned_data["minimum"], self.currency)

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
        return self.cleaned_data


class LineForm(forms.Form):
    """One line of the budget. A line in which nothing is written counts as none."""

    what = forms.CharField(max_length=200, required=False)
    category = forms.ChoiceField(choices=budgets.Category.choices, required=False)
    quantity = forms.CharField(max_length=20, required=False)
    unit = forms.CharField(max_length=40, required=False)
    source = forms.ChoiceField(choices=SOURCES, required=False)

    def __init__(self, currency: str, number: int, data: Mapping[str, Any]) -> None:
        super().__init__(data, prefix=f"line-{number}")
        self.currency, self.number = currency, number + 1
        labels = {
            "what": _("Line %(number)s: what"),
            "category": _("Line %(number)s: kind"),
            "quantity": _("Line %(number)s: how many"),
            "unit": _("Line %(number)s: each in %(currency)s"),
            "source": _("Line %(number)s: who pays"),
        }
        for name, field in self.fields.items():
            told = labels[name] % {"number": self.number, "currency": currency}
            field.label = told
            field.widget.attrs["aria-label"] = told
        self.fields["what"].widget.attrs["dir"] = "auto"
        for name, mode in (("quantity", "numeric"), ("unit", "decimal")):
            self.fields[name].widget.attrs |= {"inputmode": mode, "autocomplete": "off"}

    @property
    def is_blank(self) -> bool:
        """Whether nobody wrote in it."""
        return not any(self[name].value() for name in ("what", "quantity", "unit"))

    def clean_what(self) -> str:
        """What is paid for, on one line."""
        what = texts.one_line(self.cleaned_data["what"])
        if not what and not self.is_blank:
            raise forms.ValidationError(_("Write what it is."))
        return what

    def clean_quantity(self) -> int:
        """A whole number; nothing written is one."""
        written = "".join(self.cleaned_data["quantity"].split())
        if not written:
            return 1
        if not (written.isascii() and written.isdigit()) or int(written) == 0:
            raise forms.ValidationError(_("Write how many as a whole number, such as 12."))
        if int(written) > budgets.MOST_OF_A_KIND:
            raise forms.ValidationError(_("That is more than anybody could count."))
        return int(written)

    def clean_unit(self) -> int:
        """The price of one in minor units."""
        if self.is_blank:
            return 0
        minor = _sum(self.cleaned_data["unit"], self.currency)
        if not minor:
            raise forms.ValidationError(_("Write what one costs, such as 1400.00."))
        return minor

    @cached_property
    def line(self) -> budgets.Line | None:
        """The line, if it can be read."""
        if self.is_blank or not self.is_valid():
            return None
        data = self.cleaned_data
        return budgets.Line(
            data["category"] or budgets.Category.OTHER,
            data["what"],
            data["quantity"],
            data["unit"],
            data["source"] or LineSource.US,
        )

    @property
    def amount(self) -> Money | None:
        """Quantity times unit cost, if both can be read."""
        return Money(self.line.amount_minor, self.currency) if self.line else None

    @property
    def mistakes(self) -> list[tuple[str, str]]:
        """Id and sentence of each mistake."""
        if self.is_blank:
            return []
        return [
            (str(self[name].id_for_label), str(error))
            for name in self.fields
            for error in self.errors.get(name, [])
        ]


def _few(there: str | None) -> list[tuple[str, str]]:
    others = [pair for pair in countries.other_choices() if pair[0] == there]
    return [*countries.range_choices(), *others]


def _sum(text: str, currency: str) -> int:
    """Minor units of what was typed; nothing is nought. Raises ValidationError."""
    if not text.strip():
        return 0
    try:
        money = parse(text, currency)
    except MoneyError as error:
        raise forms.ValidationError(str(error)) from None
    if not 0 <= money.minor <= budgets.DEAREST_MINOR:
        raise forms.ValidationError(_("Write a sum above nought, and not beyond all measure."))
    return money.minor
