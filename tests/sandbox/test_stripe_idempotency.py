"""Idempotency keys: one effect, one answer."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import Sandbox

KEY = {"idempotency_key": "gift:1:customer"}


def test_the_same_key_with_the_same_parameters_repeats_the_first_answer(sandbox: Sandbox) -> None:
    sent = {"idempotency_key": "k1"}
    first = sandbox.api("POST", "/v1/customers", "name=Ada&metadata[a]=1", **sent)
    again = sandbox.api("POST", "/v1/customers", "metadata[a]=1&name=Ada", **sent)
    assert again[2] == first[2]
    assert "idempotent-replayed" not in first[1]
    assert again[1]["idempotent-replayed"] == "true"
    assert again[1]["original-request"] == first[1]["request-id"]
    assert again[1]["idempotency-key"] == "k1"
    assert len(sandbox.client().customers.list().data) == 1


def test_the_answer_stays_as_it_was_when_the_object_changes(sandbox: Sandbox) -> None:
    client = sandbox.client()
    first = client.customers.create({"name": "Ada"}, options=KEY)
    client.customers.update(first.id, {"name": "Ben"})
    assert client.customers.create({"name": "Ada"}, options=KEY).name == "Ada"


def test_the_same_key_with_other_parameters_is_refused(sandbox: Sandbox) -> None:
    client = sandbox.client()
    client.customers.create({"name": "Ada"}, options=KEY)
    with pytest.raises(stripe.IdempotencyError, match="same parameters"):
        client.customers.create({"name": "Ben"}, options=KEY)
    assert len(client.customers.list().data) == 1


def test_the_same_key_at_another_endpoint_is_refused(sandbox: Sandbox) -> None:
    client = sandbox.client()
    client.customers.create({"name": "Ada"}, options=KEY)
    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        client.products.create({"name": "Ada"}, options=KEY)


def test_a_request_that_failed_validation_leaves_its_key_free(sandbox: Sandbox) -> None:
    client = sandbox.client()
    with pytest.raises(stripe.InvalidRequestError):
        client.customers.create({"colour": "red"}, options=KEY)
    assert client.customers.create({"name": "Ada"}, options=KEY).name == "Ada"


def test_a_refusal_of_an_operation_that_began_is_kept(sandbox: Sandbox) -> None:
    client, intent = sandbox.client(), sandbox.paid(1000)
    params = {"payment_intent": intent.id, "amount": 800}
    client.refunds.create(params)
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
            client.refunds.create(params, options=KEY)
    assert len(client.refunds.list().data) == 1
    body = f"payment_intent={intent.id}&amount=800"
    headers = sandbox.api("POST", "/v1/refunds", body, idempotency_key=KEY["idempotency_key"])[1]
    assert headers["idempotent-replayed"] == "true"


def test_two_equal_refunds_under_two_keys_are_two_refunds(sandbox: Sandbox) -> None:
    client, intent = sandbox.client(), sandbox.paid(1000)
    for key in ("r1", "r1", "r2"):
        params = {"payment_intent": intent.id, "amount": 300}
        client.refunds.create(params, options={"idempotency_key": key})
    assert len(client.refunds.list().data) == 2


def test_a_key_is_forgotten_after_a_day_of_the_emulators_clock(sandbox: Sandbox) -> None:
    client = sandbox.client()
    first = client.customers.create({"name": "Ada"}, options=KEY)
    sandbox.control("clock", advance_seconds=23 * 3600)
    assert client.customers.create({"name": "Ada"}, options=KEY).id == first.id
    sandbox.control("clock", advance_seconds=2 * 3600)
    assert client.customers.create({"name": "Ada"}, options=KEY).id != first.id


def test_a_key_in_flight_is_409_and_the_library_comes_again(sandbox: Sandbox) -> None:
    sandbox.control("faults", api=[{"kind": "slow", "seconds": 0.5, "next": 1}])
    made: list[str] = []

    def slow() -> None:
        made.append(sandbox.client().customers.create({"name": "Ada"}, options=KEY).id)

    thread = threading.Thread(target=slow)
    thread.start()
    while sandbox.control("faults")["api"][0]["struck"] == 0:
        pass
    status, _, body = sandbox.api(
        "POST", "/v1/customers", "name=Ada", idempotency_key=KEY["idempotency_key"]
    )
    assert (status, body["error"]["code"]) == (409, "idempotency_key_in_use")
    again = sandbox.client(retries=3).customers.create({"name": "Ada"}, options=KEY)
    thread.join()
    assert made == [again.id]


def test_eight_threads_with_one_key_make_one_customer(sandbox: Sandbox) -> None:
    made: list[str] = []
    clients = [sandbox.client(retries=5) for _ in range(8)]

    def create(client: Any) -> None:
        made.append(client.customers.create({"name": "Ada"}, options={"idempotency_key": "k"}).id)

    threads = [threading.Thread(target=create, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert len(set(made)) == 1


def test_a_key_that_is_too_long_is_refused(sandbox: Sandbox) -> None:
    status, _, body = sandbox.api("POST", "/v1/customers", "", idempotency_key="k" * 256)
    assert (status, body["error"]["type"]) == (400, "idempotency_error")
