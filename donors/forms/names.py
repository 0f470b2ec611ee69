"""The part of a form in which a giver asks for a name to be shown in public."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from donors.forms.tributes import one_line
from donors.models.public_names import MOST_NAME_LETTERS
from donors.public_names import NotAName, Shown, check


class NameForm(forms.Form):
    """Whether a name is shown, which one, and whether the sum stands by it. Off by itself."""

    shows_name = forms.BooleanField(
        required=False, label=gettext_lazy("Show my name with this gift")
    )
    shown_name = forms.CharField(
        required=False,
        max_length=MOST_NAME_LETTERS,
        label=gettext_lazy("The name as it is to be shown"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
        error_messages={"max_length": gettext_lazy("Write a name of at most 60 letters.")},
    )
    shows_sum = forms.BooleanField(required=False, label=gettext_lazy("And the sum"))

    def clean(self) -> dict[str, Any]:
        """A name that is to be shown has to be one; without the tick nothing of it counts."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        # What stands in a field that does not count keeps nobody from giving.
        if not data.get("shows_name"):
            self.errors.pop("shown_name", None)
        elif "shown_name" not in self.errors:
            data["shown_name"] = one_line(data.get("shown_name") or "")
            try:
                check(Shown(data["shown_name"]))
            except NotAName as refusal:
                self.add_error("shown_name", refusal.sentence)
        return data

    def public_name(self) -> Shown | None:
        """What a valid form asks for; None for no name."""
        data = self.cleaned_data
        return Shown(data["shown_name"], data["shows_sum"]) if data["shows_name"] else None


def values_of(shown: Shown | None) -> dict[str, object]:
    """What a form starts with that shows a choice."""
    if shown is None:
        return {}
    return {"shows_name": True, "shown_name": shown.name, "shows_sum": shown.with_sum}
