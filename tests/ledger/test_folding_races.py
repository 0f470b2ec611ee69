"""Folding while others write, with the naive fold as the control experiment."""

import random
import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from funding.ledger import balances
from funding.ledger.verify import verify
from funding.money import Money
from tests.conftest import superuser_connection
from tests.ledger import making
from tests.ledger.making import World
from tests.ledger.racing import together

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def world(committed: None) -> World:
    return making.world()


# The naive fold, for the control: everything up to the highest id that is seen is taken for
# folded, and what commits later under a lower id is never counted.
NAIVE_TABLES = """
CREATE UNLOGGED TABLE naive_delta (id bigserial PRIMARY KEY, minor bigint NOT NULL);
CREATE UNLOGGED TABLE naive_balance (minor bigint NOT NULL, mark bigint NOT NULL);
INSERT INTO naive_balance VALUES (0, 0);
"""
NAIVE_FOLD = """
WITH top AS (SELECT max(id) AS id FROM naive_delta)
UPDATE naive_balance b
SET mark = top.id,
    minor = b.minor + (SELECT coalesce(sum(d.minor), 0) FROM naive_delta d
                       WHERE d.id > b.mark AND d.id <= top.id)
FROM top WHERE top.id > b.mark
"""
NAIVE_READ = """
SELECT b.minor + (SELECT coalesce(sum(d.minor), 0) FROM naive_delta d WHERE d.id > b.mark)
FROM naive_balance b
"""


@pytest.fixture
def naive() -> "Iterator[psycopg.Connection[Any]]":
    with superuser_connection() as root:
        root.execute(NAIVE_TABLES)
        root.execute("GRANT ALL ON naive_delta, naive_balance TO PUBLIC")
        root.execute("GRANT ALL ON SEQUENCE naive_delta_id_seq TO PUBLIC")
        try:
            yield root
        finally:
            root.execute("DROP TABLE naive_delta, naive_balance")


WRITERS, ROUNDS = 6, 40


def test_folding_under_writers_never_shows_a_wrong_balance(world: World) -> None:
    writing = threading.Event()
    busy = threading.Semaphore(0)

    def take_part(number: int) -> object:
        if number < WRITERS:
            dice = random.Random(number)
            for _ in range(ROUNDS):
                with transaction.atomic():
                    making.give(world, world.snow, 100)
                    time.sleep(dice.random() * 0.004)
            busy.release()
            return None
        if number < WRITERS + 2:
            folds = 0
            while not writing.is_set():
                folds += balances.fold(dice_limit(number))
            return folds
        return read_until_done(world, writing, busy)

    *_, first, second, reads = together(WRITERS + 3, take_part)
    assert isinstance(first, int)
    assert isinstance(second, int)
    assert first + second > 0
    assert isinstance(reads, tuple)
    assert reads[0] > 20
    assert reads[1] == 0
    balances.fold()
    assert balances.tail() == 0
    assert balances.available(world.snow.pk) == Money(WRITERS * ROUNDS * 100, "EUR")
    assert verify() == []


def dice_limit(number: int) -> int:
    """One folder takes much at a time, the other one little."""
    return 5 if number % 2 else 10_000


def read_until_done(
    world: World, writing: threading.Event, busy: threading.Semaphore
) -> tuple[int, int]:
    """Compare balance and postings in one statement until the writers are done."""
    question = """
        SELECT (SELECT coalesce(sum(amount_minor), 0) FROM ledger_posting
                WHERE fund_id = %s AND account_id = %s)
             - (SELECT coalesce(sum(amount_minor), 0) FROM (
                    SELECT amount_minor FROM ledger_balance
                    WHERE fund_id = %s AND account_id = %s
                    UNION ALL
                    SELECT amount_minor FROM ledger_balancedelta
                    WHERE fund_id = %s AND account_id = %s) x)
    """
    where: list[Any] = [world.snow.pk, world.clearing] * 3
    reads = wrong = done = 0
    while done < WRITERS:
        done += busy.acquire(blocking=False)
        with connection.cursor() as cursor:
            cursor.execute(question, where)
            wrong += cursor.fetchone()[0] != 0
        reads += 1
    writing.set()
    return reads, wrong


def test_control_folding_by_id_shows_wrong_balances(
    naive: "psycopg.Connection[Any]",
) -> None:
    writing = threading.Event()

    def take_part(number: int) -> None:
        dice = random.Random(number)
        with connection.cursor() as cursor:
            if number < WRITERS:
                for _ in range(ROUNDS):
                    with transaction.atomic():
                        cursor.execute("INSERT INTO naive_delta (minor) VALUES (100)")
                        time.sleep(dice.random() * 0.01)
                return
            while not writing.is_set():
                cursor.execute(NAIVE_FOLD)
                time.sleep(0.002)

    timer = threading.Timer(1.5, writing.set)
    timer.start()
    assert together(WRITERS + 1, take_part) == [None] * (WRITERS + 1)
    naive.execute(NAIVE_FOLD)
    row = naive.execute(NAIVE_READ).fetchone()
    assert row is not None
    assert row[0] < WRITERS * ROUNDS * 100
