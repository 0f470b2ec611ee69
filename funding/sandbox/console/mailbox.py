"""The mailbox: everything that was mailed, kept as it came, across restarts."""

import dataclasses
import email
import email.policy
import sqlite3
import threading
import time
from email.message import EmailMessage
from functools import cached_property
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS mails (
    id INTEGER PRIMARY KEY AUTOINCREMENT, received REAL NOT NULL, sender TEXT NOT NULL,
    recipients TEXT NOT NULL, raw BLOB NOT NULL)
"""


@dataclasses.dataclass(frozen=True)
class Attachment:
    """A part of a mail with a file name or a content id; `number` is its place in the mail."""

    number: int
    name: str
    content_type: str
    content_id: str
    content: bytes
    inline: bool


@dataclasses.dataclass(frozen=True)
class Mail:
    """One mail: the envelope, and the bytes as they were sent."""

    id: int
    received: float
    sender: str
    recipients: list[str]
    raw: bytes

    @cached_property
    def message(self) -> EmailMessage:
        """The parsed mail; parsing one with a PDF takes milliseconds, so it is done once."""
        parsed: EmailMessage = email.message_from_bytes(self.raw, policy=email.policy.default)
        return parsed

    def header(self, name: str) -> str:
        """A header as text, empty where it is missing."""
        return str(self.message.get(name, ""))

    @property
    def text(self) -> str:
        """The plain text, empty where there is none."""
        return self._body("plain")

    @property
    def html(self) -> str:
        """The HTML, empty where there is none."""
        return self._body("html")

    def _body(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        return str(part.get_content()) if part is not None else ""

    @cached_property
    def attachments(self) -> list[Attachment]:
        """Everything that is a file: attachments, and pictures shown inside the HTML."""
        found = []
        for number, part in enumerate(self.message.walk()):
            content_id = str(part.get("Content-ID", "")).strip("<> ")
            if part.is_multipart() or not (part.get_filename() or content_id):
                continue
            content = part.get_payload(decode=True)
            found.append(
                Attachment(
                    number=number,
                    name=part.get_filename() or content_id,
                    content_type=part.get_content_type(),
                    content_id=content_id,
                    content=content if isinstance(content, bytes) else b"",
                    inline=part.get_content_disposition() == "inline",
                )
            )
        return found


class Mailbox:
    """All mails in one SQLite file; without a path they live as long as the object."""

    def __init__(self, path: Path | None = None) -> None:
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._rows = sqlite3.connect(
            path or ":memory:", check_same_thread=False, isolation_level=None
        )
        self._rows.execute("PRAGMA journal_mode=WAL")
        self._rows.execute("PRAGMA synchronous=NORMAL")
        self._rows.execute(SCHEMA)

    def add(self, sender: str, recipients: list[str], raw: bytes) -> int:
        """Keep a mail; its number."""
        values = (time.time(), sender, "\n".join(recipients), raw)
        with self._lock:
            made = self._rows.execute(
                "INSERT INTO mails (received, sender, recipients, raw) VALUES (?, ?, ?, ?)", values
            )
        return int(made.lastrowid or 0)

    def newest(self, limit: int = 200, *, to: str = "") -> list[Mail]:
        """The latest mails, newest first; `to` keeps those to one address."""
        if not to:
            return self._select("ORDER BY id DESC LIMIT ?", (limit,))
        addressed = "instr(char(10) || lower(recipients) || char(10), char(10) || ? || char(10))"
        return self._select(f"WHERE {addressed} ORDER BY id DESC LIMIT ?", (to.lower(), limit))

    def get(self, number: int) -> Mail | None:
        """One mail, or nothing."""
        return next(iter(self._select("WHERE id = ?", (number,))), None)

    def count(self) -> int:
        """How many mails there are."""
        with self._lock:
            return int(self._rows.execute("SELECT count(*) FROM mails").fetchone()[0])

    def clear(self) -> None:
        """Forget all mails."""
        with self._lock:
            self._rows.execute("DELETE FROM mails")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._rows.close()

    def _select(self, rest: str, values: tuple[object, ...]) -> list[Mail]:
        query = f"SELECT id, received, sender, recipients, raw FROM mails {rest}"
        with self._lock:
            rows = self._rows.execute(query, values).fetchall()
        return [
            Mail(number, received, sender, recipients.split("\n"), raw)
            for number, received, sender, recipients, raw in rows
        ]
