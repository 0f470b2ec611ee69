"""What it would take: for each application without money the smallest sum that funds it.

More money in one fund can also let another application in that ranks higher and takes the room
away, so the least that is missing today is not always enough. The whole choice is made again at
each sum at which anything changes, from the smallest on, until the application is in.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from funding.money import Money
from grants import allocation, countries
from grants.allocation import Contradiction, Refusal, Why
from grants.fitting import Cuts
from grants.wishes import Case

# Each step lets in somebody else; more steps than this are no sentence for a person.
_MOST_STEPS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Shortfall:
    """So much more in this fund, and the application is funded; nothing less in any one fund is."""

    wish_id: int
    fund_id: int
    minor: int


def shortfalls(case: Case, wish_ids: Iterable[int] | None = None) -> dict[int, Shortfall]:
    """The smallest sum for each application that is not funded, or for those asked about.

    Whoever is not among the answers is not funded by more money in any one fund.
    Raises Contradiction.
    """
    cuts = allocation.cuts_of(case)
    taken, refusals = allocation.choose(case, cuts=cuts)
    asked = set(refusals if wish_ids is None else wish_ids) - set(taken)
    found: dict[int, Shortfall] = {}
    for purse in case.purses:
        for wish_id, minor in _sweep(case, cuts, purse.id, asked, found):
            if wish_id not in found or minor < found[wish_id].minor:
                found[wish_id] = Shortfall(wish_id, purse.id, minor)
    return found


def by_fund(case: Case, wish_ids: Iterable[int]) -> dict[int, dict[int, int]]:
    """For each application asked about the smallest sum in every fund that could fund it alone.

    Raises Contradiction.
    """
    cuts = allocation.cuts_of(case)
    taken, _refusals = allocation.choose(case, cuts=cuts)
    asked = set(wish_ids) - set(taken)
    found: dict[int, dict[int, int]] = {}
    for purse in case.purses:
        for wish_id, minor in _sweep(case, cuts, purse.id, asked, {}):
            found.setdefault(wish_id, {})[purse.id] = minor
    return found


def _sweep(
    case: Case, cuts: Cuts, fund_id: int, asked: set[int], found: dict[int, Shortfall]
) -> Iterable[tuple[int, int]]:
    """For one fund, who gets in first at which sum, from the smallest sum on."""
    minor, waiting = 0, set(asked)
    for _step in range(_MOST_STEPS):
        taken, refusals = allocation.choose(case, cuts=cuts, extra={fund_id: minor})
        for wish_id in sorted(waiting & set(taken)):
            yield wish_id, minor
        waiting -= set(taken)
        steps = [each.missing[fund_id] for each in refusals.values() if fund_id in each.missing]
        # Beyond what another fund would need nobody is asked for any more.
        bounds = [found[each].minor if each in found else None for each in waiting]
        if not waiting or not steps:
            return
        minor += min(steps)
        if all(bound is not None and minor >= bound for bound in bounds):
            return


def sentence(case: Case, refusal: Refusal, shortfall: Shortfall | None) -> str:
    """Why an application gets nothing, and what would fund it, for a person."""
    why = _why(case, refusal)
    if shortfall is None:
        return why + " " + _("No sum in one fund alone would fund it.")
    fund = next(each.name for each in case.purses if each.id == shortfall.fund_id)
    told = {"sum": Money(shortfall.minor, case.currency).text(), "fund": fund}
    return why + " " + _("With %(sum)s more in %(fund)s it is funded.") % told


def contradiction(case: Case, clash: Contradiction) -> str:
    """Which applications cannot all be funded although each must be, and by which rule."""
    named = _names(case, clash.clash)
    if len(clash.clash) == 1:
        return _("%s must be funded and cannot be.") % named + " " + _why(case, clash.refusal)
    told = _("These must all be funded and cannot be together: %s.") % named
    return told + " " + _why(case, clash.refusal)


def _names(case: Case, wish_ids: Iterable[int]) -> str:
    names = {wish.id: wish.name for wish in case.wishes}
    return ", ".join(names[each] for each in wish_ids)


def _why(case: Case, refusal: Refusal) -> str:
    wish = next(each for each in case.wishes if each.id == refusal.wish_id)
    if refusal.why == Why.BAR:
        return _("%s has a mark below the bar.") % wish.name
    if refusal.why == Why.LIMIT:
        told = {"name": wish.name, "sum": Money(wish.least_minor, case.currency).text()}
        return _("%(name)s needs at least %(sum)s, which is over the limit of the round.") % told
    if refusal.why == Why.EXCLUDED:
        told = {"name": wish.name, "other": _names(case, refusal.others)}
        return _("%(name)s and %(other)s exclude each other.") % told
    if refusal.why == Why.APPLICANT:
        told = {"name": wish.name, "others": _names(case, refusal.others)}
        return _("The applicant of %(name)s gets its share already: %(others)s.") % told
    if refusal.why == Why.COUNTRY:
        cap = Money(case.rules.by_country[wish.country], case.currency).text()
        told = {"name": wish.name, "country": countries.name(wish.country), "cap": cap}
        return _("With %(name)s, %(country)s would get more than its limit of %(cap)s.") % told
    return _short_of_money(case, refusal, wish.name)


def _short_of_money(case: Case, refusal: Refusal, name: str) -> str:
    funds = [each for each in case.purses if each.id in refusal.funds]
    if not funds:
        return _("%s may draw on no fund of this round, or on too little of each.") % name
    room = Money(sum(each.minor for each in funds), case.currency).text()
    told = {"name": name, "funds": ", ".join(each.name for each in funds), "room": room}
    if len(funds) == 1:
        return _("%(funds)s holds %(room)s, too little for %(name)s beside those above it.") % told
    return (
        _("%(funds)s together hold %(room)s, too little for %(name)s beside those above it.") % told
    )
