"""Lines of bank statements wait in suspense, become gifts in parts, and go back."""

import datetime as dt
import time
import uuid
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from donors import refunds
from donors.intake import lines, matching, offline, returns
from donors.intake.costs import TooLarge
from donors.intake.lines import OtherLine, WrongLine
from donors.intake.matching import MoreThanIsLeft, NotThisOne, NotUndone
from donors.intake.offline import NotByHand
from donors.models import BankLine, BankPart, Gift, GiftState
from funding.errors import Refused
from funding.ledger import periods, trace
from funding.ledger.models import Entry
from funding.ledger.refusals import PeriodClosed
from funding.money import Money
from tests import make
from tests.donors.intake.desk import TARA, Desk
from tests.ledger.racing import together


def give(desk: Desk, line: BankLine, minor: int = 12000, **facts: object) -> BankPart:
    asked: dict[str, Any] = {
        "line_id": line.pk,
        "kind": "gift",
        "amount_minor": minor,
        "what": desk.giver(minor),
        "actor": TARA,
        "token": uuid.uuid4(),
    }
    return matching.match(**asked | facts)


def test_a_line_that_cannot_be_is_refused(desk: Desk) -> None:
    day = desk.today - dt.timedelta(days=40)
    period = periods.open_period(
        entity_id=desk.entity.pk, name="Past", starts_on=day, ends_on=day, actor=TARA
    )
    periods.close(period_id=period.pk, actor=TARA)
    cases: tuple[tuple[dict[str, Any], type[Refused]], ...] = (
        ({"place": "bank:nowhere"}, WrongLine),
        ({"place": "suspense"}, WrongLine),
        ({"place": desk.entity.accounts.get(kind="clearing").code}, WrongLine),
        ({"amount": Money(0, "EUR")}, WrongLine),
        ({"reference": ""}, WrongLine),
        ({"booked_on": day}, PeriodClosed),
    )
    for facts, refusal in cases:
        with pytest.raises(refusal):
            desk.line(**facts)
    assert (BankLine.objects.count(), Entry.objects.count()) == (0, 0)


def test_the_same_line_again_is_the_same_row_and_another_one_is_refused(desk: Desk) -> None:
    told = desk.told()
    first = lines.arrive(told=told, actor=TARA)
    assert lines.arrive(told=told, actor=TARA) == first
    with pytest.raises(OtherLine):
        desk.line(1, reference=told.reference)
    assert (desk.at_bank(), desk.in_suspense(), desk.free()) == (12000, 12000, 0)
    desk.assert_sound()


def test_more_than_is_left_is_refused_by_the_rule_and_by_the_database(desk: Desk) -> None:
    line = desk.line()
    give(desk, line, 7000)
    for minor in (5001, 0, -1):
        with pytest.raises(MoreThanIsLeft):
            give(desk, line, minor)
    for minor in (12001, -1):
        with (
            pytest.raises(IntegrityError, match="bankline_explains_no_more_than_it_moved"),
            transaction.atomic(),
        ):
            BankLine.objects.update(matched_minor=minor)
    assert (desk.free(), desk.in_suspense(), Gift.objects.count()) == (7000, 5000, 1)
    desk.assert_sound()


def test_what_the_gift_refuses_leaves_the_money_where_it_is(desk: Desk) -> None:
    line = desk.line()
    other = make.fund(make.entity())
    for what, refusal in (
        (desk.giver(11999), NotThisOne),
        (desk.giver(12000, other), offline.WrongFund),
    ):
        with pytest.raises(refusal):
            give(desk, line, what=what)
    went = desk.line(-500)
    with pytest.raises(NotThisOne):
        give(desk, went, 500)
    assert (desk.free(), desk.in_suspense()) == (0, 11500)
    assert (BankPart.objects.count(), Gift.objects.count()) == (0, 0)
    desk.assert_sound()


def test_a_line_becomes_two_gifts_on_its_own_day(desk: Desk) -> None:
    line = desk.line(booked_on=desk.today - dt.timedelta(days=3), reference="L-9")
    first = give(desk, line, 7000)
    again = matching.match(
        line_id=line.pk,
        kind="gift",
        amount_minor=7000,
        what=desk.giver(7000),
        actor=TARA,
        token=first.token,
    )
    assert again == first
    give(desk, line, 5000)
    rows = list(Gift.objects.order_by("pk"))
    assert [(gift.amount_minor, gift.received_on) for gift in rows] == [
        (7000, line.booked_on),
        (5000, line.booked_on),
    ]
    assert rows[0].reference == "L-9"
    assert rows[1].reference.startswith("L-9/")
    assert (desk.free(), desk.at_bank(), desk.in_suspense()) == (12000, 12000, 0)
    assert lines.waiting().count() == 0
    desk.assert_sound()


def test_a_line_of_a_period_that_closed_meanwhile_is_booked_on_the_next_day(desk: Desk) -> None:
    day = desk.today - dt.timedelta(days=40)
    line = desk.line(booked_on=day)
    period = periods.open_period(
        entity_id=desk.entity.pk, name="Past", starts_on=day, ends_on=day, actor=TARA
    )
    periods.close(period_id=period.pk, actor=TARA)
    give(desk, line)
    gift = Gift.objects.get()
    assert gift.received_on == day
    happened = Entry.objects.get(cause=f"gift:{gift.pk}").happened_on
    assert happened == day + dt.timedelta(days=1)
    desk.assert_sound()


def test_a_match_is_undone_once_and_its_gift_was_never_made(desk: Desk) -> None:
    line = desk.line()
    part = give(desk, line)
    gift = Gift.objects.get()
    with pytest.raises(NotByHand):
        offline.take_back(gift_id=gift.pk, why="Wrong.", actor=TARA)
    with pytest.raises(NotUndone):
        matching.undo(part_id=part.pk, why=" ", actor=TARA)
    matching.undo(part_id=part.pk, why="Another one's.", actor=TARA)
    gift.refresh_from_db()
    assert gift.state == GiftState.FAILED
    assert (desk.free(), desk.at_bank(), desk.in_suspense()) == (0, 12000, 12000)
    with pytest.raises(NotUndone):
        matching.undo(part_id=part.pk, why="Again.", actor=TARA)
    give(desk, line)
    assert (desk.free(), desk.in_suspense()) == (12000, 0)
    desk.assert_sound()


def test_a_match_whose_gift_is_being_given_back_stays(desk: Desk) -> None:
    part = give(desk, desk.line())
    refunds.request(gift_id=Gift.objects.get().pk, amount_minor=100, reason="Asked.", actor=TARA)
    with pytest.raises(NotByHand):
        matching.undo(part_id=part.pk, why="Another one's.", actor=TARA)
    part.refresh_from_db()
    assert part.undone_at is None
    assert desk.in_suspense() == 0
    desk.assert_sound()


def test_the_next_gift_from_an_account_is_suggested(desk: Desk) -> None:
    line = desk.line()
    assert matching.suggestions(line) == []
    give(desk, line)
    same, other = desk.line(), desk.line(9000)
    (sure,) = matching.suggestions(same)
    assert (sure.kind, sure.is_certain) == ("gift", True)
    assert matching.certain(same) == sure
    (perhaps,) = matching.suggestions(other)
    assert not perhaps.is_certain
    assert matching.certain(other) is None
    matching.accept(line_id=same.pk, kind="gift", key=sure.key, actor=TARA)
    with pytest.raises(NotThisOne):
        matching.accept(line_id=same.pk, kind="gift", key=sure.key, actor=TARA)
    assert (desk.free(), desk.in_suspense()) == (24000, 9000)
    desk.assert_sound()


def test_what_is_in_the_books_already_explains_one_line(desk: Desk) -> None:
    gift = desk.gift(received_on=desk.today - dt.timedelta(days=2))
    line = desk.line()
    assert (desk.at_bank(), desk.in_suspense()) == (24000, 12000)
    (known,) = matching.suggestions(line)
    assert (known.kind, known.is_certain) == ("booked", True)
    part = matching.accept(line_id=line.pk, kind="booked", key=known.key, actor=TARA)
    assert (desk.at_bank(), desk.in_suspense(), desk.free()) == (12000, 0, 12000)
    assert Gift.objects.get() == gift
    second = desk.line()
    assert matching.suggestions(second) == []
    with pytest.raises(NotThisOne):
        matching.match(
            line_id=second.pk,
            kind="booked",
            amount_minor=12000,
            what=known.what,
            actor=TARA,
            token=uuid.uuid4(),
        )
    matching.undo(part_id=part.pk, why="It is the other one.", actor=TARA)
    assert len(matching.suggestions(second)) == 1
    assert not matching.suggestions(second)[0].is_certain, "two lines fit"
    desk.assert_sound()


def test_money_that_went_is_found_in_the_books(desk: Desk) -> None:
    gift = desk.gift()
    refund = refunds.request(gift_id=gift.pk, amount_minor=5000, reason="Asked.", actor=TARA)
    returns.paid(
        refund_id=refund.pk, place=desk.bank, paid_on=desk.today, reference="R1", actor=TARA
    )
    line = desk.line(-5000)
    (known,) = matching.suggestions(line)
    matching.accept(line_id=line.pk, kind="booked", key=known.key, actor=TARA)
    assert (desk.at_bank(), desk.in_suspense()) == (7000, 0)
    desk.assert_sound()


def test_a_cost_and_other_income_are_booked_and_undone(desk: Desk) -> None:
    went, came = desk.line(-300), desk.line(900)
    other = make.fund(make.entity())
    with pytest.raises(NotThisOne):
        give(desk, went, 300, kind="cost", what=other.pk)
    large = desk.line(10_000_000)
    with pytest.raises(TooLarge):
        give(desk, large, 10_000_000, kind="cost", what=desk.general.pk)
    assert (desk.free(), BankPart.objects.count()) == (0, 0)
    parts = [
        give(desk, went, 300, kind="cost", what=desk.general.pk),
        give(desk, came, 900, kind="cost", what=desk.general.pk),
    ]
    assert (desk.free(), desk.in_suspense()) == (600, 10_000_000)
    trace.sweep()
    desk.assert_sound()
    for part in parts:
        matching.undo(part_id=part.pk, why="Another's.", actor=TARA)
    assert desk.free() == 0
    trace.sweep()
    desk.assert_sound()


def test_two_treasurers_match_the_same_line_once(open_desk: Desk) -> None:
    line = open_desk.line()

    def take(_number: int) -> BankPart:
        return give(open_desk, line)

    outcomes = together(4, take)
    assert [type(each) for each in outcomes].count(MoreThanIsLeft) == 3
    assert (Gift.objects.count(), open_desk.free(), open_desk.in_suspense()) == (1, 12000, 0)
    open_desk.assert_sound()


def test_without_the_lock_both_would_find_it_free(open_desk: Desk) -> None:
    line = open_desk.line()

    def look(_number: int) -> int:
        left = BankLine.objects.get(pk=line.pk).left_minor
        time.sleep(0.2)
        return left

    assert together(2, look) == [12000, 12000]


def test_a_line_that_arrives_four_times_at_once_is_booked_once(open_desk: Desk) -> None:
    told = open_desk.told()
    outcomes = together(4, lambda _number: lines.arrive(told=told, actor=TARA))
    assert set(outcomes) == {BankLine.objects.get()}
    assert open_desk.in_suspense() == 12000
    open_desk.assert_sound()


def test_a_kind_of_target_is_registered_once() -> None:
    gift = matching.TARGETS["gift"]
    matching.register_target("gift", gift)
    with pytest.raises(ValueError, match="gift"):
        matching.register_target("gift", matching.TARGETS["booked"])
