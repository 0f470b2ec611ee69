"""Forms of a report: the draft as it is typed, a photo, and why it is sent back."""

from collections.abc import Mapping
from dataclasses import dataclass

from django import forms
from django.utils.translation import gettext_lazy

from funding.money import Money
from grants import report_texts
from grants.models import Award

_NOT_KEPT = frozenset({"csrfmiddlewaretoken", "version", "do"})


@dataclass(frozen=True, slots=True)
class Cell:
    """One field as the page shows it: its name, what was typed, and what is lacking."""

    name: str
    value: str
    gap: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the budget with its two fields."""

    what: str
    budget: Money
    spent: Cell
    why: Cell


class TypedForm:
    """A draft exactly as it was typed: nothing here is refused, so nothing is ever lost."""

    def __init__(self, award: Award, sent: Mapping[str, str]) -> None:
        self.award = award
        written = str(sent.get("version", "0"))
        self.version = int(written) if written.isdecimal() and len(written) < 9 else -1
        self.typed = {name: value for name, value in sent.items() if name not in _NOT_KEPT}
        self._gaps: Mapping[str, str] = {}

    def shown(self, version: int, gaps: Mapping[str, str]) -> None:
        """The version that the page is for, and what is lacking by field."""
        self.version, self._gaps = version, gaps

    def cell(self, name: str) -> Cell:
        """A field by its name."""
        return Cell(name, self.typed.get(name, ""), self._gaps.get(name, ""))

    @property
    def narrative(self) -> Cell:
        """What was done."""
        return self.cell("narrative")

    @property
    def summary(self) -> Cell:
        """What everybody may read."""
        return self.cell("summary")

    @property
    def is_public(self) -> bool:
        """Whether everybody may read the summary."""
        return self.typed.get("is_public") == "on"

    @property
    def shows_counts(self) -> bool:
        """Whether what was counted may stand beside it."""
        return self.typed.get("shows_counts") == "on"

    @property
    def shows_spending(self) -> bool:
        """Whether what was spent in all may stand beside it."""
        return self.typed.get("shows_spending") == "on"

    @property
    def gaps(self) -> list[tuple[str, str]]:
        """Each field that lacks something, with the sentence."""
        return list(self._gaps.items())

    @property
    def lines(self) -> list[Line]:
        """The lines of the budget."""
        return [
            Line(
                what,
                Money(minor, self.award.currency),
                self.cell(f"spent-{position}"),
                self.cell(f"why-{position}"),
            )
            for position, what, minor in report_texts.lines(self.award)
        ]

    @property
    def indicators(self) -> list[tuple[int, Cell, Cell, Cell]]:
        """What was counted: number, words, planned, achieved."""
        return [
            (
                at + 1,
                self.cell(f"indicator-{at}"),
                self.cell(f"planned-{at}"),
                self.cell(f"achieved-{at}"),
            )
            for at in range(report_texts.MOST_INDICATORS)
        ]


class PhotoForm(forms.Form):
    """A photo with whose it is, what it shows, and the word of those on it."""

    photo = forms.FileField(
        label=gettext_lazy("Photo, JPEG or PNG, up to 10 MB"),
        error_messages={"required": gettext_lazy("Choose a photo.")},
    )
    shows = forms.CharField(
        max_length=300,
        label=gettext_lazy("What it shows"),
        help_text=gettext_lazy("Never where a den is."),
        error_messages={"required": gettext_lazy("Write what it shows.")},
    )
    taken_by = forms.CharField(
        max_length=120,
        label=gettext_lazy("Who took it"),
        error_messages={"required": gettext_lazy("Write who took it.")},
    )
    has_consent = forms.BooleanField(
        label=gettext_lazy("Everybody who can be recognised on it has agreed to be shown"),
        error_messages={
            "required": gettext_lazy("A photo is sent only with the word of all who are on it.")
        },
    )
    is_public = forms.BooleanField(
        required=False, label=gettext_lazy("It may be shown to everybody, with the name above")
    )


class HideForm(forms.Form):
    """Why a report is not shown."""

    hidden_why = forms.CharField(
        max_length=400,
        label=gettext_lazy("Why it is not shown"),
        help_text=gettext_lazy("The applicant reads it on this page."),
        widget=forms.TextInput(attrs={"dir": "auto"}),
        error_messages={"required": gettext_lazy("Write why it is not shown.")},
    )


class ReturnForm(forms.Form):
    """What a report lacks."""

    why = forms.CharField(
        max_length=1000,
        label=gettext_lazy("What is lacking"),
        help_text=gettext_lazy("The applicant reads it in a mail."),
        widget=forms.Textarea(attrs={"dir": "auto", "rows": 3}),
        error_messages={"required": gettext_lazy("Write what is lacking.")},
    )
