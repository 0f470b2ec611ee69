"""Faults on purpose, as the library meets them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import Receiver, Sandbox

KEY = {"idempotency_key": "k1"}


def strike(sandbox: Sandbox, kind: str, **more: Any) -> None:
    """The next request meets this fault."""
    sandbox.control("faults", api=[{"kind": kind, "next": 1} | more])


def customers(sandbox: Sandbox) -> int:
    """How many customers there are."""
    return len(sandbox.client().customers.list().data)


def test_a_rate_limit_is_not_retried_by_the_library_unless_stripe_says_so(sandbox: Sandbox) -> None:
    for should_retry in (None, False):
        strike(sandbox, "rate_limit", should_retry=should_retry)
        with pytest.raises(stripe.RateLimitError):
            sandbox.client(retries=2).customers.create({}, options=KEY)
    strike(sandbox, "rate_limit", should_retry=True)
    sandbox.client(retries=2).customers.create({}, options=KEY)
    assert customers(sandbox) == 1


def test_an_error_before_the_effect_is_mended_by_a_retry(sandbox: Sandbox) -> None:
    strike(sandbox, "error_before")
    with pytest.raises(stripe.APIError):
        sandbox.client().customers.create({}, options=KEY)
    assert customers(sandbox) == 0
    strike(sandbox, "error_before")
    sandbox.client(retries=1).customers.create({}, options=KEY)
    assert customers(sandbox) == 1


def test_an_error_after_the_effect_is_kept_under_the_key_and_repeated(sandbox: Sandbox) -> None:
    strike(sandbox, "error_after")
    for _ in range(2):
        with pytest.raises(stripe.APIError) as caught:
            sandbox.client(retries=1).customers.create({}, options=KEY)
        assert caught.value.http_status == 500
    assert customers(sandbox) == 1
    status, headers, _ = sandbox.api("POST", "/v1/customers", "", idempotency_key="k1")
    assert (status, headers["idempotent-replayed"]) == (500, "true")


def test_a_timeout_after_the_effect_is_mended_by_a_retry_with_the_same_key(
    sandbox: Sandbox,
) -> None:
    strike(sandbox, "timeout_after", seconds=0.6)
    with pytest.raises(stripe.APIConnectionError):
        sandbox.client(timeout=0.2).customers.create({"name": "Ada"}, options=KEY)
    assert customers(sandbox) == 1
    client = sandbox.client(retries=2, timeout=0.3)
    strike(sandbox, "timeout_after", seconds=0.6)
    client.customers.create({"name": "Ben"}, options={"idempotency_key": "k2"})
    assert customers(sandbox) == 2


def test_a_slow_request_goes_on_as_soon_as_its_fault_is_taken_away(sandbox: Sandbox) -> None:
    strike(sandbox, "slow", seconds=60)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(sandbox.client(timeout=30).customers.create, {}, KEY)
        while sandbox.control("faults")["api"][0]["struck"] == 0:
            assert not asked.done()
        assert customers(sandbox) == 0
        sandbox.control("faults", clear=True)
        asked.result(20)
    assert customers(sandbox) == 1


def test_a_reset_before_the_effect_leaves_nothing(sandbox: Sandbox) -> None:
    strike(sandbox, "reset_before")
    with pytest.raises(stripe.APIConnectionError):
        sandbox.client().customers.create({}, options=KEY)
    assert customers(sandbox) == 0


def test_a_reset_after_the_effect_is_mended_by_a_retry(sandbox: Sandbox) -> None:
    strike(sandbox, "reset_after")
    with pytest.raises(stripe.APIConnectionError):
        sandbox.client().customers.create({}, options=KEY)
    assert customers(sandbox) == 1
    sandbox.client().customers.create({}, options=KEY)
    assert customers(sandbox) == 1


def test_a_fault_can_be_limited_to_a_path_and_a_method(sandbox: Sandbox) -> None:
    fault = {"kind": "error_before", "path": "/v1/refunds", "method": "POST", "next": 5}
    sandbox.control("faults", api=[fault])
    client = sandbox.client()
    client.customers.create({})
    client.refunds.list()
    intent = sandbox.paid()
    with pytest.raises(stripe.APIError):
        client.refunds.create({"payment_intent": intent.id})
    (told,) = sandbox.control("faults")["api"]
    assert (told["next"], told["struck"]) == (4, 1)


def test_faults_by_probability_are_the_same_for_the_same_seed(sandbox: Sandbox) -> None:
    def run() -> list[int]:
        sandbox.control("faults", seed=7, api=[{"kind": "error_before", "probability": 0.5}])
        return [sandbox.api("GET", "/v1/customers")[0] for _ in range(20)]

    first = run()
    assert run() == first
    assert set(first) == {200, 500}
    sandbox.control("faults", clear=True)
    assert {sandbox.api("GET", "/v1/customers")[0] for _ in range(5)} == {200}


@pytest.mark.parametrize(
    "wanted",
    [
        {"api": [{"kind": "lightning"}]},
        {"api": [{"kind": "slow", "x": 1}]},
        {"webhooks": {"burn": 1}},
        {"weather": 1},
    ],
)
def test_a_fault_that_does_not_exist_is_refused(sandbox: Sandbox, wanted: dict[str, Any]) -> None:
    with pytest.raises(AssertionError, match=r"Unknown|No such fault"):
        sandbox.control("faults", **wanted)


def webhooks(sandbox: Sandbox, **wanted: Any) -> None:
    """Sets webhook faults for events of customers."""
    sandbox.control("faults", webhooks=wanted | {"types": ["customer."]})


def test_a_delivery_can_be_doubled(sandbox: Sandbox, receiver: Receiver) -> None:
    webhooks(sandbox, duplicate=1)
    sandbox.client().customers.create({})
    sandbox.emulator.deliver_due()
    assert receiver.types == ["customer.created"] * 2
    assert receiver.events[0]["id"] == receiver.events[1]["id"]


def test_a_delivery_can_be_delayed(sandbox: Sandbox, receiver: Receiver) -> None:
    webhooks(sandbox, delay=1, delay_seconds=600)
    sandbox.client().customers.create({})
    sandbox.emulator.deliver_due()
    assert receiver.types == []
    sandbox.control("clock", advance_seconds=601)
    assert receiver.types == ["customer.created"]


def test_deliveries_can_come_out_of_order(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.control("faults", seed=1, webhooks={"reorder": 0.5})
    for i in range(12):
        sandbox.client().customers.create({"name": str(i)})
    sandbox.emulator.deliver_due()
    names = [event["data"]["object"]["name"] for event in receiver.events]
    assert sorted(names, key=int) == [str(i) for i in range(12)]
    assert names != sorted(names, key=int)


def test_a_delivery_can_be_lost_until_the_faults_are_cleared(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    webhooks(sandbox, drop=1)
    client = sandbox.client()
    client.customers.create({})
    sandbox.control("clock", advance_days=4)
    assert receiver.types == []
    assert sandbox.control("deliveries")["data"][0]["state"] == "lost"
    missing = client.events.list({"delivery_success": False}).data
    assert [event.type for event in missing] == ["customer.created"]
    assert sandbox.control("faults", clear=True, keep_lost=True)["released"] == 0
    assert sandbox.control("faults", clear=True)["released"] == 1
    sandbox.emulator.deliver_due()
    assert receiver.types == ["customer.created"]
    assert client.events.list({"delivery_success": False}).data == []


@pytest.mark.parametrize(
    ("fault", "what"),
    [("wrong_signature", "No signatures found"), ("old_timestamp", "outside the tolerance")],
)
def test_a_forged_or_stale_delivery_is_refused_and_comes_again_rightly(
    sandbox: Sandbox, receiver: Receiver, fault: str, what: str
) -> None:
    webhooks(sandbox, **{fault: 1})
    sandbox.client().customers.create({})
    sandbox.emulator.deliver_due()
    assert receiver.types == []
    assert what in receiver.refused[0]
    told = sandbox.control("deliveries")["data"][0]
    assert (told["attempts"], told["status"], told["note"]) == (1, 400, fault)
    sandbox.control("faults", clear=True)
    sandbox.control("clock", advance_seconds=6)
    assert receiver.types == ["customer.created"]


def test_a_delivery_can_speak_another_api_version(sandbox: Sandbox, receiver: Receiver) -> None:
    webhooks(sandbox, other_api_version=1)
    sandbox.client().customers.create({})
    sandbox.emulator.deliver_due()
    assert receiver.events[0]["api_version"] == "2026-08-26.dahlia"


def test_a_delivery_can_carry_a_stale_object(sandbox: Sandbox, receiver: Receiver) -> None:
    client = sandbox.client()
    webhooks(sandbox, stale_payload=1)
    customer = client.customers.create({"name": "Ada"})
    client.customers.update(customer.id, {"name": "Ben"})
    sandbox.emulator.deliver_due()
    assert receiver.types == ["customer.created", "customer.updated"]
    assert [event["data"]["object"]["name"] for event in receiver.events] == ["Ada", "Ada"]
