"""The word of a trustee."""

from django import forms
from django.utils.translation import gettext_lazy

from grants.ratifications import LONGEST


class RatifyForm(forms.Form):
    """Yes or no, and why. Nothing is chosen beforehand."""

    answer = forms.ChoiceField(
        choices=[
            ("yes", gettext_lazy("Ratify it")),
            ("no", gettext_lazy("Refuse it")),
        ],
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose one of the two."),
            "invalid_choice": gettext_lazy("Choose one of the two."),
        },
    )
    reason = forms.CharField(
        required=False,
        max_length=LONGEST,
        label=gettext_lazy("Why, as the minute will say; needed to refuse"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
