"""Webhook deliveries: signed, repeated with growing pauses, recorded, and spoilt on request."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import ssl
import threading
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .world import API_VERSION, World

# The pause after each failed attempt, in seconds of the emulator's clock; the last one repeats.
PAUSES = (5, 30, 300, 3600, 6 * 3600, 24 * 3600)
GIVE_UP_AFTER_SECONDS = 3 * 24 * 3600
TIMEOUT_SECONDS = 10
OTHER_API_VERSION = "2026-08-26.dahlia"


@dataclass(frozen=True)
class Parcel:
    """One attempt, ready to be sent without any lock."""

    seq: int
    url: str
    body: bytes
    signature: str


def owe(world: World, event: dict[str, Any]) -> int:
    """Owes an event to every endpoint that wants it; gives how many that are."""
    owed = 0
    for endpoint in world.store.select("webhook_endpoint", newest_first=False):
        wanted = endpoint["enabled_events"]
        if endpoint["status"] == "enabled" and ("*" in wanted or event["type"] in wanted):
            _owe_one(world, event, endpoint["id"])
            owed += 1
    if owed:
        world.work.set()
    return owed


def _owe_one(world: World, event: dict[str, Any], endpoint: str) -> None:
    faults, die, type = world.faults, world.random, event["type"]
    notes: list[str] = []
    now = world.moment()
    state, due, rank = "due", now, 0.0
    if faults.webhooks.off(type, now):
        state = "lost"
        notes.append("off")
    elif faults.chance("drop", type, die):
        state = "lost"
        notes.append("dropped")
    if faults.chance("delay", type, die):
        due += faults.webhooks.delay_seconds
        notes.append("delayed")
    if faults.chance("reorder", type, die):
        rank = die.uniform(1, 8)
        notes.append("reordered")
    copies = 1
    if faults.chance("duplicate", type, die):
        copies = 2
        notes.append("duplicated")
    for _ in range(copies):
        world.store.run(
            "INSERT INTO deliveries (event, type, endpoint, state, created, due, rank, note)"
            " VALUES (?, ?, ?, ?, ?, ?,"
            " (SELECT coalesce(max(seq), 0) + 1 FROM deliveries) + ?, ?)",
            (
                event["id"],
                type,
                endpoint,
                state,
                now,
                due,
                rank,
                " ".join(notes) or None,
            ),
        )


class Deliverer:
    """Sends what is due, in a thread of its own or when it is told to."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._turn = threading.Lock()

    def deliver_due(self, limit: int = 1000) -> dict[str, int]:
        """Attempts up to `limit` due deliveries; gives how many were tried and taken.

        Two callers take turns, so that the order of deliveries is the order that was decided.
        """
        tried = taken = 0
        with self._turn:
            while tried < limit and (parcel := self._next()) is not None:
                status, error = _send(parcel)
                self._record(parcel.seq, status, error)
                tried += 1
                taken += error is None
        return {"tried": tried, "delivered": taken}

    def _next(self) -> Parcel | None:
        world = self._world
        with world.lock, world.store.transaction():
            while rows := world.store.rows(
                "SELECT seq, event, endpoint FROM deliveries WHERE state = 'due' AND due <= ?"
                " ORDER BY rank LIMIT 1",
                (world.clock(),),
            ):
                seq, event_id, endpoint_id = rows[0]
                if self._lose(seq, event_id):
                    continue
                event, endpoint = world.store.get(event_id), world.store.get(endpoint_id)
                if event and endpoint and endpoint["status"] == "enabled":
                    return _parcel(world, seq, event, endpoint)
                world.store.run(
                    "UPDATE deliveries SET state = 'withdrawn', error = 'No such endpoint.'"
                    " WHERE seq = ?",
                    (seq,),
                )
        return None

    def _lose(self, seq: int, event_id: str) -> bool:
        """Loses a delivery that is due while deliveries are off."""
        world, event = self._world, self._world.store.get(event_id)
        if event is None or not world.faults.webhooks.off(event["type"], world.clock()):
            return False
        world.store.run(
            "UPDATE deliveries SET state = 'lost', note = trim(coalesce(note, '') || ' off')"
            " WHERE seq = ?",
            (seq,),
        )
        return True

    def _record(self, seq: int, status: int | None, error: str | None) -> None:
        world = self._world
        with world.lock, world.store.transaction():
            rows = world.store.rows(
                "SELECT event, attempts, created FROM deliveries WHERE seq = ?", (seq,)
            )
            if not rows:  # The emulator was reset while the delivery was on its way.
                return
            event, attempts, created = rows[0]
            pause = PAUSES[min(attempts, len(PAUSES) - 1)]
            due = world.clock() + pause
            state = "delivered" if error is None else "due"
            if error is not None and due > created + GIVE_UP_AFTER_SECONDS:
                state = "failed"
            world.store.run(
                "UPDATE deliveries SET state = ?, attempts = attempts + 1, due = ?, status = ?,"
                " error = ? WHERE seq = ?",
                (state, due, status, error, seq),
            )
            if error is None:
                _count_pending(world, event)


def _count_pending(world: World, event_id: str) -> None:
    event = world.store.get(event_id)
    if event is not None:
        rows = world.store.rows(
            "SELECT count(DISTINCT endpoint) FROM deliveries"
            " WHERE event = ? AND state IN ('due', 'lost')",
            (event_id,),
        )
        world.save(event | {"pending_webhooks": rows[0][0]})


def signature(payload: bytes, secret: str, timestamp: int) -> str:
    """The `Stripe-Signature` header."""
    signed = str(timestamp).encode() + b"." + payload
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


def _parcel(world: World, seq: int, event: dict[str, Any], endpoint: dict[str, Any]) -> Parcel:
    faults, die, type = world.faults, world.random, event["type"]
    body = event | {"api_version": endpoint["api_version"] or API_VERSION}
    signing = world.store.noted(endpoint["id"], "secret")
    # The product may run on either clock; a signature must not look old to it.
    timestamp = max(int(time.time()), world.clock())
    notes: list[str] = []
    if faults.chance("other_api_version", type, die):
        body["api_version"] = OTHER_API_VERSION
        notes.append("other_api_version")
    if faults.chance("stale_payload", type, die):
        body["data"] = body["data"] | {"object": _earliest(world, body["data"]["object"])}
        notes.append("stale_payload")
    if faults.chance("wrong_signature", type, die):
        signing = "whsec_not_the_secret"
        notes.append("wrong_signature")
    if faults.chance("old_timestamp", type, die):
        timestamp = min(int(time.time()), world.clock()) - 3600
        notes.append("old_timestamp")
    if notes:
        world.store.run(
            "UPDATE deliveries SET note = trim(coalesce(note, '') || ' ' || ?) WHERE seq = ?",
            (" ".join(notes), seq),
        )
    payload = json.dumps(body, indent=2).encode()
    return Parcel(seq, endpoint["url"], payload, signature(payload, signing, timestamp))


def _earliest(world: World, body: dict[str, Any]) -> dict[str, Any]:
    """The object as the first event about it told it."""
    about = {"data.object.id": [body.get("id", "")]}  # What a customer has at Stripe has no id.
    first = world.store.select("event", about, newest_first=False, limit=1)
    earliest: dict[str, Any] = first[0]["data"]["object"] if first else body
    return earliest


def _send(parcel: Parcel) -> tuple[int | None, str | None]:
    """Posts one parcel; gives the status and, unless it is 2xx, what went wrong."""
    parts = urlsplit(parcel.url)
    host = parts.hostname or ""
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(
            host, parts.port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context()
        )
    else:
        connection = http.client.HTTPConnection(host, parts.port, timeout=TIMEOUT_SECONDS)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {
        "content-type": "application/json; charset=utf-8",
        "stripe-signature": parcel.signature,
        "user-agent": "Stripe/1.0 (sandbox)",
        "connection": "close",
    }
    try:
        connection.request("POST", target, parcel.body, headers)
        response = connection.getresponse()
        text = response.read(2000).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as problem:
        return None, f"{type(problem).__name__}: {problem}"[:500]
    finally:
        connection.close()
    if 200 <= response.status < 300:
        return response.status, None
    return response.status, f"HTTP {response.status}: {text[:300]}"


def listed(world: World, limit: int, event: str | None = None) -> list[dict[str, Any]]:
    """The latest deliveries, newest first."""
    names = (
        "id", "event", "type", "endpoint", "state", "attempts", "created", "due", "status",
        "error", "note",
    )  # fmt: skip
    rows = world.store.rows(
        "SELECT seq, event, type, endpoint, state, attempts, created, due, status, error, note"
        " FROM deliveries WHERE ? IS NULL OR event = ? ORDER BY seq DESC LIMIT ?",
        (event, event, limit),
    )
    return [dict(zip(names, row, strict=True)) for row in rows]


def resend(world: World, seq: int) -> bool:
    """Makes a delivery due now, whatever became of it; False if there is none."""
    changed = world.store.run(
        "UPDATE deliveries SET state = 'due', due = ?, created = ? WHERE seq = ?",
        (world.clock(), world.clock(), seq),
    )
    world.work.set()
    return changed > 0


def release_lost(world: World) -> int:
    """Makes dropped deliveries due now."""
    world.work.set()
    return world.store.run(
        "UPDATE deliveries SET state = 'due', due = ? WHERE state = 'lost'", (world.clock(),)
    )
