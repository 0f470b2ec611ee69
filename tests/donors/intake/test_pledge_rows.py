"""Regular gifts of another system: mistakes by line, all or nothing, once, and never charged."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from donors.models import Donor, EarlierPledge, EarlierState, Pledge
from funding import clock
from funding.audit.models import Record
from funding.imports import running
from funding.imports.models import Import, State
from funding.imports.reading import Unreadable
from funding.ledger.models import Entry
from funding.mail.models import Mail
from funding.users.models import User
from tests.donors.intake import files
from tests.donors.intake.desk import TARA, Desk
from tests.ledger.racing import together


def rows(desk: Desk, count: int = 3, **facts: Any) -> list[dict[str, Any]]:
    return [
        {
            "Giver": f"Giver {number}",
            "E-mail": f"g{number}@old.example",
            "Amount": "20.00",
            "Currency": "EUR",
            "Rhythm": ("month", "quarter", "year")[number % 3],
            "Day": str(1 + number % 28),
            "Fund": "",
            "Started on": "2021-04-01",
            "Next due": (desk.today + dt.timedelta(days=9)).isoformat(),
            "Payment method": "Card ending 4242",
            "Reference": f"OLD-{number}",
        }
        | facts
        for number in range(count)
    ]


def unsaved(desk: Desk, batch: Import, **facts: Any) -> EarlierPledge:
    donor, _new = Donor.objects.get_or_create(
        email="bo@old.example", defaults={"name": "Bo", "created_at": clock.now()}
    )
    told: dict[str, Any] = {
        "entity": desk.entity,
        "donor": donor,
        "donor_name": "Bo",
        "fund": desk.general,
        "currency": "EUR",
        "amount_minor": 2000,
        "rhythm": "monthly",
        "reference": "X-1",
        "batch": batch,
        "taken_at": clock.now(),
    }
    return EarlierPledge(**told | facts)


NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("facts", "constraint"),
    [
        ({"amount_minor": 0}, "earlierpledge_promised_money"),
        ({"currency": "eur"}, "earlierpledge_currency_is_iso"),
        ({"rhythm": "weekly"}, "earlierpledge_rhythm_is_known"),
        ({"day": 32}, "earlierpledge_day_is_of_a_month"),
        ({"reference": ""}, "earlierpledge_is_told_apart"),
        ({"invited_at": NOW, "asked_at": NOW, "asked_by": "user:1"}, "_fits_its_mails"),
        ({"state": "invited"}, "earlierpledge_state_fits_its_mails"),
        ({"state": "ended"}, "earlierpledge_ends_once"),
        ({"ended_at": NOW}, "earlierpledge_ends_once"),
        ({"state": "ended", "ended_at": NOW, "due_at": NOW}, "earlierpledge_ends_once"),
        ({"state": "continued", "ended_at": NOW}, "earlierpledge_continued_has_its_pledge"),
        ({"reminded_at": NOW}, "earlierpledge_is_reminded_of_a_mail"),
        ({"state": "invited", "invited_at": NOW}, "earlierpledge_is_invited_by_somebody"),
        (
            {
                "state": "lapsed",
                "ended_at": NOW,
                "invited_at": NOW,
                "asked_at": NOW,
                "asked_by": "user:1",
            },
            "earlierpledge_lapses_after_a_reminder",
        ),
    ],
)
def test_the_database_refuses_what_cannot_be(
    desk: Desk, facts: dict[str, Any], constraint: str
) -> None:
    batch = files.bring(desk, "pledges", files.table(rows(desk, 1)))
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        unsaved(desk, batch, **facts).save()
    unsaved(desk, batch).save()
    with pytest.raises(IntegrityError, match="earlierpledge_is_taken_over_once"):
        unsaved(desk, batch).save()


def test_every_mistake_is_named_with_its_line_and_nothing_moves(desk: Desk) -> None:
    wrong: list[tuple[dict[str, str], str]] = [
        ({"Rhythm": "weekly"}, "no rhythm"),
        ({"Rhythm": ""}, "no rhythm"),
        ({"Amount": "1,000"}, "separator for thousands"),
        ({"Amount": "-3"}, "cannot be given regularly here"),
        ({"Amount": "1000000000000"}, "cannot be given regularly here"),
        ({"Amount": ""}, "Write the amount"),
        ({"Amount": "٣٠x"}, "٣٠x"),
        ({"Currency": "ABC"}, "no currency"),
        ({"Currency": "KWD"}, "cannot be given here"),
        ({"Fund": "Nobody's"}, "no fund of ours"),
        ({"E-mail": "nobody"}, "no e-mail address"),
        ({"E-mail": " "}, "asked by mail"),
        ({"Giver": "\n"}, "has a name"),
        ({"Day": "32"}, "no day of a month"),
        ({"Day": "²"}, "no day of a month"),
        ({"Started on": (desk.today + dt.timedelta(days=1)).isoformat()}, "can have begun"),
        ({"Started on": "0001-01-01"}, "can have begun"),
        ({"Next due": "9999-12-31"}, "two years away"),
        ({"Next due": "soon"}, "soon is no day"),
        ({"Reference": "OLD-0"}, "has the same reference."),
    ]
    good = rows(desk, len(wrong) + 1)
    listed = good[:1] + [row | facts for row, (facts, _) in zip(good[1:], wrong, strict=True)]
    batch = files.bring(desk, "pledges", files.table(listed))
    assert (batch.state, batch.bad_count) == (State.FAULTY, len(wrong))
    said = batch.rows.exclude(error="").order_by("number").values_list("error", flat=True)
    for (_facts, why), told in zip(wrong, said, strict=True):
        assert why in told
    assert [model.objects.count() for model in (EarlierPledge, Donor, Pledge)] == [0, 0, 0]


def test_a_nought_in_the_file_is_refused_wherever_it_stands(desk: Desk) -> None:
    content = files.table(rows(desk, 200)) + b"\x00"
    with pytest.raises(Unreadable):
        files.bring(desk, "pledges", content)


def test_they_are_recorded_not_charged_and_the_second_time_adds_nothing(desk: Desk) -> None:
    content = files.table(rows(desk, 120, Giver="Åsa  Öhrn\nvon Berg"))
    batch = files.taken(desk, "pledges", content)
    assert (batch.state, batch.error) == (State.DONE, "")
    assert EarlierPledge.objects.count() == 120
    assert [model.objects.count() for model in (Pledge, Entry, Mail)] == [0, 0, 0]
    assert (Donor.objects.count(), User.objects.count()) == (120, 120)
    assert Record.objects.filter(action="earlier_pledge.taken_over").count() == 120
    row = EarlierPledge.objects.get(reference="OLD-4")
    assert (row.donor_name, row.amount.minor, row.rhythm, row.day) == (
        "Åsa Öhrn von Berg",
        2000,
        "quarterly",
        5,
    )
    assert (row.began_on, row.method) == (dt.date(2021, 4, 1), "Card ending 4242")
    assert (row.state, row.batch, row.due_at) == (EarlierState.TAKEN, batch, None)
    again = files.taken(desk, "pledges", content + b"\n")
    assert (again.known_count, EarlierPledge.objects.count()) == (120, 120)
    other = files.bring(desk, "pledges", files.table(rows(desk, 1, Amount="21")))
    assert "another sum or rhythm" in other.rows.get().error
    desk.assert_sound()


def test_rows_without_a_reference_are_known_by_what_they_say(desk: Desk) -> None:
    bare = [{k: v for k, v in row.items() if k != "Reference"} for row in rows(desk, 3)]
    for known in (0, 3):
        batch = files.taken(desk, "pledges", files.table(bare))
        assert (batch.known_count, EarlierPledge.objects.count()) == (known, 3)


def test_a_fund_that_closes_meanwhile_stops_all_of_it(desk: Desk) -> None:
    batch = files.bring(desk, "pledges", files.table(rows(desk, 30)))
    running.accept(import_id=batch.pk, actor=TARA)
    desk.general.is_open_to_gifts = False
    desk.general.save()
    assert files.worked(batch).state == State.FAULTY
    assert not EarlierPledge.objects.exists()


def test_two_files_with_the_same_at_once_take_them_over_once(open_desk: Desk) -> None:
    batches = [
        files.bring(open_desk, "pledges", files.table(rows(open_desk, 40)) + b"\n" * number)
        for number in range(2)
    ]
    for batch in batches:
        running.accept(import_id=batch.pk, actor=TARA)
    together(2, lambda number: running.work(batches[number].pk))
    Import.objects.update(due_at=batches[0].started_at)
    for batch in batches:
        files.worked(batch)
    assert EarlierPledge.objects.count() == 40
    assert sorted(Import.objects.values_list("state", flat=True)) == [State.DONE, State.FAULTY]
