"""Goal: what a subscription costs follows its schedule, phase by phase; then it goes on or ends."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import Receiver, Sandbox
from tests.sandbox.test_stripe_prices import quantities
from tests.sandbox.test_stripe_prorations import START, begun, item_of, wait, waiting
from tests.sandbox.test_stripe_subscribing import price
from tests.sandbox.test_stripe_subscriptions import DAY, invoices


def may(day: int, month: int = 5) -> int:
    """Noon of a day of the months after."""
    return int(dt.datetime(2027, month, day, 12, tzinfo=dt.UTC).timestamp())


def scheduled(sandbox: Sandbox, made: Any, *more: dict[str, Any], **fields: Any) -> Any:
    """The schedule of a subscription, with further phases after the one that runs."""
    schedules = sandbox.client().subscription_schedules
    found = schedules.create({"from_subscription": made.id})
    assert (found.status, found.subscription, found.test_clock) == (
        "active", made.id, made.test_clock,
    )  # fmt: skip
    if not more:
        return found
    (phase,) = found.phases
    own = {
        "start_date": phase.start_date,
        "end_date": phase.end_date,
        "items": [{"price": each.price, "quantity": each.quantity} for each in phase["items"]],
    }
    return schedules.update(found.id, {"phases": [own, *more], **fields})


def phase(price: str, quantity: int = 1, **more: Any) -> dict[str, Any]:
    return {"items": [{"price": price, "quantity": quantity}], **more}


def test_a_subscription_becomes_dearer_with_its_next_period(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    client, made = sandbox.client(), begun(sandbox, (1000, 1))
    more = price(sandbox, 1500, "month")
    two_months = {"interval": "month", "interval_count": 2}
    told = scheduled(sandbox, made, phase(more, 2, duration=two_months))
    assert [each.end_date for each in told.phases] == [may(1), may(1, 7)]
    assert client.subscriptions.retrieve(made.id).schedule == told.id
    wait(sandbox, made, may(2))
    assert quantities(sandbox, made.id) == [(1500, 2)]
    assert item_of(client.subscriptions.retrieve(made.id)).id == item_of(made).id
    assert [each.total for each in invoices(sandbox, made.id)] == [1000, 3000]
    assert waiting(sandbox, made) == []
    now = client.subscription_schedules.retrieve(told.id)
    assert (now.current_phase.start_date, now.status) == (may(1), "active")
    wait(sandbox, made, may(2, 6))
    wait(sandbox, made, may(2, 7))
    done = client.subscription_schedules.retrieve(told.id)
    assert (done.status, done.completed_at, done.released_subscription) == (
        "completed", may(1, 7), made.id,
    )  # fmt: skip
    after = client.subscriptions.retrieve(made.id)
    assert (after.status, after.schedule) == ("active", None)
    assert [each.total for each in invoices(sandbox, made.id)] == [1000, 3000, 3000, 3000]
    told_of = [each for each in receiver.types if each.startswith("subscription_schedule")]
    assert told_of == [
        f"subscription_schedule.{word}" for word in ("created", "updated", "updated", "completed")
    ]


def test_a_phase_within_a_period_is_prorated_as_it_says(sandbox: Sandbox) -> None:
    client, made = sandbox.client(), begun(sandbox, (1000, 1))
    own = item_of(made).price.id
    schedules = client.subscription_schedules
    found = schedules.create({"from_subscription": made.id})
    first = phase(own, end_date=START + 10 * DAY)
    schedules.update(
        found.id,
        {
            "phases": [
                first,
                phase(own, 4, end_date=START + 20 * DAY),
                phase(own, 7, end_date=START + 30 * DAY, proration_behavior="none"),
            ],
            "end_behavior": "cancel",
        },
    )
    wait(sandbox, made, START + 11 * DAY)
    assert [amount for amount, _ in waiting(sandbox, made)] == [-667, 2667]
    wait(sandbox, made, START + 21 * DAY)
    assert len(waiting(sandbox, made)) == 2
    assert quantities(sandbox, made.id) == [(1000, 7)]
    wait(sandbox, made, START + 31 * DAY)
    ended = client.subscriptions.retrieve(made.id)
    assert (ended.status, ended.ended_at) == ("canceled", START + 30 * DAY)
    assert schedules.retrieve(found.id).status == "completed"
    assert len(invoices(sandbox, made.id)) == 1


def test_a_schedule_begins_its_own_subscription_now_or_later(sandbox: Sandbox) -> None:
    client, other = sandbox.client(), begun(sandbox, (1000, 1))
    schedules, who = client.subscription_schedules, other.customer
    method = {"default_payment_method": other.default_payment_method}
    wanted = {
        "customer": who,
        "default_settings": method,
        "phases": [phase(price(sandbox, 500, "month"), 2, metadata={"pledge": "p1"})],
    }
    soon = schedules.create(wanted | {"start_date": START + 5 * DAY})
    assert (soon.status, soon.subscription) == ("not_started", None)
    now = schedules.create(wanted, options={"idempotency_key": "k"})
    assert schedules.create(wanted, options={"idempotency_key": "k"}).id == now.id
    made = client.subscriptions.retrieve(now.subscription)
    assert (made.status, made.metadata["pledge"], made.schedule) == ("active", "p1", now.id)
    wait(sandbox, other, START + 6 * DAY)
    assert [each.status for each in invoices(sandbox, made.id)] == ["paid"]
    begun_later = schedules.retrieve(soon.id)
    assert begun_later.status == "active"
    (invoice,) = invoices(sandbox, begun_later.subscription)
    assert (invoice.status, invoice.total) == ("paid", 1000)
    assert len(schedules.list({"customer": who}).data) == 2


def test_a_schedule_is_released_or_canceled(sandbox: Sandbox, receiver: Receiver) -> None:
    client, made = sandbox.client(), begun(sandbox, (1000, 1))
    schedules, more = client.subscription_schedules, price(sandbox, 1500, "month")
    told = scheduled(sandbox, made, phase(more))
    released = schedules.release(told.id)
    assert (released.status, released.subscription, released.released_subscription) == (
        "released", None, made.id,
    )  # fmt: skip
    with pytest.raises(stripe.InvalidRequestError, match="is released"):
        schedules.cancel(told.id)
    wait(sandbox, made, may(2))
    assert [each.total for each in invoices(sandbox, made.id)] == [1000, 1000]
    again = scheduled(sandbox, made, phase(more))
    wait(sandbox, made, may(11))
    assert schedules.cancel(again.id).status == "canceled"
    assert client.subscriptions.retrieve(made.id).status == "canceled"
    assert invoices(sandbox, made.id)[-1].total < 0
    wait(sandbox, made, may(20, 6))
    assert len(invoices(sandbox, made.id)) == 3
    assert "subscription_schedule.released" in receiver.types


def test_a_subscription_that_ends_takes_its_schedule_with_it(sandbox: Sandbox) -> None:
    client, made = sandbox.client(), begun(sandbox, (1000, 1))
    told = scheduled(sandbox, made, phase(price(sandbox, 1500, "month")))
    client.subscriptions.cancel(made.id)
    assert client.subscription_schedules.retrieve(told.id).status == "canceled"
    wait(sandbox, made, may(20))
    assert len(invoices(sandbox, made.id)) == 1
    assert "subscription_schedule.aborted" in sandbox.happened()


def test_what_cannot_be_scheduled_is_refused(sandbox: Sandbox) -> None:
    client, made = sandbox.client(), begun(sandbox, (1000, 1))
    schedules, own = client.subscription_schedules, item_of(made).price.id
    told = scheduled(sandbox, made)
    later = START + DAY
    for params in (
        {"from_subscription": made.id},
        {"from_subscription": made.id, "phases": [phase(own)]},
        {"from_subscription": "sub_none"},
        {"customer": made.customer},
        {"customer": made.customer, "phases": []},
        {"customer": made.customer, "phases": [phase("price_none")]},
        {"customer": made.customer, "phases": [phase(own, end_date=START - 1)]},
    ):
        with pytest.raises(stripe.InvalidRequestError):
            schedules.create(params)
    for phases in ([phase(own, start_date=later)], [phase(own, end_date=START)]):
        with pytest.raises(stripe.InvalidRequestError):
            schedules.update(told.id, {"phases": phases})
    with pytest.raises(stripe.APIError) as caught:
        schedules.update(told.id, {"end_behavior": "renew"})
    assert caught.value.http_status == 501
    assert len(schedules.list().data) == 1
