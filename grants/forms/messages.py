"""A message to the other side of an application."""

from django import forms
from django.utils.translation import gettext_lazy

from grants.models.messages import LONGEST


class MessageForm(forms.Form):
    """What those who apply write to the office."""

    # How long it is counts without the line ends of the browser, so the rule counts.
    text = forms.CharField(
        strip=False,
        label=gettext_lazy("Your message"),
        widget=forms.Textarea(attrs={"rows": 6, "maxlength": LONGEST}),
        error_messages={
            "required": gettext_lazy("Write what you want to say."),
            "null_characters_not_allowed": gettext_lazy(
                "There is a character in this text that cannot be sent."
            ),
        },
    )


class OfficeMessageForm(MessageForm):
    """What an officer writes to those who apply."""

    show = forms.BooleanField(
        required=False, label=gettext_lazy("The committee reads this message too")
    )
