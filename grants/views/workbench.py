"""The workbench: what marks and money propose, and what would be if one fact were another."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from funding import clock
from funding.errors import Refused
from funding.ledger.models import Fund
from funding.money import Money
from funding.users import access
from funding.users.models import Role, User
from grants import (
    allocations,
    benches,
    declarations,
    lotteries,
    ranking,
    reviews,
    workbench,
)
from grants.forms.workbench import PAIRS, SIDES, Trial
from grants.models import Application, Round
from grants.ranking import Marks, Score
from grants.views.committee import MEMBERS
from grants.workbench import Bench

_WRITES: Final = require_http_methods(["GET", "HEAD", "POST"])
# How long the vote on a proposal stays open, as the draft says it at first.
_VOTE: Final = dt.timedelta(days=5)


@dataclass(frozen=True, slots=True)
class Line:
    """One application on the workbench. Whoever is out of it sees the title and nothing more."""

    application: Application
    is_out: bool
    score: Score | None = None
    ask: Money | None = None
    amount: Money | None = None
    parts: tuple[tuple[str, Money], ...] = ()
    sentence: str = ""
    choice: str = ""
    by_hand: str = ""
    why: str = ""

    @property
    def mean(self) -> str:
        """The mean as people write marks."""
        return f"{self.score.mean / 100:.2f}" if self.score else ""

    @property
    def spread(self) -> str:
        """How far reviewers lie apart."""
        spread = self.score.spread if self.score else None
        return "" if spread is None else f"{spread / 100:.2f}"


@never_cache
@_WRITES
@access.role(*MEMBERS)
def committee_workbench(request: HttpRequest, slug: str) -> HttpResponse:
    """Committee and chair may, once the marks are in and no vote closed to them holds money."""
    round_ = get_object_or_404(Round, slug=slug, published_at__isnull=False)
    if not reviews.are_in(round_):
        return render(request, "grants/workbench_waits.html", {"round": round_})
    if any(pot.is_partial for pot in benches.pots_for(round_, access.person(request))):
        # Whatever is proposed comes from what is free, and so tells what that vote holds.
        context = {"round": round_, "is_closed": True}
        return render(request, "grants/workbench_waits.html", context, status=403)
    marks, typed = reviews.marks_of(round_), request.POST or request.GET
    funds = [pot.fund for pot in benches.pots(round_)]
    plain = workbench.bench(round_, marks)
    # Nobody tries anything with what they are out of: the answer would tell of it.
    hidden = _hidden(plain, access.person(request))
    mine = [each for pk, each in plain.applications.items() if pk not in hidden]
    trial = Trial(typed, mine, funds, _members(marks), round_.currency)
    found = workbench.bench(round_, marks, trial.asked)
    if request.method == "POST" and not trial.mistakes:
        return _keep(request, found, trial, funds)
    return _page(request, found, trial, funds)


def _keep(request: HttpRequest, found: Bench, trial: Trial, funds: list[Fund]) -> HttpResponse:
    try:
        kept = allocations.freeze(
            round_id=found.round.pk,
            marks=reviews.marks_of(found.round),
            asked=trial.asked,
            seen=trial.value("seen"),
            closes_at=clock.now() + _VOTE,
            by=access.person(request),
        )
    except Refused as refusal:
        trial.refusal = refusal.sentence
        return _page(request, found, trial, funds, status=409)
    messages.success(
        request,
        _("Proposal %(number)s is kept, and this draft comes from it.") % {"number": kept.number},
    )
    return redirect("grants:committee_change", pk=kept.motion_id)


def _members(marks: Marks) -> dict[int, str]:
    ids = {member for given in marks.values() for member in given}
    rows = User.objects.filter(pk__in=ids).order_by("name", "pk")
    return {row.pk: row.name for row in rows}


def _page(
    request: HttpRequest, found: Bench, trial: Trial, funds: list[Fund], status: int = 200
) -> HttpResponse:
    hidden = _hidden(found, access.person(request))
    lines = _lines(found, trial, hidden)
    context = {
        "round": found.round,
        "lines": lines,
        "hidden": [each for pk, each in found.applications.items() if pk in hidden],
        "unmarked": [each for each in found.unmarked if each.pk not in hidden],
        "bench": found,
        "trial": trial,
        "funds": _funds(found, funds, is_partial=bool(hidden)),
        **_tried(found, trial, funds),
        "asked": _sum(found, [line.ask for line in lines]),
        "proposed": _sum(found, [line.amount for line in lines]),
        "most": _most(found, hidden),
        "is_chair": access.may(request, Role.CHAIR),
        "seen": workbench.fingerprint(workbench.frozen(found)) if found.outcome else "",
        "lot": lotteries.draw(found.round).sha256,
        "kept": found.round.allocations.select_related("made_by", "motion").order_by("-number"),
        "tells_changes": not _is_out(found.round, access.person(request)),
    }
    return render(request, "grants/workbench.html", context, status=status)


def _hidden(found: Bench, me: User) -> set[int]:
    """What the reader is out of, or has not declared on."""
    standings = declarations.standings(list(found.applications.values()), me)
    return {pk for pk, standing in standings.items() if standing not in declarations.READS}


def _is_out(round_: Round, me: User) -> bool:
    """Whether anything of the round is closed to the reader, decided and under vote as well."""
    rows = Application.objects.filter(round=round_, submitted_at__isnull=False)
    rows = rows.select_related("round")
    standings = declarations.standings(list(rows), me)
    return not declarations.READS.issuperset(standings.values())


def _tried(found: Bench, trial: Trial, funds: list[Fund]) -> dict[str, Any]:
    return {
        "fields": [
            (fund, trial.value(f"fund{fund.pk}"), trial.value(f"keep{fund.pk}")) for fund in funds
        ],
        "pairs": [
            [(f"apart{at}{side}", trial.value(f"apart{at}{side}")) for side in SIDES]
            for at in range(PAIRS)
        ],
        "typed": {name: trial.value(name) for name in ("without", "deep", "bar", "country")},
        "changes": workbench.changes(trial.asked, found.applications, found.round.currency),
    }


def _scores(found: Bench, hidden: set[int]) -> list[Score]:
    """The order as its reader may know it: as if what they are out of were not there.

    A place left empty among the others would tell where it stands.
    """
    if not hidden:
        return list(found.scores.values())
    given = {pk: marks for pk, marks in found.marks.items() if pk not in hidden}
    lots = {pk: f"{score.place:09}" for pk, score in found.scores.items()}
    return ranking.ranking(given, found.weights, lots, without=found.asked.without)


def _sentence(found: Bench, pk: int, hidden: set[int]) -> str:
    """Why it gets nothing; not what the reader is out of, which may stand in its way."""
    refusal = found.outcome.refusals.get(pk) if found.outcome else None
    if refusal and hidden.intersection(refusal.others):
        return _("Another application stands in its way.")
    return found.sentences.get(pk, "")


def _lines(found: Bench, trial: Trial, hidden: set[int]) -> list[Line]:
    names = {purse.id: purse.name for purse in found.case.purses}
    currency, awards = found.round.currency, found.outcome.awards if found.outcome else {}
    lines = []
    for score in _scores(found, hidden):
        pk = score.application_id
        application = found.applications[pk]
        parts = awards.get(pk, {})
        lines.append(
            Line(
                application,
                is_out=False,
                score=score,
                ask=Money(application.ask_minor, currency),
                amount=Money(sum(parts.values()), currency) if parts else None,
                parts=tuple((names[fund], Money(minor, currency)) for fund, minor in parts.items()),
                sentence=_sentence(found, pk, hidden),
                choice=trial.value(f"choice{pk}"),
                by_hand=trial.value(f"amount{pk}"),
                why=trial.value(f"why{pk}"),
            )
        )
    out = sorted(hidden.intersection(found.scores))
    return lines + [Line(found.applications[pk], is_out=True) for pk in out]


def _funds(found: Bench, funds: list[Fund], *, is_partial: bool) -> list[dict[str, Any]]:
    """What each fund has free, and what the proposal leaves; not told where it would tell more."""
    currency, spent = found.round.currency, dict.fromkeys((fund.pk for fund in funds), 0)
    for parts in found.outcome.awards.values() if found.outcome else ():
        for fund_id, minor in parts.items():
            spent[fund_id] += minor
    rooms = {purse.id: purse.minor for purse in found.case.purses}
    return [
        {
            "fund": fund,
            "room": Money(rooms[fund.pk], currency),
            "left": None if is_partial else Money(rooms[fund.pk] - spent[fund.pk], currency),
            "width": 0 if is_partial else 1000 * spent[fund.pk] // max(rooms[fund.pk], 1),
        }
        for fund in funds
    ]


def _most(found: Bench, hidden: set[int]) -> dict[str, Any] | None:
    """How the set with the most marks differs from the proposal; not told in part."""
    if found.most is None or found.outcome is None or hidden:
        return None
    taken = set(found.outcome.awards)

    def titles(pks: set[int]) -> list[str]:
        return sorted(found.applications[pk].project.title for pk in pks)

    return {
        "more": titles(set(found.most.taken) - taken),
        "less": titles(taken - set(found.most.taken)),
        "is_proven": found.most.is_proven,
    }


def _sum(found: Bench, parts: list[Money | None]) -> Money:
    nothing = Money(0, found.round.currency)
    return sum((part for part in parts if part is not None), nothing)
