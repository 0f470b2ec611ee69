"""What visitors may ask the lists of projects for."""

from typing import Any, Final

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from grants.models import Area, Project, Theme

# The country of work in several countries, which has none of its own.
RANGE: Final = "range"


class ProjectFilter(forms.Form):
    """Country, theme and area. A word that is not on the list asks for nothing."""

    country = forms.ChoiceField(label=_("Country"), required=False)
    theme = forms.ChoiceField(label=_("Theme"), required=False)
    area = forms.ChoiceField(label=_("Area"), required=False)

    def __init__(self, asked: Any, shown: QuerySet[Project]) -> None:  # noqa: ANN401
        super().__init__(asked)
        codes = shown.order_by().values_list("country", flat=True).distinct()
        named = sorted((str(countries.name(code)), code) for code in codes if code)
        places = [(code, name) for name, code in named]
        if any(not code for code in codes):
            places.append((RANGE, str(_("Across the range"))))
        self._choose("country", _("All countries"), places)
        themes, areas = Theme.objects.all(), Area.objects.all()
        self._choose("theme", _("All themes"), [(each.code, each.label) for each in themes])
        self._choose("area", _("All areas"), [(each.slug, each.label) for each in areas])
        self.full_clean()

    def _choose(self, name: str, every: object, choices: Any) -> None:  # noqa: ANN401
        self.fields[name].choices = [("", every), *choices]  # type: ignore[attr-defined]

    @property
    def is_filtered(self) -> bool:
        """Whether less than everything was asked for."""
        return any(self.cleaned_data.values())

    def found(self, shown: QuerySet[Project]) -> QuerySet[Project]:
        """What of the shown was asked for."""
        asked = {name: word for name, word in self.cleaned_data.items() if word}
        if asked.get("country") == RANGE:
            asked["country"] = ""
        return shown.filter(**asked)
