"""The page of regular giving: subscriptions and what becomes of them, invoices, transfers."""

import dataclasses
from html import escape
from typing import Any

from funding.sandbox.console.page import button, day, frame, table, when
from funding.sandbox.stripe.accounts import NAMES
from funding.sandbox.stripe.currencies import display
from funding.sandbox.stripe.wire import Response

STATES = {
    "active": ("ok", "active"),
    "trialing": ("ok", "waits for its first payment"),
    "past_due": ("stop", "behind"),
    "unpaid": ("stop", "unpaid"),
    "incomplete": ("wait", "not begun yet"),
    "paused": ("wait", "paused"),
}
PAYMENTS = {
    "processing": ("wait", "a debit is on its way"),
    "requires_action": ("wait", "the bank asks its customer"),
}
# What can be wanted of the next attempt: the emulator's word, the button, and what it is called.
WISHES = (
    ("insufficient_funds", "Too little money", "fails for lack of money"),
    ("generic_decline", "Declined", "is declined"),
    ("lost_card", "Card lost", "fails: the card was lost"),
    ("requires_action", "Bank asks", "needs the customer's word"),
)
AFTER = {
    "canceled": "it ends",
    "unpaid": "it goes on unpaid, and is asked for nothing more",
    "past_due": "it stays behind, and is asked again next time",
}
Rows = list[dict[str, Any]]


@dataclasses.dataclass(frozen=True)
class View:
    """Everything the page shows."""

    product_url: str
    subscriptions: Rows
    invoices: Rows
    cash: Rows
    billing: dict[str, Any]
    problem: str
    moving: str
    now: int


def page(view: View) -> Response:
    """The whole page."""
    problem = f'<div class="notice"><p>{escape(view.problem)}</p></div>' if view.problem else ""
    moving = (
        f'<div class="notice"><p>{escape(view.moving)} <a href="/regular">Look again</a></p></div>'
        if view.moving
        else ""
    )
    body = (
        f'{problem}{moving}<div class="stripes"></div><h1>Regular giving and invoices</h1>'
        "<p>What was promised comes due by the clock, and does not always come. Here you decide "
        "what the next payment meets, and let money arrive from a bank. "
        f"It is {when(view.now)}.</p>"
        f"{_subscriptions(view.subscriptions)}{_invoices(view)}{_cash(view.cash)}"
        f"{_settings(view.billing)}"
    )
    return frame("Regular giving", body, here="/regular", product_url=view.product_url)


def _do(word: str, label: str, about: str = "", **fields: str) -> str:
    told = f'<span class="for"> for {escape(about)}</span>' if about else ""
    return button("/console/regular", f"{escape(label)}{told}", {"do": word, **fields})


def _cell(name: str, why: str) -> str:
    return f'<th scope=row>{escape(name)}<span class="why">{escape(why)}</span></th>'


def _state(kind: str, word: str, *whys: str) -> str:
    told = "".join(f'<span class="why">{escape(why)}</span>' for why in whys if why)
    return f'<td><span class="state {kind}">{escape(word)}</span>{told}</td>'


def _buttons(buttons: list[str]) -> str:
    return f'<td><div class="row tight">{"".join(buttons)}</div></td>'


def _subscriptions(subscriptions: Rows) -> str:
    if not subscriptions:
        return (
            "<section><h2>Subscriptions</h2><p>Nobody gives regularly yet, or all of it has "
            "ended.</p></section>"
        )
    heads = ("Who", "Amount", "State", "What happens next")
    note = (
        '<p class="quiet">The newest thirty that have not ended. What you choose here holds for '
        "one attempt to charge; several attempts take it in turn.</p>"
    )
    rows = "".join(_subscription(each) for each in subscriptions)
    return table("Subscriptions", heads, rows, note, figures=(1,), stacks=True)


def _subscription(each: dict[str, Any]) -> str:
    id, who, method = each["id"], each["customer"], each["method"]
    kind, word = STATES[each["status"]]
    if each["paused"] and each["status"] == "active":
        kind, word = "wait", "active, collection paused"
    named = {wish: told for wish, _label, told in WISHES}
    buttons = []
    if method and method["type"] == "card" and not each["sent"]:
        buttons += [_do("next", label, who, id=id, next=wish) for wish, label, _told in WISHES]
        buttons.append(_do("card_ends", "Card expires", who, id=id))
    if each["status"] != "paused":
        buttons.append(_do("to_next", "To the next invoice", who, id=id))
    state = _state(
        kind,
        word,
        f"ends on {day(each['ends'])}" if each["ends"] else f"next on {day(each['next'])}",
        *(f"next attempt {named.get(wish, wish.replace('_', ' '))}" for wish in each["wishes"]),
    )
    amount = display(each["amount"], each["currency"])
    return (
        f"<tr>{_cell(who, f'{_means(each)} · {id}')}"
        f'<td class=n>{amount}<span class="why">{escape(each["rhythm"])}</span></td>'
        f"{state}{_buttons(buttons)}</tr>"
    )


def _means(each: dict[str, Any]) -> str:
    """What a subscription is charged to."""
    method = each["method"]
    if each["sent"]:
        return "by invoice"
    if method is None:
        return "nothing to charge"
    if method["type"] == "card":
        card = method["card"]
        return f"card {card['last4']}, until {card['exp_month']:02d}/{card['exp_year']}"
    return f"{NAMES[method['type']]} {method[method['type']]['last4']}"


def _invoices(view: View) -> str:
    if not view.invoices:
        return "<section><h2>Open invoices</h2><p>Nothing is owed.</p></section>"
    heads = ("Invoice", "Still to pay", "State", "What happens next")
    rows = "".join(_invoice(each, view.now) for each in view.invoices)
    return table("Open invoices", heads, rows, figures=(1,), stacks=True)


def _invoice(each: dict[str, Any], now: int) -> str:
    due, again = each["due"], each["next_attempt"]
    kind, word = PAYMENTS.get(each["payment"], ("wait", "open"))
    if due and due <= now:
        kind, word = "stop", "overdue"
    whys = (
        f"due on {day(due)}" if due else "",
        _tried(each["attempts"]) if not due else "",
        f"tried again on {day(again)}" if again and again > now else "",
    )
    buttons = []
    if each["takes_transfers"] and each["payment"] != "processing":
        about, id = each["number"], each["id"]
        buttons = [
            _do("transfer", "The transfer arrives", about, id=id),
            _do("transfer_under", "1.00 too little arrives", about, id=id),
            _do("transfer_over", "1.00 too much arrives", about, id=id),
        ]
    link = f'<a href="{escape(each["url"])}">{escape(each["number"])}</a>'
    return (
        f'<tr><th scope=row>{link}<span class="why">{escape(each["customer"])}</span></th>'
        f"<td class=n>{display(each['amount'], each['currency'])}</td>"
        f"{_state(kind, word, *whys)}{_buttons(buttons)}</tr>"
    )


def _tried(attempts: int) -> str:
    """How often an invoice was charged."""
    return ("", "tried once")[attempts] if attempts < 2 else f"tried {attempts} times"


def _cash(cash: Rows) -> str:
    if not cash:
        return ""
    rows = "".join(
        f"<tr><th scope=row>{escape(each['customer'])}</th>"
        f"<td class=n>{display(each['amount'], each['currency'])}</td></tr>"
        for each in cash
    )
    note = (
        '<p class="quiet">Sent by bank transfer and not used yet: it covered no invoice, or more '
        "came than was asked for. It waits for the next.</p>"
    )
    return table("Money that waits", ("Customer", "Amount"), rows, note, figures=(1,))


def _settings(billing: dict[str, Any]) -> str:
    now = billing["after_last_attempt"]
    others = "".join(
        _do("after", f"Let it be: {told}", status=status)
        for status, told in AFTER.items()
        if status != now
    )
    return (
        "<section><h2>When the last attempt fails</h2>"
        f"<p>A failed payment is tried again after 3, 5 and 7 days. After that {AFTER[now]}. A "
        f"renewal is told {billing['upcoming_days']} days before.</p>"
        f'<div class="row">{others}</div></section>'
    )
