"""The form of a letter that declines, and the list from which several go at once."""

from django import forms
from django.utils.translation import gettext_lazy

from grants import letters, texts
from grants.letters import Words
from grants.models import Refusal


class LetterForm(forms.Form):
    """What the applicant is told."""

    reason = forms.ChoiceField(
        choices=[("", "–"), *Refusal.choices],
        label=gettext_lazy("Which kind of reason, as it is counted"),
        error_messages={"required": gettext_lazy("Choose a reason.")},
    )
    feedback = forms.CharField(
        max_length=letters.LONGEST,
        label=gettext_lazy("Why, as the applicant reads it"),
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": gettext_lazy("Write the reason.")},
    )
    improve = forms.CharField(
        required=False,
        max_length=letters.LONGEST,
        label=gettext_lazy("To be asked to come back: what to improve"),
        help_text=gettext_lazy("Empty: the letter invites nobody."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    @property
    def words(self) -> Words:
        """What was written, once it is valid."""
        said = self.cleaned_data
        return Words(
            said["reason"], texts.paragraphs(said["feedback"]), texts.paragraphs(said["improve"])
        )
