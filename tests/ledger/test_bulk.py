"""Goal: many entries in one transaction cost what they are many, whatever was counted before."""

import pytest
from django.db import connection, transaction

from funding.ledger import bulk, trace
from funding.ledger.book import Leg
from funding.ledger.bulk import Draft
from funding.ledger.models import Posting
from funding.money import Money
from tests.conftest import superuser_connection
from tests.ledger import making

PIECE, PIECES = 100, 8


@pytest.fixture
def after_a_failure(committed: None) -> None:
    """An empty journal whose indexes are as long as if a hundred thousand entries had been in it.

    A file of gifts that was refused at its last line leaves it so, and what the housekeeping
    notes down then stands while the next file is written: it sees nothing of an open
    transaction, however much that writes.
    """
    connection.close()
    with superuser_connection() as root:
        root.execute("SET session_replication_role = replica")
        root.execute("BEGIN")
        root.execute(
            "INSERT INTO ledger_entry"
            " (entity_id, key, reason, cause, actor, happened_on, booked_at)"
            " SELECT 1, 'gift:' || n || ':settle', 'gift', 'gift:' || n, 'Tara', now(), now()"
            " FROM generate_series(1, 100000) n"
        )
        root.execute("ROLLBACK")
        root.execute("VACUUM ANALYZE ledger_entry, ledger_posting, ledger_fund, parties_entity")
        # It may find no page in the journal, and a page of rows given up among the entities.
        root.execute(
            "UPDATE pg_class SET relpages = (relname = 'parties_entity')::int, reltuples = 0"
            " WHERE relname IN ('ledger_entry', 'ledger_posting', 'parties_entity')"
        )


def drafts(world: making.World, first: int) -> list[Draft]:
    """Gifts of one euro each."""
    return [
        Draft(
            key=f"gift:{number}:settle",
            reason="gift",
            cause=f"gift:{number}",
            happened_on=making.DAY,
            legs=[
                Leg(world.clearing, world.general.pk, Money(100, "EUR")),
                Leg("gifts", world.general.pk, Money(-100, "EUR")),
            ],
        )
        for number in range(first, first + PIECE)
    ]


def rows_read() -> dict[str, int]:
    """How many rows of each table this transaction has looked at so far."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, seq_tup_read + coalesce(idx_tup_fetch, 0)"
            " FROM pg_stat_xact_user_tables WHERE relname IN ('ledger_entry', 'ledger_posting')"
        )
        return dict(cursor.fetchall())


def test_each_entry_is_judged_by_its_own_legs_alone(after_a_failure: None) -> None:
    world = making.world()
    # The session plans its questions here, of a journal on one page.
    making.give(world, world.general, 100, key="gift:first:settle")
    with transaction.atomic():
        read = []
        for piece in range(PIECES):
            before = rows_read()
            bulk.post_many(
                entity_id=world.entity.pk, actor="Tara", drafts=drafts(world, piece * PIECE)
            )
            read.append({name: many - before[name] for name, many in rows_read().items()})
    assert Posting.objects.count() == 2 * PIECE * PIECES + 2
    # A leg is read a few times, the last one not more often than the first.
    assert read[-1]["ledger_posting"] <= 20 * PIECE, read
    assert read[-1]["ledger_entry"] <= 10 * PIECE, read


def test_tracing_what_came_at_once_reads_it_a_few_times(after_a_failure: None) -> None:
    """Where nothing was counted anew each entry would be looked for among all the others."""
    world = making.world()
    making.give(world, world.general, 100, key="gift:first:settle")
    with superuser_connection() as root:
        root.execute(
            "UPDATE pg_class SET relpages = 1, reltuples = 0"
            " WHERE relname IN ('ledger_entry', 'ledger_posting', 'ledger_traced')"
        )
    with transaction.atomic():
        for piece in range(10):
            bulk.post_many(
                entity_id=world.entity.pk, actor="Tara", drafts=drafts(world, piece * PIECE)
            )
        bulk.count_grown()
    with transaction.atomic():
        before = rows_read()
        assert trace.sweep() == 10 * PIECE + 1
        read = {name: many - before[name] for name, many in rows_read().items()}
    assert read["ledger_entry"] <= 20 * 10 * PIECE, read
    assert read["ledger_posting"] <= 20 * 10 * PIECE, read


def test_who_counts_waits_for_nobody_else_who_does(committed: None) -> None:
    world = making.world()
    with superuser_connection() as root, transaction.atomic():
        for piece in range(10):
            bulk.post_many(
                entity_id=world.entity.pk, actor="Tara", drafts=drafts(world, piece * PIECE)
            )
        root.execute("BEGIN")
        root.execute("LOCK TABLE ledger_entry IN SHARE UPDATE EXCLUSIVE MODE")
        bulk.count_grown()
        root.execute("ROLLBACK")
        assert counted("ledger_posting") == 20 * PIECE


def counted(table: str) -> int:
    """How many rows the planner believes to be in a table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = %s", [table])
        return int(cursor.fetchone()[0])
