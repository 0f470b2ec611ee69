"""The API's manners: keys, versions, refusals, lists, expansion, metadata."""

from __future__ import annotations

import base64

import pytest
import stripe

from funding.sandbox.stripe.server import Emulator
from funding.sandbox.stripe.wire import ContractBroken, Request
from funding.sandbox.stripe.world import API_VERSION
from tests.sandbox.conftest import KEY, Sandbox, checkout


def test_a_key_is_asked_for(sandbox: Sandbox) -> None:
    assert sandbox.call("GET", "/v1/balance")[0] == 401


@pytest.mark.parametrize("key", ["sk_live_abc123", "pk_test_abc123", "nonsense", "rk_live_1234"])
def test_a_bad_or_live_key_is_refused(sandbox: Sandbox, key: str) -> None:
    with pytest.raises(stripe.AuthenticationError):
        sandbox.client(key=key).balance.retrieve()


def test_a_key_is_taken_as_bearer_and_as_basic(sandbox: Sandbox) -> None:
    basic = base64.b64encode(f"{KEY}:".encode()).decode()
    assert sandbox.api("GET", "/v1/balance")[0] == 200
    assert sandbox.api("GET", "/v1/balance", authorization=f"Basic {basic}")[0] == 200


def test_the_version_is_told_and_another_major_release_is_refused(sandbox: Sandbox) -> None:
    status, headers, _ = sandbox.api("GET", "/v1/balance", stripe_version=API_VERSION)
    assert (status, headers["stripe-version"]) == (200, API_VERSION)
    status, _, body = sandbox.api("GET", "/v1/balance", stripe_version="2026-08-26.dahlia")
    assert status == 400
    assert "another major release" in body["error"]["message"]
    assert sandbox.api("GET", "/v1/balance", stripe_version="yesterday")[0] == 400


def test_every_answer_has_a_request_id_of_its_own(sandbox: Sandbox) -> None:
    first = sandbox.api("GET", "/v1/balance")[1]["request-id"]
    second = sandbox.api("GET", "/v1/nothing")[1]["request-id"]
    assert first.startswith("req_")
    assert first != second


def test_an_unknown_path_is_404_and_an_operation_not_built_is_501(sandbox: Sandbox) -> None:
    status, _, body = sandbox.api("GET", "/v1/nothing")
    assert (status, body["error"]["type"]) == (404, "invalid_request_error")
    status, _, body = sandbox.api("POST", "/v1/quotes", "customer=cus_1")
    assert status == 501
    assert "POST /v1/quotes" in body["error"]["message"]


def test_a_parameter_that_would_be_ignored_is_501(sandbox: Sandbox) -> None:
    client = sandbox.client()
    with pytest.raises(stripe.APIError) as caught:
        client.checkout.sessions.create(checkout(invoice_creation={"enabled": True}))
    assert caught.value.http_status == 501
    assert "invoice_creation" in str(caught.value)


def test_what_is_not_built_is_501(sandbox: Sandbox) -> None:
    with pytest.raises(stripe.APIError) as caught:
        sandbox.client().quotes.create({"customer": "cus_1"})
    assert caught.value.http_status == 501


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ("email=a@b.c&colour=red", "parameter_unknown", "colour"),
        ("metadata[a]=1&address[town]=x", "parameter_unknown", "address[town]"),
    ],
)
def test_an_unknown_parameter_is_refused_by_name(
    sandbox: Sandbox, body: str, code: str, param: str
) -> None:
    status, _, answer = sandbox.api("POST", "/v1/customers", body)
    assert (status, answer["error"]["code"], answer["error"]["param"]) == (400, code, param)


def test_a_missing_parameter_is_refused_by_name(sandbox: Sandbox) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        sandbox.client().prices.create({"unit_amount": 5})
    assert (caught.value.code, caught.value.param) == ("parameter_missing", "currency")


def test_a_word_is_no_number(sandbox: Sandbox) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        sandbox.client().customers.list({"limit": "many"})
    assert caught.value.code == "parameter_invalid_integer"


@pytest.mark.parametrize("path", ["customers/cus_x", "charges/ch_x", "checkout/sessions/cs_x"])
def test_an_id_that_names_nothing_is_404(sandbox: Sandbox, path: str) -> None:
    status, _, body = sandbox.api("GET", f"/v1/{path}")
    assert (status, body["error"]["code"]) == (404, "resource_missing")


def test_an_id_of_another_kind_names_nothing(sandbox: Sandbox) -> None:
    client = sandbox.client()
    customer = client.customers.create({})
    with pytest.raises(stripe.InvalidRequestError, match="No such charge"):
        client.charges.retrieve(customer.id)


def test_an_answer_that_breaks_the_contract_is_a_loud_500() -> None:
    for strict in (True, False):
        emulator = Emulator(state=None, public_url="http://localhost", strict=strict)
        broken = emulator.world.new("customer", "cus", balance=0)
        emulator.world.save(broken | {"balance": "none"})
        request = Request(
            "GET", f"/v1/customers/{broken['id']}", headers={"authorization": f"Bearer {KEY}"}
        )
        if strict:
            with pytest.raises(ContractBroken, match="balance"):
                emulator.handle(request)
        else:
            assert emulator.handle(request).status == 500
        assert len(emulator.breaches) == 1
        emulator.close()


def test_customers_are_made_changed_and_listed(sandbox: Sandbox) -> None:
    client = sandbox.client()
    ada = client.customers.create({"email": "ada@zoo.test", "name": "Ada", "metadata": {"d": "1"}})
    client.customers.create({"email": "ben@zoo.test"})
    changed = client.customers.update(ada.id, {"name": "Ada L.", "address": {"city": "Oslo"}})
    assert (changed.name, changed.address.city, changed.email) == ("Ada L.", "Oslo", "ada@zoo.test")
    assert [c.id for c in client.customers.list({"email": "ada@zoo.test"}).data] == [ada.id]
    assert len(client.customers.list().data) == 2
    assert client.customers.retrieve(ada.id).name == "Ada L."


def test_products_and_prices_are_made_and_paid_with(sandbox: Sandbox) -> None:
    client = sandbox.client()
    product = client.products.create({"name": "Gift", "id": "prod_gift"})
    price = client.prices.create({"currency": "gbp", "unit_amount": 1500, "product": product.id})
    assert client.products.retrieve("prod_gift").name == "Gift"
    assert client.prices.retrieve(price.id).unit_amount == 1500
    session = sandbox.session(line_items=[{"price": price.id, "quantity": 2}])
    assert (session.amount_total, session.currency) == (3000, "gbp")
    with pytest.raises(stripe.InvalidRequestError, match="already exists"):
        client.products.create({"name": "Gift", "id": "prod_gift"})


def test_lists_are_paged_newest_first(sandbox: Sandbox) -> None:
    client = sandbox.client()
    made = [client.customers.create({"name": str(i)}).id for i in range(7)]
    page = client.customers.list({"limit": 3})
    assert ([c.id for c in page.data], page.has_more) == (made[:3:-1], True)
    walked = [c.id for c in client.customers.list({"limit": 2}).auto_paging_iter()]
    assert walked == made[::-1]
    back = client.customers.list({"limit": 2, "ending_before": made[2]})
    assert [c.id for c in back.data] == [made[4], made[3]]
    assert client.customers.list({"starting_after": made[0]}).data == []


def test_pages_have_limits_and_cursors_must_exist(sandbox: Sandbox) -> None:
    client = sandbox.client()
    for params in ({"limit": 101}, {"limit": 0}, {"starting_after": "cus_gone"}):
        with pytest.raises(stripe.InvalidRequestError):
            client.customers.list(params)


def test_lists_are_limited_to_a_range_of_time(sandbox: Sandbox) -> None:
    client = sandbox.client()
    first = client.customers.create({})
    sandbox.control("clock", advance_seconds=100)
    second = client.customers.create({})
    newer = client.customers.list({"created": {"gt": first.created}})
    assert [c.id for c in newer.data] == [second.id]
    older = client.customers.list({"created": {"gte": first.created, "lt": second.created}})
    assert [c.id for c in older.data] == [first.id]
    exact = client.customers.list({"created": first.created})
    assert [c.id for c in exact.data] == [first.id]


def test_ids_are_expanded_four_levels_deep_and_no_deeper(sandbox: Sandbox) -> None:
    client = sandbox.client()
    intent = sandbox.paid()
    session = client.checkout.sessions.list(
        {"payment_intent": intent.id, "expand": ["data.payment_intent.latest_charge"]}
    ).data[0]
    assert session.payment_intent.latest_charge.id == intent.latest_charge.id
    deep = client.checkout.sessions.retrieve(
        session.id, {"expand": ["payment_intent.latest_charge.balance_transaction.source"]}
    )
    transaction = deep.payment_intent.latest_charge.balance_transaction
    assert transaction.source.id == intent.latest_charge.id
    too_deep = "payment_intent.latest_charge.balance_transaction.source.balance_transaction"
    with pytest.raises(stripe.InvalidRequestError, match="more than 4 levels"):
        client.checkout.sessions.retrieve(session.id, {"expand": [too_deep]})


def test_what_cannot_be_expanded_is_refused(sandbox: Sandbox) -> None:
    client = sandbox.client()
    customer = client.customers.create({"email": "ada@zoo.test"})
    for path in ("email", "nothing", "data.email", "metadata.email"):
        with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
            client.customers.retrieve(customer.id, {"expand": [path]})


def test_refunds_and_lines_are_shown_only_when_they_are_asked_for(sandbox: Sandbox) -> None:
    client = sandbox.client()
    intent = sandbox.paid(1000)
    client.refunds.create({"charge": intent.latest_charge.id, "amount": 300})
    charge = client.charges.retrieve(intent.latest_charge.id)
    assert "refunds" not in charge
    charge = client.charges.retrieve(charge.id, {"expand": ["refunds"]})
    assert [refund.amount for refund in charge.refunds.data] == [300]
    session = sandbox.session()
    assert "line_items" not in session
    shown = client.checkout.sessions.retrieve(session.id, {"expand": ["line_items"]})
    assert [item.amount_total for item in shown.line_items.data] == [2550]
    assert client.checkout.sessions.line_items.list(session.id).data[0].description == "A gift"


def test_metadata_is_merged_and_forgotten_key_by_key(sandbox: Sandbox) -> None:
    client = sandbox.client()
    customer = client.customers.create({"metadata": {"a": "1", "b": "2"}})
    customer = client.customers.update(customer.id, {"metadata": {"a": "", "c": "3"}})
    assert customer.metadata.to_dict() == {"b": "2", "c": "3"}
    assert client.customers.update(customer.id, {"metadata": ""}).metadata.to_dict() == {}


@pytest.mark.parametrize(
    "metadata",
    [{str(i): "x" for i in range(51)}, {"k" * 41: "x"}, {"k": "x" * 501}],
)
def test_metadata_has_limits(sandbox: Sandbox, metadata: dict[str, str]) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        sandbox.client().customers.create({"metadata": metadata})
    assert sandbox.client().customers.list().data == []
