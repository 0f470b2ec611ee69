"""The inbox of signed events. An event is a hint; the row is the queue."""

import datetime as dt
import json
import logging
from collections.abc import Callable
from typing import Any

import stripe
from django.conf import settings
from django.db import connection
from django.db.models import F, QuerySet

from funding import clock, jobs
from funding.gateway.client import API_VERSION, Missing, Unreachable
from funding.gateway.models import Event, EventState

logger = logging.getLogger(__name__)

MAX_BYTES = 1_000_000
_ATTEMPTS = 12
_LEASE = dt.timedelta(seconds=90)
# A fresh event that nobody has claimed yet has rung already: for this long no other one does.
_BELL = dt.timedelta(seconds=2)
_STORE = """
WITH stored AS (
    INSERT INTO gateway_event (stripe_id, kind, object_id, api_version, is_foreign_version,
                               payload, received_at, state, due_at, attempts, error)
    VALUES (%s, %s, %s, %s, %s, %s, %s, 'waiting', %s, 0, '')
    ON CONFLICT (stripe_id) DO NOTHING RETURNING id
)
SELECT EXISTS (SELECT FROM gateway_event
               WHERE state = 'waiting' AND due_at > %s AND attempts = 0)
FROM stored
"""


class BadSignature(Exception):
    """The call is not Stripe's, is stale, or speaks of the other mode. Nothing was stored."""


def receive(body: bytes, signature: str | None) -> None:
    """Verify and store an event once, and ring for the worker. Raises BadSignature.

    One statement, no business: whatever the event says is looked up again later.
    """
    _verify(body, signature)
    try:
        event = json.loads(body)
        row = _row(event, body)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadSignature("not an event") from error
    if event["livemode"] is not settings.STRIPE_SECRET_KEY.startswith(("sk_live", "rk_live")):
        raise BadSignature("livemode does not match our key")
    with connection.cursor() as cursor:
        cursor.execute(_STORE, row)
        stored = cursor.fetchone()
    if stored is not None and not stored[0]:
        # Publishing a message for each would cost more than storing it; the worker that one
        # ring wakes takes everything that waits.
        jobs.after_commit("funding.site.tasks.drain_inbox")


def _verify(body: bytes, signature: str | None) -> None:
    if len(body) > MAX_BYTES:
        raise BadSignature("too large")
    for secret in settings.STRIPE_WEBHOOK_SECRETS:
        try:
            stripe.WebhookSignature.verify_header(body, signature or "", secret, 300)
        except (stripe.SignatureVerificationError, ValueError):
            continue
        return
    raise BadSignature("no secret of ours signed this")


def _row(event: dict[str, Any], body: bytes) -> list[str | bool | dt.datetime]:
    version = event.get("api_version") or ""
    release = API_VERSION.rpartition(".")[2]
    now = clock.now()
    return [
        str(event["id"])[:255],
        str(event["type"])[:120],
        str(event["data"]["object"].get("id") or "")[:255],
        str(version)[:60],
        version.rpartition(".")[2] != release,
        body.decode(),
        now,
        now,
        now - _BELL,
    ]


def waiting() -> QuerySet[Event]:
    """The events that are not handled yet."""
    return Event.objects.filter(state=EventState.WAITING)


def given_up() -> QuerySet[Event]:
    """The events whose attempts are used up, the oldest first."""
    return Event.objects.filter(state=EventState.GIVEN_UP).order_by("received_at", "pk")


def drain(follow: Callable[[Event], bool], *, limit: int = 200) -> int:
    """Handle what is due with `follow`, which says whether the event was about us.

    Returns how many were taken. An event whose handling fails is kept and tried again.
    """
    due = waiting().filter(due_at__lte=clock.now())
    taken = 0
    for event_id in due.order_by("due_at", "id").values_list("id", flat=True)[:limit]:
        taken += _handle(event_id, follow)
    return taken


def _handle(event_id: int, follow: Callable[[Event], bool]) -> int:
    now = clock.now()
    claimed = Event.objects.filter(id=event_id, state=EventState.WAITING, due_at__lte=now).update(
        attempts=F("attempts") + 1, due_at=now + _LEASE
    )
    if not claimed:
        return 0
    event = Event.objects.get(id=event_id)
    try:
        state = EventState.DONE if follow(event) else EventState.NOT_OURS
    except Missing:
        # Stripe's own example objects, or an object of another account: nothing to follow.
        state = EventState.NOT_OURS
    except Exception as error:  # noqa: BLE001 -- kept on the row, tried again, shown to people
        _postpone(event, error)
        return 1
    Event.objects.filter(id=event_id).update(state=state, handled_at=clock.now(), error="")
    return 1


def _postpone(event: Event, error: Exception) -> None:
    if not isinstance(error, Unreachable):
        logger.error("event failed id=%s kind=%s", event.stripe_id, event.kind, exc_info=error)
    text = f"{type(error).__name__}: {error}"[:2000]
    rows = Event.objects.filter(id=event.pk)
    if event.attempts >= _ATTEMPTS:
        rows.update(state=EventState.GIVEN_UP, handled_at=clock.now(), error=text)
        return
    wait = min(dt.timedelta(hours=1), dt.timedelta(seconds=5 * 2**event.attempts))
    rows.update(due_at=clock.now() + wait, error=text)
