"""The owner of the tables at a bare SQL prompt, where no rule in Python stands in front."""

from typing import Any

import psycopg
import pytest

from tests.ledger.making import World

ENTRY = """
INSERT INTO ledger_entry (entity_id, key, reason, cause, actor, happened_on, booked_at, reverses_id)
VALUES (%s, %s, 'gift', 'gift:1', 'system', %s, now(), %s) RETURNING id
"""
LEGS = """
INSERT INTO ledger_posting (entry_id, account_id, fund_id, currency, amount_minor)
SELECT %s, u.* FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::bigint[]) u
"""
DELTAS = """
INSERT INTO ledger_balancedelta (account_id, fund_id, currency, amount_minor)
SELECT u.* FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::bigint[]) u
"""
Leg = tuple[str, int, str, int]


class Desk:
    """The owner at a bare SQL prompt."""

    def __init__(self, to: "psycopg.Connection[Any]") -> None:
        self.db = to

    def entry(
        self, at: World, key: str, *, day: str = "2026-03-14", reverses: int | None = None
    ) -> int:
        """An entry without legs."""
        row = self.db.execute(ENTRY, [at.entity.pk, key, day, reverses]).fetchone()
        assert row is not None
        return int(row[0])

    def legs(self, entry: int, *legs: Leg) -> None:
        """Legs of an entry and their deltas."""
        columns = [list(column) for column in zip(*legs, strict=True)]
        self.db.execute(LEGS, [entry, *columns])
        self.db.execute(DELTAS, columns)

    def post(self, at: World, key: str, *legs: Leg, day: str = "2026-03-14") -> int:
        """An entry with its legs."""
        entry = self.entry(at, key, day=day)
        self.legs(entry, *legs)
        return entry

    def settle(self) -> None:
        """Ask for the deferred verdicts."""
        self.db.execute("SET CONSTRAINTS ALL IMMEDIATE")


def refused(name: str) -> Any:
    """The constraint that must have said no."""

    def is_it(error: psycopg.Error) -> bool:
        return error.diag.constraint_name == name

    return pytest.raises(psycopg.IntegrityError, check=is_it)
