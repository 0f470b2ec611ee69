"""What a report says: read from the form as it was typed, with what is missing by its field.

A draft is kept as it was typed; only what is sent has to be whole.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from funding.money import Money, MoneyError, parse
from grants import award_budgets, figures, texts
from grants.models import Award, ReportKind

MOST_INDICATORS: Final = 5
_LONGEST: Final = 20_000
# A number of things that were done; no indicator here comes near it.
_MOST: Final = 10**9
# Degrees that are not of warmth, or two numbers as a map writes them: a point, and so a den.
_POINT: Final = re.compile(
    r"\d\s*°(?!\s*[CF])|\d{1,3}[.,]\d{4,}\s*[NSEW]?\s*[,;/ ]\s*-?\d{1,3}[.,]\d{2,}", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Spent:
    """What was spent so far on a line, in minor units, against its budget."""

    position: int
    what: str
    budget_minor: int
    spent_minor: int
    why: str

    @property
    def is_far_over(self) -> bool:
        """Whether it is more than a tenth over."""
        return self.spent_minor * 10 > self.budget_minor * 11

    @property
    def is_far_under(self) -> bool:
        """Whether it is more than a tenth under."""
        return self.spent_minor * 10 < self.budget_minor * 9


@dataclass(frozen=True, slots=True)
class Told:
    """A report as far as it could be read."""

    facts: dict[str, Any]
    lines: tuple[Spent, ...]
    is_public: bool


def lines(award: Award) -> list[tuple[int, str, int]]:
    """Position, words and budget in minor units of each line that money is told for."""
    budget = award_budgets.current(award.pk)
    if budget is None:
        return [(0, _("The whole award"), award.amount_minor)]
    rows = budget.lines.filter(amount_minor__gt=0).order_by("position")
    return list(rows.values_list("position", "what", "amount_minor"))


def kept(typed: Mapping[str, str]) -> dict[str, str]:
    """What is kept of a form: its words, without what the database cannot hold."""
    return {
        name[:40]: str(value).replace("\x00", "")[:_LONGEST]
        for name, value in list(typed.items())[:80]
    }


def read(award: Award, kind: str, typed: Mapping[str, str]) -> tuple[Told, dict[str, str]]:
    """The report that was meant, and what keeps it from being sent, by the field's name."""
    gaps: dict[str, str] = {}
    narrative = texts.paragraphs(typed.get("narrative", ""))
    summary = texts.paragraphs(typed.get("summary", ""))
    is_public = typed.get("is_public") == "on"
    if not narrative:
        gaps["narrative"] = _("Write what was done and what came of it.")
    if is_public and not summary:
        gaps["summary"] = _("Write the words that everybody may read, or take the tick away.")
    if is_public and names_a_point(summary):
        gaps["summary"] = too_exact()
    spent = tuple(_spent(award, kind, typed, gaps))
    whole = sum(line.spent_minor for line in spent)
    now = figures.of([award.pk])[award.pk]
    facts = {
        "kind": kind,
        "currency": award.currency,
        "narrative": narrative,
        "summary": summary if is_public else "",
        # What may stand beside these words.
        "shows_counts": is_public and typed.get("shows_counts") == "on",
        "shows_spending": is_public and typed.get("shows_spending") == "on",
        "indicators": list(_indicators(typed, gaps)),
        "lines": [
            {
                "position": line.position,
                "what": line.what,
                "budget_minor": line.budget_minor,
                "spent_minor": line.spent_minor,
                "why": line.why,
            }
            for line in spent
        ],
        "paid_minor": now.paid.minor,
        "spent_minor": whole,
        "unspent_minor": max(0, now.paid.minor - whole),
    }
    return Told(facts, spent, is_public), gaps


def names_a_point(words: str) -> bool:
    """Whether words that everybody may read hold a place as exact as a point on a map."""
    return _POINT.search(words) is not None


def too_exact() -> str:
    """What is said of such words."""
    return _("Name no place more exactly than its province: others could find the animals by it.")


def _spent(
    award: Award, kind: str, typed: Mapping[str, str], gaps: dict[str, str]
) -> Iterator[Spent]:
    for position, what, budget in lines(award):
        name = f"spent-{position}"
        try:
            minor = parse(typed.get(name, "").strip() or "x", award.currency).minor
        except MoneyError:
            gaps[name] = _("Write in digits what was spent on “%(what)s”, or 0.") % {"what": what}
            minor = 0
        if not 0 <= minor <= 10**14:
            gaps[name], minor = _("Write what was spent, 0 or more."), 0
        why = texts.one_line(typed.get(f"why-{position}", ""))[:300]
        line = Spent(position, what, budget, minor, why)
        is_far = line.is_far_over or (kind == ReportKind.FINAL and line.is_far_under)
        if is_far and not why and name not in gaps:
            words = _("%(sum)s is more than a tenth off the budget of “%(what)s”. Say why.")
            told = {"sum": Money(minor, award.currency).text(), "what": what}
            gaps[f"why-{position}"] = words % told
        yield line


def _indicators(typed: Mapping[str, str], gaps: dict[str, str]) -> Iterator[dict[str, Any]]:
    for at in range(MOST_INDICATORS):
        name = texts.one_line(typed.get(f"indicator-{at}", ""))[:120]
        numbers = [typed.get(f"{part}-{at}", "").strip() for part in ("planned", "achieved")]
        if not name and not any(numbers):
            continue
        values = [_number(each) for each in numbers]
        if not name or None in values:
            gaps[f"indicator-{at}"] = _("Write what was counted, and both numbers in digits.")
            continue
        if typed.get("shows_counts") == "on" and names_a_point(name):
            gaps[f"indicator-{at}"] = too_exact()
            continue
        yield {"name": name, "planned": values[0], "achieved": values[1]}


def _number(written: str) -> int | None:
    # Digits of any script; nothing long enough to be slow.
    if not written.isdecimal() or len(written) > 12:
        return None
    value = int(written)
    return value if value <= _MOST else None
