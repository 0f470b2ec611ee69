"""Goal: marks and money become a proposal that anybody can make again, and no one else's."""

import datetime as dt
import io
import json
import random
from dataclasses import replace
from typing import Any

import pytest
from django.core import management

from funding import clock
from funding.ledger.models import Fund, Restriction
from grants import allocations, declarations, motions, scopes, shortfalls, votes, workbench
from grants.allocations import NotAProposal, Otherwise
from grants.models import Allocation, Application, Choice, Criterion, Motion, Round
from grants.motions import ChairOnly
from grants.ranking import Marks
from grants.scopes import Scope
from grants.workbench import Bench, WhatIf
from tests.grants.decisions.cast import Table, table
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def set_() -> Table:
    """A free fund of 1,500.00, one for Mongolia of 1,000.00, and four applications."""
    found = table(150_000, 100_000)
    Fund.objects.filter(pk=found.funds[1].pk).update(
        restriction=Restriction.RESTRICTED, surplus="It goes to the general fund."
    )
    scopes.write(
        fund_id=found.funds[1].pk,
        scope=Scope(countries=frozenset({"MN"})),
        reason="Letter of 3 March 2027.",
        by=found.tara,
    )
    Criterion.objects.create(round=found.round, position=0, name="Need", question="Is it?")
    for title in ("Ibex", "Lynx", "Manul", "Pika"):
        found.apply(title)
    manul = found.applications[2].project
    manul.country = "KZ"
    manul.save()
    return found


def marks(set_: Table, *rows: tuple[int, ...]) -> Marks:
    """Marks of one criterion by the members in turn, zero where one gave none."""
    criterion = Criterion.objects.get(round=set_.round).pk
    return {
        each.pk: {set_.members[at].pk: {criterion: mark} for at, mark in enumerate(row) if mark}
        for each, row in zip(set_.applications, rows, strict=False)
        if any(row)
    }


def all_marked(set_: Table) -> Marks:
    """The first has the best marks, the last the worst."""
    return marks(set_, (5, 5, 5), (4, 4, 5), (3, 3, 4), (2, 2, 2))


def looked(set_: Table, given: Marks | None = None, **facts: Any) -> Bench:
    return workbench.bench(set_.round, given or all_marked(set_), WhatIf(**facts))


def awarded(found: Bench) -> dict[str, dict[str, int]]:
    """Who gets how much from which fund, by their names."""
    assert found.outcome is not None
    names = {purse.id: purse.name for purse in found.case.purses}
    return {
        found.applications[pk].project.title: {names[fund]: minor for fund, minor in parts.items()}
        for pk, parts in found.outcome.awards.items()
        if parts
    }


def freeze(set_: Table, given: Marks | None = None, **facts: Any) -> Allocation:
    told = {"by": set_.dan, **facts}
    asked = told.pop("asked", WhatIf())
    given = given or all_marked(set_)
    if "seen" not in told:
        found = workbench.bench(set_.round, given, asked)
        told["seen"] = workbench.fingerprint(workbench.frozen(found))
    return allocations.freeze(
        round_id=set_.round.pk,
        marks=given,
        asked=asked,
        closes_at=clock.now() + dt.timedelta(days=5),
        **told,
    )


def test_the_money_for_one_country_goes_there_and_the_free_money_where_it_must(
    set_: Table,
) -> None:
    # Each asks for 1,000.00 and needs 500.00: all get the least, and the best what is left.
    found = awarded(looked(set_))
    assert {title: sum(parts.values()) for title, parts in found.items()} == {
        "Ibex": 100_000,
        "Lynx": 50_000,
        "Manul": 50_000,
        "Pika": 50_000,
    }
    assert found["Manul"] == {"Fund 0": 50_000}, "it lies in Kazakhstan"
    assert sum(parts.get("Fund 1", 0) for parts in found.values()) == 100_000


def test_what_nobody_marked_is_named_and_not_proposed(set_: Table) -> None:
    found = looked(set_, marks(set_, (5, 5, 5), (0, 0, 0), (3, 3, 3)))
    assert [each.project.title for each in found.unmarked] == ["Lynx", "Pika"]
    assert sorted(awarded(found)) == ["Ibex", "Manul"]


def test_the_limits_of_the_round_hold(set_: Table) -> None:
    Round.objects.update(
        reviews_wanted=3,
        marks_due_at=clock.now(),
        bar=250,
        most_per_country_minor=120_000,
        most_of_fund_percent=1,
    )
    set_.round.refresh_from_db()
    found = looked(set_)
    assert found.outcome is not None
    by_country: dict[str, int] = {}
    for pk, parts in found.outcome.awards.items():
        country = str(found.applications[pk].project.country)
        by_country[country] = by_country.get(country, 0) + sum(parts.values())
        assert max(parts.values()) <= set_.round.funds.get(fund=set_.funds[0]).envelope_minor // 100
    assert max(by_country.values()) <= 120_000
    assert "below the bar" in found.sentences[set_.applications[3].pk]


def test_what_was_awarded_or_is_voted_on_counts_against_the_limits(set_: Table) -> None:
    Round.objects.update(most_per_applicant=2, most_per_country_minor=150_000)
    set_.round.refresh_from_db()
    set_.put({1: 100_000})
    found = looked(set_)
    assert set_.applications[0].pk not in found.applications
    assert list(awarded(found)) == ["Lynx"], "one more for the same organisation"
    assert "gets its share already" in found.sentences[set_.applications[2].pk]
    assert found.case.rules.by_country["MN"] == 50_000


def test_what_if_changes_nothing_that_is_kept(set_: Table) -> None:
    before = set_.moved()
    ibex, lynx, _manul, pika = (each.pk for each in set_.applications)
    assert awarded(looked(set_, is_deep=True)) == {
        "Ibex": {"Fund 1": 100_000},
        "Lynx": {"Fund 0": 100_000},
    }
    more = looked(set_, extra={set_.funds[0].pk: 200_000})
    assert awarded(more)["Pika"] == {"Fund 0": 100_000}
    assert not more.asked.is_real
    by_hand = looked(set_, by_hand={lynx: (70_000, "A smaller team.")}, must=frozenset({lynx}))
    assert sum(awarded(by_hand)["Lynx"].values()) == 70_000
    assert "Ibex" not in awarded(looked(set_, out=frozenset({ibex})))
    assert list(looked(set_, bar=400).sentences) == [set_.applications[2].pk, pika]
    without = looked(set_, without=set_.members[0].pk)
    assert {each.reviewers for each in without.scores.values()} == {2}
    assert set_.moved() == before
    assert not Allocation.objects.exists()


def test_rules_that_contradict_each_other_are_told_and_cannot_be_kept(set_: Table) -> None:
    asked = WhatIf(must=frozenset(each.pk for each in set_.applications), is_deep=True)
    found = workbench.bench(set_.round, all_marked(set_), asked)
    assert found.outcome is None
    assert "cannot be" in found.clash
    with pytest.raises(NotAProposal, match="cannot be"):
        freeze(set_, asked=asked, seen="0" * 64)


def test_a_proposal_is_frozen_with_its_motion_and_made_again_bit_by_bit(set_: Table) -> None:
    kept = freeze(set_)
    assert kept.motion is not None
    assert {
        item.application.project.title: {
            share.fund.name: share.amount_minor for share in item.shares.all()
        }
        for item in kept.motion.items.all()
    } == awarded(looked(set_))
    assert "mean 5.00" in kept.motion.items.order_by("pk")[0].reason
    assert allocations.is_replayed(Allocation.objects.get())
    for person in (*set_.members, set_.asel):
        assert person.name not in kept.frozen
        assert person.email not in kept.frozen


def test_what_was_frozen_is_the_same_in_any_order(set_: Table) -> None:
    rows = list(all_marked(set_).items())
    random.Random(3).shuffle(rows)
    mixed = {pk: dict(reversed(list(given.items()))) for pk, given in rows}
    assert workbench.frozen(looked(set_, mixed)) == workbench.frozen(looked(set_))


@pytest.mark.parametrize("part", ["mark", "seed", "money", "weight"])
def test_a_frozen_proposal_that_was_changed_is_found(set_: Table, part: str) -> None:
    kept = freeze(set_)
    told = json.loads(kept.frozen)
    if part == "mark":
        (given,) = list(told["marks"].values())[0:1]
        next(iter(given.values())).update(dict.fromkeys(next(iter(given.values())), 1))
    elif part == "seed":
        told["seed"] = "0" * 64
    elif part == "money":
        told["allocation"]["funds"][0]["minor"] -= 60_000
    else:
        told["allocation"]["awards"] = {}
    text = workbench.canonical(told)
    assert workbench.fingerprint(text) != kept.sha256
    assert workbench.replayed(text) != text


def test_it_is_kept_once_and_written_once(set_: Table) -> None:
    kept = freeze(set_)
    assert freeze(set_) == kept
    assert (Allocation.objects.count(), Motion.objects.count()) == (1, 1)
    with refused("allocation_is_written_once"):
        Allocation.objects.update(frozen="{}")
    with refused("allocation_is_written_once"):
        Allocation.objects.all().delete()


def test_nobody_keeps_what_they_did_not_see_or_money_that_is_not_there(set_: Table) -> None:
    before = set_.moved()
    with pytest.raises(Otherwise):
        freeze(set_, seen="0" * 64)
    with pytest.raises(ChairOnly):
        freeze(set_, by=set_.carol)
    with pytest.raises(NotAProposal, match="not there"):
        freeze(set_, asked=WhatIf(extra={set_.funds[0].pk: 1}))
    with pytest.raises(NotAProposal, match="Nothing would be funded"):
        freeze(set_, asked=WhatIf(out=frozenset(each.pk for each in set_.applications)))
    assert set_.moved() == before
    assert not Allocation.objects.exists()


def test_a_chair_who_stepped_out_of_one_proposes_the_others(set_: Table) -> None:
    declarations.step_out(application_id=set_.applications[0].pk, reason="My team.", by=set_.dan)
    kept = freeze(set_)
    assert kept.motion is not None
    titles = {item.application.project.title for item in kept.motion.items.all()}
    assert titles == {"Lynx", "Manul", "Pika"}
    motions.put(motion_id=kept.motion.pk, by=set_.dan)
    item = kept.motion.items.order_by("pk")[0]
    assert votes.cast(item_id=item.pk, choice=Choice.FOR, by=set_.carol).choice == "for"


def test_changes_are_told_in_words(set_: Table) -> None:
    one, other = set_.applications[0], set_.applications[1]
    asked = WhatIf(
        without=set_.members[0].pk,
        is_deep=True,
        per_country_minor=90_000,
        bar=150,
        by_hand={one.pk: (60_000, "Half of the families.")},
        must=frozenset({one.pk}),
        out=frozenset({other.pk}),
    )
    kept = freeze(set_, asked=asked)
    assert kept.changes == [
        "One reviewer is left out of all marks.",
        "Each gets its whole sum down the ranking.",
        "The bar is 1.50.",
        "At most €900.00 for one country.",
        "“Ibex” must be funded.",
        "“Lynx” is left out.",
        "“Ibex” gets €600.00: Half of the families.",
    ]
    assert allocations.is_replayed(kept)


def test_each_sum_that_is_named_funds_it(set_: Table) -> None:
    Application.objects.filter(pk__in=[each.pk for each in set_.applications[2:]]).update(
        minimum_minor=100_000
    )
    found = looked(set_)
    assert found.sentences
    for pk, sentence in found.sentences.items():
        assert "more in" in sentence
        short = shortfalls.shortfalls(found.case)[pk]
        more = replace(found.asked, extra={short.fund_id: short.minor})
        again = workbench.bench(set_.round, all_marked(set_), more)
        assert again.outcome is not None
        assert again.outcome.amount(pk) >= 100_000


def test_the_command_prints_a_round_again_and_finds_one_that_differs(set_: Table) -> None:
    kept = freeze(set_)
    printed, said = io.StringIO(), io.StringIO()
    management.call_command("replay_round", "call", stdout=printed, stderr=said)
    assert printed.getvalue().strip() == kept.frozen
    assert f"bit by bit: {kept.sha256}" in said.getvalue()
    management.call_command("replay_round", "call", "--number=1", stdout=io.StringIO())
    for wrong in (("call", "--number=2"), ("other",)):
        with pytest.raises(management.CommandError, match="No proposal"):
            management.call_command("replay_round", *wrong)
    Allocation.objects.create(
        round=set_.round,
        number=2,
        frozen=kept.frozen.replace('"minor":', '"minor":1'),
        sha256=kept.sha256,
        made_by=set_.dan,
        made_at=clock.now(),
    )
    with pytest.raises(management.CommandError, match="was frozen"):
        management.call_command("replay_round", "call", stdout=io.StringIO())
