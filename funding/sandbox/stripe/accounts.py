"""The bank accounts of Stripe's test mode that can be debited, and what each of them does."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Literal

Scheme = Literal["sepa_debit", "bacs_debit"]
# What each scheme debits in.
CURRENCY: dict[str, str] = {"sepa_debit": "eur", "bacs_debit": "gbp"}
NAMES: dict[str, str] = {"sepa_debit": "SEPA Direct Debit", "bacs_debit": "Bacs Direct Debit"}
SORT_CODE = "108800"
DAYS, MORE_DAYS = 3, 6


@dataclass(frozen=True)
class Failure:
    """Why a debit fails, in Stripe's words."""

    code: str
    message: str
    ends_mandate: bool = False


@dataclass(frozen=True)
class Account:
    """A bank account and its behaviour."""

    scheme: Scheme
    number: str
    """The IBAN, or the account number that goes with the sort code."""
    label: str
    days: int = DAYS
    """How many days a debit is on its way."""
    failure: Failure | None = None
    refused: Failure | None = None
    """Why the account cannot be debited at all, which is told at once."""
    late_failure: Failure | None = None
    """Why the money goes back days after it came."""
    dispute: bool = False

    @property
    def last4(self) -> str:
        """The last four characters."""
        return self.number[-4:]

    @property
    def fingerprint(self) -> str:
        """The same for the same account, and not its number."""
        return hashlib.sha256(f"{self.scheme}{self.number}".encode()).hexdigest()[:16]


GENERIC = Failure("payment_intent_payment_attempt_failed", "The bank could not process this debit.")
INSUFFICIENT = Failure("insufficient_funds", "The account has insufficient funds.")
UNAUTHORIZED = Failure(
    "debit_not_authorized", "The customer has not authorized this debit.", ends_mandate=True
)
CLOSED = Failure("account_closed", "The account was closed.", ends_mandate=True)
_WEEKLY = Failure(
    "charge_exceeds_source_limit", "The payment exceeds the weekly limit of this account."
)
_SINGLE = Failure(
    "charge_exceeds_transaction_limit", "The payment exceeds the limit of this account."
)
_NOT_A_TEST_ACCOUNT = Failure(
    "payment_method_invalid_parameter_testmode",
    "This is a sandbox, and it knows the listed test accounts only.",
)
FAILURES = {each.code: each for each in (GENERIC, INSUFFICIENT, UNAUTHORIZED, CLOSED)}


def _sepa(number: str, label: str, **how: object) -> Account:
    return Account("sepa_debit", number, label, **how)  # type: ignore[arg-type]


def _bacs(number: str, label: str, **how: object) -> Account:
    return Account("bacs_debit", number, label, **how)  # type: ignore[arg-type]


_UNSUPPORTED = Failure("sepa_unsupported_account", "This bank does not take part in SEPA debits.")
_UNUSABLE = Failure("bank_account_unusable", "This account cannot be debited.")
_LIST = (
    _sepa("AT611904300234573201", "Succeeds"),
    _sepa("AT321904300235473204", "Succeeds, and takes longer", days=MORE_DAYS),
    _sepa("AT861904300235473202", "Fails", failure=GENERIC),
    _sepa("AT051904300235473205", "Fails, and takes longer", failure=GENERIC, days=MORE_DAYS),
    _sepa("AT981904300002222227", "Fails: insufficient funds", failure=INSUFFICIENT),
    _sepa("AT981904300000343434", "Fails: over the weekly limit", failure=_WEEKLY),
    _sepa("AT601904300000121212", "Fails: over the limit of a payment", failure=_SINGLE),
    _sepa("AT591904300235473203", "Succeeds; the customer takes it back", dispute=True),
    _sepa("AT271904300000055555", "Refused: the bank takes no debits", refused=_UNSUPPORTED),
    _sepa("AT511904300000066666", "Refused: the account takes no debits", refused=_UNUSABLE),
    _sepa("DE89370400440532013000", "Succeeds (Germany)"),
    _sepa("FR1420041010050500013M02606", "Succeeds (France)"),
    _sepa("IE29AIBK93115212345678", "Succeeds (Ireland)"),
    # Stripe has no test account for this; the number is ours.
    _sepa("AT861904300235473299", "Succeeds, and fails days later", late_failure=INSUFFICIENT),
    _bacs("00012345", "Succeeds"),
    _bacs("90012345", "Succeeds, and takes longer", days=MORE_DAYS),
    _bacs("33333335", "Fails: not authorized, the mandate ends", failure=UNAUTHORIZED),
    _bacs(
        "93333335",
        "Fails: not authorized, and takes longer",
        failure=UNAUTHORIZED,
        days=MORE_DAYS,
    ),
    _bacs("22222227", "Fails: insufficient funds", failure=INSUFFICIENT),
    _bacs(
        "92222227",
        "Fails: insufficient funds, and takes longer",
        failure=INSUFFICIENT,
        days=MORE_DAYS,
    ),
    _bacs("34343434", "Fails: over the weekly limit", failure=_WEEKLY),
    _bacs("12121212", "Fails: over the limit of a payment", failure=_SINGLE),
    _bacs("55555559", "Succeeds; the customer takes it back", dispute=True),
    _bacs("00033333", "Fails: the bank refuses the mandate", failure=CLOSED),
    _bacs("00044444", "Refused: no such account", refused=_UNUSABLE),
    _bacs("66666669", "Succeeds, and fails days later", late_failure=CLOSED),
)
ACCOUNTS: dict[str, Account] = {account.number: account for account in _LIST}


def tidy(text: str) -> str:
    """An IBAN or account number as typed, without spaces and dashes, in capitals."""
    return "".join(text.replace("-", " ").split()).upper()


def scheme_of(number: str) -> Scheme | None:
    """What kind of account has such a number; None if the number is wrong (ISO 7064)."""
    if re.fullmatch(r"\d{8}", number):
        return "bacs_debit"
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", number):
        return None
    turned = "".join(str(int(letter, 36)) for letter in number[4:] + number[:4])
    return "sepa_debit" if int(turned) % 97 == 1 else None


def account_of(number: str, scheme: Scheme) -> Account:
    """The account with a right number; one that is no test account is refused, and says so."""
    return ACCOUNTS.get(number) or Account(
        scheme, number, "Not a test account", refused=_NOT_A_TEST_ACCOUNT
    )
