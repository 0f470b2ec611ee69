"""What is wrong with a sum that somebody typed, in the language of who typed it."""

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from funding.money import MoneyError

# The sentences of `funding.money`, which knows of no languages.
SENTENCES: Final = (
    gettext_noop("Write the amount in digits, for example 25 or 25.50."),
    gettext_noop("Write the amount without a separator for thousands: %(plain)s."),
    gettext_noop("%(currency)s has no decimals."),
    gettext_noop("%(currency)s has two decimals."),
    gettext_noop("%(currency)s has three decimals."),
    gettext_noop("%(currency)s is not a currency we handle."),
)


def said(error: MoneyError) -> str:
    """The sentence in the language that is on."""
    return _(error.words) % error.facts if error.facts else _(error.words)
