"""Idempotency keys: the first answer, kept for a day of the emulator's clock.

What is kept is what the operation came to, a refusal or an internal error included. A request
that never began (failed validation, a fault before its effect) leaves no trace.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from .wire import Refusal
from .world import World

KEPT_SECONDS = 24 * 3600
MAX_LENGTH = 255


class Kept(NamedTuple):
    """An answer that was given before."""

    status: int
    request: str
    body: Any


class InFlight:
    """The keys whose request is being carried out at this moment."""

    def __init__(self) -> None:
        self._keys: set[str] = set()
        self._lock = threading.Lock()

    @contextmanager
    def hold(self, key: str | None) -> Iterator[None]:
        """Keeps a key for the duration; refuses a second request under the same one."""
        if key is None:
            yield
            return
        if len(key) > MAX_LENGTH:
            raise Refusal(
                f"Idempotency keys can have up to {MAX_LENGTH} characters.",
                type="idempotency_error",
            )
        with self._lock:
            if key in self._keys:
                raise Refusal(
                    "There is currently another in-progress request using this Idempotency Key "
                    "(that probably means you submitted twice, and the other request is still "
                    f"going through): {key}. Please try again later.",
                    status=409,
                    type="idempotency_error",
                    code="idempotency_key_in_use",
                )
            self._keys.add(key)
        try:
            yield
        finally:
            with self._lock:
                self._keys.discard(key)


def recall(world: World, key: str, route: str, params: dict[str, Any]) -> Kept | None:
    """The answer kept under a key, if the request is the same."""
    rows = world.store.rows(
        "SELECT route, params, status, request, body FROM answers WHERE key = ? AND created > ?",
        (key, world.now() - KEPT_SECONDS),
    )
    if not rows:
        return None
    kept_route, kept_params, status, request, body = rows[0]
    if kept_route != route:
        raise Refusal(
            "Keys for idempotent requests can only be used for the same endpoint they were first "
            f"used for ('{route}' vs '{kept_route}'). Try using a key other than '{key}' if you "
            "meant to execute a different request.",
            type="idempotency_error",
        )
    if kept_params != _canonical(params):
        raise Refusal(
            "Keys for idempotent requests can only be used with the same parameters they were "
            f"first used with. Try using a key other than '{key}' if you meant to execute a "
            "different request.",
            type="idempotency_error",
        )
    return Kept(status, request, json.loads(body))


def keep(world: World, key: str, route: str, params: dict[str, Any], answer: Kept) -> None:
    """Keeps the answer to a request that was carried out."""
    world.store.run(
        "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            key,
            route,
            _canonical(params),
            answer.status,
            answer.request,
            json.dumps(answer.body),
            world.now(),
        ),
    )


def prune(world: World) -> int:
    """Forgets answers older than a day."""
    return world.store.run("DELETE FROM answers WHERE created <= ?", (world.now() - KEPT_SECONDS,))


def _canonical(params: dict[str, Any]) -> str:
    return json.dumps(params, sort_keys=True)
