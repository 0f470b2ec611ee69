"""What the officer asks of applications, and the form of a round."""

import datetime as dt
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from funding.ledger.models import Fund
from funding.money import Money, MoneyError, parse
from funding.parties.models import Entity
from grants import countries, rounds, texts
from grants import terms as calls
from grants.forms.applying import ACROSS
from grants.models import ApplicationState, Round, Theme
from grants.models.applications import ApplicationQuerySet
from grants.rounds import Phase
from grants.terms import Terms

_LOCAL: Final = "%Y-%m-%dT%H:%M"
# What of a round may still move once people can apply, and only to later.
_MOVES: Final = frozenset({"closes", "grace", "decides_on"})


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

    def __init__(self, asked: QueryDict, sent: ApplicationQuerySet) -> None:
        super().__init__(asked)
        self.sent = sent
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
            rows = rows.filter(
                Q(project__title__icontains=word)
                | Q(project__organisation__name__icontains=word)
                | Q(applicant__name__icontains=word)
                | Q(applicant__email__icontains=word)
            )
        return rows.order_by("-submitted_at", "-pk")


class RoundForm(forms.Form):
    """A round as the officer writes it. Hours are those of the receiving body's clock."""

    name = forms.CharField(max_length=120, label=gettext_lazy("Name"))
    call = forms.CharField(
        required=False,
        label=gettext_lazy("The call"),
        help_text=gettext_lazy("Who may ask for what. Shown to everybody."),
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    criteria = forms.CharField(
        required=False,
        label=gettext_lazy("By what the committee decides"),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    maximum = forms.CharField(max_length=30, label=gettext_lazy("The most that one may ask for"))
    opens = forms.DateTimeField(label=gettext_lazy("Opens"), input_formats=[_LOCAL])
    closes = forms.DateTimeField(label=gettext_lazy("Closes"), input_formats=[_LOCAL])
    grace = forms.IntegerField(
        min_value=0,
        max_value=240,
        initial=30,
        label=gettext_lazy("Minutes after the end in which a slow line may still send"),
    )
    decides_on = forms.DateField(
        label=gettext_lazy("Applicants hear by"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(
        self, entity: Entity, sent: QueryDict | None = None, *, of: Round | None = None
    ) -> None:
        super().__init__(sent, initial=self._told(of) if of else None)
        self.entity, self.zone, self.of = entity, ZoneInfo(entity.zone), of
        # People can apply or could, so what they were told stays.
        self.is_running = of is not None and rounds.phase(of) in {Phase.OPEN, Phase.CLOSED}
        self.pots = self._funds()
        for name in ("opens", "closes"):
            attrs = {"type": "datetime-local"}
            self.fields[name].widget = forms.DateTimeInput(attrs=attrs, format=_LOCAL)
            self.fields[name].help_text = _("By the clock of %(zone)s.") % {"zone": entity.zone}
        for fund in self.pots:
            self.fields[f"fund_{fund.pk}"] = forms.CharField(
                required=False, max_length=30, label=fund.name
            )
        for name, field in self.fields.items():
            field.disabled = self.is_running and name not in _MOVES

    def _funds(self) -> list[Fund]:
        named = rounds.funds_for(self.entity)
        if self.of is None:
            return list(named)
        # One that was closed since still stands in the round.
        drawn = Fund.objects.filter(pk__in=self.of.funds.values("fund_id"))
        return list((named | drawn).distinct())

    @staticmethod
    def _told(of: Round) -> dict[str, object]:
        terms, zone = calls.of(of), ZoneInfo(of.entity.zone)
        told: dict[str, object] = {
            "name": terms.name,
            "call": terms.call,
            "criteria": terms.criteria,
            "maximum": Money(terms.maximum_minor, of.currency).plain(),
            "opens": terms.opens_at.astimezone(zone).replace(tzinfo=None),
            "closes": terms.closes_at.astimezone(zone).replace(tzinfo=None),
            "grace": terms.grace_minutes,
            "decides_on": terms.decides_on,
        }
        return told | {
            f"fund_{fund_id}": Money(minor, of.currency).plain()
            for fund_id, minor in terms.envelopes
        }

    def clean_maximum(self) -> Money:
        """A sum above zero."""
        return self._sum("maximum")

    def clean(self) -> dict[str, Any]:
        """Each fund's sum, where one is written, and hours as instants."""
        cleaned = super().clean() or self.cleaned_data
        for name in ("opens", "closes"):
            if cleaned.get(name):
                cleaned[f"{name}_at"] = self._instant(name, cleaned[name])
        for fund in self.pots:
            if cleaned.get(f"fund_{fund.pk}"):
                try:
                    cleaned[f"fund_{fund.pk}"] = self._sum(f"fund_{fund.pk}")
                except forms.ValidationError as error:
                    self.add_error(f"fund_{fund.pk}", error)
        return cleaned

    def terms(self) -> Terms:
        """What was written, once it is valid."""
        said = self.cleaned_data
        return Terms(
            name=said["name"] if self.is_running else texts.one_line(said["name"]),
            call=self._text("call"),
            criteria=self._text("criteria"),
            maximum_minor=said["maximum"].minor,
            opens_at=said["opens_at"],
            closes_at=said["closes_at"],
            grace_minutes=said["grace"],
            decides_on=said["decides_on"],
            envelopes=tuple(
                (fund.pk, said[f"fund_{fund.pk}"].minor)
                for fund in self.pots
                if said[f"fund_{fund.pk}"]
            ),
        )

    def refused(self, field: str, sentence: str) -> None:
        """Put a rule's sentence where the mistake is, if the form has such a field."""
        self.add_error(field if field in self.fields else None, sentence)

    def envelopes(self) -> list[tuple[Fund, forms.BoundField]]:
        """The field of each fund, for the page."""
        return [(fund, self[f"fund_{fund.pk}"]) for fund in self.pots]

    def words(self) -> list[forms.BoundField]:
        """The other fields, in their order."""
        return [field for field in self if not field.name.startswith("fund_")]

    def _sum(self, name: str) -> Money:
        try:
            money = parse(str(self.cleaned_data[name]), self.entity.currency)
        except MoneyError:
            sentence = _("Write the sum as a number, such as 8,000.00.")
            raise forms.ValidationError(sentence) from None
        if money.minor <= 0:
            raise forms.ValidationError(_("Write a sum above zero."))
        return money

    def _text(self, name: str) -> str:
        text: str = self.cleaned_data[name]
        return text if self.is_running else texts.paragraphs(text)

    def _instant(self, name: str, typed: dt.datetime) -> dt.datetime:
        # Django takes what is typed for UTC; the officer meant the body's own clock.
        meant = typed.replace(tzinfo=self.zone)
        # The form knows minutes only; what was not touched keeps its seconds.
        was: dt.datetime | None = getattr(self.of, f"{name}_at", None)
        if was and was.replace(second=0, microsecond=0) == meant.replace(second=0, microsecond=0):
            return was
        there = meant.astimezone(dt.UTC).astimezone(self.zone)
        if there.replace(tzinfo=None) != meant.replace(tzinfo=None):
            self.add_error(name, _("The clocks skip this hour on that day."))
        elif meant.utcoffset() != meant.replace(fold=1).utcoffset():
            self.add_error(name, _("This hour comes twice on that day."))
        return meant.astimezone(dt.UTC)
