"""What a chair tries on the workbench: read from the address, so that it can be sent on."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Final

from django.http import QueryDict
from django.utils.translation import gettext as _

from funding.ledger.models import Fund
from funding.money import MoneyError, parse
from grants.models import TOP_MARK, Application
from grants.workbench import WhatIf

_MOST_WORDS: Final = 400
MUST: Final = "must"
OUT: Final = "out"
# How many pairs can be named, of which one is funded at most.
PAIRS: Final = 3
SIDES: Final = ("a", "b")


class Trial:
    """The fields of a what-if, and what of them cannot be read.

    What is wrong is left out of the question and said; what was typed stays in its field.
    """

    def __init__(
        self,
        typed: QueryDict,
        applications: Iterable[Application],
        funds: Sequence[Fund],
        members: Mapping[int, str],
        currency: str,
    ) -> None:
        self._typed, self._currency = typed, currency
        self.applications = {each.pk: each for each in applications}
        self.funds, self.members = funds, members
        self.mistakes: list[str] = []
        # Why it was not kept, once somebody tried.
        self.refusal = ""
        self.asked = self._read()

    def value(self, name: str) -> str:
        """What was typed into a field."""
        return self._typed.get(name, "").strip()

    @property
    def typed(self) -> list[tuple[str, str]]:
        """Everything that was typed, to be sent again with what is kept."""
        ours = (
            "without",
            "deep",
            "bar",
            "country",
            "fund",
            "choice",
            "amount",
            "why",
            "keep",
            "apart",
        )
        return [(name, self.value(name)) for name in self._typed if name.startswith(ours)]

    def _read(self) -> WhatIf:
        choices = {pk: self.value(f"choice{pk}") for pk in self.applications}
        extra = {fund.pk: self._sum(f"fund{fund.pk}", fund.name) for fund in self.funds}
        kept = {fund.pk: self._sum(f"keep{fund.pk}", fund.name) for fund in self.funds}
        return WhatIf(
            without=self._member(),
            is_deep=self.value("deep") == "1",
            per_country_minor=self._sum("country", _("For one country")) or None,
            bar=self._bar(),
            extra={pk: minor for pk, minor in extra.items() if minor},
            by_hand=self._by_hand(),
            apart=self._apart(),
            kept={pk: minor for pk, minor in kept.items() if minor},
            must=frozenset(pk for pk, choice in choices.items() if choice == MUST),
            out=frozenset(pk for pk, choice in choices.items() if choice == OUT),
        )

    def _apart(self) -> frozenset[frozenset[int]]:
        known = {str(pk): pk for pk in self.applications}
        found = set()
        for at in range(PAIRS):
            one, other = (self.value(f"apart{at}{side}") for side in SIDES)
            if not (one or other):
                continue
            if one == other or one not in known or other not in known:
                self.mistakes.append(_("Choose two applications of which one is funded at most."))
            else:
                found.add(frozenset({known[one], known[other]}))
        return frozenset(found)

    def _member(self) -> int | None:
        typed = self.value("without")
        known = {str(pk): pk for pk in self.members}
        return known.get(typed)

    def _bar(self) -> int | None:
        typed = self.value("bar").replace(",", ".")
        if not typed:
            return None
        try:
            mark = Decimal(typed)
        except InvalidOperation:
            mark = Decimal(-1)
        if not (mark.is_finite() and 0 <= mark <= TOP_MARK):
            self.mistakes.append(_("The bar is a mark between 0 and %(top)s.") % {"top": TOP_MARK})
            return None
        return int(mark * 100)

    def _by_hand(self) -> dict[int, tuple[int, str]]:
        found = {}
        for pk, application in self.applications.items():
            title = application.project.title
            minor = self._sum(f"amount{pk}", title)
            if not minor:
                continue
            why = " ".join(self.value(f"why{pk}").split())[:_MOST_WORDS].replace("\0", "")
            if not why:
                self.mistakes.append(_("Say why “%(title)s” gets this sum.") % {"title": title})
            elif minor > application.ask_minor:
                sentence = _("“%(title)s” does not ask for so much.")
                self.mistakes.append(sentence % {"title": title})
            elif minor < application.minimum_minor:
                sentence = _("“%(title)s” cannot be done with so little.")
                self.mistakes.append(sentence % {"title": title})
            else:
                found[pk] = (minor, why)
        return found

    def _sum(self, name: str, label: str) -> int:
        typed = self.value(name)
        if not typed:
            return 0
        try:
            minor = parse(typed, self._currency).minor
        except MoneyError as error:
            self.mistakes.append(f"{label}: {error}")
            return 0
        if minor < 0:
            self.mistakes.append(_("%(label)s: write a sum above zero.") % {"label": label})
            return 0
        return minor
