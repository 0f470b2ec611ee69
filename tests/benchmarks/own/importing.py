"""The import of gifts: a file is brought, and the worker stages, checks and takes it in."""

import csv
import datetime as dt
import io
import itertools

import django
from django.db import connection

from tests.benchmarks.answering import answer, timed
from tests.benchmarks.own.givers import DAY, prepare
from tests.benchmarks.own.ledger import backend

_files = itertools.count(1)


def let_go() -> None:
    """Close the connection, so that the database can be copied."""
    connection.close()


def bring(entity: int, place: str, fund: int, gifts: int, word: str) -> int:
    """A file of so many gifts, five of each donor; the number of its import."""
    from funding.imports import running

    batch = running.start(
        kind="gifts",
        entity_id=entity,
        name="gifts.csv",
        content=_file(gifts, f"{word}{next(_files)}"),
        options={"place": place, "fund": str(fund), "dates": "iso"},
        actor="user:1",
    )
    running.name_columns(import_id=batch.pk, mapping=batch.mapping, actor="user:1")
    return batch.pk


def _file(gifts: int, word: str) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["date", "name", "email", "amount", "currency", "reference"])
    for number in range(gifts):
        day = DAY - dt.timedelta(days=number % 1000)
        who, cents = number // 5, 500 + number % 9_500
        person = (f"Person {who}", f"{word}-{who}@old.example")
        writer.writerow(
            (day, *person, f"{cents // 100}.{cents % 100:02d}", "EUR", f"{word}-{number}")
        )
    return out.getvalue().encode()


def stage(batch: int) -> dict[str, float]:
    """Read and check it."""
    return _worked(batch, "checked")


def take_in(batch: int) -> dict[str, float]:
    """Take it in."""
    from funding.imports import running

    running.accept(import_id=batch, actor="user:1")
    return _worked(batch, "done")


def _worked(number: int, state: str) -> dict[str, float]:
    from funding.imports import running
    from funding.imports.models import WORKING, Import

    def work() -> None:
        while Import.objects.filter(pk=number, state__in=WORKING).exists():
            running.work(number)

    told = timed(0.0001, work)
    batch = Import.objects.get(pk=number)
    assert batch.state == state, (batch.state, batch.error, batch.said)
    return told | {"count": batch.row_count}


if __name__ == "__main__":
    django.setup()
    answer(
        {
            "prepare": prepare,
            "backend": backend,
            "let_go": let_go,
            "bring": bring,
            "stage": stage,
            "take_in": take_in,
        }
    )
