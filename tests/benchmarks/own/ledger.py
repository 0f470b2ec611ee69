"""The product's ledger, asked for postings and balances."""

import itertools
import os
from collections.abc import Callable
from typing import Any

import django
from django.db import connection, transaction

from tests.benchmarks.answering import answer, timed


def prepare(funds: int) -> dict[str, object]:
    """An entity with so many funds."""
    from funding.ledger.models import Account
    from tests import make

    entity = make.entity()
    ids = [make.fund(entity, f"Fund {number}").pk for number in range(funds)]
    clearing = Account.objects.get(entity=entity, kind="clearing")
    return {"entity": entity.pk, "clearing": clearing.code, "funds": ids}


def backend() -> int:
    """The number of the server's process that serves this one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid: int = cursor.fetchone()[0]
    return pid


_numbers = itertools.count()


def poster(entity: int, clearing: str, funds: list[int]) -> Callable[[], int]:
    """One committed gift of two legs, through the product's rule."""
    from funding import clock
    from funding.ledger import book
    from funding.ledger.book import Leg
    from funding.ledger.models import Reason
    from funding.money import Money

    # Eight processes that walk the same list must not walk it in step.
    turn = itertools.cycle(funds[os.getpid() % len(funds) :] + funds[: os.getpid() % len(funds)])
    day = clock.today("Europe/Stockholm")

    def deed() -> int:
        number = f"{os.getpid()}-{next(_numbers)}"
        fund, minor = next(turn), 2500
        with transaction.atomic():
            return book.post(
                entity_id=entity,
                key=f"gift:{number}:settle",
                reason=Reason.GIFT,
                cause=f"gift:{number}",
                actor="stripe",
                happened_on=day,
                legs=[
                    Leg(clearing, fund, Money(minor, "EUR")),
                    Leg("gifts", fund, Money(-minor, "EUR")),
                ],
            )

    return deed


def post(seconds: float, entity: int, clearing: str, funds: list[int]) -> dict[str, float]:
    """Post for so long."""
    return timed(seconds, poster(entity, clearing, funds))


def available(seconds: float, fund: int) -> dict[str, float]:
    """Read what a fund can promise, for so long."""
    from funding.ledger import balances

    return timed(seconds, lambda: balances.available(fund))


def fold(limit: int = 10_000) -> int:
    """Fold all that waits."""
    from funding.ledger import balances

    total = 0
    while done := balances.fold(limit):
        total += done
    return total


def fold_for(seconds: float, pause: float) -> dict[str, float]:
    """Fold again and again beside the writers, as the product's worker does every ten seconds."""
    import time

    from funding.ledger import balances

    taken = 0

    def once() -> None:
        nonlocal taken
        taken += balances.fold()
        time.sleep(pause)

    return timed(seconds, once) | {"taken": taken}


if __name__ == "__main__":
    django.setup()
    deeds: dict[str, Callable[..., Any]] = {
        "prepare": prepare,
        "backend": backend,
        "post": post,
        "available": available,
        "fold": fold,
        "fold_for": fold_for,
    }
    answer(deeds)
