"""What the pages for paying are made of: the frame, the fields, a form for each way to pay."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape

from .accounts import ACCOUNTS, NAMES, SORT_CODE
from .cards import CARDS

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


@dataclass(frozen=True)
class Ask:
    """What the forms of a page ask for."""

    action: str
    """The address that they are sent to."""
    merchant: str
    by_card: str
    """The button of the card's form."""
    by_debit: str
    card: str = "Pay by card"
    """What stands above the card's form."""
    debit: str = "Pay by {scheme}"
    email: bool = True
    """Whether the e-mail address can be typed."""
    arrives: str = "The money arrives after three days of the sandbox's clock."


def page(title: str, content: str) -> str:
    """A whole page; `content` is HTML already, `title` is not."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{escape(title)}</title>\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="robots" content="noindex">\n<link rel="icon" href="data:,">\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n<header>"
        '<p class="sandbox">Sandbox: no real money. Nobody is charged.</p></header>\n'
        f"<main>\n{content}\n</main>\n</body>\n</html>\n"
    )


def alarm(typed: Typed) -> str:
    """What concerns the payment as a whole, if something does."""
    told = typed.problems.get("")
    return f'<p class="bad" role="alert">{escape(told)}</p>' if told else ""


def facts(rows: tuple[tuple[str, str], ...], caption: str = "") -> str:
    """A table of names and values."""
    lines = "".join(
        f"<tr><th scope='row'>{escape(name)}</th><td>{escape(value)}</td></tr>"
        for name, value in rows
    )
    told = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f"<table>{told}<tbody>{lines}</tbody></table>"


def quiet_link(url: str | None, label: str) -> str:
    """A way out of the page, where there is one."""
    if not url:
        return ""
    return f'<p><a class="button quiet" href="{escape(url)}">{escape(label)}</a></p>'


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


def _email(ask: Ask, typed: Typed, form: str) -> str:
    attributes = 'type="email" autocomplete="email" required' + ("" if ask.email else " readonly")
    return _field(typed, "email", "E-mail", typed.email, attributes, form)


def forms(ask: Ask, typed: Typed, methods: list[str]) -> str:
    """A form for each way to pay."""
    return "".join(
        _card_form(ask, typed) if method == "card" else _debit_form(ask, typed, method)
        for method in methods
    )


def _card_form(ask: Ask, typed: Typed) -> str:
    card = 'inputmode="numeric" autocomplete="cc-number" required'
    expiry = 'inputmode="numeric" autocomplete="cc-exp" placeholder="MM / YY" required'
    cvc = 'inputmode="numeric" autocomplete="cc-csc" maxlength="4" required'
    options = "".join(
        _option(each.number, f"{spaced(each.number)}: {each.label}", typed.test_card)
        for each in CARDS.values()
    )
    fields = (
        _email(ask, typed, "")
        + _choice("test_card", "test_card", "Test card", "Use the number typed below", options)
        + _field(typed, "number", "Card number", typed.number, card)
        + '<div class="pair">'
        + _field(typed, "expiry", "Expiry (MM / YY)", typed.expiry, expiry)
        + _field(typed, "cvc", "Security code", typed.cvc, cvc)
        + "</div>"
        + _field(typed, "name", "Name on the card", typed.name, 'autocomplete="cc-name"')
    )
    return (
        f"<h2>{ask.card}</h2>"
        "<p>Only test cards work here. Choose one, or type its number; any security code and any "
        "future date will do.</p>"
        f'<form method="post" action="{escape(ask.action)}">{fields}'
        f'<button name="action" value="pay">{escape(ask.by_card)}</button></form>'
    )


def _debit_form(ask: Ask, typed: Typed, method: str) -> str:
    form = _form_of(method)
    mine = [each for each in ACCOUNTS.values() if each.scheme == method]
    typed_number = typed.account if typed.method == method else mine[0].number
    options = "".join(
        _option(each.number, f"{spaced(each.number)}: {each.label}", typed.test_account)
        for each in mine
    )
    number = "IBAN" if method == "sepa_debit" else "Account number"
    fields = (
        _email(ask, typed, form)
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
        f"<h2>{ask.debit.format(scheme=NAMES[method])}</h2>"
        f"<p>Only test accounts work here. {ask.arrives}</p>"
        f"<p class='soft'>You let {escape(ask.merchant)} and its payment service debit this "
        "account. This is the mandate; you can end it at your bank.</p>"
        f'<form method="post" action="{escape(ask.action)}">'
        f'<input type="hidden" name="method" value="{method}">{fields}'
        f'<button name="action" value="pay">{escape(ask.by_debit)}</button></form>'
    )


def missing_page() -> str:
    """There is nothing at this address."""
    return page("Not found", "<h1>No such payment page</h1><p>The address may be incomplete.</p>")
