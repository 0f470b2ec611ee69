"""The next euro: for work above the bar that got nothing, the exact sum that would fund it.

When a round is decided, what was good enough and found no money stays in line until it is
declined or withdrawn. The proposal is made again with the marks and the rules that were frozen
with it, and with what the funds hold now. What stands here is true at the moment it is asked: so
much more in that fund, and the proposal takes this application. The committee then votes on it.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from funding.ledger.models import Fund
from funding.money import Money
from grants import benches, shortfalls, workbench
from grants.allocation import Why
from grants.benches import Pot
from grants.models import Allocation, Application, MotionState, Round
from grants.ranking import Marks
from grants.workbench import Bench, WhatIf


@dataclass(frozen=True, slots=True)
class Appeal:
    """An application that waits for money, and the smallest gift that would fund it.

    `is_public`: its applicant has agreed that everybody may read its title, its summary, its
    organisation and its country. `least` is what it needs at least.
    """

    application: Application
    round: Round
    fund: Fund
    missing: Money
    least: Money
    is_public: bool


def appeals() -> list[Appeal]:
    """Every one of every decided round, the smallest sum first."""
    found = [appeal for kept in _decided() for appeal in of_round(kept)]
    return sorted(found, key=lambda each: (each.missing.currency, each.missing.minor, each.fund.pk))


def of_round(kept: Allocation) -> list[Appeal]:
    """Those of one round, asked again from its frozen proposal and from what its funds hold."""
    round_ = kept.round
    found = workbench.bench(round_, _marks(kept), _asked(kept))
    if found.outcome is None:
        return []
    wanting = [pk for pk, each in found.outcome.refusals.items() if each.why == Why.MONEY]
    pots = {pot.fund.pk: pot for pot in benches.pots(round_)}
    sums = shortfalls.by_fund(found.case, wanting)
    return [
        appeal
        for pk in wanting
        if (appeal := _appeal(found, found.applications[pk], pots, sums.get(pk, {})))
    ]


def gift_for(pot: Pot, more_minor: int) -> int | None:
    """What has to be given to a fund so that the round may draw so much more on it.

    None where no gift does: the fund takes none, or the round may not draw so much on it. A fund
    that is under water, or from which more is promised than it has, needs that too.
    """
    if not pot.fund.is_open_to_gifts or pot.free.minor + more_minor > pot.left.minor:
        return None
    return pot.free.minor + more_minor - pot.figures.available.minor


def _appeal(
    found: Bench, application: Application, pots: Mapping[int, Pot], sums: Mapping[int, int]
) -> Appeal | None:
    gifts = {fund: gift_for(pots[fund], more) for fund, more in sums.items()}
    possible = sorted((minor, fund) for fund, minor in gifts.items() if minor)
    if not possible:
        return None
    minor, fund = possible[0]
    currency = found.round.currency
    return Appeal(
        application=application,
        round=found.round,
        fund=pots[fund].fund,
        missing=Money(minor, currency),
        least=Money(application.minimum_minor, currency),
        is_public=application.may_be_shown_unfunded,
    )


def _decided() -> Iterable[Allocation]:
    """The last proposal of each published round that the committee has decided on."""
    rows = Allocation.objects.filter(
        motion__state=MotionState.DECIDED, round__published_at__isnull=False
    )
    return rows.order_by("round_id", "-number").distinct("round_id").select_related("round__entity")


def _marks(kept: Allocation) -> Marks:
    told: dict[str, Any] = json.loads(kept.frozen)
    return {
        int(pk): {
            int(member): {int(criterion): mark for criterion, mark in given.items()}
            for member, given in by_member.items()
        }
        for pk, by_member in told["marks"].items()
    }


def _asked(kept: Allocation) -> WhatIf:
    """The rules of the frozen proposal; what was left out of it stays out."""
    told: dict[str, Any] = json.loads(kept.frozen)
    rules = told["allocation"]["rules"]
    there = {wish["id"] for wish in told["allocation"]["applications"]}
    marked = {int(pk) for pk in told["marks"]}
    return WhatIf(
        without=told["without"],
        is_deep=rules["is_deep"],
        bar=rules["bar"],
        out=frozenset(marked - there),
    )
