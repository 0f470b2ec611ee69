"""The HTML of the page of an invoice, and its lines on paper."""

from __future__ import annotations

from html import escape
from typing import Any

from .accounts import CURRENCY
from .bank_transfers import rows
from .calendars import day
from .cash import takes_transfers
from .currencies import display
from .page_parts import Ask, Typed, alarm, facts, forms, page, spaced
from .world import World

_STATES = {
    "open": "open",
    "paid": "paid",
    "void": "void: nothing is due on it any more",
    "uncollectible": "written off: it is no longer asked for here",
}


def methods(invoice: dict[str, Any]) -> list[str]:
    """How an invoice can be paid on its page: by card, and by the debits in its currency."""
    allowed = invoice["payment_settings"]["payment_method_types"]
    return [
        type
        for type in ("card", *CURRENCY)
        if CURRENCY.get(type, invoice["currency"]) == invoice["currency"]
        and (not allowed or type in allowed)
    ]


def name(invoice: dict[str, Any]) -> str:
    """What an invoice is called."""
    return f"Invoice {invoice['number']}"


def _facts(world: World, invoice: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    due = invoice["due_date"]
    told = (
        ("From", world.options.merchant),
        ("To", invoice["customer_name"] or invoice["customer_email"] or ""),
        ("Issued", day(invoice["status_transitions"]["finalized_at"])),
        ("Due", day(due) if due else ""),
        *((each["name"], each["value"]) for each in invoice["custom_fields"] or ()),
        ("State", _STATES[invoice["status"]]),
    )
    return tuple((name, value) for name, value in told if value)


def _sums(invoice: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    currency = invoice["currency"]
    sums = [("Total", display(invoice["total"], currency))]
    if invoice["amount_paid"]:
        sums.append(("Paid", display(invoice["amount_paid"], currency)))
    if invoice["amount_paid_off_stripe"]:
        sums.append(("Paid elsewhere", display(invoice["amount_paid_off_stripe"], currency)))
    return (*sums, ("Still to pay", display(invoice["amount_remaining"], currency)))


def _lines(invoice: dict[str, Any]) -> str:
    items = "".join(
        f"<tr><th scope='row'>{escape(line['description'] or '')}</th>"
        f"<td>{display(line['amount'], line['currency'])}</td></tr>"
        for line in invoice["lines"]["data"]
    )
    sums = "".join(
        f"<tr><th scope='row'>{title}</th><td>{amount}</td></tr>"
        for title, amount in _sums(invoice)
    )
    return (
        "<table><caption>What it is for</caption><thead><tr><th scope='col'>Item</th>"
        f"<th scope='col'>Amount</th></tr></thead><tbody>{items}</tbody>"
        f"<tfoot>{sums}</tfoot></table>"
    )


def invoice_page(world: World, invoice: dict[str, Any], status: str, typed: Typed) -> str:
    """The page of an invoice whose payment intent has a `status`."""
    notes = [f"<p>{escape(invoice[each])}</p>" for each in ("description", "footer")
             if invoice[each]]  # fmt: skip
    ways = _ways(world, invoice, status, typed) if invoice["status"] == "open" else ""
    return page(
        f"{name(invoice)} from {world.options.merchant}",
        f"<h1>{escape(name(invoice))}</h1>{alarm(typed)}{facts(_facts(world, invoice))}"
        f"{_lines(invoice)}{''.join(notes)}{ways}"
        f'<p><a class="button quiet" href="{escape(invoice["invoice_pdf"])}">'
        "The invoice as a PDF</a></p>",
    )


def _ways(world: World, invoice: dict[str, Any], status: str, typed: Typed) -> str:
    """How the invoice can be paid now."""
    amount = display(invoice["amount_remaining"], invoice["currency"])
    if status == "processing":
        return f"<p><strong>{amount} is on its way.</strong> It is not debited twice.</p>"
    confirm = ""
    if status == "requires_action":
        confirm = (
            f"<p>The bank wants to hear from you before it pays {amount}.</p>"
            f'<p><a class="button" href="/invoice/{invoice["id"]}/3ds">Confirm the payment</a></p>'
        )
    ask = Ask(f"/invoice/{invoice['id']}", world.options.merchant, f"Pay {amount}",
              f"Debit {amount}", email=not invoice["customer_email"])  # fmt: skip
    return confirm + _transfer(world, invoice) + forms(ask, typed, methods(invoice))


def _transfer(world: World, invoice: dict[str, Any]) -> str:
    """Where to send the money from a bank, if that can be done."""
    to = rows(invoice["customer"], invoice["currency"])
    if not takes_transfers(invoice) or not to:
        return ""
    told = (
        ("Account holder", world.options.merchant),
        *((name, spaced(value) if name == "IBAN" else value) for name, value in to),
        ("Reference", invoice["number"]),
        ("Amount", display(invoice["amount_remaining"], invoice["currency"])),
    )
    return f"<h2>Pay by bank transfer</h2>{facts(told)}"


def paper(world: World, invoice: dict[str, Any]) -> list[str]:
    """The lines of the PDF, which says that it is no paper of the world outside."""
    told = [*_facts(world, invoice), ("", "")]
    told += [
        (line["description"] or "", display(line["amount"], line["currency"]))
        for line in invoice["lines"]["data"]
    ]
    return [
        "SANDBOX: a rehearsal. This is not an invoice, and nobody owes anything.",
        "",
        name(invoice),
        *(f"{title}: {value}" if title else "" for title, value in told),
        "",
        *(f"{title}: {value}" for title, value in _sums(invoice)),
    ]
