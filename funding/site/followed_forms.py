"""Which paper is wanted, and over which days."""

import datetime as dt
from typing import Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from donors.forms.statements import AskForm
from funding.site.models import FollowedKind

STATEMENT: Final = "statement"
TRAIL: Final = FollowedKind.TRAIL.value
CERTIFICATE: Final = FollowedKind.CERTIFICATE.value
KINDS: Final = {
    CERTIFICATE: gettext_lazy("Certificate: one page for the wall or the board"),
    STATEMENT: gettext_lazy("Statement: every payment, with what went back"),
    TRAIL: gettext_lazy("Where the money went: every award, to the penny"),
}


class PaperForm(AskForm):
    """One of some kinds of papers, over days by their name or typed."""

    kind = forms.ChoiceField(
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose a paper."),
            "invalid_choice": gettext_lazy("Choose a paper from the list."),
        },
    )
    field_order = ("kind",)

    def __init__(
        self,
        *,
        kinds: tuple[str, ...],
        first: dt.date,
        today: dt.date,
        regime: str,
        sent: QueryDict | None = None,
    ) -> None:
        super().__init__(first=first, today=today, regime=regime, sent=sent)
        if len(kinds) == 1:
            del self.fields["kind"]
            return
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)
        kind.choices = [(each, KINDS[each]) for each in kinds]
        kind.initial = kinds[0]
