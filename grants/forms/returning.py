"""What an officer writes when an application goes back to be completed."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from grants import completions, gaps, texts
from grants.models import Round


class ReturnForm(forms.Form):
    """What is missing in which part, and by when."""

    due_on = forms.DateField(
        label=gettext_lazy("The last day to complete it, where the applicant is"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": gettext_lazy("Choose the last day.")},
    )

    def __init__(self, round_: Round, sent: Mapping[str, Any] | None = None) -> None:
        super().__init__(sent)
        # Answers to the questions before the form are sent for good.
        self.names = [part for part in gaps.asked(round_) if part != "conditions"]
        for part in self.names:
            self.fields[part] = forms.CharField(
                required=False,
                max_length=completions.MOST_LETTERS,
                label=gaps.TITLES[part],
                widget=forms.Textarea(attrs={"rows": 3}),
            )

    @property
    def parts(self) -> list[forms.BoundField]:
        """The fields of the parts, from the top of the form down."""
        return [self[part] for part in self.names]

    @property
    def reasons(self) -> dict[str, str]:
        """What is missing, by its part."""
        return {part: texts.paragraphs(self.cleaned_data[part]) for part in self.names}
