"""The HTML of the Checkout page: plain, readable, and without any script."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Any

from .accounts import ACCOUNTS, NAMES, SORT_CODE
from .cards import CARDS
from .currencies import display
from .world import World

STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --soft: #565c64; --paper: #ffffff;
  --wash: #f3f1ec; --line: #8a8f96; --act: #1f5f4a; --on-act: #ffffff; --bad: #a01f1f;
  --note: #6b4b00; --note-wash: #fdf3d8; }
@media (prefers-color-scheme: dark) { :root { --ink: #ecebe7; --soft: #b9bcc1; --paper: #1d2023;
  --wash: #15171a; --line: #80868d; --act: #8fd3b6; --on-act: #10231b; --bad: #ffb3a8;
  --note: #f5d98a; --note-wash: #3a3013; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--wash); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
.sandbox { margin: 0; padding: .6rem 1rem; background: var(--note-wash); color: var(--note);
  text-align: center; font-weight: 600; }
main { max-width: 34rem; margin: 1.5rem auto; padding: 1.5rem; background: var(--paper);
  border: 1px solid var(--line); border-radius: .6rem; }
h1 { margin: 0 0 .25rem; font-size: 1.4rem; } h2 { font-size: 1.1rem; margin: 1.5rem 0 .5rem; }
p { margin: .4rem 0; } .soft { color: var(--soft); }
table { width: 100%; border-collapse: collapse; margin: .75rem 0; }
caption { text-align: left; color: var(--soft); }
th, td { text-align: left; padding: .35rem .5rem .35rem 0; border-bottom: 1px solid var(--line);
  font-weight: 400; vertical-align: top; }
td:last-child, thead th:last-child { text-align: right; font-variant-numeric: tabular-nums; }
tfoot th, tfoot td { font-weight: 700; border-bottom: 0; }
label { display: block; margin-top: .9rem; font-weight: 600; }
input, select { width: 100%; min-height: 2.75rem; padding: .5rem .6rem; font: inherit;
  color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: .35rem; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: .9rem; }
button, .button { display: inline-block; width: 100%; min-height: 2.9rem; margin-top: 1.2rem;
  padding: .6rem 1rem; font: inherit; font-weight: 700; text-align: center; cursor: pointer;
  color: var(--on-act); background: var(--act); border: 1px solid var(--act);
  border-radius: .35rem; text-decoration: none; }
.quiet { color: var(--ink); background: transparent; border-color: var(--line); }
a { color: inherit; } :focus-visible { outline: 3px solid var(--act); outline-offset: 2px; }
.bad { padding: .7rem .9rem; border: 2px solid var(--bad); border-radius: .35rem;
  color: var(--bad); font-weight: 600; }
code { font-size: .95em; white-space: nowrap; } summary { cursor: pointer; padding: .5rem 0; }
"""


@dataclass
class Typed:
    """What stands in the fields of the page."""

    email: str = ""
    number: str = "4242 4242 4242 4242"
    test_card: str = ""
    expiry: str = "12 / 34"
    cvc: str = "123"
    name: str = ""
    method: str = "card"
    account: str = ""
    """An IBAN or the number of a British account."""
    sort_code: str = SORT_CODE
    test_account: str = ""
    problems: dict[str, str] = field(default_factory=dict)
    """What is wrong, by field; under "" what concerns the payment as a whole."""


def _page(title: str, content: str) -> str:
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{escape(title)}</title>\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="robots" content="noindex">\n<link rel="icon" href="data:,">\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n<header>"
        '<p class="sandbox">Sandbox: no real money. Nobody is charged.</p></header>\n'
        f"<main>\n{content}\n</main>\n</body>\n</html>\n"
    )


def _cancel(world: World, session: dict[str, Any]) -> str:
    if not session["cancel_url"]:
        return ""
    return (
        f'<p><a class="button quiet" href="{escape(session["cancel_url"])}">'
        f"Back to {escape(world.options.merchant)}</a></p>"
    )


def _items(world: World, session: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><th scope='row'>{escape(item['description'])}</th><td>{item['quantity']}</td>"
        f"<td>{display(item['amount_total'], item['currency'])}</td></tr>"
        for item in world.store.noted(session["id"], "items")
    )
    total = display(session["amount_total"], session["currency"])
    return (
        "<table><caption>What you pay for</caption>"
        "<thead><tr><th scope='col'>Item</th><th scope='col'>Quantity</th>"
        "<th scope='col'>Amount</th></tr></thead>"
        f"<tbody>{rows}</tbody>"
        f"<tfoot><tr><th scope='row'>Total</th><td></td><td>{total}</td></tr></tfoot></table>"
    )


def _field(typed: Typed, name: str, label: str, value: str, attributes: str, form: str = "") -> str:
    id = f"{form}{name}"
    problem = typed.problems.get(name) if form == _form_of(typed.method) else None
    told = f"<p class='bad' id='{id}-problem'>{escape(problem)}</p>" if problem else ""
    link = f' aria-invalid="true" aria-describedby="{id}-problem"' if problem else ""
    return (
        f'<div><label for="{id}">{label}</label>'
        f'<input id="{id}" name="{name}" value="{escape(value)}" {attributes}{link}>{told}</div>'
    )


def _form_of(method: str) -> str:
    """What the ids of a form's fields begin with, so that two forms share a page."""
    return "" if method == "card" else f"{method}_"


def _choice(id: str, name: str, label: str, none: str, options: str) -> str:
    return (
        f'<label for="{id}">{label}</label><select id="{id}" name="{name}">'
        f'<option value="">{none}</option>{options}</select>'
    )


def _option(value: str, text: str, chosen: str) -> str:
    selected = " selected" if value == chosen else ""
    return f'<option value="{value}"{selected}>{escape(text)}</option>'


def spaced(number: str) -> str:
    """A card number in groups of four."""
    return " ".join(number[i : i + 4] for i in range(0, len(number), 4))


def payment_page(world: World, session: dict[str, Any], typed: Typed) -> str:
    """The page of an open session, with a form for each way to pay."""
    merchant = escape(world.options.merchant)
    verb = {"donate": "Donate", "book": "Book"}.get(session["submit_type"], "Pay")
    total = display(session["amount_total"], session["currency"])
    alarm = typed.problems.get("")
    alarm = f'<p class="bad" role="alert">{escape(alarm)}</p>' if alarm else ""
    forms = "".join(
        _card_form(session, typed, f"{verb} {total}")
        if method == "card"
        else _debit_form(session, typed, method, f"Debit {total}", merchant)
        for method in session["payment_method_types"]
    )
    return _page(
        f"{verb} {total} to {world.options.merchant}",
        f"<h1>{verb} {total}</h1><p class='soft'>to {merchant}</p>{alarm}"
        f"{_items(world, session)}{forms}{_cancel(world, session)}",
    )


def _email(session: dict[str, Any], typed: Typed, form: str) -> str:
    fixed = session["customer_email"] or session["customer"]
    attributes = 'type="email" autocomplete="email" required' + (" readonly" if fixed else "")
    return _field(typed, "email", "E-mail", typed.email, attributes, form)


def _card_form(session: dict[str, Any], typed: Typed, button: str) -> str:
    card = 'inputmode="numeric" autocomplete="cc-number" required'
    expiry = 'inputmode="numeric" autocomplete="cc-exp" placeholder="MM / YY" required'
    cvc = 'inputmode="numeric" autocomplete="cc-csc" maxlength="4" required'
    options = "".join(
        _option(each.number, f"{spaced(each.number)}: {each.label}", typed.test_card)
        for each in CARDS.values()
    )
    fields = (
        _email(session, typed, "")
        + _choice("test_card", "test_card", "Test card", "Use the number typed below", options)
        + _field(typed, "number", "Card number", typed.number, card)
        + '<div class="pair">'
        + _field(typed, "expiry", "Expiry (MM / YY)", typed.expiry, expiry)
        + _field(typed, "cvc", "Security code", typed.cvc, cvc)
        + "</div>"
        + _field(typed, "name", "Name on the card", typed.name, 'autocomplete="cc-name"')
    )
    return (
        "<h2>Pay by card</h2>"
        "<p>Only test cards work here. Choose one, or type its number; any security code and any "
        "future date will do.</p>"
        f'<form method="post" action="/pay/{session["id"]}">{fields}'
        f'<button name="action" value="pay">{button}</button></form>'
    )


def _debit_form(
    session: dict[str, Any], typed: Typed, method: str, button: str, merchant: str
) -> str:
    form = _form_of(method)
    mine = [each for each in ACCOUNTS.values() if each.scheme == method]
    typed_number = typed.account if typed.method == method else mine[0].number
    options = "".join(
        _option(each.number, f"{spaced(each.number)}: {each.label}", typed.test_account)
        for each in mine
    )
    number = "IBAN" if method == "sepa_debit" else "Account number"
    fields = (
        _email(session, typed, form)
        + _field(typed, "name", "Account holder", typed.name, 'autocomplete="name" required', form)
        + _choice(
            f"{form}test_account",
            "test_account",
            "Test account",
            "Use the number typed below",
            options,
        )
    )
    if method == "bacs_debit":
        digits = 'inputmode="numeric" required'
        fields += _field(typed, "sort_code", "Sort code", typed.sort_code, digits, form)
    fields += _field(typed, "account", number, typed_number, 'autocomplete="off" required', form)
    return (
        f"<h2>Pay by {NAMES[method]}</h2>"
        "<p>Only test accounts work here. The money arrives after three days of the sandbox's "
        f"clock.</p><p class='soft'>By paying you let {merchant} and its payment service debit "
        "this account. This is the mandate; you can end it at your bank.</p>"
        f'<form method="post" action="/pay/{session["id"]}">'
        f'<input type="hidden" name="method" value="{method}">{fields}'
        f'<button name="action" value="pay">{button}</button></form>'
    )


def three_d_secure_page(world: World, session: dict[str, Any]) -> str:
    """The step in which the bank asks its customer."""
    total = display(session["amount_total"], session["currency"])
    return _page(
        "3-D Secure check",
        "<h1>3-D Secure check</h1>"
        f"<p>In real life the bank would now ask its customer to confirm {total} to "
        f"{escape(world.options.merchant)}. Here you choose what the customer answers.</p>"
        f'<form method="post" action="/pay/{session["id"]}/3ds">'
        '<button name="action" value="complete">Complete the check</button>'
        '<button class="quiet" name="action" value="fail">Fail the check</button></form>',
    )


def closed_page(world: World, session: dict[str, Any]) -> str:
    """The page of a session that is paid or over."""
    merchant = escape(world.options.merchant)
    if session["status"] == "complete":
        url = session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"])
        total = display(session["amount_total"], session["currency"])
        title, told = "This has been paid", f"{total} went to {merchant}."
        if session["payment_status"] == "unpaid":
            title, told = "This is on its way", f"{total} will be debited for {merchant}."
        content = (
            f"<h1>{title}</h1><p>{told} It is not charged "
            f'twice.</p><p><a class="button" href="{escape(url)}">Continue</a></p>'
        )
        return _page(title, content)
    content = (
        "<h1>This page has expired</h1><p>Nothing was charged. Start again at "
        f"{merchant} if you still want to pay.</p>{_cancel(world, session)}"
    )
    return _page("Expired", content)


def mandate_page(world: World, mandate: dict[str, Any]) -> str:
    """The mandate that a customer signed."""
    of = mandate["payment_method_details"]
    method = world.get("payment_method", mandate["payment_method"])
    facts = (
        ("Kind", NAMES[of["type"]]),
        ("Reference", of[of["type"]]["reference"]),
        ("Creditor", world.options.merchant),
        ("Account holder", method["billing_details"]["name"] or ""),
        ("Account", f"ends in {method[of['type']]['last4']}"),
        ("State", mandate["status"]),
    )
    rows = "".join(
        f"<tr><th scope='row'>{name}</th><td>{escape(value)}</td></tr>" for name, value in facts
    )
    return _page(
        "Direct debit mandate",
        f"<h1>Direct debit mandate</h1><table><tbody>{rows}</tbody></table>",
    )


def missing_page() -> str:
    """There is no such session."""
    return _page("Not found", "<h1>No such payment page</h1><p>The address may be incomplete.</p>")
