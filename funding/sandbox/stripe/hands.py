"""What people and banks do without the API: pay, refund in the dashboard, dispute and decide.

Each hand takes the body of a control request and gives the object that it made or changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from . import (
    accounts,
    billing,
    cards,
    cash,
    collecting,
    debits,
    disputes,
    events,
    fraud,
    movements,
    payments,
    payouts,
    refunds,
)
from .wire import Refusal
from .world import World

Hand = Callable[[World, dict[str, Any], str], dict[str, Any]]
_HANDS: dict[str, Hand] = {}
# What can be listed, by the name of its control.
LISTS = {
    "cash": cash.KIND,
    "customers": "customer",
    "charges": "charge",
    "disputes": "dispute",
    "mandates": "mandate",
    "invoices": "invoice",
    "payouts": "payout",
    "setups": "setup_intent",
    "subscriptions": "subscription",
    "warnings": "radar.early_fraud_warning",
}
FORGOTTEN_SETTINGS = ("payout_schedule", "payouts_to_fail", *billing.SETTINGS)


def hand(name: str) -> Callable[[Hand], Hand]:
    """Registers what `POST /_control/<name>` does; `*` in a name stands for an id."""

    def register(function: Hand) -> Hand:
        _HANDS[name] = function
        return function

    return register


def find(name: str) -> tuple[Hand | None, str]:
    """The hand for a path below `/_control/`, and the id in it."""
    first, _, id = name.partition("/")
    return (
        (_HANDS.get(f"{first}/*" if id else first), id) if re.fullmatch(r"\w*", id) else (None, "")
    )


def only(body: dict[str, Any], *names: str) -> None:
    """Refuses what a control request does not know."""
    unknown = body.keys() - set(names)
    if unknown:
        raise Refusal(f"Unknown: {', '.join(sorted(unknown))}; there are {', '.join(names)}.")


def number(body: dict[str, Any], name: str) -> int | None:
    """A whole number that may be left out."""
    value = body.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise Refusal(f"{name} is a whole number.", param=name)
    return value


@hand("pay")
def pay(world: World, body: dict[str, Any], id: str) -> dict[str, Any]:  # noqa: ARG001
    """A customer who needs no page: pays `session` with a `card`, or by debit from an `account`."""
    only(body, "session", "card", "account", "three_d_secure", "email", "name")
    step = body.get("three_d_secure", "complete")
    if step not in ("complete", "fail"):
        raise Refusal("three_d_secure is complete or fail.", param="three_d_secure")
    session = world.demand("checkout.session", str(body.get("session")), param="session")
    if session["status"] != "open":
        raise Refusal(f"The session is {session['status']}.", code="session_not_open")
    email = body.get("email") or (session["customer_details"] or {}).get("email")
    payer = payments.Payer(email or "customer@example.org", body.get("name", ""))
    if "account" in body:
        state = debits.pay(world, session, _account(session, body), payer)
    else:
        state = payments.pay(world, session, _card(session, body), payer)
    if state == "requires_action":
        session = world.get("checkout.session", session["id"])
        state = payments.authenticate(world, session, passed=step == "complete")
    session = world.get("checkout.session", session["id"])
    return {
        "state": state,
        "payment_intent": payments.intent_id(world, session) or None,
        "subscription": session["subscription"],
        "success_url": (session["success_url"] or "").replace(
            "{CHECKOUT_SESSION_ID}", session["id"]
        ),
    }


def _card(session: dict[str, Any], body: dict[str, Any]) -> cards.Card:
    typed = cards.digits(str(body.get("card", "4242424242424242")))
    if not cards.is_plausible(typed):
        raise Refusal("Your card number is incorrect.", code="incorrect_number", param="card")
    if "card" not in session["payment_method_types"]:
        raise Refusal("This session takes no cards.", param="card")
    return cards.card_of(typed)


def _account(session: dict[str, Any], body: dict[str, Any]) -> accounts.Account:
    typed = accounts.tidy(str(body["account"]))
    scheme = accounts.scheme_of(typed)
    if scheme is None:
        raise Refusal("This is no IBAN and no account number.", param="account")
    if scheme not in session["payment_method_types"]:
        raise Refusal(f"This session takes no {accounts.NAMES[scheme]}.", param="account")
    return accounts.account_of(typed, scheme)


@hand("subscriptions/*")
def subscription(world: World, body: dict[str, Any], id: str) -> dict[str, Any]:
    """What the next attempts to charge a subscription come to: `next` is a list of words.

    `succeeds`, `requires_action`, or a decline code such as `insufficient_funds`; each is good
    for one attempt. `card_ends` moves the month in which its card ends, as [month, year].
    """
    only(body, "next", "card_ends")
    found = world.demand("subscription", id)
    if "next" in body:
        world.store.note(id, "wishes", list(body["next"]))
    if "card_ends" in body:
        method = collecting.saved_method(world, found)
        if method is None or method["type"] != "card":
            raise Refusal("This subscription is charged to no card.", param="card_ends")
        month, year = body["card_ends"]
        card = method["card"] | {"exp_month": month, "exp_year": year}
        events.change(world, method, "payment_method.updated", card=card)
    return world.get("subscription", id)


@hand("billing")
def bill(world: World, body: dict[str, Any], id: str) -> dict[str, Any]:  # noqa: ARG001
    """Changes what becomes of a subscription `after_last_attempt`, and the `upcoming_days`."""
    only(body, "after_last_attempt", "upcoming_days")
    billing.change(world, body.get("after_last_attempt"), number(body, "upcoming_days"))
    return billing.state(world)


@hand("invoices/*")
def invoice(world: World, body: dict[str, Any], id: str) -> dict[str, Any]:
    """A customer who confirms the payment of an open invoice at the bank."""
    only(body, "authenticated")
    found = world.demand("invoice", id)
    if found["status"] != "open" or not body.get("authenticated"):
        raise Refusal(f"The invoice is {found['status']}.", param="authenticated")
    with world.within(found):
        collecting.collect(world, found, "confirmed")
    return world.get("invoice", id)


@hand("transfers")
def transfer(world: World, body: dict[str, Any], id: str) -> dict[str, Any]:  # noqa: ARG001
    """A bank transfer arrives: an `amount` for a `customer`, or what an `invoice` asks for.

    For an invoice it can be `over` or `under` by some minor units. The payer writes the invoice's
    number, or the `reference` that is given.
    """
    only(body, "customer", "invoice", "amount", "currency", "over", "under", "reference", "sender")
    reference, currency = "", str(body.get("currency", world.options.settlement_currency))
    if "invoice" in body:
        found = world.demand("invoice", str(body["invoice"]), param="invoice")
        customer = world.demand("customer", found["customer"], param="customer")
        currency = found["currency"]
        asked, reference = found["amount_remaining"], found["number"] or ""
        amount = asked + (number(body, "over") or 0) - (number(body, "under") or 0)
    else:
        customer = world.demand("customer", str(body.get("customer")), param="customer")
        amount = number(body, "amount") or 0
    sender = str(body.get("sender") or customer["name"] or "A payer")
    reference = str(body.get("reference", reference))
    return cash.arrive(world, customer, amount, currency, reference, sender)


@hand("refund")
def refund(world: World, body: dict[str, Any], id: str) -> dict[str, Any]:  # noqa: ARG001
    """A refund made by hand in Stripe's dashboard; the product hears of it by webhook only."""
    only(body, "charge", "payment_intent", "amount")
    charge = refunds.charge_of(world, body)
    return refunds.refund(world, charge, number(body, "amount"))


@hand("disputes")
def dispute(world: World, body: dict[str, Any], id: str) -> dict[str, Any]:  # noqa: ARG001
    """A bank disputes a charge, inquires about it, or is kept from disputing it."""
    only(body, "charge", "payment_intent", "amount", "reason", "status", "case", "due_in_days")
    charge = refunds.charge_of(world, body)
    days = number(body, "due_in_days")
    case = body.get("case")
    if case not in (None, "block", "resolution"):
        raise Refusal("case is block or resolution.", param="case")
    return disputes.dispute(
        world,
        charge,
        amount=number(body, "amount"),
        reason=str(body["reason"]) if "reason" in body else None,
        status=str(body.get("status", "needs_response")),
        case=case,
        due_in_days=disputes.RESPONSE_DAYS if days is None else days,
    )


@hand("disputes/*")
def decide(world: World, body: dict[str, Any], id: str) -> dict[str, Any]:
    """A bank decides a dispute, or takes it on."""
    only(body, "status", "fee_returned")
    found = world.demand("dispute", id)
    return disputes.move(
        world, found, str(body.get("status")), fee_returned=bool(body.get("fee_returned"))
    )


@hand("warnings")
def warn(world: World, body: dict[str, Any], id: str) -> dict[str, Any]:  # noqa: ARG001
    """An issuer warns early of fraud."""
    only(body, "charge", "payment_intent", "fraud_type")
    charge = refunds.charge_of(world, {k: v for k, v in body.items() if k != "fraud_type"})
    return fraud.warn(world, charge, str(body.get("fraud_type", fraud.TYPES[0])))


@hand("payouts")
def pay_out(world: World, body: dict[str, Any], id: str) -> dict[str, Any]:  # noqa: ARG001
    """Changes the `schedule`, lets the next ones fail, or pays out now.

    Now means `amount` by hand, or everything available: `automatic`, or by hand without an amount.
    """
    only(body, "schedule", "fail_next", "amount", "automatic")
    failing, wanted = number(body, "fail_next"), body.get("schedule")
    if wanted is not None:
        if wanted not in payouts.SCHEDULES:
            raise Refusal(f"schedule is one of {', '.join(payouts.SCHEDULES)}.", param="schedule")
        payouts.reschedule(world, wanted)
    if failing is not None:
        payouts.fail_next(world, failing)
    if wanted is None and failing is None:
        if body.get("automatic"):
            only(body, "automatic")
            return payouts.automatic(world)
        return payouts.by_hand(world, number(body, "amount"))
    return {"schedule": payouts.schedule(world)}


@hand("payouts/*")
def arrive(world: World, body: dict[str, Any], id: str) -> dict[str, Any]:
    """A bank takes a payout, or gives it back."""
    only(body, "status")
    return payouts.move(world, world.demand("payout", id), str(body.get("status")))


@hand("movements")
def move(world: World, body: dict[str, Any], id: str) -> dict[str, Any]:  # noqa: ARG001
    """Stripe takes a fee, puts something right, holds something back, or does what it likes."""
    only(body, "reporting_category", "type", "amount", "fee", "description", "balance_type")
    return movements.move(
        world,
        category=str(body.get("reporting_category", "")),
        type=str(body.get("type", "adjustment")),
        amount=number(body, "amount") or 0,
        fee=number(body, "fee") or 0,
        description=body.get("description"),
        balance_type=str(body.get("balance_type", "payments")),
    )


@hand("debits/*")
def debit(world: World, body: dict[str, Any], id: str) -> dict[str, Any]:
    """A bank answers a debit (`id` is the charge) before its time, or takes it back later."""
    only(body, "status", "code")
    charge = world.demand("charge", id)
    code = body.get("code", accounts.INSUFFICIENT.code)
    if code not in accounts.FAILURES:
        raise Refusal(f"code is one of {', '.join(accounts.FAILURES)}.", param="code")
    if body.get("status") == "succeeded":
        return debits.succeed(world, charge)
    if body.get("status") == "failed":
        return debits.fail(world, charge, accounts.FAILURES[code])
    raise Refusal("A debit is succeeded or failed.", param="status")


@hand("mandates/*")
def end_mandate(world: World, body: dict[str, Any], id: str) -> dict[str, Any]:
    """The customer tells the bank that a mandate no longer holds."""
    only(body, "status")
    if body.get("status") != "inactive":
        raise Refusal("A mandate can only become inactive.", param="status")
    return debits.lose_mandate(world, world.demand("mandate", id))
