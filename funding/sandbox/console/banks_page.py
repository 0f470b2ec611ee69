"""The page of the banks: payments to dispute, debits, disputes, warnings, payouts, movements."""

import dataclasses
from html import escape
from typing import Any

from funding.sandbox.console.page import button, day, frame, table, when
from funding.sandbox.stripe.accounts import ACCOUNTS, NAMES
from funding.sandbox.stripe.currencies import display
from funding.sandbox.stripe.disputes import MOVES
from funding.sandbox.stripe.payouts import MOVES as PAYOUT_MOVES
from funding.sandbox.stripe.wire import Response

MEANS = {"card": "Card", **NAMES}
CHARGES = {"succeeded": ("ok", "paid"), "pending": ("wait", "on its way"),
           "failed": ("stop", "failed")}  # fmt: skip
STATUSES = {
    "warning_needs_response": ("wait", "inquiry, needs an answer"),
    "warning_under_review": ("wait", "inquiry, answered"),
    "warning_closed": ("ok", "inquiry closed"),
    "needs_response": ("wait", "needs an answer"),
    "under_review": ("wait", "under review"),
    "won": ("ok", "won"),
    "lost": ("stop", "lost"),
    "prevented": ("ok", "prevented"),
    "appeal_needs_response": ("wait", "appeal, needs an answer"),
    "appeal_under_review": ("wait", "appeal, under review"),
    "in_transit": ("wait", "on its way"),
    "paid": ("ok", "arrived"),
    "failed": ("stop", "failed"),
    "canceled": ("stop", "canceled"),
}
# What a bank does to bring about a status.
VERBS = {
    "warning_under_review": "Read the answer",
    "warning_closed": "Close",
    "needs_response": "Escalate",
    "under_review": "Review",
    "won": "Let the fund win",
    "lost": "Let the fund lose",
    "appeal_needs_response": "Open an appeal",
    "appeal_under_review": "Review",
    "paid": "Let it arrive",
    "failed": "Let it fail",
    "canceled": "Cancel",
}
MOVEMENTS = (
    ("fee", "Stripe takes a fee of 3.50"),
    ("adjustment", "Stripe puts 1.20 right"),
    ("reserve", "Stripe holds 50.00 back"),
    ("release", "Stripe releases 50.00"),
    ("unknown", "Something nobody knows yet"),
)
Rows = list[dict[str, Any]]


@dataclasses.dataclass(frozen=True)
class View:
    """Everything the page shows."""

    product_url: str
    charges: Rows
    disputes: Rows
    warnings: Rows
    mandates: Rows
    payouts: Rows
    available: str
    daily: bool
    problem: str


def page(view: View) -> Response:
    """The whole page."""
    problem = f'<div class="notice"><p>{escape(view.problem)}</p></div>' if view.problem else ""
    body = (
        f'{problem}<div class="stripes"></div><h1>What banks and Stripe do by themselves</h1>'
        "<p>Money that was given can be fought over, go back, be paid out, and be moved for "
        "reasons of Stripe&rsquo;s own. Here you are the bank. The fund hears of it from Stripe, "
        "and its books must agree with Stripe&rsquo;s to the penny.</p>"
        f"{_payments(view)}{_disputes(view.disputes)}{_warnings(view.warnings)}{_payouts(view)}"
        f"{_movements()}{_accounts()}"
    )
    return frame("Banks", body, here="/banks", product_url=view.product_url)


def _do(word: str, label: str, **fields: str) -> str:
    return button("/console/banks", label, {"do": word, **fields})


def _cell(name: str, why: str = "") -> str:
    told = f'<span class="why">{escape(why)}</span>' if why else ""
    return f"<th scope=row>{escape(name)}{told}</th>"


def _state(kind: str, word: str, why: str = "") -> str:
    told = f'<span class="why">{escape(why)}</span>' if why else ""
    return f'<td><span class="state {kind}">{escape(word)}</span>{told}</td>'


def _buttons(buttons: list[str]) -> str:
    return f'<td><div class="row tight">{"".join(buttons)}</div></td>'


def _payments(view: View) -> str:
    if not view.charges:
        return "<section><h2>Payments</h2><p>Nobody has paid yet.</p></section>"
    active = {each["id"] for each in view.mandates if each["status"] == "active"}
    rows = "".join(_payment(charge, active) for charge in view.charges[:20])
    heads = ("Payment", "Amount", "State", "What the bank can do")
    note = '<p class="quiet">The newest twenty.</p>'
    return table("Payments", heads, rows, note, figures=(1,), stacks=True)


def _payment(charge: dict[str, Any], active: set[str]) -> str:
    id, method = charge["id"], charge["payment_method_details"]["type"]
    details = charge["payment_method_details"][method]
    kind, word = CHARGES[charge["status"]]
    said = [
        "disputed" if charge["disputed"] else "",
        "refunded" if charge["refunded"] else "",
        charge["failure_message"] or "",
    ]
    buttons = []
    if charge["status"] == "pending":
        buttons += [_do("debit_comes", "Let it come", id=id),
                    _do("debit_fails", "Let it fail", id=id)]  # fmt: skip
    elif charge["status"] == "succeeded":
        if not charge["disputed"]:
            buttons.append(_do("dispute", "Dispute", id=id))
            if method == "card":
                buttons.append(_do("inquire", "Inquire", id=id))
            else:
                buttons.append(_do("debit_fails", "Let it fail late", id=id))
        if method == "card":
            buttons.append(_do("warn", "Warn of fraud", id=id))
    if details["mandate"] in active:
        buttons.append(_do("mandate_ends", "End the mandate", id=details["mandate"]))
    return (
        f"<tr>{_cell(f'{MEANS[method]} {details["last4"]}', f'{when(charge["created"])} · {id}')}"
        f"<td class=n>{display(charge['amount'], charge['currency'])}</td>"
        f"{_state(kind, word, ' · '.join(filter(None, said)))}{_buttons(buttons)}</tr>"
    )


def _disputes(disputes: Rows) -> str:
    if not disputes:
        return "<section><h2>Disputes</h2><p>No bank has disputed anything yet.</p></section>"
    rows = "".join(_dispute(each) for each in disputes)
    heads = ("Dispute", "Amount", "State", "What the bank can do")
    note = (
        '<p class="quiet">Evidence that says <code>winning_evidence</code> or '
        "<code>losing_evidence</code> and nothing else decides a dispute within a minute.</p>"
    )
    return table("Disputes", heads, rows, note, figures=(1,), stacks=True)


def _dispute(dispute: dict[str, Any]) -> str:
    kind, word = STATUSES[dispute["status"]]
    due_by = dispute["evidence_details"]["due_by"]
    waits = due_by and dispute["status"].endswith("needs_response")
    buttons = [
        _do("decide", VERBS[status], id=dispute["id"], status=status)
        for status in MOVES[dispute["status"]]
    ]
    reason = dispute["reason"].replace("_", " ").capitalize()
    return (
        f"<tr>{_cell(reason, f'{when(dispute["created"])} · {dispute["id"]}')}"
        f"<td class=n>{display(dispute['amount'], dispute['currency'])}</td>"
        f"{_state(kind, word, f'until {when(due_by)}' if waits else '')}{_buttons(buttons)}</tr>"
    )


def _warnings(warnings: Rows) -> str:
    if not warnings:
        return ""
    rows = "".join(
        f"<tr>{_cell(each['fraud_type'].replace('_', ' ').capitalize(), each['charge'])}"
        f"<td>{when(each['created'])}</td>"
        + _state(*(("wait", "can be refunded") if each["actionable"] else ("ok", "settled")))
        + "</tr>"
        for each in warnings
    )
    return table("Early fraud warnings", ("Warning", "When", "State"), rows, stacks=True)


def _payouts(view: View) -> str:
    rhythm = (
        ("Stripe pays out every midnight (UTC).", _do("by_hand", "Pay out by hand only"))
        if view.daily
        else ("Stripe pays out by hand only.", _do("daily", "Pay out every midnight"))
    )
    now = _do("pay_out", "Pay out now")
    note = (
        f"<p>{escape(view.available)} can be paid out. {rhythm[0]}</p>"
        f'<div class="row">{now}{rhythm[1]}</div>'
    )
    if not view.payouts:
        return f"<section><h2>Payouts</h2>{note}<p>Nothing was paid out yet.</p></section>"
    rows = "".join(
        f"<tr>{_cell(when(each['created']), each['id'])}"
        f"<td class=n>{display(each['amount'], each['currency'])}</td>"
        f"{_state(*STATUSES[each['status']], f'due on {day(each["arrival_date"])}')}"
        + _buttons([
            _do("arrive", VERBS[status], id=each["id"], status=status)
            for status in PAYOUT_MOVES[each["status"]]
        ])
        + "</tr>"
        for each in view.payouts
    )  # fmt: skip
    heads = ("Payout", "Amount", "State", "What the bank can do")
    return table("Payouts", heads, rows, note, figures=(1,), stacks=True)


def _movements() -> str:
    buttons = "".join(_do(word, label) for word, label in MOVEMENTS)
    return (
        "<section><h2>Stripe&rsquo;s own moves</h2>"
        '<p class="quiet">They move the balance without a payment and without an event: only who '
        f'walks the balance finds them.</p><div class="row">{buttons}</div></section>'
    )


def _accounts() -> str:
    rows = "".join(
        f'<tr><th scope=row class="card">{_grouped(each.number)}</th>'
        f"<td>{NAMES[each.scheme]}</td><td>{escape(each.label)}</td></tr>"
        for each in ACCOUNTS.values()
    )
    note = (
        '<p class="quiet">For the payment page, where the fund offers debits. The sort code of all '
        "British accounts is 10-88-00. Money comes after three days of the clock.</p>"
    )
    return table("Test accounts", ("Account", "Kind", "What happens"), rows, note, stacks=True)


def _grouped(number: str) -> str:
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))
