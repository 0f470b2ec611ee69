"""What visitors may ask the lists of projects and of grants for."""

from typing import Any, Final

from django import forms
from django.db.models import Q, QuerySet
from django.db.models.functions import ExtractYear
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from funding.ledger.models import Fund
from grants.models import Area, Project, Theme
from grants.register import Awards

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


class GrantFilter(forms.Form):
    """Words, the year of the decision, country and fund. What makes no sense asks for nothing."""

    q = forms.CharField(
        label=_("Project or organisation"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    year = forms.ChoiceField(label=_("Year"), required=False)
    country = forms.ChoiceField(label=_("Country"), required=False)
    fund = forms.ChoiceField(label=_("Fund"), required=False)

    def __init__(self, asked: Any, shown: Awards) -> None:  # noqa: ANN401
        super().__init__(asked)
        public = shown.filter(is_public=True).order_by()
        codes = public.values_list("application__project__country", flat=True).distinct()
        named = sorted((str(countries.name(code)), code) for code in codes if code)
        places = [(code, name) for name, code in named]
        if any(not code for code in codes):
            places.append((RANGE, str(_("Across the range"))))
        years = shown.order_by().values_list(ExtractYear("decided_on"), flat=True).distinct()
        drawn = Fund.objects.filter(pk__in=shown.order_by().values("shares__fund"))
        self._choose("year", _("All years"), [(each, each) for each in sorted(years)[::-1]])
        self._choose("country", _("All countries"), places)
        self._choose("fund", _("All funds"), drawn.values_list("slug", "name"))
        self.full_clean()

    def _choose(self, name: str, every: object, choices: Any) -> None:  # noqa: ANN401
        self.fields[name].choices = [("", every), *choices]  # type: ignore[attr-defined]

    @property
    def is_filtered(self) -> bool:
        """Whether less than everything was asked for."""
        return any(self.cleaned_data.values())

    def found(self, shown: Awards) -> Awards:
        """What of the shown was asked for. Only of what is published a word or a place finds it."""
        asked = self.cleaned_data
        if words := asked.get("q"):
            project = "application__project__"
            named = Q(**{f"{project}title__icontains": words})
            named |= Q(**{f"{project}organisation__name__icontains": words})
            named |= Q(**{f"{project}summary__icontains": words})
            shown = shown.filter(named, is_public=True)
        if country := asked.get("country"):
            place = "" if country == RANGE else country
            shown = shown.filter(application__project__country=place, is_public=True)
        if year := asked.get("year"):
            shown = shown.filter(decided_on__year=int(year))
        if fund := asked.get("fund"):
            shown = shown.filter(shares__fund__slug=fund)
        return shown
