"""Rows that repeat in the form of a round: criteria with their marks, and questions before it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grants import texts
from grants.terms import MARKS, MOST_QUESTIONS, Asked, Entry

ASKED: Final = "asked"
CONDITIONS: Final = "conditions"
YES: Final = "yes"
_WANTED: Final = [(YES, gettext_lazy("Yes leads on")), ("no", gettext_lazy("No leads on"))]


@dataclass(frozen=True, slots=True)
class Row:
    """One row on the page, with its number for people."""

    number: int
    cells: list[forms.BoundField]


def _asked_cells() -> dict[str, forms.Field]:
    cells: dict[str, forms.Field] = {
        "name": forms.CharField(required=False, max_length=80, label=_("Name of the criterion")),
        "question": forms.CharField(required=False, max_length=300, label=_("Question")),
        "weight": forms.IntegerField(
            required=False, min_value=1, max_value=100, label=_("Weight, 1 to 100")
        ),
    }
    for mark in reversed(MARKS):
        label = _("What mark %(mark)s means") % {"mark": mark}
        cells[f"mark{mark}"] = forms.CharField(required=False, max_length=200, label=label)
    return cells


def _condition_cells() -> dict[str, forms.Field]:
    return {
        "question": forms.CharField(required=False, max_length=300, label=_("Question")),
        "wanted": forms.ChoiceField(
            required=False, choices=_WANTED, label=_("Which answer leads on")
        ),
        "otherwise": forms.CharField(
            required=False, max_length=300, label=_("What the others are told")
        ),
    }


_CELLS: Final = {ASKED: _asked_cells, CONDITIONS: _condition_cells}


def wanted(sent: Mapping[str, Any] | None, sort: str, kept: int) -> int:
    """How many rows the form has: what was sent, or what is kept and a blank one."""
    if sent is None:
        return min(MOST_QUESTIONS, kept + 1)
    try:
        number = int(sent.get(f"{sort}_rows", 0))
    except ValueError:
        return kept
    return max(0, min(MOST_QUESTIONS, number))


def fields(sort: str, number: int) -> dict[str, forms.Field]:
    """The fields of so many rows, by their names in the form."""
    return {
        f"{sort}-{at}-{cell}": field
        for at in range(number)
        for cell, field in _CELLS[sort]().items()
    }


def of_page(form: forms.Form, sort: str, number: int) -> list[Row]:
    """The rows as the page shows them."""
    return [
        Row(at + 1, [form[f"{sort}-{at}-{cell}"] for cell in _CELLS[sort]()])
        for at in range(number)
    ]


def told(asked: tuple[Asked, ...], conditions: tuple[Entry, ...]) -> dict[str, object]:
    """What is kept, as the form shows it."""
    said: dict[str, object] = {}
    for at, each in enumerate(asked):
        start = f"{ASKED}-{at}-"
        said |= {
            f"{start}name": each.name,
            f"{start}question": each.question,
            f"{start}weight": each.weight,
        }
        said |= {f"{start}mark{mark}": word for mark, word in zip(MARKS, each.anchors, strict=True)}
    for at, entry in enumerate(conditions):
        start = f"{CONDITIONS}-{at}-"
        said |= {
            f"{start}question": entry.question,
            f"{start}wanted": YES if entry.wanted else "no",
            f"{start}otherwise": entry.otherwise,
        }
    return said


def must_be_whole(form: forms.Form, sort: str, number: int) -> None:
    """Say at each blank cell of a begun row that it is missing. A blank row is no row."""
    for at in range(number):
        cells = {cell: f"{sort}-{at}-{cell}" for cell in _CELLS[sort]()}
        if _is_blank(form, sort, at):
            continue
        for cell, name in cells.items():
            if cell != "wanted" and name not in form.errors and not form.cleaned_data.get(name):
                sentence = _("Write this too, or empty the whole row.")
                form.add_error(name, sentence)


def asked_of(form: forms.Form, number: int) -> tuple[Asked, ...]:
    """The criteria of a valid form."""
    return tuple(
        Asked(
            _text(form, ASKED, at, "name"),
            _text(form, ASKED, at, "question"),
            form.cleaned_data[f"{ASKED}-{at}-weight"],
            tuple(_text(form, ASKED, at, f"mark{mark}") for mark in MARKS),
        )
        for at in range(number)
        if not _is_blank(form, ASKED, at)
    )


def conditions_of(form: forms.Form, number: int) -> tuple[Entry, ...]:
    """The questions before the form, of a valid one."""
    return tuple(
        Entry(
            _text(form, CONDITIONS, at, "question"),
            form.cleaned_data[f"{CONDITIONS}-{at}-wanted"] in {YES, ""},
            _text(form, CONDITIONS, at, "otherwise"),
        )
        for at in range(number)
        if not _is_blank(form, CONDITIONS, at)
    )


def _is_blank(form: forms.Form, sort: str, at: int) -> bool:
    names = [f"{sort}-{at}-{cell}" for cell in _CELLS[sort]() if cell != "wanted"]
    return not any(form.cleaned_data.get(name) or name in form.errors for name in names)


def _text(form: forms.Form, sort: str, at: int, cell: str) -> str:
    return texts.one_line(form.cleaned_data[f"{sort}-{at}-{cell}"])
