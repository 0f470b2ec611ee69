"""Debits: a promise first, money days later, and now and then neither.

The customer signs a mandate on the Checkout page; the session is complete and unpaid, the payment
intent processing. Three days later the money comes or the debit fails; what came can still fail
later, or be taken back by the customer's bank as a dispute that cannot be won.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from . import charges, disputes, events, payments, settlement, setups
from .accounts import (
    ACCOUNTS,
    CLOSED,
    GENERIC,
    SORT_CODE,
    UNAUTHORIZED,
    Account,
    Failure,
    account_of,
)
from .payments import Payer, State
from .registry import Call, operation, timer
from .settlement import DAY
from .wire import Refusal
from .world import World, secret

LATE_FAILURE_DAYS = 5
# Who else wants to know that a debit has ended, and whether its money came.
ENDED: list[Callable[[World, dict[str, Any], str], None]] = []


def pay(world: World, session: dict[str, Any], account: Account, payer: Payer) -> State:
    """Sets a debit of an account on its way for an open session, or is refused the account."""
    if session["mode"] == "setup":
        return payments.kept(world, session, keep(world, session, account, payer))
    intent = payments.intent_of(world, session)
    method = _make_method(world, account, payer)
    world.store.note(intent["id"], "payer", [payer.email, payer.name])
    intent = intent | {"payment_method": method["id"], "last_payment_error": None}
    if account.refused:
        payments.failed(world, intent, _error(account.refused, method))
        return "declined"
    intent = payments.with_customer(world, session, intent, method)
    _make_mandate(world, account, method)
    intent = _set_off(world, intent, method, account)
    payments.complete(world, session, intent, payment_status="unpaid")
    return "processing"


def keep(world: World, session: dict[str, Any], account: Account, payer: Payer) -> setups.State:
    """Sets an account up for later debits, on a page that takes no money."""
    method = sign(world, account, payer)
    if account.refused:
        world.store.note(session["id"], "trouble", account.refused.message)
        return "declined"
    return setups.keep(world, session, method, None)


def sign(world: World, account: Account, payer: Payer) -> dict[str, Any]:
    """An account with its mandate, as a payment method; without one if it is refused."""
    method = _make_method(world, account, payer)
    if not account.refused:
        _make_mandate(world, account, method)
    return method


def begin(world: World, intent: dict[str, Any], method: dict[str, Any]) -> dict[str, Any] | None:
    """Sets a debit on its way without anybody at a page; None where the mandate has ended."""
    mandate = mandate_of(world, method)
    if mandate is None or mandate["status"] != "active":
        return None
    number = world.store.noted(method["id"], "number")
    account = ACCOUNTS.get(number) or account_of(number, method["type"])
    return _set_off(world, intent, method, account)


def mandate_of(world: World, method: dict[str, Any]) -> dict[str, Any] | None:
    """What was signed for an account."""
    id = world.store.noted(method["id"], "mandate")
    return world.get("mandate", id) if id else None


def _set_off(
    world: World, intent: dict[str, Any], method: dict[str, Any], account: Account
) -> dict[str, Any]:
    mandate = mandate_of(world, method)
    assert mandate is not None
    charge = _make_charge(world, intent, method, account, mandate)
    intent = intent | {"latest_charge": charge["id"], "next_action": None}
    intent["payment_method"] = method["id"]
    intent = events.change(world, intent, "payment_intent.processing", status="processing")
    world.later(account.days * DAY, "debit_ends", charge["id"])
    return intent


def _make_method(world: World, account: Account, payer: Payer) -> dict[str, Any]:
    blank = world.new("payment_method", "pm")
    method = {name: value for name, value in blank.items() if value is not None}
    method |= {
        "allow_redisplay": "limited",
        "billing_details": payments.billing(payer),
        "customer": None,
        "metadata": {},
        "type": account.scheme,
        account.scheme: _shown(account),
    }
    if account.scheme == "sepa_debit":
        method["sepa_debit"]["generated_from"] = None
    world.save(method)
    world.store.note(method["id"], "number", account.number)
    return method


def _shown(account: Account) -> dict[str, Any]:
    common = {"fingerprint": account.fingerprint, "last4": account.last4}
    if account.scheme == "bacs_debit":
        return common | {"sort_code": SORT_CODE}
    bank = {"bank_code": account.number[4:9], "branch_code": "", "country": account.number[:2]}
    return common | bank


def _make_mandate(world: World, account: Account, method: dict[str, Any]) -> dict[str, Any]:
    made = world.new("mandate", "mandate", status="active", type="multi_use", multi_use={})
    reference = secret(16).upper()
    details: dict[str, Any] = {
        "reference": reference,
        "url": f"{world.options.public_url}/mandate/{made['id']}",
    }
    if account.scheme == "bacs_debit":
        details |= {
            "display_name": world.options.merchant,
            "network_status": "pending",
            "revocation_reason": None,
            "service_user_number": "123456",
        }
    made |= {
        "customer_acceptance": {
            "accepted_at": world.moment(),
            "online": {"ip_address": "127.0.0.1", "user_agent": "sandbox"},
            "type": "online",
        },
        "payment_method": method["id"],
        "payment_method_details": {"type": account.scheme, account.scheme: details},
    }
    world.store.note(method["id"], "mandate", made["id"])
    return world.save(made)


def _make_charge(
    world: World,
    intent: dict[str, Any],
    method: dict[str, Any],
    account: Account,
    mandate: dict[str, Any],
) -> dict[str, Any]:
    expected = dt.datetime.fromtimestamp(world.moment() + account.days * DAY, dt.UTC).date()
    details = _shown(account) | {
        "expected_debit_date": expected.isoformat(),
        "mandate": mandate["id"],
    }
    charge = world.new(
        "charge",
        "py",
        amount=intent["amount"],
        amount_captured=intent["amount"],
        billing_details=method["billing_details"],
        captured=True,
        currency=intent["currency"],
        customer=intent["customer"],
        description=intent["description"],
        fraud_details={},
        metadata=dict(intent["metadata"]),
        outcome=_outcome("Payment pending."),
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details={"type": account.scheme, account.scheme: details},
        radar_options={},
        receipt_email=intent["receipt_email"],
        status="pending",
    )
    for name in ("authorization_code", "level3", "presentment_details", "refunds", "transfer"):
        del charge[name]
    world.save(charge)
    events.emit(world, "charge.pending", charge)
    return charge


def _outcome(message: str, reason: str | None = None) -> dict[str, Any]:
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "declined_by_network" if reason else "approved_by_network",
        "reason": reason,
        "risk_level": "not_assessed",
        "seller_message": message,
        "type": "issuer_declined" if reason else "authorized",
    }


def _error(failure: Failure, method: dict[str, Any]) -> dict[str, Any]:
    return payments.error(failure.code, failure.message, method, "invalid_request_error")


@timer("debit_ends")
def end(world: World, id: str) -> None:
    """The bank has answered: the money is here, or it will not come."""
    charge = world.get("charge", id)
    if charge["status"] != "pending":
        return
    account = _account_of(world, charge)
    mandate = world.get("mandate", _details(charge)["mandate"])
    failure = account.failure if account else GENERIC
    if mandate["status"] != "active":
        failure = UNAUTHORIZED
    if failure:
        fail(world, charge, failure)
    else:
        succeed(world, charge)


def _account_of(world: World, charge: dict[str, Any]) -> Account | None:
    return ACCOUNTS.get(world.store.noted(charge["payment_method"], "number"))


def _details(charge: dict[str, Any]) -> dict[str, Any]:
    of: dict[str, Any] = charge["payment_method_details"]
    found: dict[str, Any] = of[of["type"]]
    return found


def _demand_status(world: World, charge: dict[str, Any], *statuses: str) -> None:
    if charge["payment_method_details"]["type"] not in ("sepa_debit", "bacs_debit"):
        raise Refusal(f"The charge {charge['id']} is no debit.")
    if charge["status"] not in statuses:
        raise Refusal(f"The debit {charge['id']} is {charge['status']}.", param="status")
    if disputes.withdrawn(world, charge["id"]):
        raise Refusal(f"The debit {charge['id']} was taken back by a dispute.", param="status")


def succeed(world: World, charge: dict[str, Any]) -> dict[str, Any]:
    """The money of a debit came."""
    _demand_status(world, charge, "pending")
    charge = events.change(
        world, charge, "charge.succeeded",
        outcome=_outcome("Payment complete."), paid=True, status="succeeded",
    )  # fmt: skip
    charges.book(world, charge)
    intent = world.get("payment_intent", charge["payment_intent"])
    events.change(
        world, intent, "payment_intent.succeeded",
        amount_received=intent["amount"], status="succeeded",
    )  # fmt: skip
    _tell_session(world, intent, "checkout.session.async_payment_succeeded", "paid")
    _tell_mandate(world, charge, "accepted")
    account = _account_of(world, charge)
    if account and account.late_failure:
        world.later(LATE_FAILURE_DAYS * DAY, "debit_fails_late", charge["id"])
    return charge


def fail(world: World, charge: dict[str, Any], failure: Failure) -> dict[str, Any]:
    """A debit fails: before its money came, or after, and then the money goes back."""
    _demand_status(world, charge, "pending", "succeeded")
    late = charge["status"] == "succeeded"
    changes: dict[str, Any] = {
        "failure_code": failure.code,
        "failure_message": failure.message,
        "outcome": _outcome(failure.message, "generic_decline"),
        "paid": False,
        "status": "failed",
    }
    if late:
        settlement.settle_charge(world, charge["id"])
        charge = world.get("charge", charge["id"])
        transaction = settlement.settle_late_failure(world, charge)
        changes["failure_balance_transaction"] = transaction["id"]
    charge = events.change(world, charge, "charge.failed", **changes)
    intent = world.get("payment_intent", charge["payment_intent"]) | {"amount_received": 0}
    method = world.get("payment_method", charge["payment_method"])
    payments.failed(world, intent, _error(failure, method) | {"charge": charge["id"]})
    if not late:
        _tell_session(world, intent, "checkout.session.async_payment_failed", "unpaid")
    if failure.ends_mandate:
        mandate = world.get("mandate", _details(charge)["mandate"])
        if mandate["status"] == "active":
            lose_mandate(world, mandate, failure.code)
    return charge


@timer("debit_fails_late")
def fail_late(world: World, id: str) -> None:
    """What came goes back, unless something else has taken it."""
    charge = world.get("charge", id)
    account = _account_of(world, charge)
    taken = charge["status"] != "succeeded" or disputes.withdrawn(world, id)
    if account and account.late_failure and not taken:
        fail(world, charge, account.late_failure)


def _tell_session(world: World, intent: dict[str, Any], type: str, payment_status: str) -> None:
    filters = {"payment_intent": [intent["id"]]}
    for session in world.store.select("checkout.session", filters):
        events.change(world, session, type, payment_status=payment_status)
    for told in ENDED:
        told(world, intent, payment_status)


def _tell_mandate(world: World, charge: dict[str, Any], network_status: str) -> None:
    mandate = world.get("mandate", _details(charge)["mandate"])
    of = mandate["payment_method_details"]
    if "bacs_debit" in of and of["bacs_debit"]["network_status"] != network_status:
        bacs = of["bacs_debit"] | {"network_status": network_status}
        events.change(
            world, mandate, "mandate.updated", payment_method_details=of | {"bacs_debit": bacs}
        )


def lose_mandate(
    world: World, mandate: dict[str, Any], reason: str = UNAUTHORIZED.code
) -> dict[str, Any]:
    """The customer or the bank ends a mandate: what is still on its way fails in the end."""
    if mandate["status"] != "active":
        raise Refusal(f"The mandate is {mandate['status']}.", param="status")
    of = mandate["payment_method_details"]
    if "bacs_debit" in of:
        refused = of["bacs_debit"]["network_status"] == "pending"
        known = reason if reason in (CLOSED.code, UNAUTHORIZED.code) else "could_not_process"
        of = of | {
            "bacs_debit": of["bacs_debit"]
            | {
                "network_status": "refused" if refused else "revoked",
                "revocation_reason": known,
            }
        }
    return events.change(
        world, mandate, "mandate.updated", status="inactive", payment_method_details=of
    )


@operation("get", "/v1/mandates/{mandate}")
def retrieve_mandate(call: Call) -> dict[str, Any]:
    """One mandate."""
    return call.world.demand("mandate", call.id)
