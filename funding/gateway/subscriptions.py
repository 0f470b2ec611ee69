"""Subscriptions: what keeps a pledge at Stripe. Begun on a page, looked up, changed, ended.

Nothing is ever charged or credited for the time that runs: a change counts from the next time.
"""

import calendar
import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from funding.gateway.client import Missing, client, speaking
from funding.gateway.payments import NAMES, methods_for
from funding.gateway.reading import id_of, instant, metadata_of
from funding.money import Money

_EXPAND: Final = ["default_payment_method"]


@dataclass(frozen=True, slots=True)
class Recurring:
    """A rhythm in Stripe's words: 'month' and 3 is once a quarter."""

    interval: str
    count: int


@dataclass(frozen=True, slots=True)
class RegularOrder:
    """What a page for a pledge is to begin. The same order with the same key is one page."""

    key: str
    reference: str
    name: str
    amount: Money
    cover: Money
    recurring: Recurring
    email: str
    expires_at: dt.datetime
    success_url: str
    cancel_url: str
    language: str


@dataclass(frozen=True, slots=True)
class SavedOrder:
    """What is begun at once, charged to a method that the customer has saved."""

    key: str
    reference: str
    name: str
    amount: Money
    cover: Money
    recurring: Recurring
    customer: str
    product: str
    method: str


@dataclass(frozen=True, slots=True)
class RegularPage:
    """A hosted page for a pledge, or for a new card, and how far the donor has come on it."""

    id: str
    url: str
    status: str  # open, complete or expired
    subscription: str
    setup: str
    reference: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A subscription as Stripe tells it now. `amount` is what the next instalment takes."""

    id: str
    status: str
    reference: str
    customer: str
    item: str
    product: str
    amount: Money
    recurring: Recurring
    next_at: dt.datetime | None
    is_paused: bool
    resumes_at: dt.datetime | None
    method: str
    card_ends_on: dt.date | None
    ended_at: dt.datetime | None
    ended_reason: str  # cancellation_requested, payment_failed, payment_disputed or ''


def open_page(order: RegularOrder) -> RegularPage:
    """Make the hosted page on which a pledge begins. Raises Unreachable or Rejected."""
    gross = order.amount + order.cover
    params: Any = {
        "mode": "subscription",
        "submit_type": "donate",
        "ui_mode": "hosted_page",
        "client_reference_id": order.reference,
        "metadata": {"pledge": order.reference},
        "subscription_data": {
            "metadata": split_note(order.reference, order.amount, order.cover),
            "description": order.name,
            "billing_mode": {"type": "flexible"},
        },
        "customer_email": order.email,
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": gross.currency.lower(),
                    "unit_amount": gross.minor,
                    "product_data": {"name": order.name},
                    "recurring": _recurring(order.recurring),
                },
            }
        ],
        "allowed_payment_method_types": methods_for(gross.currency),
        "success_url": order.success_url,
        "cancel_url": order.cancel_url,
        "expires_at": int(order.expires_at.timestamp()),
        "locale": order.language,
    }
    with speaking():
        session = client().v1.checkout.sessions.create(
            params, options={"idempotency_key": order.key}
        )
    return _page(session)


def begin_saved(order: SavedOrder) -> Plan:
    """Begin a subscription without a page, and take the first instalment at once.

    One whose first payment the bank declines or asks about is 'incomplete', for 23 hours.
    Raises Unreachable, Missing or Rejected.
    """
    gross = order.amount + order.cover
    params: Any = {
        "customer": order.customer,
        "default_payment_method": order.method,
        "off_session": True,
        "payment_behavior": "allow_incomplete",
        "billing_mode": {"type": "flexible"},
        "description": order.name,
        "metadata": split_note(order.reference, order.amount, order.cover),
        "items": [
            {
                "price_data": {
                    "currency": gross.currency.lower(),
                    "product": order.product,
                    "unit_amount": gross.minor,
                    "recurring": _recurring(order.recurring),
                }
            }
        ],
        "expand": _EXPAND,
    }
    with speaking():
        made = client().v1.subscriptions.create(params, options={"idempotency_key": order.key})
    return _plan(made)


def find(customer: str, reference: str) -> Plan | None:
    """The subscription of a customer that carries our id, ended or not. Raises as `fetch`."""
    params: Any = {"customer": customer, "status": "all", "limit": 100}
    with speaking():
        rows = client().v1.subscriptions.list(params).auto_paging_iter()
        found = next((row for row in rows if metadata_of(row, "pledge") == reference), None)
    return fetch(found.id) if found else None


def saved_method(subscription: str) -> str:
    """What a subscription is or was charged to, where its customer still has it; else ''.

    Raises as `fetch`.
    """
    with speaking():
        found: Any = client().v1.subscriptions.retrieve(subscription, {"expand": _EXPAND})
    method = found.default_payment_method
    if method is None or isinstance(method, str) or not method.customer:
        return ""
    return str(method.id)


def open_setup(
    *,
    key: str,
    reference: str,
    customer: str,
    currency: str,
    return_url: str,
    expires_at: dt.datetime,
    language: str,
) -> RegularPage:
    """Make the page on which a donor gives a new card or account. Raises as `open_page`."""
    params: Any = {
        "mode": "setup",
        "ui_mode": "hosted_page",
        "client_reference_id": reference,
        "metadata": {"pledge_change": reference},
        "setup_intent_data": {"metadata": {"pledge_change": reference}},
        "customer": customer,
        "currency": currency.lower(),
        "allowed_payment_method_types": methods_for(currency),
        "success_url": return_url,
        "cancel_url": return_url,
        "expires_at": int(expires_at.timestamp()),
        "locale": language,
    }
    with speaking():
        session = client().v1.checkout.sessions.create(params, options={"idempotency_key": key})
    return _page(session)


def fetch_page(session_id: str) -> RegularPage:
    """How the donor came along. Raises Unreachable, Missing or Rejected."""
    with speaking():
        return _page(client().v1.checkout.sessions.retrieve(session_id))


def method_set_up(setup: str) -> str:
    """The payment method that a page set up; empty while it did not. Raises as `fetch`."""
    with speaking():
        found: Any = client().v1.setup_intents.retrieve(setup)
    return id_of(found.payment_method) if found.status == "succeeded" else ""


def fetch(subscription: str) -> Plan:
    """How a subscription stands. Raises Unreachable or Missing."""
    with speaking():
        return _plan(client().v1.subscriptions.retrieve(subscription, {"expand": _EXPAND}))


def split_note(reference: str, amount: Money, cover: Money) -> dict[str, str]:
    """Our words on a subscription: Stripe copies them to each invoice as it is made, so that
    an instalment is split as it was when it fell due.
    """
    return {"pledge": reference, "amount": str(amount.minor), "cover": str(cover.minor)}


def reprice(
    plan: Plan,
    *,
    key: str,
    amount: Money,
    cover: Money,
    recurring: Recurring,
) -> Plan:
    """Another amount or rhythm from the next instalment on, whose day stays as it is."""
    params: Any = {
        "items": [
            {
                "id": plan.item,
                "price_data": {
                    "currency": amount.currency.lower(),
                    "product": plan.product,
                    "unit_amount": (amount + cover).minor,
                    "recurring": _recurring(recurring),
                },
            }
        ],
        "metadata": split_note(plan.reference, amount, cover),
        "proration_behavior": "none",
    }
    if recurring != plan.recurring and plan.next_at is not None:
        # Without this Stripe begins a new period at once, and charges it.
        params["trial_end"] = int(plan.next_at.timestamp())
    return _update(plan.id, key, params)


def move(plan: Plan, *, key: str, next_at: dt.datetime) -> Plan:
    """The next instalment at another time, and those after it by that day."""
    params: Any = {"trial_end": int(next_at.timestamp()), "proration_behavior": "none"}
    return _update(plan.id, key, params)


def pause(plan: Plan, *, key: str, until: dt.datetime) -> Plan:
    """Let what falls due before an instant fall away."""
    wanted = {"behavior": "void", "resumes_at": int(until.timestamp())}
    return _update(plan.id, key, {"pause_collection": wanted})


def resume(plan: Plan, *, key: str) -> Plan:
    """End a pause."""
    return _update(plan.id, key, {"pause_collection": ""})


def charge_from(plan: Plan, *, key: str, method: str) -> Plan:
    """Take the money from another card or account from now on."""
    return _update(plan.id, key, {"default_payment_method": method})


def cancel(subscription: str) -> Plan:
    """End a subscription now. One that has ended already is answered as it stands.

    Stripe takes no key for this, and needs none: an end is an end.
    """
    try:
        with speaking():
            client().v1.subscriptions.cancel(subscription, {"invoice_now": False, "prorate": False})
    except Missing:
        pass
    return fetch(subscription)


def _update(subscription: str, key: str, params: Any) -> Plan:  # noqa: ANN401
    params["expand"] = _EXPAND
    with speaking():
        return _plan(
            client().v1.subscriptions.update(subscription, params, options={"idempotency_key": key})
        )


def _recurring(recurring: Recurring) -> dict[str, Any]:
    return {"interval": recurring.interval, "interval_count": recurring.count}


def _page(session: Any) -> RegularPage:  # noqa: ANN401 -- the SDK's own class is partly untyped
    return RegularPage(
        id=session.id,
        url=session.url or "",
        status=session.status or "open",
        subscription=id_of(session.subscription),
        setup=id_of(session.setup_intent),
        reference=session.client_reference_id or "",
    )


def _plan(found: Any) -> Plan:  # noqa: ANN401
    item = found["items"].data[0]
    recurring, paused = item.price.recurring, found.pause_collection
    method = found.default_payment_method
    ended = instant(found.ended_at)
    return Plan(
        id=found.id,
        status=found.status,
        reference=metadata_of(found, "pledge"),
        customer=id_of(found.customer),
        item=item.id,
        product=id_of(item.price.product),
        amount=Money(item.price.unit_amount, found.currency.upper()),
        recurring=Recurring(recurring.interval, recurring.interval_count),
        next_at=None if ended else instant(item.current_period_end),
        is_paused=paused is not None,
        resumes_at=instant(paused.resumes_at) if paused is not None else None,
        method=_method(method),
        card_ends_on=_card_ends_on(method),
        ended_at=ended,
        ended_reason=found.cancellation_details.reason or "" if found.cancellation_details else "",
    )


def _method(method: Any) -> str:  # noqa: ANN401 -- an object, or null where Stripe forgot it
    if method is None or isinstance(method, str):
        return ""
    last4 = getattr(getattr(method, method.type, None), "last4", "")
    return f"{NAMES.get(method.type, 'Card')} ending {last4}" if last4 else ""


def _card_ends_on(method: Any) -> dt.date | None:  # noqa: ANN401
    card = getattr(method, "card", None)
    if card is None:
        return None
    last = calendar.monthrange(card.exp_year, card.exp_month)[1]
    return dt.date(card.exp_year, card.exp_month, last)
