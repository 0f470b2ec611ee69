"""The console: what this is, how to try it, the clock, mails, deliveries, faults, books."""

import dataclasses
from html import escape
from typing import Any

from funding.sandbox.console import people_list
from funding.sandbox.console.faults import FAULTS, HEADINGS
from funding.sandbox.console.mail_pages import entry
from funding.sandbox.console.mailbox import Mail
from funding.sandbox.console.page import button, frame, table, when
from funding.sandbox.stripe.cards import CARDS
from funding.sandbox.stripe.currencies import display
from funding.sandbox.stripe.wire import Response

STATES = {
    "delivered": ("ok", "delivered"),
    "due": ("wait", "due"),
    "lost": ("stop", "lost on purpose"),
    "failed": ("stop", "given up"),
    "withdrawn": ("stop", "withdrawn"),
}
# Each column is a sum of the emulator's figures; a minus takes one off.
BOOKS = (
    ("Paid", ("charges",)),
    ("Refunded", ("refunds", "-refund_failures")),
    ("Taken back", ("disputes", "-dispute_reversals", "charge_failures")),
    ("Kept by Stripe", ("fees", "dispute_fees", "stripe_fees")),
    ("Balance, pending", ("pending",)),
    ("Balance, available", ("available",)),
    ("Paid out", ("payouts",)),
)


@dataclasses.dataclass(frozen=True)
class View:
    """Everything the console shows."""

    product_url: str
    now: int
    machine_seconds: float
    offset_seconds: int
    moving: str
    mails: list[Mail]
    deliveries: list[dict[str, Any]]
    faults_on: set[str]
    currencies: dict[str, dict[str, Any]]
    people: list[dict[str, str]]
    problem: str


def page(view: View) -> Response:
    """The whole console."""
    body = "".join(
        [
            _what(view),
            people_list.section(
                view.people, product_url=view.product_url, seconds=view.machine_seconds
            ),
            f'<div class="two">{_clock(view)}{_mails(view)}</div>',
            _cards(),
            _deliveries(view.deliveries),
            _faults(view.faults_on),
            _books(view.currencies),
        ]
    )
    return frame("Console", body, here="/", product_url=view.product_url)


def _what(view: View) -> str:
    give = escape(f"{view.product_url}/give/")
    problem = f'<div class="notice"><p>{escape(view.problem)}</p></div>' if view.problem else ""
    return (
        f'{problem}<div class="stripes"></div><h1>A rehearsal of Stripe and the post</h1>'
        "<p>The fund runs on this machine and talks to this page&rsquo;s server as it would to "
        "Stripe and to a mail server: the same calls, the same signatures, the same bytes. No "
        "real money moves and no mail leaves.</p>"
        '<ol class="steps">'
        f'<li>Open <a href="{give}">the giving page</a> and choose an amount.</li>'
        '<li>On the payment page, pay with card <span class="card">4242 4242 4242 4242</span>, '
        "any date to come and any three digits.</li>"
        '<li>Read the receipt in the <a href="/mail">mailbox</a>, some seconds later.</li></ol>'
        f'<p><a class="button" href="{give}">Give to the fund</a></p>'
    )


def _clock(view: View) -> str:
    days = view.offset_seconds // 86_400
    ahead = f"{days} days ahead of this machine" if days else "The same as on this machine"
    if view.moving:
        inner = f"<p>{escape(view.moving)}</p><p><a href='/'>Look again</a></p>"
    else:
        inner = '<div class="row">' + "".join(
            button("/console/clock", label, {"days": count})
            for count, label in (("1", "One day"), ("7", "A week"), ("31", "31 days"))
        )
        inner += "</div>"
    return (
        f"<section><h2>Clock</h2><p><b>{when(view.now)}</b><br>"
        f'<span class="quiet">{ahead}.</span></p>{inner}'
        '<p class="quiet small">It moves a day at a time: Stripe delivers what it owes, then the '
        "fund does what is due. It never goes back.</p></section>"
    )


def _mails(view: View) -> str:
    entries = "".join(entry(mail) for mail in view.mails)
    inner = f'<ul class="mails">{entries}</ul>' if entries else "<p>No mail yet.</p>"
    return f'<section><h2>Newest mail</h2>{inner}<p><a href="/mail">All mail</a></p></section>'


def _cards() -> str:
    rows = "".join(
        f'<tr><th scope=row class="card">{_grouped(card.number)}</th>'
        f"<td>{escape(card.label)}</td></tr>"
        for card in CARDS.values()
    )
    note = (
        '<p class="quiet">Any date to come, any security code. Every other number is declined. '
        'What banks do of themselves, and accounts to be debited, are on <a href="/banks">their '
        "page</a>.</p>"
    )
    return table("Test cards", ("Card", "What happens"), rows, note)


def _grouped(number: str) -> str:
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))


def _deliveries(deliveries: list[dict[str, Any]]) -> str:
    if not deliveries:
        return (
            "<section><h2>Events</h2><p>Stripe has had nothing to tell the fund yet.</p></section>"
        )
    rows = "".join(_delivery(row) for row in deliveries)
    note = '<p class="quiet">What Stripe told the fund, newest first.</p>'
    heads = ("Event", "State", "Tries", "")
    return table("Events", heads, rows, note, figures=(2,))


def _delivery(row: dict[str, Any]) -> str:
    kind, word = STATES.get(row["state"], ("", row["state"]))
    said = " · ".join(str(row[name]) for name in ("note", "error") if row[name])
    why = f'<span class="why">{escape(said)}</span>' if said else ""
    again = button("/console/resend", "Send again", {"delivery": str(row["id"])})
    return (
        f"<tr><th scope=row>{escape(row['type'])}<span class=why>{escape(row['event'])}</span></th>"
        f'<td><span class="state {kind}">{escape(word)}</span>{why}</td>'
        f"<td class=n>{row['attempts']}</td><td>{again}</td></tr>"
    )


def _faults(on: set[str]) -> str:
    groups = []
    for where, heading in HEADINGS.items():
        switches = "".join(
            f'<label class="check"><input type="checkbox" name="{fault.field}"'
            f"{' checked' if fault.field in on else ''}><span>{fault.label}"
            f'<span class="why">{fault.means}</span></span></label>'
            for fault in FAULTS
            if fault.where == where
        )
        groups.append(f"<fieldset><legend>{heading}</legend>{switches}</fieldset>")
    state = "None is on." if not on else f"{len(on)} on."
    return (
        '<section><h2>Faults</h2><p class="quiet">What a network and a busy Stripe do to a fund. '
        f"Whatever is chosen here, the books must come right. {state}</p>"
        f'<form method="post" action="/console/faults"><div class="two">{groups[0]}'
        f'<div>{"".join(groups[1:])}</div></div><div class="row">'
        '<button class="button plain">Set these faults</button>'
        '<button class="button plain" name="clear" value="1">All off, send what was lost</button>'
        "</div></form></section>"
    )


def _books(currencies: dict[str, dict[str, Any]]) -> str:
    if not currencies:
        return "<section><h2>Stripe&rsquo;s books</h2><p>Nothing has been paid yet.</p></section>"
    rows = "".join(
        f"<tr><th scope=row>{currency.upper()}</th>"
        + "".join(f"<td class=n>{display(_sum(of, names), currency)}</td>" for _, names in BOOKS)
        + "</tr>"
        for currency, of in currencies.items()
    )
    note = (
        '<p class="quiet">Kept by this sandbox in a double entry of its own; the fund&rsquo;s '
        "ledger must agree with it to the penny.</p>"
    )
    heads = ("Currency", *(label for label, _ in BOOKS))
    return table("Stripe&rsquo;s books", heads, rows, note, figures=tuple(range(1, len(heads))))


def _sum(of: dict[str, Any], names: tuple[str, ...]) -> int:
    plus = sum(of[name] for name in names if not name.startswith("-"))
    return int(plus - sum(of[name[1:]] for name in names if name.startswith("-")))
