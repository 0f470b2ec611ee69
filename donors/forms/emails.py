"""Which of a person's addresses is to change, and into what."""

from collections.abc import Sequence

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy


class EmailForm(forms.Form):
    """An address of theirs and a new one. Whether it may be is judged by the rule."""

    old = forms.ChoiceField(
        error_messages={
            "required": gettext_lazy("Choose one of your own addresses."),
            "invalid_choice": gettext_lazy("Choose one of your own addresses."),
        }
    )
    new = forms.EmailField(
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "dir": "ltr"}),
        error_messages={
            "required": gettext_lazy("Write your new e-mail address."),
            "invalid": gettext_lazy("Write an e-mail address such as name@example.org."),
        },
    )

    def __init__(self, addresses: Sequence[str], sent: QueryDict | None = None) -> None:
        super().__init__(sent, initial={"old": next(iter(addresses), "")})
        field = self.fields["old"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(each, each) for each in addresses]

    @property
    def mistakes(self) -> list[tuple[str, str]]:
        """Each mistake with its field."""
        return [(name, str(error)) for name, errors in self.errors.items() for error in errors]
