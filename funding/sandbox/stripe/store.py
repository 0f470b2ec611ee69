"""The emulator's state: one SQLite file, written through in one transaction per request.

Everything that was answered survives a kill of the process; nothing is rewritten as a whole, so
a request costs the same on the first day and after ten thousand payments.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, kind TEXT NOT NULL,
    created INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (kind, seq);
CREATE TABLE IF NOT EXISTS keys (
    kind TEXT, name TEXT, value TEXT, seq INTEGER, PRIMARY KEY (kind, name, value, seq)
    ) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notes (
    id TEXT, name TEXT, value TEXT NOT NULL, PRIMARY KEY (id, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS timers (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, due INTEGER NOT NULL, name TEXT NOT NULL,
    target TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS timers_by_due ON timers (due, seq);
CREATE TABLE IF NOT EXISTS clock_timers (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, clock TEXT NOT NULL, due INTEGER NOT NULL,
    name TEXT NOT NULL, target TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS clock_timers_by_due ON clock_timers (clock, due, seq);
CREATE TABLE IF NOT EXISTS postings (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, reason TEXT NOT NULL,
    source TEXT NOT NULL, account TEXT NOT NULL, currency TEXT NOT NULL, amount INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS accounts (
    account TEXT, currency TEXT, amount INTEGER NOT NULL, PRIMARY KEY (account, currency)
    ) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY, route TEXT NOT NULL, params TEXT NOT NULL, status INTEGER NOT NULL,
    request TEXT NOT NULL, body TEXT NOT NULL, created INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, type TEXT NOT NULL,
    endpoint TEXT NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL, due INTEGER NOT NULL, rank REAL NOT NULL,
    status INTEGER, error TEXT, note TEXT);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (state, due);
CREATE INDEX IF NOT EXISTS deliveries_by_event ON deliveries (event);
"""

# The fields by which each kind is looked up; a dot reaches into the object.
INDEXED: Mapping[str, tuple[str, ...]] = {
    "balance_transaction": ("source", "type", "currency"),
    "charge": ("customer", "payment_intent"),
    "checkout.session": ("customer", "payment_intent", "status"),
    "customer": ("email", "test_clock"),
    "customer_balance_transaction": ("customer",),
    "customer_cash_balance_transaction": ("customer",),
    "dispute": ("charge", "payment_intent", "status"),
    "event": ("type", "data.object.id"),
    "file": ("purpose",),
    "invoice": ("customer", "parent.subscription_details.subscription", "status"),
    "invoiceitem": ("customer", "invoice"),
    "invoice_payment": ("invoice", "payment.payment_intent", "status"),
    "payment_intent": ("customer",),
    "payment_method": ("customer", "type"),
    "payout": ("destination", "status"),
    "price": ("product",),
    "radar.early_fraud_warning": ("charge", "payment_intent"),
    "refund": ("charge", "payment_intent"),
    "setup_intent": ("customer",),
    "subscription": ("customer", "status", "test_clock"),
    "subscription_schedule": ("customer",),
}

Row = tuple[Any, ...]


class Store:
    """State in SQLite. Not for two threads at once: the emulator holds one lock around it."""

    def __init__(self, path: Path | None) -> None:
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(
            str(path) if path else ":memory:", isolation_level=None, check_same_thread=False
        )
        self._db.execute("PRAGMA journal_mode = WAL")
        # WAL with NORMAL loses nothing when the process is killed, only when the power fails.
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        """Closes the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def run(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Executes a statement; gives the number of rows it changed."""
        return self._db.execute(sql, parameters).rowcount

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """The rows that a query gives."""
        return self._db.execute(sql, parameters).fetchall()

    def put(self, body: Mapping[str, Any]) -> None:
        """Writes an object, new or changed."""
        kind, id, text = body["object"], body["id"], json.dumps(body, separators=(",", ":"))
        found = self.rows("SELECT seq, body FROM objects WHERE id = ?", (id,))
        if found:
            seq, before = found[0][0], json.loads(found[0][1])
            self.run("UPDATE objects SET body = ? WHERE seq = ?", (text, seq))
        else:
            before = {}
            cursor = self._db.execute(
                "INSERT INTO objects (id, kind, created, body) VALUES (?, ?, ?, ?)",
                (id, kind, body.get("created", 0), text),
            )
            seq = cursor.lastrowid
        for name in INDEXED.get(kind, ()):
            old, new = _reach(before, name), _reach(body, name)
            if old == new:
                continue
            if old is not None:
                self.run(
                    "DELETE FROM keys WHERE kind = ? AND name = ? AND value = ? AND seq = ?",
                    (kind, name, old, seq),
                )
            if new is not None:
                self.run("INSERT INTO keys VALUES (?, ?, ?, ?)", (kind, name, new, seq))

    def get(self, id: str) -> dict[str, Any] | None:
        """The object with an id."""
        found = self.rows("SELECT body FROM objects WHERE id = ?", (id,))
        return json.loads(found[0][0]) if found else None

    def seq(self, kind: str, id: str) -> int | None:
        """The place of an object in the order of making."""
        found = self.rows("SELECT seq FROM objects WHERE id = ? AND kind = ?", (id, kind))
        return found[0][0] if found else None

    def delete(self, id: str) -> None:
        """Removes an object."""
        self.run("DELETE FROM keys WHERE seq = (SELECT seq FROM objects WHERE id = ?)", (id,))
        self.run("DELETE FROM objects WHERE id = ?", (id,))

    def select(
        self,
        kind: str,
        filters: Mapping[str, Sequence[str]] | None = None,
        where: Sequence[tuple[str, object]] = (),
        *,
        newest_first: bool = True,
        limit: int | None = None,
    ) -> list[dict[str, Any]]:
        """Objects of a kind.

        `filters` name indexed fields and the values they may have; `where` are further conditions
        on `seq` and `created`, as text with one placeholder each.
        """
        sql, values = ["SELECT body FROM objects WHERE kind = ?"], [kind]
        parameters: list[object] = list(values)
        for name, allowed in (filters or {}).items():
            marks = ", ".join("?" * len(allowed))
            sql.append(
                "AND seq IN (SELECT seq FROM keys WHERE kind = ? AND name = ?"
                f" AND value IN ({marks}))"
            )
            parameters += [kind, name, *allowed]
        for condition, value in where:
            sql.append(f"AND {condition}")
            parameters.append(value)
        sql.append("ORDER BY seq DESC" if newest_first else "ORDER BY seq")
        if limit is not None:
            sql.append("LIMIT ?")
            parameters.append(limit)
        return [json.loads(row[0]) for row in self.rows(" ".join(sql), parameters)]

    def tag(self, id: str, name: str, value: str) -> None:
        """Lets an object be found by a value that it does not carry itself."""
        self.run(
            "INSERT OR IGNORE INTO keys SELECT kind, ?, ?, seq FROM objects WHERE id = ?",
            (name, value, id),
        )

    def note(self, id: str, name: str, value: object) -> None:
        """Keeps something beside an object that its public form does not show."""
        self.run("INSERT OR REPLACE INTO notes VALUES (?, ?, ?)", (id, name, json.dumps(value)))

    def noted(self, id: str, name: str) -> Any:
        """What was kept beside an object; None if nothing was."""
        found = self.rows("SELECT value FROM notes WHERE id = ? AND name = ?", (id, name))
        return json.loads(found[0][0]) if found else None

    def setting(self, name: str, default: str) -> str:
        """A setting of the emulator."""
        found = self.rows("SELECT value FROM settings WHERE name = ?", (name,))
        return str(found[0][0]) if found else default

    def set(self, name: str, value: str) -> None:
        """Changes a setting."""
        self.run("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))


def _reach(body: Mapping[str, Any], name: str) -> Any:
    value: Any = body
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else None
