"""The part of the giving form in which a British taxpayer declares Gift Aid."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy

from donors.giftaid.declarations import NotDeclared, Taxpayer, check
from donors.models import Scope

FIELDS: Final = ["gift_aid", "first_name", "last_name", "house", "postcode", "aid_title"]
_SCOPES: Final[list[tuple[str, Any]]] = [
    ("", gettext_lazy("No")),
    (Scope.ONE, gettext_lazy("For this gift")),
    (Scope.ALL, gettext_lazy("For all my gifts")),
]


class AidForm(forms.Form):
    """Which gifts a taxpayer declares, and who they are. Left empty: none."""

    gift_aid = forms.ChoiceField(
        required=False,
        choices=_SCOPES,
        error_messages={"invalid_choice": gettext_lazy("Choose one of these.")},
    )
    first_name = forms.CharField(required=False, max_length=35)
    last_name = forms.CharField(required=False, max_length=35)
    house = forms.CharField(required=False, max_length=40)
    postcode = forms.CharField(required=False, max_length=9)
    aid_title = forms.CharField(required=False, max_length=4)

    def clean(self) -> dict[str, Any]:
        """A declaration needs a taxpayer as the tax office takes one."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("gift_aid") and not set(FIELDS) & set(self.errors):
            try:
                check(self.taxpayer())
            except NotDeclared as refusal:
                self.add_error("gift_aid", refusal.sentence)
        return data

    def taxpayer(self) -> Taxpayer:
        """Who declares."""
        names = ("aid_title", "first_name", "last_name", "house", "postcode")
        return Taxpayer(*(self.cleaned_data.get(name) or "" for name in names))

    @property
    def scopes(self) -> list[tuple[str, str, bool]]:
        """Every choice with its words, and whether it is chosen."""
        value = str(self["gift_aid"].value() or "")
        return [(each, label, each == value) for each, label in _SCOPES]

    @property
    def is_declared(self) -> bool:
        """Whether anything of it is written."""
        return any(self[name].value() for name in FIELDS)
