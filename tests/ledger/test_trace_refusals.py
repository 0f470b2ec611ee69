"""What the database refuses about tracing, by the name of the rule.

Asked as the owner of the tables with plain SQL, as in `test_refusals`.
"""

import pytest
from django.db import transaction

from funding.ledger import trace
from tests.ledger import making
from tests.ledger.desk import Desk, refused
from tests.ledger.tracing import Books

LOT = "INSERT INTO ledger_lot (fund_id, start, stop, cause, entry_id) VALUES (%s, %s, %s, 'g', %s)"
SEGMENT = (
    'INSERT INTO ledger_segment (demand_id, fund_id, start, stop, "offset", entry_id)'
    " SELECT id, %s, %s, %s, %s, entry_id FROM ledger_demand WHERE kind = 'award'"
)
GAP = (
    "INSERT INTO ledger_gap (fund_id, start, stop, is_spent, entry_id) VALUES (%s, %s, %s, %s, %s)"
)
DEMAND = (
    "INSERT INTO ledger_demand (fund_id, kind, cause, entry_id, amount_minor, filled_minor,"
    " waiting_minor, returned_minor, target_id, instead_of)"
    " VALUES (%s, %s, 'd', %s, %s, %s, %s, %s, %s, %s)"
)


class Traced:
    """One fund's axis: a gift of 100, an award of 60 that it paid, 30 of the gift taken back."""

    def __init__(self, desk: Desk) -> None:
        world = making.world()
        books = Books(world)
        with transaction.atomic():
            books.gift("gift:1", (world.snow, 100))
            books.award("award:1", (world.snow, 60))
            books.refund("gift:1", world.snow, 30)
        assert trace.sweep() == 4
        self.desk, self.snow, self.general = desk, world.snow.pk, world.general.pk
        row = desk.db.execute("SELECT max(id) FROM ledger_entry").fetchone()
        assert row is not None
        self.entry = int(row[0])

    def run(self, statement: str, *values: object) -> None:
        """Do it, and nothing after it."""
        try:
            self.desk.db.execute(statement, values)
        finally:
            self.desk.db.rollback()


@pytest.fixture
def traced(desk: Desk) -> Traced:
    return Traced(desk)


def test_a_penny_joins_once(traced: Traced) -> None:
    for start, stop, rule in (
        (0, 100, "lot_begins_once"),
        (0, 1, "lot_begins_once"),
        (1, 2, "lots_do_not_overlap"),
        (99, 200, "lots_do_not_overlap"),
    ):
        with refused(rule):
            traced.run(LOT, traced.snow, start, stop, traced.entry)
    traced.run(LOT, traced.snow, 100, 101, traced.entry)
    traced.run(LOT, traced.general, 1, 2, traced.entry)


def test_a_penny_is_taken_once(traced: Traced) -> None:
    for start, stop, offset, rule in (
        (0, 1, 60, "segment_begins_once"),
        (59, 61, 60, "segments_do_not_overlap"),
        (1, 2, 60, "segments_do_not_overlap"),
        (60, 61, 0, "segment_of_demand"),
    ):
        with refused(rule):
            traced.run(SEGMENT, traced.snow, start, stop, offset)
    traced.run(SEGMENT, traced.snow, 60, 61, 60)
    traced.run(SEGMENT, traced.general, 0, 1, 60)


def test_a_penny_is_taken_back_once(traced: Traced) -> None:
    for start, stop, rule in (
        (70, 71, "gap_begins_once"),
        (71, 72, "gaps_do_not_overlap"),
        (69, 71, "gaps_do_not_overlap"),
    ):
        for is_spent in (True, False):
            with refused(rule):
                traced.run(GAP, traced.snow, start, stop, is_spent, traced.entry)
    traced.run(GAP, traced.snow, 69, 70, False, traced.entry)
    traced.run(GAP, traced.general, 70, 71, False, traced.entry)


def test_two_entries_do_not_share_a_place_and_none_has_two(traced: Traced) -> None:
    with refused("traced_place_is_one_entry"):
        traced.run("INSERT INTO ledger_traced (entry_id, place) VALUES (-1, 1)")
    with refused("ledger_traced_pkey"):
        traced.run("INSERT INTO ledger_traced (entry_id) SELECT entry_id FROM ledger_traced")
    traced.run("INSERT INTO ledger_traced (entry_id, place) VALUES (-1, 5)")


def test_spans_without_pennies_are_refused(traced: Traced) -> None:
    for start, stop in ((300, 300), (301, 300), (-1, 3)):
        with refused("lot_has_pennies"):
            traced.run(LOT, traced.snow, start, stop, traced.entry)
        with refused("segment_has_pennies"):
            traced.run(SEGMENT, traced.snow, start, stop, 60)
        with refused("gap_has_pennies"):
            traced.run(GAP, traced.snow, start, stop, True, traced.entry)


def test_an_origin_is_a_fund_and_a_place_on_its_axis(traced: Traced) -> None:
    statement = (
        "INSERT INTO ledger_lot (fund_id, start, stop, cause, entry_id, origin_fund_id,"
        " origin_start) VALUES (%s, 300, 301, 'g', %s, %s, %s)"
    )
    for fund, start in ((traced.snow, None), (None, 0), (traced.snow, -1)):
        with refused("lot_origin_is_whole"):
            traced.run(statement, traced.snow, traced.entry, fund, start)
    traced.run(statement, traced.snow, traced.entry, traced.snow, 0)


@pytest.mark.parametrize(
    ("kind", "sums", "target", "instead_of", "rule"),
    [
        ("theft", (10, 0, 10, 0), False, None, "demand_kind_is_known"),
        ("award", (0, 0, 0, 0), False, None, "demand_takes_no_more_than_its_sum"),
        ("award", (10, 6, 5, 0), False, None, "demand_takes_no_more_than_its_sum"),
        ("award", (10, -1, 5, 0), False, None, "demand_returns_what_it_had"),
        ("award", (10, 0, -1, 0), False, None, "demand_takes_no_more_than_its_sum"),
        ("award", (10, 5, 5, 6), False, None, "demand_returns_what_it_had"),
        ("award", (10, 5, 5, -1), False, None, "demand_returns_what_it_had"),
        ("transfer", (10, 0, 10, 0), False, None, "demand_transfer_has_a_target"),
        ("award", (10, 0, 10, 0), True, None, "demand_transfer_has_a_target"),
        ("recover", (10, 0, 10, 0), False, None, "demand_recovers_certain_pennies"),
        ("recover", (10, 0, 10, 0), False, -1, "demand_recovers_certain_pennies"),
        ("award", (10, 0, 10, 0), False, 0, "demand_recovers_certain_pennies"),
    ],
)
def test_a_demand_that_could_not_be_is_refused(
    traced: Traced,
    kind: str,
    sums: tuple[int, ...],
    target: bool,
    instead_of: int | None,
    rule: str,
) -> None:
    goes_to = traced.general if target else None
    with refused(rule):
        traced.run(DEMAND, traced.snow, kind, traced.entry, *sums, goes_to, instead_of)


@pytest.mark.parametrize(
    ("deed", "rule"),
    [
        ("UPDATE ledger_lot SET stop = stop + 1", "lot_is_written_once"),
        ("DELETE FROM ledger_lot", "lot_is_written_once"),
        ("TRUNCATE ledger_lot", "lot_is_written_once"),
        ("UPDATE ledger_segment SET stop = stop - 1", "segment_is_written_once"),
        ("DELETE FROM ledger_segment", "segment_is_written_once"),
        ("TRUNCATE ledger_segment", "segment_is_written_once"),
        ("UPDATE ledger_gap SET is_spent = true", "gap_is_written_once"),
        ("DELETE FROM ledger_gap", "gap_is_written_once"),
        ("TRUNCATE ledger_gap", "gap_is_written_once"),
        ("UPDATE ledger_demand SET cause = 'award:2'", "demand_only_counts"),
        ("UPDATE ledger_demand SET amount_minor = 61", "demand_only_counts"),
        ("UPDATE ledger_demand SET filled_minor = filled_minor - 1", "demand_only_counts"),
        ("DELETE FROM ledger_demand", "demand_is_never_forgotten"),
        ("UPDATE ledger_traced SET place = place + 100", "traced_keeps_its_place"),
        ("UPDATE ledger_traced SET place = NULL", "traced_keeps_its_place"),
        ("DELETE FROM ledger_traced", "traced_keeps_its_place"),
    ],
)
def test_what_was_traced_stays_traced(traced: Traced, deed: str, rule: str) -> None:
    with refused(rule):
        traced.run(deed)
