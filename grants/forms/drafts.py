"""The long form of a draft: read from what was typed, and filled from what is kept."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from funding.money import Money, exponent
from grants import applicants, budgets, conditions, contents, cost_limits, gaps, sections, texts
from grants.applicants import Body
from grants.applications import Content
from grants.forms.applying import ACROSS, LONGEST, WorkForm
from grants.forms.lines import LOCAL, LineForm
from grants.forms.sections import NAMES, SectionsForm, as_typed
from grants.gaps import Gap
from grants.models import Application, Completion

FEWEST_ROWS: Final = 3
LIMITS: Final = {
    "summary": gaps.SUMMARY_WORDS,
    "methods": gaps.METHODS_WORDS,
    "minimum_reason": gaps.REASON_WORDS,
}
_FIELDS: Final = tuple(WorkForm.base_fields)
_PLAIN: Final = (*_FIELDS, *NAMES)
_CELLS: Final = tuple(LineForm.base_fields)


class DraftForm:
    """What a person typed, or of an application opened anew what is kept.

    Readable parts make a Content; of unreadable ones the kept value stands in it, and `typed`
    keeps the whole form beside it.
    """

    def __init__(
        self,
        application: Application,
        sent: Mapping[str, str] | None = None,
        *,
        more: int = 0,
        completion: Completion | None = None,
    ) -> None:
        """`completion` keeps what is typed where the application was sent already."""
        self.application, self.completion = application, completion
        kept = completion or application
        self.kept_as_typed = kept.typed
        self.organisation = application.project.organisation
        self.currency = application.round.currency
        self.may_correct = completion is None and applicants.may_correct(
            self.organisation, application.applicant
        )
        self.data = _known(sent) if sent is not None else self._kept(more)
        self.version = _number((sent or {}).get("version"), kept.version)
        self.tab = (sent or {}).get("tab", "").replace("\0", "")[:36]
        self.work = WorkForm(self.currency, self.data, with_body=self.may_correct)
        self.beside = SectionsForm(application, self.data)
        self.lines = [
            LineForm(self.currency, number, self.data, self.work.rate)
            for number in range(_rows(self.data))
        ]

    def without(self, number: int) -> "DraftForm":
        """The same form without one line."""
        rows = [_cells(self.data, at) for at in range(_rows(self.data)) if at != number]
        plain = {name: self.data[name] for name in _PLAIN if name in self.data}
        more = {"version": str(self.version), "tab": self.tab}
        sent = plain | _laid(rows) | more
        return DraftForm(self.application, sent, completion=self.completion)

    @cached_property
    def is_readable(self) -> bool:
        """Whether nothing needs to be kept as it was typed."""
        rows = all(row.is_blank or row.line for row in self.lines)
        return not self.work.errors and rows and self.beside.is_readable

    @property
    def typed(self) -> dict[str, str]:
        """The whole form, where part of it cannot be read."""
        return {} if self.is_readable else self.data

    def content(self) -> Content:
        """What can be read, and for the rest what is kept."""
        project, kept = self.application.project, self.application
        self.work.is_valid()
        said = self.work.cleaned_data
        country = said.get("country", str(project.country) or ACROSS)
        return Content(
            title=said.get("title", project.title),
            theme=said["theme"].pk if "theme" in said else project.theme_id,
            area=said["area"].pk if "area" in said else project.area_id,
            summary=said.get("summary", project.summary),
            methods=said.get("methods", kept.methods),
            country="" if country == ACROSS else country,
            province=said.get("province", project.province),
            **self._days(),
            minimum_minor=said.get("minimum", kept.minimum_minor),
            minimum_reason=said.get("minimum_reason", kept.minimum_reason),
            may_be_shown_unfunded=said.get("may_be_shown_unfunded", kept.may_be_shown_unfunded),
            lines=tuple(row.line for row in self.lines if row.line),
            rate=self.work.rate,
            body=self._body(),
            beside=self.beside.said(sections.of(kept)),
        )

    def _days(self) -> dict[str, Any]:
        project, said = self.application.project, self.work.cleaned_data
        first, last = said.get("starts_on", project.starts_on), said.get("ends_on", project.ends_on)
        if first and last and last < first:
            last = None
        return {"starts_on": first, "ends_on": last}

    def _body(self) -> Body | None:
        said = self.work.cleaned_data
        names = {"body_name", "body_country", "body_number", "body_website"}
        if not self.may_correct or not names <= set(said):
            return None
        return Body(
            said["body_name"], said["body_country"], said["body_number"], said["body_website"]
        )

    def point_out(self, found: Iterable[Gap]) -> None:
        """Show what is missing at its field, where no other mistake is shown yet."""
        # What is unreadable is settled before more is said about the fields.
        assert self.is_readable in {True, False}
        for gap in found:
            if gap.field in self.work.fields and gap.field not in self.work.errors:
                if gap.code != "unread":
                    self.work.add_error(gap.field, gap.sentence)
            elif gap.field not in self.work.fields and not self.beside.point_out(
                gap.field, gap.sentence
            ):
                self.loose.append(gap)

    @cached_property
    def loose(self) -> list[Gap]:
        """What is missing and has no field of its own: a name, any line at all."""
        return []

    @property
    def mistakes(self) -> list[tuple[str, str]]:
        """Id and sentence of every mistake, from the top of the page down."""
        found = [(f"part-{gap.part}", gap.sentence) for gap in self.loose if gap.field == "name"]
        last = ("minimum", "minimum_reason")
        found += self._of(name for name in self.work.fields if name not in last)
        found += [(f"part-{gap.part}", gap.sentence) for gap in self.loose if gap.field == "lines"]
        for row in self.lines:
            where = _("Budget, line %(number)s") % {"number": row.number}
            found += [(name, f"{where}: {sentence}") for name, sentence in row.mistakes]
        found += self._of(last)
        for part in self.beside.asked:
            found += [(f"part-{part}", gap.sentence) for gap in self.loose if gap.part == part]
            found += self.beside.mistakes_in(part)
        return found

    def _of(self, names: Iterable[str]) -> list[tuple[str, str]]:
        return [
            (f"id_{name}", f"{self.work[name].label}: {error}")
            for name in names
            for error in self.work.errors.get(name, [])
        ]

    @property
    def parts(self) -> list[tuple[str, str, str, str]]:
        """Key, name, look and state of each part of the form."""
        titles = {
            "who": _("Who you are"),
            "work": _("The work"),
            "budget": _("Budget"),
            "minimum": _("Minimum"),
        }
        titles |= dict(self.beside.titles)
        found = gaps.of(self.application, self.content() if self.completion else None)
        return [(part, title, *self._state(part, found)) for part, title in titles.items()]

    def _state(self, part: str, found: list[Gap]) -> tuple[str, str]:
        mine = [gap for gap in found if gap.part == part and gap.code != "unread"]
        if self._is_wrong(part) or any(gap.code != "missing" for gap in mine):
            return "stop", _("to fix")
        return ("wait", _("not yet")) if mine else ("ok", _("done"))

    def _is_wrong(self, part: str) -> bool:
        if part == "budget":
            return any(row.mistakes for row in self.lines)
        if part in self.beside.asked:
            return bool(self.beside.mistakes_in(part)) and not self.is_readable
        if self.is_readable:
            return False
        names = {
            "who": ("body_name", "body_country", "body_number", "body_website"),
            "minimum": gaps.PARTS["minimum"],
        }
        rest = set(self.work.fields) - {name for group in names.values() for name in group}
        return bool(set(names.get(part, rest)) & set(self.work.errors))

    @property
    def counts(self) -> dict[str, str]:
        """How many words each text has, in words."""
        return {
            name: self._count(name, most) for name, most in (LIMITS | self.beside.limits).items()
        }

    def _count(self, name: str, most: int) -> str:
        there = texts.words(self.data.get(name, ""))
        told = ngettext("%(there)s of %(most)s word", "%(there)s of %(most)s words", most)
        return told % {"there": there, "most": most}

    @property
    def sums(self) -> dict[str, Money]:
        """What the readable lines come to, by who is to pay."""
        found = budgets.sums(row.line for row in self.lines if row.line)
        return {
            "us": Money(found.us_minor, self.currency),
            "other": Money(found.other_minor, self.currency),
            "in_kind": Money(found.in_kind_minor, self.currency),
            "whole": Money(found.whole_minor, self.currency),
        }

    @property
    def limits(self) -> list[tuple[bool, str]]:
        """What one kind of cost may be of what is asked now, and whether it is more."""
        lines = [row.line for row in self.lines if row.line]
        found = cost_limits.shares(cost_limits.of(self.application.round), lines)
        return [
            (
                share.is_over,
                (cost_limits.refusal if share.is_over else cost_limits.told)(share, self.currency),
            )
            for share in found
        ]

    @property
    def heard(self) -> dict[str, object]:
        """What the page's script is told of what was typed: counts, amounts, sums, limits."""
        return {
            "counts": self.counts,
            "amounts": [line.amount.figure() if line.amount else "" for line in self.lines],
            "sums": {name: money.figure() for name, money in self.sums.items()},
            "limits": self.limits,
        }

    @property
    def has_questions(self) -> bool:
        """Whether the round asked something before this form."""
        return bool(conditions.asked(self.application.round))

    def _kept(self, more: int) -> dict[str, str]:
        if self.kept_as_typed:
            kept = _known(self.kept_as_typed)
            rows = [_cells(kept, at) for at in range(_rows(kept))]
            plain = {name: kept[name] for name in _PLAIN if name in kept}
        else:
            rows = [_as_typed(line, self.currency) for line in gaps.lines_of(self.application)]
            plain = self._fields() | as_typed(self.application)
        blank = dict.fromkeys(_CELLS, "")
        while rows and not any(rows[-1].get(name) for name in ("what", "quantity", "unit")):
            rows.pop()
        wanted = min(budgets.MOST_LINES, max(FEWEST_ROWS, len(rows) + 1 + more))
        rows += [blank] * (wanted - len(rows))
        return plain | _laid(rows)

    def _fields(self) -> dict[str, str]:
        project, body = self.application.project, self.organisation
        minimum = Money(self.application.minimum_minor, self.currency)
        return {
            "body_name": body.name,
            "body_country": body.country,
            "body_number": body.registration_number,
            "body_website": body.website,
            "title": project.title,
            "theme": project.theme_id,
            "area": project.area_id,
            "country": str(project.country) or ACROSS,
            "province": project.province,
            "summary": project.summary,
            "methods": self.application.methods,
            "starts_on": project.starts_on.isoformat() if project.starts_on else "",
            "ends_on": project.ends_on.isoformat() if project.ends_on else "",
            **_rate(contents.rate_of(self.application)),
            "minimum": _written(minimum) if minimum else "",
            "minimum_reason": self.application.minimum_reason,
            "may_be_shown_unfunded": "on" if self.application.may_be_shown_unfunded else "",
        }


def _known(sent: Mapping[str, str]) -> dict[str, str]:
    """What of a request belongs to the form, and of that no more than anybody types."""
    rows = _rows(sent)
    names = [*_PLAIN, *(f"line-{at}-{cell}" for at in range(rows) for cell in _CELLS)]
    kept = {name: str(sent[name]).replace("\0", "")[:LONGEST] for name in names if name in sent}
    return kept | {"lines": str(rows)}


def _rows(data: Mapping[str, Any]) -> int:
    return max(0, min(budgets.MOST_LINES, _number(data.get("lines"), 0)))


def _number(text: Any, otherwise: int) -> int:  # noqa: ANN401 -- as it came
    try:
        return int(text)
    except (TypeError, ValueError):
        return otherwise


def _cells(data: Mapping[str, str], at: int) -> dict[str, str]:
    return {cell: data.get(f"line-{at}-{cell}", "") for cell in _CELLS}


def _laid(rows: list[dict[str, str]]) -> dict[str, str]:
    laid = {f"line-{at}-{cell}": row[cell] for at, row in enumerate(rows) for cell in _CELLS}
    return laid | {"lines": str(len(rows))}


def _written(money: Money) -> str:
    # Without decimals "1,400" could be read in two ways, and is refused when it comes back.
    return money.figure() if exponent(money.currency) else money.plain()


def _as_typed(line: budgets.Line, currency: str) -> dict[str, str]:
    return {
        "what": line.what,
        "category": line.category,
        "quantity": str(line.quantity),
        "unit": _written(_each(line, currency)),
        "money": LOCAL if line.local else "",
        "source": line.source,
    }


def _each(line: budgets.Line, currency: str) -> Money:
    if line.local:
        return Money(line.local.unit_minor, line.local.rate.currency)
    return Money(line.unit_minor, currency)


def _rate(rate: budgets.Rate | None) -> dict[str, str]:
    if rate is None:
        return {}
    whole, rest = divmod(rate.e4, 10**budgets.RATE_DECIMALS)
    return {
        "local_currency": rate.currency,
        "local_rate": f"{whole}.{rest:04}".rstrip("0").rstrip("."),
        "local_on": rate.on.isoformat(),
    }
