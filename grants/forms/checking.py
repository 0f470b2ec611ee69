"""The form of a check: an answer to each question of the round's list, and what it comes to."""

from collections.abc import Sequence
from dataclasses import dataclass

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grants import desk_checks, texts
from grants.desk_checks import Answer, Finding
from grants.models import OF_THE_DESK, CheckResult

_YES_NO = (("yes", gettext_lazy("In order")), ("no", gettext_lazy("Not in order")))


@dataclass(frozen=True, slots=True)
class Question:
    """One question with its two fields."""

    text: str
    answer: forms.BoundField
    note: forms.BoundField


class CheckForm(forms.Form):
    """What an officer found. The questions are those of the round."""

    result = forms.ChoiceField(
        choices=CheckResult.choices,
        widget=forms.RadioSelect,
        label=gettext_lazy("What it comes to"),
        error_messages={"required": gettext_lazy("Choose what the check comes to.")},
    )
    reason = forms.ChoiceField(
        required=False,
        choices=[("", "–"), *((each.value, each.label) for each in OF_THE_DESK)],
        label=gettext_lazy("If not: the reason, which is counted"),
    )
    sentence = forms.CharField(
        required=False,
        max_length=desk_checks.LONGEST_SENTENCE,
        label=gettext_lazy("If not: what the applicant reads"),
        help_text=gettext_lazy("Word for word, once a chair has confirmed it."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, asked: Sequence[str], sent: QueryDict | None = None) -> None:
        super().__init__(sent)
        self.asked = list(asked)
        for at, text in enumerate(self.asked):
            self.fields[f"ok-{at}"] = forms.ChoiceField(
                choices=_YES_NO,
                widget=forms.RadioSelect,
                label=text,
                error_messages={"required": gettext_lazy("Answer this question.")},
            )
            self.fields[f"note-{at}"] = forms.CharField(
                required=False,
                max_length=desk_checks.LONGEST_NOTE,
                label=_("Note, needed where it is not in order"),
            )

    @property
    def questions(self) -> list[Question]:
        """The questions of the list, for the page."""
        return [
            Question(text, self[f"ok-{at}"], self[f"note-{at}"])
            for at, text in enumerate(self.asked)
        ]

    @property
    def finding(self) -> Finding:
        """What was written, once it is valid."""
        said = self.cleaned_data
        return Finding(
            answers=[
                Answer(text, said[f"ok-{at}"] == "yes", texts.one_line(said[f"note-{at}"]))
                for at, text in enumerate(self.asked)
            ],
            result=CheckResult(said["result"]),
            reason=said["reason"],
            sentence=texts.paragraphs(said["sentence"]),
        )
