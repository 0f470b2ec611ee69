"""The billing portal: a page on which customers change their card and end what they promised.

It is reached by a session that the API makes, and led back to `return_url`. A card that is saved
there becomes the customer's default and that of each of its subscriptions; what is ended there ends
with its period. Both are told by events alone.
"""

from __future__ import annotations

from typing import Any

from . import charges, customers, debits, entering, events, setups, subscriptions
from .billing import LIVING
from .page_parts import Typed
from .payments import Payer, billing
from .registry import Call, operation
from .wire import Refusal
from .world import World, secret

KIND = "billing_portal.session"
OPEN_SECONDS = 3600
FLOWS = ("payment_method_update", "subscription_cancel")


@operation(
    "post",
    "/v1/billing_portal/sessions",
    "customer",
    "flow_data.after_completion.redirect.return_url",
    "flow_data.after_completion.type",
    "flow_data.subscription_cancel.subscription",
    "flow_data.type",
    "locale",
    "return_url",
)
def create(call: Call) -> dict[str, Any]:
    """A way for one customer into the portal, for an hour."""
    world, params = call.world, call.params
    if "customer" not in params:
        raise Refusal(
            "Missing required param: customer.", code="parameter_missing", param="customer"
        )
    customer = world.demand("customer", params["customer"], param="customer")
    session = world.new(KIND, "bps", customer=customer["id"], locale=params.get("locale"))
    session |= {
        "configuration": _configuration(world),
        "flow": _flow(world, customer["id"], params.get("flow_data")),
        "return_url": params.get("return_url"),
        "url": f"{world.options.public_url}/portal/{session['id']}",
    }
    world.save(session)
    world.store.note(session["id"], "setup", {"metadata": {}})
    events.emit(world, "billing_portal.session.created", session)
    return session


def _configuration(world: World) -> str:
    if not world.store.setting("portal_configuration", ""):
        world.store.set("portal_configuration", f"bpc_{secret(24)}")
    return world.store.setting("portal_configuration", "")


def _flow(world: World, customer: str, given: dict[str, Any] | None) -> dict[str, Any] | None:
    if given is None:
        return None
    if given["type"] not in FLOWS:
        raise Refusal(
            f"This sandbox's portal has no flow {given['type']}.", status=501, type="api_error"
        )
    after = given.get("after_completion", {"type": "portal_homepage"})
    if after["type"] == "redirect" and "redirect" not in after:
        raise Refusal(
            "Missing required param: flow_data[after_completion][redirect].",
            code="parameter_missing",
            param="flow_data[after_completion][redirect]",
        )
    flow = dict.fromkeys(
        ("customer_update", "subscription_cancel", "subscription_pause", "subscription_update",
         "subscription_update_confirm")
    )  # fmt: skip
    if given["type"] == "subscription_cancel":
        wanted = given.get("subscription_cancel", {}).get("subscription", "")
        found = world.demand(
            "subscription", wanted, param="flow_data[subscription_cancel][subscription]"
        )
        if found["customer"] != customer:
            raise Refusal(
                "The subscription is another customer's.",
                param="flow_data[subscription_cancel][subscription]",
            )
        flow["subscription_cancel"] = {"retention": None, "subscription": found["id"]}
    return flow | {
        "after_completion": {
            "hosted_confirmation": None,
            "redirect": after.get("redirect"),
            "type": after["type"],
        },
        "type": given["type"],
    }


def is_open(world: World, session: dict[str, Any]) -> bool:
    """Whether the page can still be used."""
    gone = world.get("customer", session["customer"]).get("deleted")
    return bool(session["created"] + OPEN_SECONDS > world.now() and not gone)


def mine(world: World, session: dict[str, Any]) -> list[dict[str, Any]]:
    """The subscriptions that its customer can end; in a flow, only the one that it is about."""
    flow = session["flow"] or {}
    if flow.get("type") == "payment_method_update":
        return []
    found = world.store.select(
        "subscription",
        {"customer": [session["customer"]], "status": list(LIVING)},
    )
    about = flow.get("subscription_cancel")
    return [each for each in found if not about or each["id"] == about["subscription"]]


def methods(world: World, session: dict[str, Any]) -> list[str]:
    """What can be saved: a card, and an account for debits where one was saved before."""
    if (session["flow"] or {}).get("type") == "subscription_cancel":
        return []
    kinds = {each["type"] for each in world.store.select(
        "payment_method", {"customer": [session["customer"]]}
    )}  # fmt: skip
    return ["card", *sorted(kinds & {"bacs_debit", "sepa_debit"})]


def end(world: World, session: dict[str, Any], id: str, *, ends: bool) -> bool:
    """Lets a subscription end with its period, or go on after all; whether it is there."""
    for each in mine(world, session):
        if each["id"] == id:
            with world.within(each):
                subscriptions.end_with_period(world, each, ends=ends)
            return True
    return False


def save(world: World, session: dict[str, Any], typed: Typed) -> setups.State | None:
    """Saves what was typed; None where a field is wrong."""
    if typed.method == "card":
        found = entering.card(typed, world.now())
        if found is None:
            return None
        payer = Payer(typed.email, typed.name, found[1])
        method = charges.make_method(world, found[0], found[1], billing(payer))
        state = setups.keep(world, _as_page(session), method, found[0])
    else:
        account = entering.account(typed)
        if account is None:
            return None
        state = debits.keep(world, _as_page(session), account, Payer(typed.email, typed.name))
    return _kept(world, session["id"], state)


def confirm(world: World, session: dict[str, Any], *, passed: bool) -> setups.State:
    """The cardholder's answer to the bank."""
    return _kept(world, session["id"], setups.authenticate(world, _as_page(session), passed=passed))


def waits(world: World, session: dict[str, Any]) -> bool:
    """Whether the next step is the cardholder's."""
    return bool(session.get("setup_intent")) and setups.waits(world, _as_page(session))


def _as_page(session: dict[str, Any]) -> dict[str, Any]:
    """The session in the words of a page that saves a card."""
    types = ["card", "sepa_debit", "bacs_debit"]
    return {
        "allowed_payment_method_types": None,
        "payment_method_types": types,
        "setup_intent": None,
        "success_url": session["return_url"] or session["url"],
    } | session


def _kept(world: World, id: str, state: setups.State) -> setups.State:
    """What is saved is charged from now on, for all that is still due."""
    session = world.get(KIND, id)
    if state != "succeeded":
        return state
    method = world.get("setup_intent", session["setup_intent"])["payment_method"]
    world.save(session | {"setup_intent": None})
    customers.set_default(world, session["customer"], method)
    for each in world.store.select(
        "subscription",
        {"customer": [session["customer"]], "status": list(LIVING)},
    ):
        if each["default_payment_method"]:
            events.change(
                world, each, "customer.subscription.updated", default_payment_method=method
            )
    return state
