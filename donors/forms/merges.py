"""Which two donors are one person, and why."""

from django import forms
from django.utils.translation import gettext_lazy


class PairForm(forms.Form):
    """The donor that is kept, and the one that is brought in."""

    kept = forms.IntegerField(
        min_value=1,
        max_value=2**62,
        error_messages={"required": gettext_lazy("Choose the donor that is kept.")},
    )
    gone = forms.IntegerField(
        min_value=1,
        max_value=2**62,
        error_messages={"required": gettext_lazy("Choose the donor that is brought in.")},
    )


class MergeForm(PairForm):
    """The pair again, and the reason."""

    why = forms.CharField(required=False, max_length=400)
