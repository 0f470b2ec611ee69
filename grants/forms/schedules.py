"""Forms of an award's schedule: its parts with their days, and that one of them may go on."""

from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from funding.money import Money, MoneyError, parse
from grants.forms.payments import DayInput, SumInput
from grants.models import TrancheCondition
from grants.schedules import MOST_PARTS, NotASchedule, Plan, Wanted

_CONDITIONS: Final = [("", gettext_lazy("Choose")), *TrancheCondition.choices]
_DAY: Final = gettext_lazy("Choose a day.")


@dataclass(frozen=True, slots=True)
class Row:
    """One part on the page, with its number for people."""

    number: int
    cells: list[forms.BoundField]


class ScheduleForm(forms.Form):
    """The parts of an award; an empty row is none. `after` is the version that was shown."""

    after = forms.IntegerField(min_value=0, max_value=32_000, widget=forms.HiddenInput)
    interim_due_on = forms.DateField(
        required=False,
        label=gettext_lazy("Interim report due"),
        help_text=gettext_lazy("Leave it empty where none is wanted."),
        widget=DayInput,
        error_messages={"invalid": _DAY},
    )
    final_due_on = forms.DateField(
        label=gettext_lazy("Final report due"),
        help_text=gettext_lazy("Every award has one, within three months of the end of the work."),
        widget=DayInput,
        error_messages={"required": _DAY, "invalid": _DAY},
    )

    def __init__(
        self,
        currency: str,
        sent: QueryDict | None = None,
        *,
        plan: Plan | None = None,
        after: int = 0,
    ) -> None:
        super().__init__(sent, initial=_told(plan, currency) | {"after": after} if plan else None)
        self.currency = currency
        for at in range(MOST_PARTS):
            self.fields |= _cells(at, currency)

    @property
    def rows(self) -> list[Row]:
        """The parts as the page shows them."""
        return [
            Row(at + 1, [self[name] for name in _cells(at, self.currency)])
            for at in range(MOST_PARTS)
        ]

    def clean(self) -> dict[str, Any]:
        """Read the parts, each whole or empty."""
        parts = [self._part(at) for at in range(MOST_PARTS)]
        self.cleaned_data["parts"] = [part for part in parts if part]
        return self.cleaned_data

    def plan(self) -> Plan:
        """What a valid form tells."""
        data = self.cleaned_data
        parts = tuple(part for _at, part in data["parts"])
        return Plan(parts, data["interim_due_on"], data["final_due_on"])

    def point_out(self, refusal: NotASchedule) -> None:
        """Put what is wrong beside its part."""
        at = None if refusal.at is None else self.cleaned_data["parts"][refusal.at][0]
        self.add_error(None if at is None else f"amount-{at}", refusal.sentence)

    def _part(self, at: int) -> tuple[int, Wanted] | None:
        data = self.cleaned_data
        names = [f"{name}-{at}" for name in ("amount", "due", "condition")]
        if not any(self.data.get(name) for name in [*names, f"words-{at}"]):
            return None
        for name, sentence in zip(
            names,
            (_("Write how much."), _("Choose a day."), _("Choose what it waits for.")),
            strict=True,
        ):
            if not data.get(name) and name not in self.errors:
                self.add_error(name, sentence)
        try:
            amount = parse(data.get(names[0]) or "0", self.currency)
        except MoneyError as error:
            self.add_error(names[0], str(error))
            return None
        if not data.get(names[1]) or not data.get(names[2]):
            return None
        words = data.get(f"words-{at}") or ""
        return at, Wanted(amount.minor, data[names[1]], data[names[2]], words)


class FulfilForm(forms.Form):
    """What has come, so that a part may be asked for."""

    words = forms.CharField(
        max_length=400,
        label=gettext_lazy("What has come, and where it can be seen"),
        help_text=gettext_lazy("The applicant and everybody who deals with the award reads it."),
        widget=forms.Textarea(attrs={"dir": "auto", "rows": 3}),
        error_messages={"required": gettext_lazy("Write what has come.")},
    )


def _cells(at: int, currency: str) -> dict[str, forms.Field]:
    return {
        f"amount-{at}": forms.CharField(
            required=False, max_length=40, label=f"{_('Sum')}, {currency}", widget=SumInput
        ),
        f"due-{at}": forms.DateField(
            required=False,
            label=_("Wanted by"),
            widget=DayInput,
            error_messages={"invalid": _DAY},
        ),
        f"condition-{at}": forms.ChoiceField(
            required=False, choices=_CONDITIONS, label=_("Waits until")
        ),
        f"words-{at}": forms.CharField(
            required=False,
            max_length=300,
            label=_("Milestone in words"),
            widget=forms.TextInput(attrs={"dir": "auto"}),
        ),
    }


def _told(plan: Plan, currency: str) -> dict[str, Any]:
    said: dict[str, Any] = {
        "interim_due_on": plan.interim_due_on,
        "final_due_on": plan.final_due_on,
    }
    for at, part in enumerate(plan.parts):
        said |= {
            f"amount-{at}": Money(part.amount_minor, currency).plain(),
            f"due-{at}": part.due_on,
            f"condition-{at}": part.condition,
            f"words-{at}": part.words,
        }
    return said
