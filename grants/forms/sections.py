"""The parts of the long form that only some rounds ask: permits, the safety of all, referees."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grants import attachments, gaps, naming, sections, texts
from grants.forms import mistakes
from grants.forms import naming as people
from grants.forms.applying import LONGEST
from grants.models import MOST_PERMITS, Application, PermitState
from grants.sections import Permit, Safeguards, Sections

FEWEST_ROWS: Final = 2


class PermitForm(forms.Form):
    """One permit. A row in which nothing is written counts as none."""

    what = forms.CharField(max_length=120, required=False, label=gettext_lazy("Permit for"))
    state = forms.ChoiceField(
        choices=PermitState.choices, required=False, label=gettext_lazy("How far it is")
    )
    number = forms.CharField(max_length=80, required=False, label=gettext_lazy("Number"))
    authority = forms.CharField(
        max_length=120, required=False, label=gettext_lazy("Issuing authority")
    )
    valid_until = forms.DateField(
        required=False,
        label=gettext_lazy("Valid until"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    # A file that was taken out since is none, and no mistake.
    file = forms.CharField(
        required=False, max_length=36, label=gettext_lazy("Its copy"), widget=forms.Select
    )

    def __init__(self, at: int, data: Mapping[str, Any], files: list[tuple[str, str]]) -> None:
        super().__init__(data, prefix=f"permit-{at}")
        self.number_on_page = at + 1
        self.copies = [("", _("no copy")), *files]
        widget = self.fields["file"].widget
        assert isinstance(widget, forms.Select)
        widget.choices = self.copies
        for name in ("what", "number", "authority"):
            self.fields[name].widget.attrs["dir"] = "auto"

    @property
    def is_blank(self) -> bool:
        """Whether nobody wrote in it."""
        return not any(self[name].value() for name in ("what", "number", "authority", "file")) and (
            not self["valid_until"].value()
        )

    def clean_what(self) -> str:
        """For what it is, on one line."""
        what = texts.one_line(self.cleaned_data["what"])
        if not what and not self.is_blank:
            raise forms.ValidationError(_("Write for what the permit is."))
        return what

    @cached_property
    def permit(self) -> Permit | None:
        """The permit, if it can be read."""
        if self.is_blank or not self.is_valid():
            return None
        said = self.cleaned_data
        return Permit(
            said["what"],
            said["state"] or PermitState.HELD,
            texts.one_line(said["number"]),
            texts.one_line(said["authority"]),
            said["valid_until"],
            said["file"] if said["file"] in dict(self.copies) else "",
        )

    @property
    def mistakes(self) -> list[tuple[str, str]]:
        """Id and sentence of each mistake."""
        if self.is_blank:
            return []
        return mistakes.of(self, _("Permit %(number)s") % {"number": self.number_on_page})


def _statement(label: Any, hint: Any) -> forms.CharField:  # noqa: ANN401 -- lazy words
    return forms.CharField(
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
        label=label,
        help_text=hint,
    )


class SafeguardForm(forms.Form):
    """The three statements, and whom one turns to."""

    safe_animals = _statement(
        gettext_lazy("Welfare of animals"),
        gettext_lazy("What is done to animals, by whom, and how harm is kept small. 150 words."),
    )
    safe_people = _statement(
        gettext_lazy("Safety of people and children"),
        gettext_lazy("Of your team and of those you work with. At most 150 words."),
    )
    safe_community = _statement(
        gettext_lazy("Consent of the community"),
        gettext_lazy("Who was asked, how, and what they said. At most 150 words."),
    )
    safe_contact = forms.CharField(
        max_length=200,
        required=False,
        label=gettext_lazy("Whom one turns to when something is wrong"),
        help_text=gettext_lazy("A name, and an e-mail address or telephone number."),
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )


PERMIT_CELLS: Final = tuple(PermitForm.base_fields)
SAFE: Final = tuple(SafeguardForm.base_fields)
# Every name that these parts may send.
NAMES: Final = (
    *(f"permit-{at}-{cell}" for at in range(MOST_PERMITS) for cell in PERMIT_CELLS),
    *SAFE,
    *people.NAMES,
)


class SectionsForm:
    """The parts that the round asks, read from what was typed."""

    def __init__(self, application: Application, data: Mapping[str, str]) -> None:
        self.asked = sections.asked(application.round)
        self.permits = _permits(application, data) if "permits" in self.asked else []
        is_named = "references" in self.asked
        self.answered = naming.answered(application) if is_named else ()
        self.referees = people.rows(application, data) if is_named else []
        self.safeguards = SafeguardForm(data) if "safeguarding" in self.asked else None

    @property
    def is_readable(self) -> bool:
        """Whether nothing needs to be kept as it was typed."""
        is_safe = self.safeguards is None or not self.safeguards.errors
        are_named = all(row.is_blank or row.named for row in self.referees)
        permits = all(row.is_blank or row.permit for row in self.permits)
        return is_safe and are_named and permits

    def said(self, kept: Sections) -> Sections:
        """What can be read, and for the rest what is kept."""
        permits = tuple(row.permit for row in self.permits if row.permit)
        referees = (*self.answered, *(row.named for row in self.referees if row.named))
        if self.safeguards is None:
            return Sections(permits, kept.safeguards, referees)
        self.safeguards.is_valid()
        told = {
            name.removeprefix("safe_"): words
            for name, words in self.safeguards.cleaned_data.items()
        }
        names = Safeguards.__slots__
        there = {name: told.get(name, getattr(kept.safeguards, name)) for name in names}
        return Sections(permits, Safeguards(**there), referees)

    def mistakes_in(self, part: str) -> list[tuple[str, str]]:
        """Id and sentence of each mistake in one of these parts."""
        if part == "permits":
            return [each for row in self.permits for each in row.mistakes]
        if part == "references":
            return [each for row in self.referees for each in row.mistakes]
        if self.safeguards is None or part != "safeguarding":
            return []
        return mistakes.of(self.safeguards)

    def point_out(self, field: str, sentence: str) -> bool:
        """Show a sentence at its field; False where there is no such field here."""
        if self.safeguards is None or field not in self.safeguards.fields:
            return False
        if field not in self.safeguards.errors:
            self.safeguards.add_error(field, sentence)
        return True

    @property
    def limits(self) -> dict[str, int]:
        """The most words of each text."""
        texts_ = [name for name in SAFE if name != "safe_contact"] if self.safeguards else []
        return dict.fromkeys(texts_, sections.STATEMENT_WORDS)

    @property
    def titles(self) -> list[tuple[str, str]]:
        """Key and name of each of these parts."""
        return [(part, str(gaps.TITLES[part])) for part in self.asked]


def _permits(application: Application, data: Mapping[str, str]) -> list[PermitForm]:
    files = [(str(each.file.uuid), each.file.name) for each in attachments.of(application)]
    rows = [PermitForm(at, data, files) for at in range(MOST_PERMITS)]
    filled = max((row.number_on_page for row in rows if not row.is_blank), default=0)
    return rows[: min(MOST_PERMITS, max(FEWEST_ROWS, filled + 1))]


def as_typed(application: Application) -> dict[str, str]:
    """What is kept, as the form shows it."""
    kept = sections.of(application)
    is_named = "references" in sections.asked(application.round)
    said = people.as_typed(application) if is_named else {}
    for at, each in enumerate(kept.permits):
        told = {name: str(getattr(each, name) or "") for name in PERMIT_CELLS}
        said |= {f"permit-{at}-{name}": words for name, words in told.items()}
    for name in SAFE:
        said[name] = getattr(kept.safeguards, name.removeprefix("safe_"))
    return said
