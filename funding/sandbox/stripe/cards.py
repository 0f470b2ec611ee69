"""The test cards, and what each of them does."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Decline:
    """Why a card is refused, in Stripe's words."""

    code: str
    decline_code: str
    message: str
    blocked: bool = False
    """Blocked by Stripe's own rules, not declined by the bank."""


@dataclass(frozen=True)
class Card:
    """A card number and its behaviour."""

    number: str
    label: str
    brand: str = "visa"
    funding: str = "credit"
    decline: Decline | None = None
    can_be_kept: bool = False
    """Whether it can be set up for later although it is declined when it is charged."""
    three_d_secure: bool = False
    every_time: bool = False
    """Whether its bank asks for later payments too, in which nobody is at a page."""
    refund: Literal["at_once", "later", "fails_later"] = "at_once"
    available_at_once: bool = False
    dispute: Literal["fraudulent", "product_not_received", "inquiry", "twice"] | None = None
    """What the cardholder's bank says a moment after the payment."""
    warns: bool = False
    """Whether the bank tells of fraud before it disputes anything."""

    @property
    def last4(self) -> str:
        """The last four digits."""
        return self.number[-4:]

    @property
    def fingerprint(self) -> str:
        """The same for the same number, and not the number."""
        return hashlib.sha256(self.number.encode()).hexdigest()[:16]


def _declined(decline_code: str, message: str = "Your card was declined.") -> Decline:
    return Decline("card_declined", decline_code, message)


_LIST = (
    Card("4242424242424242", "Succeeds"),
    Card("5555555555554444", "Succeeds (Mastercard)", brand="mastercard"),
    Card("4000056655665556", "Succeeds (Visa debit)", funding="debit"),
    Card("378282246310005", "Succeeds (American Express)", brand="amex"),
    Card("4000000000000077", "Succeeds, money available at once", available_at_once=True),
    Card("4000002500003155", "Asks for 3-D Secure", three_d_secure=True),
    Card("4000000000003220", "Asks for 3-D Secure 2", three_d_secure=True),
    Card(
        "4000002760003184",
        "Asks for 3-D Secure each time it is charged",
        three_d_secure=True,
        every_time=True,
    ),
    Card("4000000000000002", "Declined", decline=_declined("generic_decline")),
    Card(
        "4000000000009995",
        "Declined: insufficient funds",
        decline=_declined("insufficient_funds", "Your card has insufficient funds."),
    ),
    Card("4000000000009987", "Declined: lost card", decline=_declined("lost_card")),
    Card("4000000000009979", "Declined: stolen card", decline=_declined("stolen_card")),
    Card(
        "4000000000000069",
        "Declined: expired card",
        decline=Decline("expired_card", "expired_card", "Your card has expired."),
    ),
    Card(
        "4000000000000127",
        "Declined: wrong security code",
        decline=Decline(
            "incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect."
        ),
    ),
    Card(
        "4000000000000119",
        "Declined: processing error",
        decline=Decline(
            "processing_error",
            "processing_error",
            "An error occurred while processing your card. Try again in a little bit.",
        ),
    ),
    Card(
        "4100000000000019",
        "Blocked as fraudulent",
        decline=Decline("card_declined", "fraudulent", "Your card was declined.", blocked=True),
    ),
    Card(
        "4000008400001629",
        "3-D Secure, then declined",
        three_d_secure=True,
        decline=_declined("generic_decline"),
    ),
    Card(
        "4000000000000341",
        "Can be kept, then declined when it is charged",
        decline=_declined("generic_decline"),
        can_be_kept=True,
    ),
    Card("4000000000007726", "Succeeds; a refund is pending at first", refund="later"),
    Card("4000000000005126", "Succeeds; a refund fails later", refund="fails_later"),
    Card("4000000000000259", "Succeeds; disputed as fraudulent", dispute="fraudulent"),
    Card("4000000000002685", "Succeeds; disputed as not received", dispute="product_not_received"),
    Card("4000000000001976", "Succeeds; the bank inquires", dispute="inquiry"),
    Card("4000000404000079", "Succeeds; disputed twice", dispute="twice"),
    Card("4000000000005423", "Succeeds; the bank warns of fraud", warns=True),
)
CARDS: dict[str, Card] = {card.number: card for card in _LIST}


def digits(text: str) -> str:
    """A card number as typed, without spaces and dashes."""
    return "".join(text.replace("-", " ").split())


def is_plausible(number: str) -> bool:
    """Whether a number has the length and the check digit of a card number (Luhn)."""
    if not (number.isascii() and number.isdigit() and 12 <= len(number) <= 19):
        return False
    total = 0
    for place, digit in enumerate(reversed(number)):
        doubled = int(digit) * (2 if place % 2 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def card_of(number: str) -> Card:
    """The card with a plausible number; one that is no test card is declined, and says so."""
    return CARDS.get(number) or Card(
        number,
        "Not a test card",
        decline=_declined(
            "test_mode_live_card",
            "Your card was declined. This is a sandbox, and it knows the listed test cards only.",
        ),
    )
