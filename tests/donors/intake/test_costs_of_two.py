"""Goal: a cost over the limit takes two people, once, and is refused to one."""

import uuid
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from donors.intake import costs, matching
from donors.intake.costs import Proposed, TooLarge
from donors.intake.matching import MoreThanIsLeft, NotThisOne
from donors.models import BankLine, BankPart, CostProposal, CostState
from funding import clock
from funding.users.models import Role, User
from funding.users.second import SecondPersonNeeded
from tests.donors.intake.desk import TARA, Desk
from tests.ledger.racing import together
from tests.people import make_person, sign_in

LARGE = 60_000


def people(count: int) -> list[User]:
    return [make_person(f"k{n}@x.example", f"K{n}", Role.TREASURER) for n in range(count)]


def said(desk: Desk, line: BankLine, by: User, why: str = "Audit.") -> CostProposal:
    made = costs.say(
        line_id=line.pk, fund_id=desk.general.pk, reason=why, by=by, token=uuid.uuid4()
    )
    assert isinstance(made, CostProposal)
    return made


@pytest.mark.parametrize(
    ("facts", "constraint"),
    [
        ({"amount_minor": 0}, "costproposal_moves_money"),
        ({"reason": ""}, "costproposal_has_a_reason"),
        ({"state": "booked"}, "costproposal_takes_two"),
    ],
)
def test_the_database_wants_two(desk: Desk, facts: dict[str, object], constraint: str) -> None:
    told: dict[str, object] = {
        "line": desk.line(-LARGE),
        "fund": desk.general,
        "amount_minor": 5,
        "reason": "Audit.",
        "proposed_by": people(1)[0],
        "proposed_at": clock.now(),
    }
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        CostProposal.objects.create(**told | facts)


def test_one_person_alone_only_proposes(desk: Desk) -> None:
    one, two = people(2)
    line = desk.line(-LARGE)
    with pytest.raises(TooLarge):
        matching.match(
            line_id=line.pk,
            kind="cost",
            amount_minor=LARGE,
            what=desk.general.pk,
            actor=TARA,
            token=uuid.uuid4(),
        )
    with pytest.raises(NotThisOne):
        said(desk, line, one, " ")
    made = said(desk, line, one)
    assert said(desk, line, one) == made
    with pytest.raises(Proposed):
        said(desk, line, two)
    with pytest.raises(SecondPersonNeeded):
        costs.agree(proposal_id=made.pk, by=one)
    with pytest.raises(SecondPersonNeeded):
        costs.agree(proposal_id=made.pk, by=make_person("eve@x.example", "Eve"))
    assert (desk.free(), BankPart.objects.count()) == (0, 0)
    costs.disagree(proposal_id=made.pk, by=two)
    with pytest.raises(SecondPersonNeeded):
        costs.agree(proposal_id=made.pk, by=two)
    again = said(desk, line, two)
    costs.agree(proposal_id=again.pk, by=one)
    with pytest.raises(SecondPersonNeeded):
        costs.agree(proposal_id=again.pk, by=one)
    assert (desk.free(), desk.in_suspense()) == (-LARGE, 0)
    desk.assert_sound()


def test_parts_of_one_line_count_together(desk: Desk) -> None:
    line = desk.line(LARGE)
    told: dict[str, Any] = {
        "line_id": line.pk,
        "kind": "cost",
        "what": desk.general.pk,
        "actor": TARA,
    }
    matching.match(amount_minor=LARGE // 2, token=uuid.uuid4(), **told)
    with pytest.raises(TooLarge):
        matching.match(amount_minor=LARGE // 2, token=uuid.uuid4(), **told)
    assert said(desk, line, people(1)[0]).amount_minor == LARGE // 2


def test_what_was_explained_meanwhile_is_not_booked_again(desk: Desk) -> None:
    one, two = people(2)
    line = desk.line(LARGE)
    made = said(desk, line, one)
    matching.match(
        line_id=line.pk,
        kind="gift",
        amount_minor=LARGE,
        what=desk.giver(LARGE),
        actor=TARA,
        token=uuid.uuid4(),
    )
    with pytest.raises(MoreThanIsLeft):
        costs.agree(proposal_id=made.pk, by=two)
    made.refresh_from_db()
    assert (made.state, desk.free()) == (CostState.PROPOSED, LARGE)
    costs.disagree(proposal_id=made.pk, by=two)
    desk.assert_sound()


def test_agreeing_and_disagreeing_at_once_is_one_word(open_desk: Desk) -> None:
    one, two, three = people(3)
    made = said(open_desk, open_desk.line(-LARGE), one)

    def decide(number: int) -> str:
        rule, by = ((costs.agree, two), (costs.disagree, three))[number]
        return str(rule(proposal_id=made.pk, by=by).state)

    outcomes = together(2, decide)
    assert [type(each) for each in outcomes].count(SecondPersonNeeded) == 1
    made.refresh_from_db()
    parts = 1 if made.state == CostState.BOOKED else 0
    assert BankPart.objects.count() == parts
    open_desk.assert_sound()


def test_the_pages_lead_from_one_person_to_the_other(desk: Desk) -> None:
    clients = [Client(), Client()]
    for client, user in zip(clients, people(2), strict=True):
        sign_in(client, user)
    line = desk.line(-LARGE)
    page = reverse("donors:intake_line", kwargs={"pk": line.pk})
    cost = reverse("donors:intake_line_cost", kwargs={"pk": line.pk})
    told = {"fund": desk.general.pk, "token": str(uuid.uuid4())}
    assert clients[0].post(cost, told).status_code == 409
    assert clients[0].post(cost, told | {"reason": "Audit\0"}).status_code == 409
    assert clients[0].post(cost, told | {"reason": "Audit"}).status_code == 302
    assert "another treasurer" in clients[0].get(page).content.decode()
    assert "Agree, and book it" in clients[1].get(page).content.decode()
    assert "a cost or income" in clients[1].get(reverse("inbox")).content.decode()
    made = CostProposal.objects.get()
    agree = reverse("donors:intake_cost_agree", kwargs={"pk": made.pk})
    assert clients[0].post(agree).status_code == 409
    assert clients[1].post(agree).status_code == 302
    assert desk.free() == -LARGE
