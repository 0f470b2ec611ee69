"""What is done in a country, as a treasurer or an administrator writes it down."""

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from grants import countries
from grants.country_rules import NotARule
from grants.forms.payments import DayInput
from grants.models import Policy


class CountryRuleForm(forms.Form):
    """One country, what is done there, and why."""

    country = forms.ChoiceField(
        label=gettext_lazy("Country"),
        error_messages={
            "required": gettext_lazy("Choose a country."),
            "invalid_choice": gettext_lazy("Choose a country."),
        },
    )
    policy = forms.ChoiceField(
        label=gettext_lazy("What is done"),
        choices=[("", gettext_lazy("Choose")), *Policy.choices],
        error_messages={
            "required": gettext_lazy("Choose what is done there."),
            "invalid_choice": gettext_lazy("Choose what is done there."),
        },
    )
    licence = forms.CharField(
        required=False,
        max_length=200,
        label=gettext_lazy("Reference of the licence"),
        help_text=gettext_lazy("Only where it is paid under a licence."),
    )
    licence_until = forms.DateField(
        required=False,
        widget=DayInput,
        label=gettext_lazy("Its last day"),
        error_messages={"invalid": gettext_lazy("Write the last day of the licence.")},
    )
    reason = forms.CharField(
        max_length=2000,
        label=gettext_lazy("Why"),
        help_text=gettext_lazy("The law, the advice, the letter, with its date."),
        widget=forms.Textarea(attrs={"dir": "auto", "rows": 3}),
        error_messages={"required": gettext_lazy("Write why. It is kept with the rule.")},
    )

    def __init__(self, sent: QueryDict | None = None) -> None:
        super().__init__(sent)
        field = self.fields["country"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            ("", gettext_lazy("Choose")),
            (gettext_lazy("Range countries"), countries.range_choices()),
            (gettext_lazy("Other countries"), countries.other_choices()),
        ]

    def point_out(self, refusal: NotARule) -> None:
        """Put the refusal beside its field."""
        self.add_error(refusal.field or None, refusal.sentence)
