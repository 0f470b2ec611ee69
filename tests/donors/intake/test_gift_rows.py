"""Gifts from a table: mistakes by line, all or nothing, once, and after a kill."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection

from donors import receipts
from donors.intake import offline
from donors.models import Donor, Gift, GiftLine, Receipt
from funding import clock
from funding.audit.models import Record
from funding.imports import running
from funding.imports.kinds import KINDS
from funding.imports.models import Import, Row, State
from funding.imports.running import NameMissing
from funding.ledger import book, bulk, periods, trace
from funding.ledger.bulk import Draft
from funding.ledger.models import BalanceDelta, Entry, Lot, Posting
from funding.ledger.refusals import Unbalanced
from funding.money import Money
from funding.users.models import User
from tests import make
from tests.donors.intake import files
from tests.donors.intake.desk import TARA, Desk
from tests.ledger.racing import together


def rows(desk: Desk, count: int = 3, **facts: Any) -> list[dict[str, Any]]:
    return [
        {
            "Date": (desk.today - dt.timedelta(days=1 + number % 5)).isoformat(),
            "Donor": f"Donor {number}",
            "E-mail": f"d{number % 50}@old.example",
            "Sum": "25.50",
            "Currency": "EUR",
            "Fund": "",
            "Reference": f"OLD-{number}",
        }
        | facts
        for number in range(count)
    ]


def test_every_mistake_is_named_with_its_line_and_nothing_moves(desk: Desk) -> None:
    old = desk.today - dt.timedelta(days=40)
    period = periods.open_period(
        entity_id=desk.entity.pk, name="Past", starts_on=old, ends_on=old, actor=TARA
    )
    periods.close(period_id=period.pk, actor=TARA)
    good = rows(desk, 12)
    wrong: list[tuple[dict[str, str], str]] = [
        ({"Date": "soon"}, "soon is no day"),
        ({"Date": (desk.today + dt.timedelta(days=1)).isoformat()}, "has not come yet"),
        ({"Date": old.isoformat()}, "closed"),
        ({"Sum": "1,000"}, "separator for thousands"),
        ({"Sum": "-3"}, "above zero"),
        ({"Sum": ""}, "Write the amount"),
        ({"Currency": "ABC"}, "no currency"),
        ({"Currency": "GBP"}, "what the bank credited"),
        ({"Fund": "Nobody's"}, "no open fund"),
        ({"E-mail": "nobody"}, "no e-mail address"),
        ({"Donor": " "}, "has a name"),
        ({"Reference": "OLD-0"}, "Line 2 has the same reference."),
    ]
    listed = good[:1] + [row | facts for row, (facts, _why) in zip(good, wrong, strict=True)]
    batch = files.bring(desk, "gifts", files.table(listed))
    assert (batch.state, batch.bad_count, batch.checked_count) == (State.FAULTY, 12, 13)
    said = dict(batch.rows.exclude(error="").values_list("number", "error"))
    for number, (_facts, why) in enumerate(wrong, 3):
        assert why in said[number], number
    assert [model.objects.count() for model in (Gift, Entry, Donor)] == [0, 0, 0]


def test_a_needed_column_is_asked_for_and_another_name_can_be_given(desk: Desk) -> None:
    content = files.table([{"When": "2026-03-14", "Donor": "Bo", "Paid": "5"}])
    batch = running.start(
        kind="gifts",
        entity_id=desk.entity.pk,
        name="x.csv",
        content=content,
        options={"place": desk.bank, "fund": desk.general.slug},
        actor=TARA,
    )
    assert batch.mapping == {"name": "Donor"}
    with pytest.raises(NameMissing, match="Sum"):
        running.name_columns(import_id=batch.pk, mapping={"name": "Donor"}, actor=TARA)
    named = {"name": "Donor", "day": "When", "amount": "Paid"}
    running.name_columns(import_id=batch.pk, mapping=named, actor=TARA)
    assert files.worked(batch).state == State.CHECKED


def test_gifts_come_with_all_that_a_gift_has_and_the_second_time_not_again(desk: Desk) -> None:
    content = files.table(rows(desk, 120))
    batch = files.taken(desk, "gifts", content, receipts=True)
    assert (batch.state, batch.error) == (State.DONE, "")
    assert (Gift.objects.count(), GiftLine.objects.count()) == (120, 120)
    assert (Donor.objects.count(), User.objects.count()) == (50, 50)
    assert Receipt.objects.count() == 120
    assert Record.objects.filter(action="gift.entered").count() == 120
    assert desk.free() == 120 * 2550
    trace.sweep()
    assert Lot.objects.count() == 120
    gift = Gift.objects.get(reference="OLD-7")
    assert (gift.donor_name, gift.donor.email) == ("Donor 7", "d7@old.example")
    receipts.make(gift.receipts.get().pk)
    offline.take_back(gift_id=gift.pk, why="Not theirs.", actor=TARA)
    desk.assert_sound()
    again = files.bring(desk, "gifts", content)
    assert (again.state, again.known_count, again.new_count) == (State.CHECKED, 119, 1)
    assert desk.free() == 119 * 2550


def test_rows_without_a_reference_are_known_by_what_they_say(desk: Desk) -> None:
    bare = [{k: v for k, v in row.items() if k != "Reference"} for row in rows(desk, 3)]
    twice = [*bare, bare[0]]
    files.taken(desk, "gifts", files.table(twice))
    assert Gift.objects.count() == 4, "two equal rows of a file are two gifts"
    again = files.taken(desk, "gifts", files.table(twice))
    assert (again.known_count, Gift.objects.count()) == (4, 4)
    desk.assert_sound()


def test_foreign_gifts_funds_by_name_and_people_without_an_address(desk: Desk) -> None:
    snow = make.fund(desk.entity, "Snow & Rock")
    listed = rows(desk, 2, **{"E-mail": "", "Fund": "snow & rock", "Credited": ""})
    listed[1] |= {"Currency": "GBP", "Sum": "100", "Credited": "115.00"}
    files.taken(desk, "gifts", files.table(listed))
    assert desk.free(snow) == 2550 + 11500
    assert Donor.objects.filter(email="").count() == 2
    trace.sweep()
    assert sum(lot.stop - lot.start for lot in Lot.objects.all()) == 2550 + 11500
    desk.assert_sound()


def test_a_fund_that_closes_meanwhile_stops_all_of_it(desk: Desk) -> None:
    batch = files.bring(desk, "gifts", files.table(rows(desk, 30)))
    running.accept(import_id=batch.pk, actor=TARA)
    desk.general.closed_on, desk.general.is_open_to_gifts = desk.today, False
    desk.general.save()
    batch = files.worked(batch)
    assert (batch.state, batch.accepted_by) == (State.FAULTY, "")
    assert [model.objects.count() for model in (Gift, Entry, Donor)] == [0, 0, 0]


class Killed(BaseException):
    """What ends a worker."""


def test_killed_in_the_middle_it_goes_on_and_nobody_saw_a_part(open_desk: Desk) -> None:
    batch = files.bring(open_desk, "gifts", files.table(rows(open_desk, 2500)))
    running.accept(import_id=batch.pk, actor=TARA)
    kind = KINDS["gifts"]
    seen: list[int] = []

    def dies(*args: Any) -> None:
        kind.take(*args)
        seen.append(Gift.objects.count())
        if len(seen) == 2:
            raise Killed

    KINDS["gifts"] = replace(kind, take=dies)
    try:
        with pytest.raises(Killed):
            running.work(batch.pk)
    finally:
        KINDS["gifts"] = kind
    assert seen == [1000, 2000]
    connection.close()
    assert (Gift.objects.count(), Entry.objects.count()) == (0, 0)
    assert Import.objects.get(pk=batch.pk).state == State.BOOKING
    assert running.work(batch.pk) == 0, "another worker may have it"
    Import.objects.update(due_at=batch.started_at)
    assert running.sweep() == 1
    assert Gift.objects.count() == 2500
    assert running.sweep() == 0
    open_desk.assert_sound()


def test_two_workers_at_once_take_it_in_once(open_desk: Desk) -> None:
    batch = files.bring(open_desk, "gifts", files.table(rows(open_desk, 40)))
    running.accept(import_id=batch.pk, actor=TARA)
    assert together(3, lambda _number: running.take_in(batch.pk)) == [None] * 3
    assert Gift.objects.count() == 40
    open_desk.assert_sound()


def test_two_files_with_the_same_gifts_at_once_make_them_once(open_desk: Desk) -> None:
    batches = [
        files.bring(open_desk, "gifts", files.table(rows(open_desk, 40)) + b"\n" * number)
        for number in range(2)
    ]
    for batch in batches:
        running.accept(import_id=batch.pk, actor=TARA)
    together(2, lambda number: running.work(batches[number].pk))
    Import.objects.update(due_at=batches[0].started_at)
    for batch in batches:
        files.worked(batch)
    assert Gift.objects.count() == 40
    assert sorted(Import.objects.values_list("state", flat=True)) == [State.DONE, State.FAULTY]
    open_desk.assert_sound()


def test_many_entries_are_those_that_single_ones_would_be(desk: Desk) -> None:
    legs = [
        book.Leg(desk.bank, desk.general.pk, Money(100, "EUR")),
        book.Leg("gifts", desk.general.pk, Money(-100, "EUR")),
    ]
    drafts = [Draft(f"gift:{n}:settle", "gift", f"gift:{n}", desk.today, legs) for n in range(3)]
    bulk.post_many(entity_id=desk.entity.pk, actor=TARA, drafts=drafts)
    assert (Entry.objects.count(), Posting.objects.count()) == (3, 6)
    assert sorted(BalanceDelta.objects.values_list("amount_minor", flat=True)) == [-300, 300]
    desk.assert_sound()
    with pytest.raises(Unbalanced):
        bulk.post_many(
            entity_id=desk.entity.pk,
            actor=TARA,
            drafts=[Draft("gift:9:settle", "gift", "gift:9", desk.today, legs[:1])],
        )


def test_donors_alone_are_found_or_new(desk: Desk) -> None:
    Donor.objects.create(name="Bo", email="bo@old.example", created_at=clock.now())
    content = files.table(
        [
            {"Name": "Bo Ek", "E-mail": "BO@old.example"},
            {"Name": "Eva", "E-mail": "eva@old.example"},
        ]
    )
    batch = files.taken(desk, "donors", content)
    assert (batch.state, batch.known_count) == (State.DONE, 1)
    assert sorted(Donor.objects.values_list("name", flat=True)) == ["Bo", "Eva"]
    bad = files.bring(desk, "donors", files.table([{"Name": "X", "E-mail": ""}]))
    assert bad.state == State.FAULTY
    assert Row.objects.count() == 1
