"""What the officer asks of applications."""

from typing import Any

from django import forms
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grants import countries
from grants.forms.applying import ACROSS
from grants.models import ApplicationState, Round, Theme
from grants.models.applications import ApplicationQuerySet


class ApplicationFilters(forms.Form):
    """Which applications are shown. A filter that makes no sense is left out."""

    q = forms.CharField(
        required=False,
        max_length=100,
        label=gettext_lazy("Title, organisation or person"),
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    round = forms.ChoiceField(required=False, label=gettext_lazy("Round"))
    state = forms.ChoiceField(required=False, label=gettext_lazy("State"))
    country = forms.ChoiceField(required=False, label=gettext_lazy("Country"))
    theme = forms.ChoiceField(required=False, label=gettext_lazy("Theme"))

    def __init__(
        self, asked: QueryDict, sent: ApplicationQuerySet, nameless: frozenset[int] = frozenset()
    ) -> None:
        """`nameless` are found by their title alone."""
        super().__init__(asked)
        self.sent, self.nameless = sent, nameless
        states = [each for each in ApplicationState.choices if each[0] != ApplicationState.DRAFT]
        self._choose("round", _("All rounds"), list(Round.objects.values_list("slug", "name")))
        self._choose("state", _("All states"), states)
        codes = set(sent.order_by().values_list("project__country", flat=True).distinct())
        known = {*countries.RANGE, *codes} - {""}
        named = sorted((countries.name(code), code) for code in known)
        across = [(ACROSS, _("The whole range"))] if "" in codes else []
        places = [*((code, name) for name, code in named), *across]
        self._choose("country", _("All countries"), places)
        self._choose("theme", _("All themes"), list(Theme.objects.values_list("code", "name")))

    def _choose(self, name: str, everything: str, choices: list[tuple[Any, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", everything), *choices]

    def asked(self) -> dict[str, Any]:
        """What makes sense of it."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def rows(self) -> ApplicationQuerySet:
        """Those of the sent that were asked for, the newest first."""
        asked = self.asked()
        names = {
            "round": "round__slug",
            "state": "state",
            "country": "project__country",
            "theme": "project__theme",
        }
        if asked.get("country") == ACROSS:
            asked["country"] = ""
        rows = self.sent.filter(
            **{column: asked[name] for name, column in names.items() if name in asked}
        )
        if word := asked.get("q"):
            who = (
                Q(project__organisation__name__icontains=word)
                | Q(applicant__name__icontains=word)
                | Q(applicant__email__icontains=word)
            )
            rows = rows.filter(Q(project__title__icontains=word) | who & ~Q(pk__in=self.nameless))
        return rows.order_by("-submitted_at", "-pk")
