"""The part of the long form in which referees are named."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grants import naming, texts
from grants.forms import mistakes
from grants.models import MOST_REFEREES, Application
from grants.naming import Named


class RefereeForm(forms.Form):
    """One referee. A row in which nothing is written counts as none."""

    who = forms.CharField(max_length=120, required=False, label=gettext_lazy("Name of the referee"))
    organisation = forms.CharField(
        max_length=160, required=False, label=gettext_lazy("Organisation")
    )
    email = forms.EmailField(
        max_length=254,
        required=False,
        label=gettext_lazy("E-mail address"),
        widget=forms.TextInput(attrs={"inputmode": "email", "autocomplete": "off"}),
    )
    relation = forms.CharField(
        max_length=160, required=False, label=gettext_lazy("How they know you or the work")
    )
    agreed = forms.BooleanField(
        required=False, label=gettext_lazy("This person has agreed to be asked")
    )

    def __init__(self, at: int, data: Mapping[str, Any]) -> None:
        super().__init__(data, prefix=f"referee-{at}")
        self.number = at + 1
        for name in ("who", "organisation", "relation"):
            self.fields[name].widget.attrs["dir"] = "auto"

    @property
    def is_blank(self) -> bool:
        """Whether nobody is named in it."""
        return not any(self[name].value() for name in ("who", "organisation", "email", "relation"))

    @cached_property
    def named(self) -> Named | None:
        """Who is named, if it can be read."""
        if self.is_blank or not self.is_valid():
            return None
        said = self.cleaned_data
        return Named(
            texts.one_line(said["who"]),
            texts.one_line(said["organisation"]),
            said["email"],
            texts.one_line(said["relation"]),
            said["agreed"],
        )

    @property
    def mistakes(self) -> list[tuple[str, str]]:
        """Id and sentence of each mistake."""
        if self.is_blank:
            return []
        return mistakes.of(self, _("Referee %(number)s") % {"number": self.number})


CELLS: Final = tuple(RefereeForm.base_fields)
NAMES: Final = tuple(f"referee-{at}-{cell}" for at in range(MOST_REFEREES) for cell in CELLS)


def rows(application: Application, data: Mapping[str, Any]) -> list[RefereeForm]:
    """The rows in which somebody can be named: as many as have not answered."""
    there = len(naming.answered(application))
    return [RefereeForm(at, data) for at in range(MOST_REFEREES - there)]


def as_typed(application: Application) -> dict[str, str]:
    """Who is named and has not answered, as the form shows it."""
    done = naming.answered(application)
    open_ = [each for each in naming.of(application) if each not in done]
    said: dict[str, str] = {}
    for at, each in enumerate(open_):
        told = (each.name, each.organisation, each.email, each.relation)
        said |= dict(zip([f"referee-{at}-{cell}" for cell in CELLS], told, strict=False))
        said[f"referee-{at}-agreed"] = "on" if each.may_be_asked else ""
    return said
