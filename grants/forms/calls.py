"""The form of a round: its words, dates and money, its steps, its limits and its questions."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final
from uuid import uuid4
from zoneinfo import ZoneInfo

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from funding.ledger.models import Fund
from funding.money import Money, MoneyError, parse
from funding.parties.models import Entity
from grants import rounds, texts
from grants import terms as calls
from grants.budgets import Category
from grants.forms import call_rows
from grants.forms.call_rows import ASKED, CONDITIONS, Row
from grants.models import Round
from grants.rounds import Phase
from grants.terms import Limits, Sections, Steps, Terms

_LOCAL: Final = "%Y-%m-%dT%H:%M"
# What of a round may still move once people can apply, and only to later.
_MOVES: Final = frozenset({"closes", "grace", "decides_on", "marks_due"})
_INSTANTS: Final = ("opens", "closes", "marks_due")
_SUMS: Final = ("maximum", "most_per_country", "sliver")
_WORDS: Final = (
    "name",
    "call",
    "criteria",
    "maximum",
    "opens",
    "closes",
    "grace",
    "decides_on",
)
_STEPS: Final = (
    "checks_first",
    "checklist",
    "reviews",
    "marks_due",
    "is_blind",
    "is_ratified",
)
_SECTIONS: Final = ("asks_permits", "asks_safeguards", "asks_references")
_LIMITS: Final = ("bar", "most_per_country", "most_per_applicant", "most_of_fund", "sliver")
_MARK: Final = re.compile(r"[0-9](?:[.,][0-9]{1,2})?")


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
    checks_first = forms.BooleanField(
        required=False,
        label=gettext_lazy("The officer checks each application before the committee sees it"),
    )
    checklist = forms.CharField(
        required=False,
        max_length=3000,
        label=gettext_lazy("What is checked, one line each"),
        help_text=gettext_lazy("Empty: the usual list, which the call then shows."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    reviews = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=calls.MOST_REVIEWS,
        label=gettext_lazy("How many members review each application"),
        help_text=gettext_lazy("Empty or 0: nobody gives marks."),
    )
    marks_due = forms.DateTimeField(
        required=False, label=gettext_lazy("Marks are due"), input_formats=[_LOCAL]
    )
    is_blind = forms.BooleanField(
        required=False,
        label=gettext_lazy("Hide who applies from each member until their own review is in"),
    )
    is_ratified = forms.BooleanField(
        required=False,
        label=gettext_lazy("A trustee of the accountable body ratifies what the committee adopts"),
    )
    asks_permits = forms.BooleanField(
        required=False,
        label=gettext_lazy("Which permits the work needs, and which are held or applied for"),
    )
    asks_safeguards = forms.BooleanField(
        required=False,
        label=gettext_lazy("How animals and people are kept safe, and whether people agreed"),
    )
    asks_references = forms.BooleanField(
        required=False,
        label=gettext_lazy("Up to three people who know the work and are asked by mail"),
    )
    bar = forms.CharField(
        required=False,
        max_length=10,
        label=gettext_lazy("The lowest mean mark that can be funded"),
        help_text=gettext_lazy("Such as 2.5. Empty: no bar."),
    )
    most_per_country = forms.CharField(
        required=False, max_length=30, label=gettext_lazy("The most for one country")
    )
    most_per_applicant = forms.IntegerField(
        required=False, label=gettext_lazy("The most awards for one organisation")
    )
    most_of_fund = forms.IntegerField(
        required=False, label=gettext_lazy("The most of a fund that one award may take, per cent")
    )
    sliver = forms.CharField(
        required=False,
        max_length=30,
        label=gettext_lazy("The least that a fund pays of an award"),
        help_text=gettext_lazy("A fund pays this much of an award, or nothing."),
    )
    key = forms.UUIDField(required=False, widget=forms.HiddenInput)
    asked_rows = forms.CharField(required=False, widget=forms.HiddenInput)
    conditions_rows = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        entity: Entity,
        sent: QueryDict | None = None,
        *,
        of: Round | None = None,
        more: str = "",
    ) -> None:
        """`more` is the sort of row of which one is added: nothing is checked or kept then."""
        super().__init__(None if more else sent, initial=self._told(of) if of else None)
        self.entity, self.zone, self.of = entity, ZoneInfo(entity.zone), of
        # People can apply or could, so what they were told stays.
        self.is_running = of is not None and rounds.phase(of) in {Phase.OPEN, Phase.CLOSED}
        self.was = calls.of(of) if of else None
        self.pots = self._funds()
        for name in _INSTANTS:
            attrs = {"type": "datetime-local"}
            self.fields[name].widget = forms.DateTimeInput(attrs=attrs, format=_LOCAL)
            self.fields[name].help_text = _("By the clock of %(zone)s.") % {"zone": entity.zone}
        for fund in self.pots:
            self.fields[f"fund_{fund.pk}"] = forms.CharField(
                required=False, max_length=30, label=fund.name
            )
        for kind in Category:
            self.fields[f"cost_{kind.value}"] = forms.IntegerField(required=False, label=kind.label)
        self.initial["key"] = uuid4()
        self.rows = self._lay_rows(sent, more)
        for name, field in self.fields.items():
            field.disabled = self.is_running and name not in _MOVES
        if more and sent is not None:
            self._keep_typed(sent)

    def _lay_rows(self, sent: QueryDict | None, more: str) -> dict[str, int]:
        number = {}
        for sort in (ASKED, CONDITIONS):
            kept = len(getattr(self.was, sort)) if self.was else 0
            rows = kept if self.is_running else call_rows.wanted(sent, sort, kept)
            number[sort] = min(calls.MOST_QUESTIONS, rows + (more == sort))
            self.fields |= call_rows.fields(sort, number[sort])
            self.initial[f"{sort}_rows"] = number[sort]
        return number

    def _keep_typed(self, sent: QueryDict) -> None:
        for name, field in self.fields.items():
            if not field.disabled and not name.endswith("_rows") and name in sent:
                self.initial[name] = str(sent[name]).replace("\0", "")
            elif not field.disabled and isinstance(field, forms.BooleanField):
                self.initial[name] = False

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
        steps, limits = terms.steps, terms.limits

        def local(at: dt.datetime | None) -> dt.datetime | None:
            return at.astimezone(zone).replace(tzinfo=None) if at else None

        def plain(minor: int | None) -> str:
            return Money(minor, of.currency).plain() if minor else ""

        told: dict[str, object] = {
            "name": terms.name,
            "call": terms.call,
            "criteria": terms.criteria,
            "maximum": plain(terms.maximum_minor),
            "opens": local(terms.opens_at),
            "closes": local(terms.closes_at),
            "grace": terms.grace_minutes,
            "decides_on": terms.decides_on,
            "checks_first": steps.checks_first,
            "checklist": steps.checklist,
            "reviews": steps.reviews_wanted,
            "marks_due": local(steps.marks_due_at),
            "is_blind": steps.is_blind,
            "is_ratified": steps.is_ratified,
            **{name: getattr(terms.sections, name) for name in _SECTIONS},
            "bar": str(Decimal(limits.bar) / 100) if limits.bar else "",
            "most_per_country": plain(limits.most_per_country_minor),
            "most_per_applicant": limits.most_per_applicant,
            "most_of_fund": limits.most_of_fund_percent,
            "sliver": plain(limits.sliver_minor),
        }
        told |= {f"fund_{fund_id}": plain(minor) for fund_id, minor in terms.envelopes}
        told |= {f"cost_{kind}": percent for kind, percent in terms.cost_limits}
        return told | call_rows.told(terms.asked, terms.conditions)

    def clean_bar(self) -> int:
        """A mark times a hundred."""
        typed = self.cleaned_data["bar"]
        if not typed:
            return 0
        if not _MARK.fullmatch(typed):
            raise forms.ValidationError(_("Write the bar as a mark, such as 2.5."))
        return int(Decimal(typed.replace(",", ".")) * 100)

    def clean(self) -> dict[str, Any]:
        """Each sum, where one is written, hours as instants, and rows that are whole."""
        cleaned = super().clean() or self.cleaned_data
        for name in _INSTANTS:
            if cleaned.get(name):
                cleaned[f"{name}_at"] = self._instant(name, cleaned[name])
        for name in (*_SUMS, *(f"fund_{fund.pk}" for fund in self.pots)):
            if cleaned.get(name):
                try:
                    cleaned[name] = self._sum(name)
                except forms.ValidationError as error:
                    self.add_error(name, error)
        for sort, number in self.rows.items():
            call_rows.must_be_whole(self, sort, number)
        return cleaned

    def terms(self) -> Terms:
        """What was written, once it is valid."""
        said = self.cleaned_data
        if self.was and self.is_running:
            steps = replace(self.was.steps, marks_due_at=said.get("marks_due_at"))
            return replace(
                self.was,
                closes_at=said["closes_at"],
                grace_minutes=said["grace"],
                decides_on=said["decides_on"],
                steps=steps,
            )
        return Terms(
            name=texts.one_line(said["name"]),
            call=texts.paragraphs(said["call"]),
            criteria=texts.paragraphs(said["criteria"]),
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
            steps=self._steps(),
            limits=self._limits(),
            sections=Sections(**{name: said[name] for name in _SECTIONS}),
            asked=call_rows.asked_of(self, self.rows[ASKED]),
            conditions=call_rows.conditions_of(self, self.rows[CONDITIONS]),
            cost_limits=tuple(
                (kind.value, said[f"cost_{kind.value}"])
                for kind in Category
                if said[f"cost_{kind.value}"] is not None
            ),
        )

    def _steps(self) -> Steps:
        said = self.cleaned_data
        return Steps(
            checks_first=said["checks_first"],
            checklist=_own_lines(said["checklist"]) if said["checks_first"] else "",
            reviews_wanted=said["reviews"] or 0,
            marks_due_at=said.get("marks_due_at"),
            is_blind=said["is_blind"],
            is_ratified=said["is_ratified"],
        )

    def _limits(self) -> Limits:
        said = self.cleaned_data
        country, sliver = said["most_per_country"], said["sliver"]
        return Limits(
            bar=said["bar"],
            most_per_country_minor=country.minor if country else None,
            most_per_applicant=said["most_per_applicant"],
            most_of_fund_percent=said["most_of_fund"],
            sliver_minor=sliver.minor if sliver else 0,
        )

    def refused(self, field: str, sentence: str) -> None:
        """Put a rule's sentence where the mistake is, if the form has such a field."""
        several = {"cost_limits": "cost_", "asked": "asked-", "conditions": "conditions-"}
        if field in several:
            names = [name for name in self.fields if name.startswith(several[field])]
            field = names[0] if names else ""
        self.add_error(field if field in self.fields else None, sentence)

    def envelopes(self) -> list[tuple[Fund, forms.BoundField]]:
        """The field of each fund, for the page."""
        return [(fund, self[f"fund_{fund.pk}"]) for fund in self.pots]

    def words(self) -> list[forms.BoundField]:
        """Name, call, dates and the most."""
        return self._named(_WORDS)

    def steps(self) -> list[forms.BoundField]:
        """Which steps the round takes."""
        return self._named(_STEPS)

    def sections(self) -> list[forms.BoundField]:
        """What the form asks beside the work and its budget."""
        return self._named(_SECTIONS)

    def limits(self) -> list[forms.BoundField]:
        """What no award may break."""
        return self._named(_LIMITS)

    def costs(self) -> list[forms.BoundField]:
        """The most per cent of each kind of cost."""
        return self._named(f"cost_{kind.value}" for kind in Category)

    def criterions(self) -> list[Row]:
        """Questions by which members give marks."""
        return call_rows.of_page(self, ASKED, self.rows[ASKED])

    def conditions(self) -> list[Row]:
        """Questions before the form."""
        return call_rows.of_page(self, CONDITIONS, self.rows[CONDITIONS])

    def _named(self, names: Iterable[str]) -> list[forms.BoundField]:
        return [self[name] for name in names]

    def _sum(self, name: str) -> Money:
        try:
            money = parse(str(self.cleaned_data[name]), self.entity.currency)
        except MoneyError:
            sentence = _("Write the sum as a number, such as 8,000.00.")
            raise forms.ValidationError(sentence) from None
        if money.minor <= 0:
            raise forms.ValidationError(_("Write a sum above zero."))
        return money

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


def _own_lines(typed: str) -> str:
    lines = (texts.one_line(line) for line in typed.splitlines())
    return "\n".join(line for line in lines if line)
