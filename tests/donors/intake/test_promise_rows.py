"""What zoos had promised elsewhere: taken over once, and invoiced by the rule of all promises."""

import datetime as dt
from typing import Any

import pytest

from donors.models import Contribution, ContributionState, Invoice, Pace
from donors.zoos import contributions
from funding.audit.models import Record
from funding.imports.models import State
from funding.ledger.models import Entry
from tests.donors.intake import files
from tests.donors.intake.desk import Desk
from tests.donors.zoos import zoo_world
from tests.donors.zoos.invoicing import desk as desk

__all__ = ["desk"]


def row(desk: Desk, **facts: Any) -> dict[str, Any]:
    return {
        "Zoo": "0000000-0",
        "Amount": "5000",
        "Currency": "SEK",
        "Rhythm": "year",
        "Next invoice": desk.today.isoformat(),
        "Fund": desk.general.slug,
        "Words": "",
        "PO": "PO-7",
        "Reference": "Z-1",
    } | facts


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"Zoo": "Nobody"}, "no zoo on record"),
        ({"Zoo": ""}, "no zoo on record"),
        ({"Zoo": "Twins Oy"}, "several zoos"),
        ({"Rhythm": "month"}, "by the quarter or by the year"),
        ({"Rhythm": "now and then"}, "no rhythm"),
        ({"Currency": "MNT"}, "currency"),
        ({"Amount": "0"}, "above zero"),
        ({"Amount": "x"}, "x"),
        ({"Next invoice": "2020-01-01"}, "today or within two years"),
        ({"Next invoice": "9999-12-31"}, "today or within two years"),
        ({"Fund": "nobodys"}, "no fund of ours"),
        ({"Fund": ""}, "Choose a fund"),
    ],
)
def test_what_is_no_promise_is_said_and_nothing_moves(
    desk: Desk, facts: dict[str, str], why: str
) -> None:
    zoo_world.zoo()
    for number in range(2):
        zoo_world.zoo(
            legal_name="Twins Oy",
            registration_number=f"1-{number}",
            finance_email=f"t{number}@x.example",
        )
    listed = [row(desk, Reference="Z-0"), row(desk, **facts)]
    batch = files.bring(desk, "promises", files.table(listed))
    assert (batch.state, batch.bad_count) == (State.FAULTY, 1)
    assert why in batch.rows.get(number=3).error
    assert not Contribution.objects.exists()


def test_they_run_from_here_on_and_the_second_time_adds_nothing(desk: Desk) -> None:
    zoo = zoo_world.zoo()
    listed = [
        row(desk),
        row(desk, Zoo=zoo.legal_name, Reference="Z-2", Fund="", Words="For the dogs"),
    ]
    for known in (0, 2):
        batch = files.taken(desk, "promises", files.table(listed))
        assert (batch.state, batch.known_count) == (State.DONE, known)
        assert Contribution.objects.count() == 2
    made = Contribution.objects.get(fund=desk.general)
    assert (made.zoo, made.amount_minor, made.currency) == (zoo, 500_000, "SEK")
    assert (made.pace, made.next_on, made.order_number) == (Pace.YEARLY, desk.today, "PO-7")
    waits = Contribution.objects.exclude(pk=made.pk).get()
    assert (waits.state, waits.wish) == (ContributionState.PROPOSED, "For the dogs")
    assert Record.objects.filter(action="contribution.taken_over").count() == 2
    assert Entry.objects.count() == 0
    for issued in (1, 0):
        assert contributions.sweep() == issued
    assert Invoice.objects.get().contribution == made
    made.refresh_from_db()
    assert made.next_on == dt.date(desk.today.year + 1, desk.today.month, desk.today.day)
    other = files.bring(desk, "promises", files.table([row(desk, Amount="5001")]))
    assert "another sum or zoo" in other.rows.get().error
    desk.assert_sound()
