"""The checker: what the installed Stripe library takes and gives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from stripe._encode import _api_encode

from funding.sandbox.stripe.contract import Contract
from funding.sandbox.stripe.registry import OPERATIONS
from tests.sandbox.conftest import checkout

CONTRACT = Contract()
FIXTURES: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parent / "official_fixtures.json").read_text()
)["resources"]
BUILT = (
    "balance",
    "balance_transaction",
    "billing_portal.session",
    "cash_balance",
    "charge",
    "checkout.session",
    "customer",
    "customer_balance_transaction",
    "customer_cash_balance_transaction",
    "dispute",
    "event",
    "file",
    "funding_instructions",
    "invoice",
    "invoice_payment",
    "invoiceitem",
    "item",
    "line_item",
    "mandate",
    "payment_intent",
    "payment_method",
    "payout",
    "price",
    "product",
    "radar.early_fraud_warning",
    "refund",
    "setup_intent",
    "subscription",
    "subscription_item",
    "subscription_schedule",
    "test_helpers.test_clock",
    "webhook_endpoint",
)
WITHOUT_ID = {"balance", "cash_balance", "funding_instructions"}
# The examples are a little older than the library.
OF_ANOTHER_VERSION = {
    "invoice": ["subscription: not a field of Invoice"],
    "event": ["data[object][aggregate_usage]: not a field of Plan"],
    "dispute": ["evidence_details[submission_method]: required on Dispute.EvidenceDetails"],
    "subscription_schedule": ["pause_schedules: required on SubscriptionSchedule"],
}
PRICE = {"currency": "gbp", "product": "prod_1", "recurring": {"interval": "month"}}
RIGHT: list[tuple[str, str, dict[str, Any]]] = [
    ("post", "/v1/checkout/sessions", checkout(expires_at=1_760_000_000)),
    ("post", "/v1/subscriptions/sub_1", {"pause_collection": "", "cancel_at_period_end": True}),
    ("post", "/v1/subscriptions/sub_1", {"items": [{"price_data": PRICE | {"unit_amount": 5}}]}),
    ("post", "/v1/refunds", {"payment_intent": "pi_1", "amount": 500, "metadata": {"0": "9"}}),
    (
        "get",
        "/v1/balance_transactions",
        {"created": {"gte": 1, "lt": 2}, "expand": ["data.source"]},
    ),
    ("get", "/v1/events", {"types": ["charge.updated"], "delivery_success": False}),
]
WRONG: list[tuple[str, str, dict[str, Any], str]] = [
    ("post", "/v1/checkout/sessions", {"payment_method_types": ["card"]}, "unknown"),
    ("post", "/v1/checkout/sessions", {"ui_mode": "hosted"}, "must be one of"),
    (
        "post",
        "/v1/checkout/sessions",
        {"line_items": [{"price_data": {"unit_amount": 5}}]},
        "required",
    ),
    ("post", "/v1/subscriptions/sub_1", {"billing_cycle_anchor": "now"}, "expected the fields"),
    ("post", "/v1/refunds", {"charge": "ch_1", "amount": "5.00"}, "integer"),
    ("post", "/v1/refunds", {"charge": "ch_1", "idempotency_key": "k"}, "unknown"),
    ("post", "/v1/charge", {}, "no such operation"),
]


def wire(params: dict[str, Any]) -> str:
    """What the library would send."""
    return urlencode(list(_api_encode(params)))


@pytest.mark.parametrize("kind", BUILT)
def test_stripes_own_example_of_every_object_we_build_passes(kind: str) -> None:
    problems = [str(problem) for problem in CONTRACT.object(FIXTURES[kind])]
    assert problems == OF_ANOTHER_VERSION.get(kind, [])


@pytest.mark.parametrize("kind", BUILT)
def test_a_blank_object_is_complete(kind: str) -> None:
    blank = CONTRACT.blank(kind)
    assert blank["object"] == kind
    assert CONTRACT.object(blank) == []


@pytest.mark.parametrize("kind", sorted(set(BUILT) - WITHOUT_ID))
def test_an_object_with_a_foreign_field_or_without_its_id_is_caught(kind: str) -> None:
    blank = CONTRACT.blank(kind)
    assert "not a field" in str(CONTRACT.object(blank | {"invoice_number": 1})[0])
    del blank["id"]
    assert [problem.kind for problem in CONTRACT.object(blank)] == ["missing"]


@pytest.mark.parametrize(("verb", "path", "params"), RIGHT)
def test_a_right_request_passes_from_python_and_from_the_wire(
    verb: str, path: str, params: dict[str, Any]
) -> None:
    assert CONTRACT.request(verb, path, params) == []
    assert CONTRACT.request(verb, path, wire(params)) == []


@pytest.mark.parametrize(("verb", "path", "params", "what"), WRONG)
def test_a_wrong_request_is_caught_from_python_and_from_the_wire(
    verb: str, path: str, params: dict[str, Any], what: str
) -> None:
    for form in (params, wire(params)):
        problems = CONTRACT.request(verb, path, form)
        assert problems
        if isinstance(form, str) or what != "integer":
            assert what in " ".join(str(problem) for problem in problems)


def test_a_request_is_read_into_pythons_types() -> None:
    params = checkout(1500, adaptive_pricing={"enabled": False})
    form = {"line_items": {"0": {"quantity": "1"}}, "adaptive_pricing": {"enabled": "false"}}
    reading = CONTRACT.read("post", "/v1/checkout/sessions", form, wire=True)
    assert reading is not None
    assert reading.params["line_items"] == [{"quantity": params["line_items"][0]["quantity"]}]
    assert reading.params["adaptive_pricing"] == {"enabled": False}


def test_a_value_that_the_library_forgot_is_taken_and_no_other() -> None:
    told = CONTRACT.blank("funding_instructions")
    told["bank_transfer"]["type"] = "us_bank_transfer"
    assert CONTRACT.object(told) == []
    told["bank_transfer"]["type"] = "se_bank_transfer"
    assert "must be one of" in str(CONTRACT.object(told)[0])


def test_an_answer_of_an_older_version_is_caught() -> None:
    old = CONTRACT.blank("charge") | {"invoice": "in_1"}
    assert [str(p) for p in CONTRACT.response("get", "/v1/charges/ch_1", old)] == [
        "invoice: not a field of Charge"
    ]


def test_a_list_is_checked_entry_by_entry() -> None:
    page = {
        "object": "list",
        "data": [{"object": "refund"}],
        "has_more": False,
        "url": "/v1/refunds",
    }
    problems = CONTRACT.response("get", "/v1/refunds", page)
    assert "data[0][id]: required on Refund" in [str(problem) for problem in problems]


def test_every_operation_we_register_is_one_of_the_library() -> None:
    known = {(operation.verb, operation.template) for operation in CONTRACT.operations}
    assert set(OPERATIONS) <= known
    assert len(OPERATIONS) >= 90


def test_every_parameter_we_honour_is_one_that_the_library_takes() -> None:
    for (verb, template), built in OPERATIONS.items():
        for name in built.honours:
            params: dict[str, Any] = {}
            node = params
            parts = name.split(".")
            for part in parts[:-1]:
                node[part] = {}
                node = node[part]
            node[parts[-1]] = "x"
            if "line_items" in params:
                params["line_items"] = [params["line_items"]]
            problems = CONTRACT.request(verb, template, params)
            assert not [p for p in problems if p.kind == "unknown"], (verb, template, name)
