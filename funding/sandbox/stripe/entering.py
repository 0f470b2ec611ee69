"""What was typed into a form for paying: a card or an account, or what is wrong with it."""

from __future__ import annotations

import re

from .accounts import ACCOUNTS, Account, account_of, scheme_of, tidy
from .cards import CARDS, Card, card_of, digits, is_plausible
from .page_parts import Typed

_FIELDS = {
    "card": ("number", "test_card", "expiry", "cvc"),
    "sepa_debit": ("account", "test_account"),
    "bacs_debit": ("account", "sort_code", "test_account"),
}


def typed(form: dict[str, str], email: str) -> Typed:
    """What was sent; the fields of another form on the page stay as they are at first.

    `email` is the address that is known already, and then no other is taken.
    """
    found = Typed(method=form.get("method", "card"))
    for name in ("email", "name", *_FIELDS.get(found.method, ())):
        setattr(found, name, form.get(name, "").strip())
    found.email = email or found.email
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", found.email):
        found.problems["email"] = "Enter an e-mail address, such as name@example.org."
    return found


def card(typed: Typed, now: int) -> tuple[Card, tuple[int, int]] | None:
    """The card and the month and year in which it ends; None if something is wrong."""
    number = typed.test_card if typed.test_card in CARDS else digits(typed.number)
    if not is_plausible(number):
        typed.problems["number"] = "Your card number is incorrect."
    if not re.fullmatch(r"\d{3,4}", typed.cvc):
        typed.problems["cvc"] = "Your card's security code is incomplete."
    valid_until = _expiry(typed, now)
    if valid_until is None or typed.problems:
        return None
    return card_of(number), valid_until


def _expiry(typed: Typed, now: int) -> tuple[int, int] | None:
    match = re.fullmatch(r"(0?[1-9]|1[0-2])\s*/?\s*(?:20)?(\d{2})", typed.expiry)
    if not match:
        typed.problems["expiry"] = "Enter the expiry as month and year, such as 12 / 34."
        return None
    month, year = int(match.group(1)), 2000 + int(match.group(2))
    # The month itself is still good; an average month is near enough for a sandbox.
    if (year - 1970) * 31_556_952 + month * 2_629_746 < now:
        typed.problems["expiry"] = "Your card's expiration date is in the past."
    return month, year


def account(typed: Typed) -> Account | None:
    """The account to debit; None if something is wrong."""
    number = typed.test_account if typed.test_account in ACCOUNTS else tidy(typed.account)
    scheme = scheme_of(number)
    if not typed.name:
        typed.problems["name"] = "Enter the name of the account holder."
    if scheme is None or scheme != typed.method:
        typed.problems["account"] = "This account number is incorrect."
    if typed.method == "bacs_debit" and not re.fullmatch(r"\d{6}", tidy(typed.sort_code)):
        typed.problems["sort_code"] = "A sort code has six digits."
    if scheme is None or typed.problems:
        return None
    return account_of(number, scheme)
