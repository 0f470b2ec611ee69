"""Goal: an event is stored once, followed until it is done, and believed by nobody."""

import json
import logging
import time
from pathlib import Path
from typing import Any

import pytest
import stripe as stripe_library
from django.test import Client

from donors import refunds
from donors.models import Gift, GiftState, Refund
from funding import jobs
from funding.celery import app
from funding.gateway.models import Event, EventState, Movement
from funding.ledger.models import Entry, Fund
from funding.site import tasks, webhooks
from tests import make
from tests.books import assert_agreed
from tests.donors.conftest import Visitor
from tests.sandbox.conftest import Sandbox

SECRET = "whsec_test"
FIXTURES = Path(__file__).parent.parent / "sandbox" / "official_fixtures.json"


def signed(body: bytes, *, secret: str = SECRET, at: int | None = None) -> str:
    """The header that Stripe would send with this body."""
    header: str = stripe_library.WebhookSignature.generate_signature_header(
        body.decode(), secret, at or int(time.time())
    )
    return header


def send(client: Client, event: dict[str, Any], header: str | None = None) -> int:
    """Deliver an event as Stripe does. Returns the status."""
    body = json.dumps(event).encode()
    response = client.post(
        "/stripe/webhook/",
        data=body,
        content_type="application/json",
        headers={"Stripe-Signature": header if header is not None else signed(body)},
    )
    return response.status_code


def event(kind: str, found: dict[str, Any], **facts: Any) -> dict[str, Any]:
    """An event about an object, in Stripe's form."""
    return {
        "id": f"evt_{kind}_{found.get('id', '')}",
        "object": "event",
        "type": kind,
        "api_version": "2026-10-28.endive",
        "created": int(time.time()),
        "livemode": False,
        "pending_webhooks": 1,
        "request": None,
        "data": {"object": found},
    } | facts


def paid_event(stripe: Sandbox, gift: Gift) -> dict[str, Any]:
    """The event that tells of a completed payment page."""
    gift.refresh_from_db()
    session = stripe.client().checkout.sessions.retrieve(gift.checkout)
    return event("checkout.session.completed", session.to_dict())


def test_a_signed_event_settles_the_gift_and_is_done(
    client: Client, general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = make.gift(general)
    visitor.pays(gift)
    visitor.waits()
    assert send(client, paid_event(stripe, gift)) == 200
    assert Gift.objects.get().state == GiftState.PENDING
    assert tasks.drain() == 1
    assert Gift.objects.get().state == GiftState.SETTLED
    assert Event.objects.get().state == EventState.DONE
    assert_agreed(stripe)


def test_a_doubled_event_is_stored_once_and_books_once(
    client: Client, general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = make.gift(general)
    visitor.pays(gift)
    told = paid_event(stripe, gift)
    assert [send(client, told) for _ in range(3)] == [200, 200, 200]
    assert Event.objects.count() == 1
    tasks.drain()
    assert [send(client, told) for _ in range(2)] == [200, 200]
    tasks.drain()
    assert Entry.objects.filter(reason="gift").count() == 1


@pytest.mark.parametrize(
    "forged",
    ["", "t=1,v1=abc", "nonsense", "wrong secret", "stale", "other body", "live mode"],
)
def test_an_unsigned_forged_or_stale_call_is_stored_nowhere(
    client: Client, general: Fund, visitor: Visitor, stripe: Sandbox, forged: str
) -> None:
    gift = make.gift(general)
    visitor.pays(gift)
    told = paid_event(stripe, gift)
    body = json.dumps(told).encode()
    headers = {
        "wrong secret": signed(body, secret="whsec_other"),
        "stale": signed(body, at=int(time.time()) - 301),
        "other body": signed(body + b" "),
    }
    if forged == "live mode":
        assert send(client, told | {"livemode": True}) == 400
    else:
        assert send(client, told, headers.get(forged, forged)) == 400
    assert not Event.objects.exists()
    tasks.drain()
    assert Gift.objects.get().state == GiftState.PENDING
    assert not Entry.objects.exists()


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b"not json", b'{"id": 1}'])
def test_a_signed_call_that_is_no_event_is_refused(
    client: Client, committed: None, stripe: Sandbox, body: bytes
) -> None:
    response = client.post(
        "/stripe/webhook/",
        data=body,
        content_type="application/json",
        headers={"Stripe-Signature": signed(body)},
    )
    assert response.status_code == 400
    assert not Event.objects.exists()


def test_a_get_is_not_an_event(client: Client, committed: None) -> None:
    assert client.get("/stripe/webhook/").status_code == 405


def test_an_event_of_another_version_is_flagged_and_followed_all_the_same(
    client: Client, general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = make.gift(general)
    visitor.pays(gift)
    assert send(client, paid_event(stripe, gift) | {"api_version": "2025-02-24.acacia"}) == 200
    assert Event.objects.get().is_foreign_version
    tasks.drain()
    assert Gift.objects.get().state == GiftState.SETTLED


def test_every_official_example_object_is_closed_as_not_ours_without_an_error(
    client: Client, committed: None, stripe: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    resources = json.loads(FIXTURES.read_text())["resources"]
    kinds = {
        "checkout.session": "checkout.session.completed",
        "payment_intent": "payment_intent.succeeded",
        "charge": "charge.updated",
        "refund": "refund.created",
    }
    for name, found in resources.items():
        kind = kinds.get(found.get("object", ""), f"{found.get('object', name)}.updated")
        told = event(kind, found) | {"id": f"evt_{name}"}
        with caplog.at_level(logging.WARNING):
            assert send(client, told) == 200
    assert Event.objects.count() == len(resources)
    with caplog.at_level(logging.WARNING):
        while tasks.drain():
            pass
    assert set(Event.objects.values_list("state", flat=True)) == {EventState.NOT_OURS}
    assert [each.message for each in caplog.records if each.levelno >= logging.ERROR] == []


def test_an_event_that_cannot_be_followed_is_kept_and_tried_again(
    client: Client, general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = make.gift(general)
    visitor.pays(gift)
    told = paid_event(stripe, gift)
    stripe.control("faults", api=[{"kind": "error_before", "probability": 1.0}])
    send(client, told)
    tasks.drain()
    kept = Event.objects.get()
    assert (kept.state, kept.attempts) == (EventState.WAITING, 1)
    assert "Unreachable" in kept.error
    stripe.control("faults", clear=True)
    Event.objects.update(due_at=kept.received_at)
    tasks.drain()
    assert Event.objects.get().state == EventState.DONE
    assert Gift.objects.get().state == GiftState.SETTLED


def test_without_any_webhook_the_walk_finds_gifts_and_dashboard_refunds(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = make.gift(general)
    visitor.pays(gift)
    visitor.waits()
    assert tasks.walk() >= 1
    gift.refresh_from_db()
    assert gift.state == GiftState.SETTLED
    stripe.control("refund", payment_intent=gift.payment_intent, amount=300)
    from funding.gateway.models import Cursor

    Cursor.objects.all().delete()
    assert tasks.walk() >= 1
    assert Refund.objects.get().amount_minor == 300
    refunds.sweep()
    assert_agreed(stripe)


def test_a_burst_of_events_rings_once_and_is_drained_whole(
    client: Client, committed: None, stripe: Sandbox
) -> None:
    with app.connection_for_read() as broker:
        queue = broker.default_channel.client
        before = queue.llen("celery")
        for number in range(5):
            found = {"object": "refund", "id": f"re_{number}"}
            assert send(client, event("refund.created", found)) == 200
        assert queue.llen("celery") == before + 1
    assert tasks.drain() == 5
    assert set(Event.objects.values_list("state", flat=True)) == {EventState.NOT_OURS}


def test_a_movement_that_cannot_be_followed_holds_up_no_other_and_is_tried_again(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    broken, whole = make.gift(general), make.gift(general, email="bo@donor.example")
    visitor.pays(broken)
    visitor.pays(whole)
    Gift.objects.filter(pk=broken.pk).update(amount_minor=1)
    visitor.waits()
    tasks.walk()
    whole.refresh_from_db()
    assert whole.state == GiftState.SETTLED
    Gift.objects.filter(pk=broken.pk).update(amount_minor=2550)
    left = Movement.objects.get(state="waiting")
    assert "PaymentMismatch" in left.error
    Movement.objects.filter(pk=left.pk).update(due_at=left.stored_at)
    jobs.SWEEPS["movements"]()
    broken.refresh_from_db()
    assert broken.state == GiftState.SETTLED
    assert_agreed(stripe)


def test_whoever_makes_the_endpoint_is_told_of_every_event() -> None:
    told = Path("README.md").read_text(encoding="utf-8")
    assert [kind for kind in webhooks.TABLE if f"`{kind}`" not in told] == []
