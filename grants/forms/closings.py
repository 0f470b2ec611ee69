"""Forms of an award's end: the last word on it, and why something is not asked back."""

from django import forms
from django.utils.translation import gettext_lazy


class NoteForm(forms.Form):
    """The last word on an award."""

    note = forms.CharField(
        max_length=1000,
        label=gettext_lazy("What was reached, and how the money went"),
        help_text=gettext_lazy("The applicant reads it in a mail, and it stays with the award."),
        widget=forms.Textarea(attrs={"dir": "auto", "rows": 4}),
        error_messages={"required": gettext_lazy("Write a last word on the award.")},
    )


class WriteOffForm(forms.Form):
    """Why what was not spent is not asked back."""

    reason = forms.CharField(
        max_length=400,
        label=gettext_lazy("Why it is not asked back"),
        widget=forms.Textarea(attrs={"dir": "auto", "rows": 3}),
        error_messages={"required": gettext_lazy("Write why it is not asked back.")},
    )
