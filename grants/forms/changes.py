"""Forms of a change to what was agreed on: what is wanted, the answer, and the signature."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from funding.money import Money, MoneyError, parse
from grants.change_facts import NotAChange, Piece, Wish
from grants.forms.payments import DayInput, SumInput
from grants.models import AwardLine, Tranche, TrancheCondition

_DAY: Final = gettext_lazy("Choose a day.")


@dataclass(frozen=True, slots=True)
class Row:
    """A part or a line on the page; without cells it stays as it is."""

    name: str
    stands: Money
    cells: list[forms.BoundField]


class ChangeForm(forms.Form):
    """All that can be asked for, beginning with what stands. `after` is the number of the last
    change that was shown."""

    after = forms.IntegerField(min_value=0, max_value=32_000, widget=forms.HiddenInput)
    reason = forms.CharField(
        max_length=1000,
        label=gettext_lazy("Why it has to change"),
        widget=forms.Textarea(attrs={"dir": "auto", "rows": 4}),
        error_messages={"required": gettext_lazy("Write why it has to change.")},
    )
    ends_on = forms.DateField(
        required=False,
        label=gettext_lazy("Last day of the work"),
        widget=DayInput,
        error_messages={"invalid": _DAY},
    )
    interim_due_on = forms.DateField(
        required=False,
        label=gettext_lazy("Interim report due"),
        widget=DayInput,
        error_messages={"invalid": _DAY},
    )
    final_due_on = forms.DateField(
        label=gettext_lazy("Final report due"),
        widget=DayInput,
        error_messages={"required": _DAY, "invalid": _DAY},
    )

    def __init__(
        self,
        currency: str,
        stands: Wish,
        parts: list[Tranche],
        lines: list[AwardLine],
        kept: set[int],
        sent: QueryDict | None = None,
        *,
        after: int = 0,
    ) -> None:
        self.currency, self.stands, self.parts, self.lines = currency, stands, parts, lines
        self.kept = kept
        super().__init__(sent, initial=self._told() | {"after": after})
        for at in range(len(lines)):
            self.fields[f"line-{at}"] = self._sum()
        for at, part in enumerate(parts):
            if part.number not in kept:
                self.fields |= self._cells(at, part)

    @property
    def part_rows(self) -> list[Row]:
        """The parts as the page shows them."""
        return [
            Row(
                _("Part %(number)s") % {"number": part.number},
                Money(part.amount_minor, self.currency),
                [self[name] for name in self._cells(at, part)]
                if part.number not in self.kept
                else [],
            )
            for at, part in enumerate(self.parts)
        ]

    @property
    def line_rows(self) -> list[Row]:
        """The lines of the budget as the page shows them."""
        return [
            Row(line.what, Money(line.amount_minor, self.currency), [self[f"line-{at}"]])
            for at, line in enumerate(self.lines)
        ]

    def clean(self) -> dict[str, Any]:
        """Read what is wanted."""
        data = self.cleaned_data
        lines = [self._read(f"line-{at}") for at in range(len(self.lines))]
        pieces = [self._piece(at, piece) for at, piece in enumerate(self.stands.parts)]
        if not self.errors:
            data["wish"] = Wish(
                data["ends_on"],
                data["interim_due_on"],
                data["final_due_on"],
                tuple(pieces),
                tuple(lines),
            )
        return data

    def point_out(self, refusal: NotAChange) -> None:
        """Put what is wrong beside its field, where it has one."""
        self.add_error(refusal.at if refusal.at in self.fields else None, refusal.sentence)

    def _piece(self, at: int, piece: Piece) -> Piece:
        if f"amount-{at}" not in self.fields:
            return piece
        day: dt.date | None = self.cleaned_data.get(f"due-{at}")
        return Piece(
            self._read(f"amount-{at}"),
            day or piece.due_on,
            self.cleaned_data.get(f"words-{at}") or piece.words,
        )

    def _read(self, name: str) -> int:
        written = self.cleaned_data.get(name)
        if not written:
            return 0
        try:
            return parse(written, self.currency).minor
        except MoneyError as error:
            self.add_error(name, str(error))
            return 0

    def _sum(self) -> forms.CharField:
        return forms.CharField(
            max_length=40,
            label=f"{_('From now on')}, {self.currency}",
            widget=SumInput,
            error_messages={"required": _("Write the sum, or 0.")},
        )

    def _cells(self, at: int, part: Tranche) -> dict[str, forms.Field]:
        cells: dict[str, forms.Field] = {
            f"amount-{at}": self._sum(),
            f"due-{at}": forms.DateField(
                label=_("Wanted by"),
                widget=DayInput,
                error_messages={"required": _DAY, "invalid": _DAY},
            ),
        }
        if part.condition == TrancheCondition.MILESTONE:
            cells[f"words-{at}"] = forms.CharField(
                max_length=300,
                label=_("Milestone in words"),
                widget=forms.TextInput(attrs={"dir": "auto"}),
                error_messages={"required": _("Write what the milestone is.")},
            )
        return cells

    def _told(self) -> dict[str, Any]:
        now = self.stands
        said: dict[str, Any] = {
            "ends_on": now.ends_on,
            "interim_due_on": now.interim_due_on,
            "final_due_on": now.final_due_on,
        }
        for at, minor in enumerate(now.lines):
            said[f"line-{at}"] = Money(minor, self.currency).plain()
        for at, piece in enumerate(now.parts):
            said |= {
                f"amount-{at}": Money(piece.amount_minor, self.currency).plain(),
                f"due-{at}": piece.due_on,
                f"words-{at}": piece.words,
            }
        return said


class AnswerForm(forms.Form):
    """What is said to the grantee of a change: needed where it is declined."""

    words = forms.CharField(
        required=False,
        max_length=1000,
        label=gettext_lazy("What the applicant should know"),
        help_text=gettext_lazy("Needed if you decline it; the applicant gets it by mail."),
        widget=forms.Textarea(attrs={"dir": "auto", "rows": 3}),
    )
