"""From marks to a proposal: the questions of a round put to the engine, and what-ifs beside it.

Nothing here decides. A proposal that somebody wants to keep is frozen with its fingerprint, and
the committee votes on the motion that is written from it.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from django.utils.translation import gettext as _

from funding import clock
from funding.ledger.models import Fund, Restriction
from funding.money import Money
from grants import allocation, benches, caps, lotteries, most_marks, ranking, scopes, shortfalls
from grants.allocation import Contradiction, Outcome
from grants.models import Application, ApplicationState, Item, ItemState, Round
from grants.most_marks import Best
from grants.motions import Proposal
from grants.ranking import Marks, Score
from grants.wishes import Case, NotACase, Purse, Rules, Wish

VERSION: Final = 1
# Whatever the marks and the money say, the comparison is shown only while it is quick.
_STEPS: Final = 30_000


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What somebody would like to try. Nothing of it is kept unless it is frozen.

    `without` leaves a reviewer out, `extra` adds to funds, `by_hand` sets an amount for an
    application with the reason for it, `must` and `out` are applications. Of two that stand
    `apart` one is funded at most; `kept` stays in funds.
    """

    without: int | None = None
    is_deep: bool = False
    per_country_minor: int | None = None
    bar: int | None = None
    extra: Mapping[int, int] = field(default_factory=dict)
    by_hand: Mapping[int, tuple[int, str]] = field(default_factory=dict)
    must: frozenset[int] = frozenset()
    out: frozenset[int] = frozenset()
    apart: frozenset[frozenset[int]] = frozenset()
    kept: Mapping[int, int] = field(default_factory=dict)

    @property
    def is_real(self) -> bool:
        """Whether it adds no money that is not there; only then can it become a motion."""
        return not any(self.extra.values())


@dataclass(frozen=True, slots=True)
class Bench:
    """A proposal with everything that explains it. `clash` stands instead of an outcome."""

    round: Round
    applications: Mapping[int, Application]
    scores: Mapping[int, Score]
    case: Case
    outcome: Outcome | None
    clash: str
    sentences: Mapping[int, str]
    most: Best | None
    asked: WhatIf
    marks: Marks
    weights: Mapping[int, int]

    @property
    def unmarked(self) -> list[Application]:
        """Those that nobody has marked, by title: they are in no order."""
        left = [each for pk, each in self.applications.items() if pk not in self.scores]
        return sorted(left, key=lambda each: each.project.title)


def weights_of(round_: Round) -> dict[int, int]:
    """What each criterion of a round weighs, by its key."""
    return dict(round_.criterions.values_list("pk", "weight"))


def bench(round_: Round, marks: Marks, asked: WhatIf | None = None) -> Bench:
    """The proposal for what is still undecided, from what the funds have free now."""
    asked, weights = asked or WhatIf(), weights_of(round_)
    applications = _undecided(round_)
    given = {pk: marks[pk] for pk in applications if pk in marks}
    lots = _lots(round_, applications)
    scores = {
        each.application_id: each
        for each in ranking.ranking(given, weights, lots, without=asked.without)
    }
    case = _case(round_, applications, scores, lots, asked)
    outcome, clash, sentences, most = _answer(case)
    return Bench(
        round_,
        applications,
        scores,
        case,
        outcome,
        clash,
        sentences,
        most,
        asked,
        given,
        weights,
    )


def _undecided(round_: Round) -> dict[int, Application]:
    """What was sent in and stands in no open motion."""
    busy = Item.objects.filter(state=ItemState.OPEN, motion__put_at__isnull=False)
    rows = Application.objects.filter(round=round_, state=ApplicationState.SUBMITTED)
    found = rows.checked().exclude(items__in=busy).select_related("project__organisation", "round")
    return {each.pk: each for each in found.order_by("pk")}


def _lots(round_: Round, applications: Mapping[int, Application]) -> dict[int, str]:
    seed = lotteries.seed_of(round_)
    return {pk: lotteries.lot(seed, each) for pk, each in applications.items()}


def _case(
    round_: Round,
    applications: Mapping[int, Application],
    scores: Mapping[int, Score],
    lots: Mapping[int, str],
    asked: WhatIf,
) -> Case:
    funds, day = _purses(round_, asked), clock.today(round_.entity.zone)
    named = scopes.standing(purse.id for purse in funds)
    wishes = []
    for pk in scores:
        if pk in asked.out:
            continue
        application = applications[pk]
        project = application.project
        fits = frozenset(fund for fund, scope in named.items() if scope.fits(project, day))
        wish = Wish(
            id=pk,
            name=project.title,
            asked_minor=application.ask_minor,
            least_minor=application.minimum_minor,
            score=scores[pk].mean,
            lottery=lots[pk],
            country=str(project.country),
            applicant=str(project.organisation_id),
            purses=fits,
            is_must=pk in asked.must,
        )
        if pk in asked.by_hand:
            minor = asked.by_hand[pk][0]
            wish = replace(wish, asked_minor=minor, least_minor=minor)
        wishes.append(wish)
    countries = {wish.country for wish in wishes}
    return Case.of(
        currency=round_.currency,
        purses=funds,
        wishes=wishes,
        rules=_rules(round_, countries, asked, {wish.id for wish in wishes}),
    )


def _purses(round_: Round, asked: WhatIf) -> list[Purse]:
    pots = benches.pots(round_)
    named = scopes.standing(pot.fund.pk for pot in pots)
    return [
        Purse(
            id=pot.fund.pk,
            name=pot.fund.name,
            minor=_room(pot, asked),
            is_restricted=pot.fund.restriction != Restriction.UNRESTRICTED,
            expires_on=named[pot.fund.pk].expires_on,
            most_minor=caps.of_fund(round_, pot.envelope.minor),
        )
        for pot in pots
    ]


def _room(pot: benches.Pot, asked: WhatIf) -> int:
    more, kept = asked.extra.get(pot.fund.pk, 0), asked.kept.get(pot.fund.pk, 0)
    return max(pot.free.minor + more - kept, 0)


def _rules(round_: Round, countries: set[str], asked: WhatIf, wished: set[int]) -> Rules:
    cap = asked.per_country_minor or round_.most_per_country_minor
    before = caps.taken(round_)
    by_country = {
        country: max(cap - before.by_country[country], 0)
        for country in countries
        if cap and country
    }
    return Rules(
        is_deep=asked.is_deep,
        bar=round_.bar if asked.bar is None else asked.bar,
        most_minor=round_.maximum_minor,
        by_country=by_country,
        per_applicant=round_.most_per_applicant,
        granted={str(body): number for body, number in before.by_body.items()},
        exclusive=frozenset(pair for pair in asked.apart if pair <= wished),
        sliver_minor=round_.sliver_minor,
    )


def _answer(case: Case) -> tuple[Outcome | None, str, dict[int, str], Best | None]:
    try:
        outcome = allocation.propose(case)
        short = shortfalls.shortfalls(case)
    except Contradiction as clash:
        return None, shortfalls.contradiction(case, clash), {}, None
    said = {
        pk: shortfalls.sentence(case, refusal, short.get(pk))
        for pk, refusal in outcome.refusals.items()
    }
    try:
        most = most_marks.best(case, steps=_STEPS)
    except NotACase:
        most = None
    return outcome, "", said, most


def changes(asked: WhatIf, applications: Mapping[int, Application], currency: str) -> list[str]:
    """What somebody altered, in words, for the minutes."""

    def title(pk: int) -> str:
        return applications[pk].project.title

    said = []
    if asked.without is not None:
        said.append(_("One reviewer is left out of all marks."))
    if asked.is_deep:
        said.append(_("Each gets its whole sum down the ranking."))
    if asked.bar is not None:
        said.append(_("The bar is %(bar)s.") % {"bar": f"{asked.bar / 100:.2f}"})
    if asked.per_country_minor:
        sentence = _("At most %(sum)s for one country.")
        said.append(sentence % {"sum": Money(asked.per_country_minor, currency).text()})
    said += [_("“%s” must be funded.") % title(pk) for pk in sorted(asked.must)]
    said += [_("“%s” is left out.") % title(pk) for pk in sorted(asked.out)]
    for pair in sorted(map(sorted, asked.apart)):
        sentence = _("Of “%(one)s” and “%(other)s” one is funded at most.")
        said.append(sentence % {"one": title(pair[0]), "other": title(pair[1])})
    for fund in Fund.objects.filter(pk__in=asked.kept).order_by("position", "name"):
        sentence = _("%(sum)s stays in “%(fund)s”.")
        said.append(sentence % {"sum": Money(asked.kept[fund.pk], currency).text(), "fund": fund})
    for pk, (minor, why) in sorted(asked.by_hand.items()):
        sentence = _("“%(title)s” gets %(sum)s: %(why)s")
        told = {"title": title(pk), "sum": Money(minor, currency).text(), "why": why}
        said.append(sentence % told)
    return said


def proposals(found: Bench, *, but: frozenset[int] = frozenset()) -> list[Proposal]:
    """What a motion would propose, but for some applications, each with why this much."""
    assert found.outcome is not None
    return [
        Proposal(pk, dict(parts), _reason(found, pk))
        for pk, parts in sorted(found.outcome.awards.items())
        if pk not in but
    ]


def _reason(found: Bench, pk: int) -> str:
    if pk in found.asked.by_hand:
        return found.asked.by_hand[pk][1][:400]
    score = found.scores[pk]
    sentence = _("Place %(place)s of %(all)s, mean %(mean)s.")
    told = {"place": score.place, "all": len(found.scores), "mean": f"{score.mean / 100:.2f}"}
    return sentence % told


def frozen(found: Bench) -> str:
    """Everything from the marks to the answer as canonical JSON: the same for the same facts."""
    assert found.outcome is not None
    told = {
        "version": VERSION,
        "round": found.round.slug,
        "seed": lotteries.seed_of(found.round),
        "uuids": {str(pk): str(each.uuid) for pk, each in found.applications.items()},
        "marks": _keyed(found.marks),
        "weights": _keyed(found.weights),
        "without": found.asked.without,
        "allocation": json.loads(allocation.frozen(found.case, found.outcome)),
    }
    return canonical(told)


def replayed(text: str) -> str:
    """What the same marks and the same question come to now, in the same form."""
    told: dict[str, Any] = json.loads(text)
    marks = {
        int(pk): {
            int(member): {int(criterion): mark for criterion, mark in given.items()}
            for member, given in by_member.items()
        }
        for pk, by_member in told["marks"].items()
    }
    weights = {int(pk): weight for pk, weight in told["weights"].items()}
    lots = {int(pk): lotteries.of_uuid(told["seed"], uuid) for pk, uuid in told["uuids"].items()}
    found = ranking.ranking(marks, weights, lots, without=told["without"])
    scores = {each.application_id: each.mean for each in found}
    case = _case_of(told["allocation"], scores, lots)
    answer = allocation.frozen(case, allocation.propose(case))
    return canonical({**told, "allocation": json.loads(answer)})


def _case_of(told: dict[str, Any], scores: Mapping[int, int], lots: Mapping[int, str]) -> Case:
    """The question as it was frozen; marks and lots are not believed but made again."""
    rules = told["rules"]
    return Case.of(
        currency=told["currency"],
        purses=[
            Purse(**{**each, "expires_on": _day(each["expires_on"])}) for each in told["funds"]
        ],
        wishes=[
            Wish(
                **{
                    **each,
                    "purses": frozenset(each["purses"]),
                    "score": scores[each["id"]],
                    "lottery": lots[each["id"]],
                }
            )
            for each in told["applications"]
        ],
        rules=Rules(**{**rules, "exclusive": frozenset(map(frozenset, rules["exclusive"]))}),
    )


def canonical(told: object) -> str:
    """JSON in the one way in which it is fingerprinted."""
    return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def fingerprint(text: str) -> str:
    """The SHA-256 of a frozen proposal, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _keyed(value: object) -> Any:  # noqa: ANN401 (JSON is of any shape)
    """The same with keys as text, as JSON wants them."""
    if isinstance(value, Mapping):
        return {str(key): _keyed(each) for key, each in value.items()}
    return value
