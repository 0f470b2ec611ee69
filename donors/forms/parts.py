"""A gift over several funds: what was written beside each, and the minor units it comes to."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django import forms
from django.utils.translation import gettext as _

from funding.documents import paper
from funding.ledger.models import Fund
from funding.money import Money, parse, split

PREFIX: Final = "part-"
# A hundred percent in hundredths of one, so that 33.33 % needs no fraction.
_ALL: Final = 100_00
_PERCENT: Final = re.compile(r"(\d{1,3})(?:[.,](\d{1,2}))?\s*[%％]")


@dataclass(frozen=True, slots=True)
class Part:
    """One fund with the field beside it and what is written there."""

    fund: Fund
    name: str
    value: str


def beside(form: forms.Form, funds: Mapping[str, Fund]) -> list[Part]:
    """Every fund by its slug with the form's field beside it and what is written there."""
    named = [(fund, PREFIX + slug) for slug, fund in funds.items()]
    return [
        Part(fund, name, str(form[name].value() or ""))
        for fund, name in named
        if name in form.fields
    ]


def read(written: Mapping[str, str], whole: Money) -> dict[str, int]:
    """Minor units by key, for what is written in amounts or in percent of the whole.

    Parts always add up to the whole to the penny. Raises ValidationError, or MoneyError, with
    a sentence where they cannot.
    """
    said = {key: text.strip() for key, text in written.items() if text.strip()}
    percents = [text for text in said.values() if text.endswith(("%", "％"))]
    if percents and len(percents) < len(said):
        raise forms.ValidationError(_("Write all parts as amounts, or all in percent."))
    parts = _of_percents(said, whole) if percents else _of_amounts(said, whole)
    return {key: minor for key, minor in parts.items() if minor}


def _of_percents(said: Mapping[str, str], whole: Money) -> dict[str, int]:
    weights = {key: _percent(text) for key, text in said.items()}
    if (total := sum(weights.values())) != _ALL:
        percent = f"{total / 100:.2f}".rstrip("0").rstrip(".")
        raise forms.ValidationError(_("The parts are %s percent. They must be 100.") % percent)
    minors = split(whole.minor, list(weights.values()))
    parts = dict(zip(weights, minors, strict=True))
    if any(weights[key] and not minor for key, minor in parts.items()):
        raise forms.ValidationError(_("One of these parts is less than can be given."))
    return parts


def _percent(text: str) -> int:
    found = _PERCENT.fullmatch(text)
    if found is None:
        raise forms.ValidationError(_("Write percent as 60 % or 33.3 %."))
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


def _of_amounts(said: Mapping[str, str], whole: Money) -> dict[str, int]:
    parts = {key: parse(text, whole.currency).minor for key, text in said.items()}
    if min(parts.values()) < 0:
        raise forms.ValidationError(_("A part cannot be below zero."))
    if (total := sum(parts.values())) != whole.minor:
        raise forms.ValidationError(
            _("The parts add up to %(parts)s, and the gift is %(gift)s.")
            % {
                "parts": Money(total, whole.currency).text(paper.locale()),
                "gift": whole.text(paper.locale()),
            }
        )
    return parts
