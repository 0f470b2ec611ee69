"""Goal: a subscription to several prices costs their sum, and they come and go one by one."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from tests.sandbox.conftest import Sandbox
from tests.sandbox.test_stripe_subscribing import customer, price, subscribe
from tests.sandbox.test_stripe_subscriptions import invoices, order

NONE = {"proration_behavior": "none"}


def several(sandbox: Sandbox, *wanted: tuple[int, int], **more: Any) -> Any:
    """A monthly subscription to prices, each of an amount and a quantity."""
    items = [
        {"price": price(sandbox, amount, "month"), "quantity": quantity, "metadata": {"no": "1"}}
        for amount, quantity in wanted
    ]
    return subscribe(sandbox, customer(sandbox), items=items, **more)


def quantities(sandbox: Sandbox, id: str) -> list[tuple[int, int]]:
    """The amounts and quantities of the prices of a subscription."""
    found = sandbox.client().subscriptions.retrieve(id)
    return [(each.price.unit_amount, each.quantity) for each in found["items"].data]


def test_several_prices_are_charged_together_each_with_its_line(sandbox: Sandbox) -> None:
    made = several(sandbox, (1000, 1), (250, 3))
    assert [each.metadata["no"] for each in made["items"].data] == ["1", "1"]
    sandbox.control("clock", advance_days=32)
    first, second = invoices(sandbox, made.id)
    for each in (first, second):
        lines = each.lines.data
        assert [(line.amount, line.quantity) for line in lines] == [(1000, 1), (750, 3)]
        assert [line.description for line in lines] == ["Contribution", "3 × Contribution"]
        assert (each.status, each.total, each.amount_paid) == ("paid", 1750, 1750)
    told = lines[1].parent.subscription_item_details
    assert (told.subscription, told.subscription_item) == (made.id, made["items"].data[1].id)
    assert sandbox.control("books")["currencies"]["eur"]["charges"] == 3500
    assert sandbox.control("regular")["subscriptions"][0]["amount"] == 1750


def test_a_page_begins_a_subscription_to_what_stands_on_it(sandbox: Sandbox) -> None:
    wanted = order()
    line = wanted["line_items"][0]
    wanted["line_items"] = [line, line | {"quantity": 2}]
    page = sandbox.client().checkout.sessions.create(wanted)
    assert page.amount_total == 3000
    done = sandbox.control("pay", session=page.id)
    assert quantities(sandbox, done["subscription"]) == [(1000, 1), (1000, 2)]
    (invoice,) = invoices(sandbox, done["subscription"])
    assert (invoice.status, invoice.amount_paid) == ("paid", 3000)


def test_items_are_added_changed_and_taken_away_at_once(sandbox: Sandbox) -> None:
    client = sandbox.client()
    made = several(sandbox, (1000, 1), (250, 3))
    first, second = made["items"].data
    changed = client.subscriptions.update(
        made.id,
        {
            "items": [
                {"id": first.id, "quantity": 2},
                {"id": second.id, "deleted": True},
                {"price": price(sandbox, 500, "month"), "quantity": 4},
            ],
            **NONE,
        },
    )
    assert quantities(sandbox, made.id) == [(1000, 2), (500, 4)]
    assert changed["items"].data[1].current_period_end == first.current_period_end
    assert client.invoice_items.list().data == []
    sandbox.control("clock", advance_days=32)
    assert [each.total for each in invoices(sandbox, made.id)] == [1750, 4000]


def test_items_have_calls_of_their_own(sandbox: Sandbox) -> None:
    client, made = sandbox.client(), several(sandbox, (1000, 1))
    items = client.subscription_items
    added = items.create(
        {"subscription": made.id, "price": price(sandbox, 300, "month"), "quantity": 2, **NONE},
        options={"idempotency_key": "once"},
    )
    again = items.create(
        {"subscription": made.id, "price": added.price.id, "quantity": 2, **NONE},
        options={"idempotency_key": "once"},
    )
    assert (again.id, added.subscription) == (added.id, made.id)
    assert quantities(sandbox, made.id) == [(1000, 1), (300, 2)]
    assert items.retrieve(added.id).quantity == 2
    changed = items.update(added.id, {"quantity": 5, "metadata": {"why": "more"}, **NONE})
    assert (changed.quantity, changed.metadata["why"]) == (5, "more")
    listed = items.list({"subscription": made.id, "limit": 1})
    assert ([each.id for each in listed.data], listed.has_more) == ([added.id], True)
    rest = items.list({"subscription": made.id, "starting_after": added.id})
    assert [each.quantity for each in rest.data] == [1]
    assert items.delete(added.id, NONE).deleted
    assert quantities(sandbox, made.id) == [(1000, 1)]
    with pytest.raises(stripe.InvalidRequestError, match="No such subscription item"):
        items.retrieve(added.id)


@pytest.mark.parametrize(
    ("item", "told"),
    [
        ({"id": "si_none", "quantity": 2}, "No such subscription item"),
        ({"price": "price_none"}, "No such price"),
        ({"quantity": 2}, "You must specify either `price` or `price_data`"),
        ({"deleted": True}, "Missing required param: id"),
        ({"id": "first", "deleted": True}, "at least one active price"),
        ({"id": "first", "quantity": -1}, "non-negative"),
        ({"price": "sek"}, "same currency"),
        ({"price": "once"}, "only accepts prices with `type=recurring`"),
    ],
)
def test_what_stripe_refuses_is_refused_and_nothing_changes(
    sandbox: Sandbox, item: dict[str, Any], told: str
) -> None:
    client, made = sandbox.client(), several(sandbox, (1000, 1))
    base = {"unit_amount": 900, "product_data": {"name": "Other"}}
    others = {
        "first": made["items"].data[0].id,
        "once": client.prices.create(base | {"currency": "eur"}).id,
        "sek": client.prices.create(
            base | {"currency": "sek", "recurring": {"interval": "month"}}
        ).id,
    }
    given = {name: others.get(str(value), value) for name, value in item.items()}
    with pytest.raises(stripe.InvalidRequestError, match=told):
        client.subscriptions.update(made.id, {"items": [given]})
    assert quantities(sandbox, made.id) == [(1000, 1)]
    assert client.invoice_items.list().data == []


def test_two_rhythms_on_one_subscription_are_not_built(sandbox: Sandbox) -> None:
    items = [{"price": price(sandbox, 1000, each)} for each in ("month", "year")]
    with pytest.raises(stripe.APIError) as caught:
        subscribe(sandbox, customer(sandbox), items=items)
    assert caught.value.http_status == 501


def test_a_subscription_has_at_most_twenty_items(sandbox: Sandbox) -> None:
    each = {"price": price(sandbox, 100, "month")}
    with pytest.raises(stripe.InvalidRequestError, match="at most 20 items"):
        subscribe(sandbox, customer(sandbox), items=[each] * 21)
