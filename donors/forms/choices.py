"""What a donor agrees to, where a card may go, and which currency the giving form starts with."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from donors.consents import WORDINGS, Choices
from donors.forms.giving import CURRENCIES
from donors.models import Purpose
from donors.models.people import MOST_ADDRESS_LETTERS


class ChoicesForm(forms.Form):
    """A box for each purpose. Whether the answers go together is judged by the rule."""

    agreed = forms.MultipleChoiceField(
        required=False, choices=[(each.value, each.label) for each in WORDINGS]
    )
    address = forms.CharField(
        required=False,
        max_length=MOST_ADDRESS_LETTERS,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "street-address", "dir": "auto"}),
        error_messages={"max_length": gettext_lazy("Write an address of at most 400 characters.")},
    )
    currency = forms.ChoiceField(
        required=False,
        choices=[("", gettext_lazy("As the page proposes")), *CURRENCIES.items()],
        error_messages={"invalid_choice": gettext_lazy("Choose a currency from the list.")},
    )

    def __init__(
        self, sent: QueryDict | None = None, initial: dict[str, Any] | None = None
    ) -> None:
        super().__init__(sent, initial=initial)

    @property
    def choices(self) -> Choices:
        """What a valid form answers."""
        data = self.cleaned_data
        agreed = frozenset(Purpose(each) for each in data["agreed"])
        return Choices(agreed=agreed, address=data["address"])

    @property
    def mistakes(self) -> list[tuple[str, str]]:
        """Each mistake with its field; an empty name where it is the whole form's."""
        return [
            ("" if name == "__all__" else name, str(error))
            for name, errors in self.errors.items()
            for error in errors
        ]
