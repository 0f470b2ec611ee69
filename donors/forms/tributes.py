"""The part of a form in which a gift is dedicated, and a card is ordered or changed."""

import re
import unicodedata
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from donors.models import PledgeTribute, Tribute, TributeKind
from donors.tributes import Dedication, NotForACard, check

# Marks that turn the direction of writing could make one name look like another.
_DIRECTION_MARKS: Final = dict.fromkeys(
    [0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
)
_KINDS: Final[list[tuple[str, Any]]] = [
    ("", gettext_lazy("No")),
    ("honour", gettext_lazy("In honour of")),
    ("memory", gettext_lazy("In memory of")),
]
FIELDS: Final = ["tribute", "honoree", "tribute_words", "card_name", "card_email", "card_on"]


def one_line(text: str) -> str:
    """The text on one line, without characters that cannot be seen."""
    seen = "".join(
        c
        for c in text.translate(_DIRECTION_MARKS)
        if unicodedata.category(c) != "Cc" or c.isspace()
    )
    return re.sub(r"\s+", " ", seen).strip()


class TributeForm(forms.Form):
    """Whom a gift is for, with the giver's words, and who gets a card, and when."""

    tribute = forms.ChoiceField(
        required=False,
        choices=_KINDS,
        error_messages={"invalid_choice": gettext_lazy("Choose one of these.")},
    )
    honoree = forms.CharField(required=False, max_length=120)
    tribute_words = forms.CharField(
        required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"})
    )
    card_name = forms.CharField(required=False, max_length=120)
    card_email = forms.EmailField(
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={
            "invalid": gettext_lazy("Write an e-mail address such as name@example.org.")
        },
    )
    card_on = forms.DateField(
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": gettext_lazy("Write a day, such as 2027-04-23.")},
    )

    def clean(self) -> dict[str, Any]:
        """A dedication needs a name, and a card needs both a name and an address."""
        data = self.cleaned_data
        for name in ("honoree", "card_name"):
            data[name] = one_line(data.get(name) or "")
        lines = (data.get("tribute_words") or "").splitlines()
        data["tribute_words"] = "\n".join(one_line(line) for line in lines).strip()
        written = any(data.get(name) for name in FIELDS[1:])
        if "tribute" in data and "card_email" in data and "card_on" in data:
            if data["tribute"]:
                self._check_dedication(data)
            elif written:
                self.add_error("tribute", _("Choose whether it is in honour or in memory."))
        return data

    def _check_dedication(self, data: dict[str, Any]) -> None:
        email, name = data["card_email"], data["card_name"]
        if not data["honoree"]:
            self.add_error("honoree", _("Write whom the gift is for."))
        if email and not name:
            self.add_error("card_name", _("Write the name of whoever gets the card."))
        if (name or data["card_on"]) and not email:
            self.add_error("card_email", _("Write the address to which the card goes."))
        if not self.errors and (dedication := self.dedication()):
            try:
                check(dedication)
            except NotForACard as refusal:
                self.add_error("tribute", refusal.sentence)

    def dedication(self) -> Dedication | None:
        """What a valid form asks for."""
        data = self.cleaned_data
        if not data.get("tribute"):
            return None
        return Dedication(
            kind=TributeKind(data["tribute"]),
            honoree=data["honoree"],
            words=data["tribute_words"],
            to_name=data["card_name"],
            to_email=(data["card_email"] or "").strip().lower(),
            send_on=data["card_on"],
        )

    @property
    def kinds(self) -> list[tuple[str, str, bool]]:
        """Every choice with its words, and whether it is chosen."""
        value = str(self["tribute"].value() or "")
        return [(each, label, each == value) for each, label in _KINDS]

    @property
    def is_dedicated(self) -> bool:
        """Whether anything of it is written."""
        return any(self[name].value() for name in FIELDS)


class CardForm(TributeForm):
    """A card that waits, as its giver changes it."""

    def __init__(self, tribute: Tribute, sent: QueryDict | None = None) -> None:
        super().__init__(sent, initial=values_of(tribute))
        self.fields["tribute"].required = True

    @property
    def mistakes(self) -> list[tuple[str, str]]:
        """Field and sentence of every mistake; no field for what the rule said."""
        return [
            ("" if name == "__all__" else name, str(error))
            for name, errors in self.errors.items()
            for error in errors
        ]


def values_of(tribute: Tribute | PledgeTribute) -> dict[str, object]:
    """What a form starts with that shows a tribute."""
    return {
        "tribute": tribute.kind,
        "honoree": tribute.honoree,
        "tribute_words": tribute.words,
        "card_name": tribute.to_name,
        "card_email": tribute.to_email,
        "card_on": tribute.send_on if tribute.to_email else None,
    }
