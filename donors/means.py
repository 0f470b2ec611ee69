"""How a gift was paid, in the reader's language.

It is kept in English, such as 'Card ending 4242', in rows and in what was frozen for receipts.
"""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

_NAMES: Final[dict[str, Promise]] = {
    "Card": gettext_lazy("Card"),
    "SEPA Direct Debit": gettext_lazy("SEPA Direct Debit"),
    "Bacs Direct Debit": gettext_lazy("Bacs Direct Debit"),
    "Bank transfer": gettext_lazy("Bank transfer"),
    "Cheque": gettext_lazy("Cheque"),
    "Cash": gettext_lazy("Cash"),
}


def said(method: str) -> str:
    """'Card ending 4242' as it stands in a sentence; what is not known stays as it is."""
    name, ending, digits = method.partition(" ending ")
    means = str(_NAMES.get(name, name))
    if not ending:
        return means
    return gettext("%(means)s ending %(digits)s") % {"means": means, "digits": digits}
