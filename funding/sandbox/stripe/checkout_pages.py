"""The HTML of the Checkout page: plain, readable, and without any script."""

from __future__ import annotations

from html import escape
from typing import Any

from .accounts import NAMES
from .calendars import day, next_after, rhythm
from .currencies import display
from .page_parts import Ask, Typed, alarm, facts, forms, page, quiet_link
from .world import World


def known_email(session: dict[str, Any]) -> str:
    """The payer's address, where the page need not ask for it."""
    if not (session["customer_email"] or session["customer"]):
        return ""
    return (session["customer_details"] or {}).get("email") or ""


def _back(world: World, session: dict[str, Any]) -> str:
    return quiet_link(session["cancel_url"], f"Back to {world.options.merchant}")


def _amount(world: World, session: dict[str, Any]) -> str:
    """What is asked for: `EUR 10.00`, or `EUR 10.00 every month`."""
    total = display(session["amount_total"], session["currency"])
    if session["mode"] != "subscription":
        return total
    return f"{total} {rhythm(_recurring(world, session))}"


def _recurring(world: World, session: dict[str, Any]) -> dict[str, Any]:
    recurring: dict[str, Any] = world.store.noted(session["id"], "items")[0]["price"]["recurring"]
    return recurring


def _items(world: World, session: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><th scope='row'>{escape(item['description'])}</th><td>{item['quantity']}</td>"
        f"<td>{display(item['amount_total'], item['currency'])}</td></tr>"
        for item in world.store.noted(session["id"], "items")
    )
    return (
        "<table><caption>What you pay for</caption>"
        "<thead><tr><th scope='col'>Item</th><th scope='col'>Quantity</th>"
        "<th scope='col'>Amount</th></tr></thead>"
        f"<tbody>{rows}</tbody>"
        f"<tfoot><tr><th scope='row'>Total</th><td></td><td>{_amount(world, session)}</td></tr>"
        f"</tfoot></table>{_calendar(world, session)}"
    )


def _calendar(world: World, session: dict[str, Any]) -> str:
    """When a subscription is paid for, and until when."""
    if session["mode"] != "subscription":
        return ""
    recurring, now = _recurring(world, session), world.now()
    after = next_after(now, recurring["interval"], recurring["interval_count"], now)
    return (
        f"<p>The first payment is today, {day(now)}; the next on {day(after)}, and so on "
        f"{rhythm(recurring)} until you end it.</p>"
    )


def payment_page(world: World, session: dict[str, Any], typed: Typed) -> str:
    """The page of an open session, with a form for each way to pay."""
    merchant, methods = world.options.merchant, session["payment_method_types"]
    email = not known_email(session)
    action = f"/pay/{session['id']}"
    if session["mode"] == "setup":
        ask = Ask(action, merchant, "Save this card", "Save this account", "Save a card",
                  "Save an account for {scheme}", email, "Nothing is debited today.")  # fmt: skip
        kinds = " or ".join("a card" if each == "card" else "an account" for each in methods)
        return page(
            f"Save {kinds} for {merchant}",
            f"<h1>Save {kinds}</h1><p class='soft'>for {escape(merchant)}</p>{alarm(typed)}"
            "<p>Nothing is paid today. What you save is used for later payments.</p>"
            f"{forms(ask, typed, methods)}{_back(world, session)}",
        )
    verb = {"donate": "Donate", "book": "Book"}.get(session["submit_type"], "Pay")
    amount = _amount(world, session)
    ask = Ask(action, merchant, f"{verb} {amount}", f"Debit {amount}", email=email)
    return page(
        f"{verb} {amount} to {merchant}",
        f"<h1>{verb} {amount}</h1><p class='soft'>to {escape(merchant)}</p>{alarm(typed)}"
        f"{_items(world, session)}{forms(ask, typed, methods)}{_back(world, session)}",
    )


def three_d_secure_page(world: World, action: str, what: str) -> str:
    """The step in which the bank asks its customer about `what`, a sum or a card to be kept."""
    return page(
        "3-D Secure check",
        "<h1>3-D Secure check</h1>"
        f"<p>In real life the bank would now ask its customer to confirm {escape(what)} "
        f"{escape(world.options.merchant)}. Here you choose what the customer answers.</p>"
        f'<form method="post" action="{escape(action)}">'
        '<button name="action" value="complete">Complete the check</button>'
        '<button class="quiet" name="action" value="fail">Fail the check</button></form>',
    )


def asked(world: World, session: dict[str, Any]) -> str:
    """What a bank asks its customer to confirm."""
    if session["mode"] == "setup":
        return "that this card is kept for later payments to"
    return f"{_amount(world, session)} to"


def closed_page(world: World, session: dict[str, Any]) -> str:
    """The page of a session that is paid or over."""
    merchant = escape(world.options.merchant)
    if session["status"] == "complete":
        url = session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"])
        title, told = _done(world, session)
        content = (
            f"<h1>{title}</h1><p>{told}</p>"
            f'<p><a class="button" href="{escape(url)}">Continue</a></p>'
        )
        return page(title, content)
    if session["mode"] == "setup":
        told = f"Nothing was saved. Start again at {merchant} if you still want to save it."
    else:
        told = f"Nothing was charged. Start again at {merchant} if you still want to pay."
    return page("Expired", f"<h1>This page has expired</h1><p>{told}</p>{_back(world, session)}")


def _done(world: World, session: dict[str, Any]) -> tuple[str, str]:
    merchant = escape(world.options.merchant)
    if session["mode"] == "setup":
        return "This has been saved", f"{merchant} can use it for later payments."
    amount, twice = _amount(world, session), "It is not charged twice."
    if session["payment_status"] == "unpaid":
        return "This is on its way", f"{amount} will be debited for {merchant}. {twice}"
    if session["mode"] == "subscription":
        return "This has been paid", f"{amount} begins to go to {merchant}. {twice}"
    return "This has been paid", f"{amount} went to {merchant}. {twice}"


def mandate_page(world: World, mandate: dict[str, Any]) -> str:
    """The mandate that a customer signed."""
    of = mandate["payment_method_details"]
    method = world.get("payment_method", mandate["payment_method"])
    rows = (
        ("Kind", NAMES[of["type"]]),
        ("Reference", of[of["type"]]["reference"]),
        ("Creditor", world.options.merchant),
        ("Account holder", method["billing_details"]["name"] or ""),
        ("Account", f"ends in {method[of['type']]['last4']}"),
        ("State", mandate["status"]),
    )
    return page("Direct debit mandate", f"<h1>Direct debit mandate</h1>{facts(rows)}")
