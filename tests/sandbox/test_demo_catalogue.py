"""Goal: what the demonstration tells is whole: sums add up, and everybody named is there."""

from collections import Counter
from dataclasses import astuple

import pytest

from funding.sandbox.demo.catalogue.calls import CALLS, PROJECTS, REQUESTS
from funding.sandbox.demo.catalogue.cast import BODIES, CAST
from funding.sandbox.demo.catalogue.desk import CHECKS, JUDGINGS, OPINIONS, TIES
from funding.sandbox.demo.catalogue.entity import FUNDS
from funding.sandbox.demo.catalogue.gifts import VISITS
from funding.sandbox.demo.catalogue.granting import PROMISES, TELLINGS
from funding.sandbox.demo.catalogue.payments import ACCOUNTS, STEPS
from funding.sandbox.demo.catalogue.projects import Project
from funding.sandbox.demo.catalogue.questions import CRITERIA
from funding.sandbox.demo.catalogue.votes import (
    BALLOTS,
    NOES,
    ON_EQUIPMENT,
    PROPOSALS,
    STEPS_OUT,
)
from grants import bank_details, budgets, cost_limits, countries, gaps
from grants.terms import MARKS
from grants.texts import words

# Country, theme and budget in minor units.
FACTS = {
    "P01": ("MN", "T1", 980_000), "P02": ("MN", "T3", 745_000), "P03": ("MN", "T3", 620_000),
    "P04": ("KZ", "T2", 890_000), "P05": ("KZ", "T4", 525_000), "P06": ("KG", "T1", 683_000),
    "P07": ("UZ", "T1", 390_000), "P08": ("NP", "T5", 460_000), "P09": ("NP", "T3", 999_999),
    "P10": ("IN", "T1", 1_170_000), "P11": ("IN", "T5", 330_000), "P12": ("CN", "T3", 1_200_000),
    "P13": ("PK", "T2", 815_000), "P14": ("BT", "T6", 700_000), "P15": ("AM", "T1", 560_050),
    "P16": ("TM", "T1", 690_000), "P17": ("", "T4", 480_000), "P18": ("IR", "T1", 900_000),
    "P19": ("UZ", "T1", 300_000), "P20": ("PK", "T2", 270_000), "P21": ("BT", "T5", 204_000),
    "P22": ("AM", "T1", 318_200), "P23": ("KZ", "T4", 224_000), "P24": ("TM", "T2", 325_000),
    "P25": ("KG", "T2", 380_000), "P26": ("IN", "T3", 350_000), "P27": ("UZ", "T1", 240_000),
    "P28": ("NP", "T3", 300_000), "P29": ("AM", "T1", 348_000), "P30": ("MN", "T3", 955_000),
}  # fmt: skip
CALL = {call.key: call for call in CALLS}
KEYS = {person.key for person in CAST}


def test_every_budget_comes_to_what_the_project_costs() -> None:
    assert {ref: (each.country, each.theme, each.ask_minor) for ref, each in PROJECTS.items()} == (
        FACTS
    )


@pytest.mark.parametrize("project", PROJECTS.values(), ids=PROJECTS)
def test_a_project_could_be_sent_by_its_applicant(project: Project) -> None:
    assert project.applicant in KEYS
    assert project.country in countries.RANGE or not project.country
    assert 0 < project.minimum_minor <= project.ask_minor
    assert {line.category for line in project.lines} <= set(budgets.Category.values)
    assert 25 < words(project.summary) <= gaps.SUMMARY_WORDS
    assert 20 < words(project.methods) <= gaps.METHODS_WORDS
    assert project.minimum_reason


def test_everybody_has_one_address_and_applicants_a_body() -> None:
    assert not [each for each, n in Counter(person.email for person in CAST).items() if n > 1]
    bodies = {body.key for body in BODIES}
    assert {person.body for person in CAST if person.body} == bodies
    by_key = {person.key: person for person in CAST}
    assert all(by_key[each.applicant].body for each in PROJECTS.values())


def test_requests_come_while_their_round_is_open_and_within_its_limit() -> None:
    assert len({each.ref for each in REQUESTS}) == len(REQUESTS) == len(PROJECTS)
    for each in REQUESTS:
        call = CALL[each.call]
        assert call.opens - 1 > each.begun > call.closes + 1
        assert each.sent is None or each.begun > each.sent > call.closes + 0.5
        project = PROJECTS[each.ref]
        assert project.ask_minor <= call.maximum_minor
        lines = [budgets.Line(*astuple(line)) for line in project.lines]
        assert not [share for share in cost_limits.shares(call.cost_limits, lines) if share.is_over]


def test_motions_and_votes_name_what_is_there() -> None:
    sent = {each.ref: each.call for each in REQUESTS if each.sent is not None}
    for proposal in PROPOSALS:
        asked = Counter[str]()
        for each in proposal.sums:
            assert sent[each.ref] == proposal.call
            total = sum(minor for _, minor in each.parts)
            project = PROJECTS[each.ref]
            assert project.minimum_minor <= total <= project.ask_minor
            asked.update(dict(each.parts))
        assert all(minor <= dict(CALL[proposal.call].envelopes)[s] for s, minor in asked.items())
    out = {(each.member, each.ref) for each in STEPS_OUT}
    motions = {(each.call, each.number): each for each in PROPOSALS}
    for ballot in BALLOTS:
        motion = motions[ballot.call, ballot.number]
        assert (motion.put or 0) > ballot.days_ago > motion.closes
        for vote in ballot.choices.split():
            ref, letter = vote.split(":")
            assert letter in "fax"
            assert ref in {each.ref for each in motion.sums}
            assert (ballot.member, ref) not in out
    assert {each.chair for each in (*PROPOSALS, *NOES)} <= KEYS


def test_what_is_judged_was_sent_and_is_marked_by_every_criterion() -> None:
    sent = {each.ref: each.call for each in REQUESTS if each.sent is not None}
    refused = {each.refused for each in CHECKS}
    judged = {each.call for each in JUDGINGS}
    assert set(OPINIONS) == {ref for ref, call in sent.items() if call in judged} - refused
    for given in OPINIONS.values():
        assert all(len(each.marks) == len(CRITERIA) for each in given)
        assert {int(mark) for each in given for mark in each.marks} <= set(MARKS)
    assert {each.ref for each in TIES} <= set(OPINIONS)
    out = {(each.member, each.ref) for each in TIES if each.interest == "hard"}
    for ballot in ON_EQUIPMENT:
        assert not {(ballot.member, vote.split(":")[0]) for vote in ballot.choices.split()} & out


def test_awards_are_set_out_whole_and_told_of_by_line() -> None:
    lines = {
        each.ref: [line for line in each.lines if line.source == "us"] for each in PROJECTS.values()
    }
    for promise in PROMISES:
        assert sum(part.percent for part in promise.parts) == 100
    for told in TELLINGS:
        assert len(told.percents) == len(lines[told.ref])
        assert told.sent > told.accepted


def test_payments_go_to_accounts_that_could_be(db: None) -> None:
    for accounts in ACCOUNTS.values():
        for each in accounts:
            read = bank_details.read(
                holder=each.holder,
                iban=each.iban,
                account_number=each.account_number,
                bic=each.bic,
                bank_name=each.bank_name,
                country=each.country,
            )
            assert read.country == each.country
    for step in STEPS:
        assert step.by in KEYS
        assert step.act == "cancel" or step.ref in ACCOUNTS


def test_visits_come_in_order_and_to_funds_that_are_there() -> None:
    assert [each.days_ago for each in VISITS] == sorted(
        (each.days_ago for each in VISITS), reverse=True
    )
    assert {each.fund for each in VISITS} <= {fund["slug"] for fund in FUNDS}
