"""What a treasurer may ask of regular gifts that were taken over: filters, and who is meant."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from donors.forms.treasury import Filters
from donors.models import EarlierPledge, EarlierState


class EarlierFilters(Filters):
    """Which of them are shown. The days are those on which they were taken over."""

    states = [(state.value, str(state.label)) for state in EarlierState]

    def __init__(self, asked: QueryDict) -> None:
        super().__init__(asked)
        self.fields["q"].label = _("E-mail, name or reference")

    def rows(self) -> QuerySet[EarlierPledge]:
        """Those asked for, the newest first."""
        asked = self.asked()
        rows = EarlierPledge.objects.filter(self.span("taken_at"))
        if words := asked.get("q", "").strip():
            which = Q(donor_name__icontains=words) | Q(donor__email__icontains=words)
            rows = rows.filter(which | Q(reference__icontains=words))
        for name, column in (("state", "state"), ("fund", "fund__slug"), ("currency", "currency")):
            if name in asked:
                rows = rows.filter(**{column: asked[name]})
        return rows.select_related("donor", "fund", "entity", "batch", "pledge").order_by("-pk")


class ChosenForm(forms.Form):
    """What is to be done, and with which of them."""

    do = forms.ChoiceField(choices=[(each, each) for each in ("invite", "invite_all", "end")])
    chosen = forms.TypedMultipleChoiceField(coerce=int, required=False)

    def __init__(self, sent: QueryDict) -> None:
        super().__init__(sent)
        field = self.fields["chosen"]
        assert isinstance(field, forms.MultipleChoiceField)
        # A number that is none of ours chooses nothing.
        field.choices = [(pk, pk) for pk in _numbers(sent.getlist("chosen"))]

    def clean(self) -> dict[str, Any]:
        """Somebody has to be chosen, unless all are meant."""
        data = super().clean() or {}
        if data.get("do") != "invite_all" and not data.get("chosen"):
            raise forms.ValidationError(_("Choose some of them first."))
        return data

    def rows(self, shown: QuerySet[EarlierPledge]) -> QuerySet[EarlierPledge]:
        """Those that are meant, of those that the filter shows."""
        if self.cleaned_data["do"] == "invite_all":
            return shown
        return shown.filter(pk__in=self.cleaned_data["chosen"])


def _numbers(texts: list[str]) -> list[int]:
    return [int(each) for each in texts if each.isascii() and each.isdigit() and len(each) < 19]
