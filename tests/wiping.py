"""Empty the test database after a test that committed.

A session that stays knows the tables already, and all statements go to it in one letter. Sent
one by one to a session that learns every table anew, they took longer than most such tests.
"""

from collections.abc import Callable
from typing import Any

import psycopg

KEPT = (
    "django_migrations",
    "django_content_type",
    "auth_permission",
    "ledger_account",
    "grants_theme",
    "grants_area",
)


class Wiper:
    """The session that empties tables. A database of another name or place gets another one."""

    def __init__(self, connect: "Callable[[], psycopg.Connection[Any]]") -> None:
        self._connect = connect
        self._root: psycopg.Connection[Any] | None = None
        self._place: tuple[str, ...] = ()

    def wipe(self, *place: str) -> None:
        """Empty every table of the database at this place but those that migrations fill."""
        if place != self._place:
            self.close()
        try:
            self._wipe(place)
        except psycopg.OperationalError:
            # A test may have ended the session, or the whole server.
            self.close()
            self._wipe(place)

    def close(self) -> None:
        """End the session."""
        if self._root is not None:
            self._root.close()
        self._root = None

    def _wipe(self, place: tuple[str, ...]) -> None:
        if self._root is None:
            self._root, self._place = self._connect(), place
            self._root.execute("SET session_replication_role = replica")
        # The tables are asked for each time, for a test may make one.
        names = self._root.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL(%s)",
            [list(KEPT)],
        ).fetchall()
        emptied = [f'DELETE FROM "{name}"' for (name,) in names]
        emptied.append("DELETE FROM ledger_account WHERE entity_id IS NOT NULL")
        self._root.execute(";".join(emptied).encode())
