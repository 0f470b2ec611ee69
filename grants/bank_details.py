"""An account as a person writes it down, what is right about it, and its fingerprint.

Most range countries have no IBAN, so an account is either an IBAN or a number with the BIC
and the name of its bank.
"""

import datetime as dt
import hashlib
import json
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from schwifty import BIC, IBAN
from schwifty.exceptions import SchwiftyException

from funding.errors import Refused
from grants.models import BankDetails

# A change of account is the commonest way to steal a grant, and whose account it was needs time
# to read of it.
WAITS: Final = dt.timedelta(hours=72)


class NotAnAccount(Refused):
    """What was written cannot be an account. `field` is the one to look at."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class Account:
    """Holder, number and bank of one account, each written in the one way we keep it.

    Exactly one of `iban` and `account_number` is set; `country` is an ISO code of two letters.
    """

    holder: str
    iban: str
    account_number: str
    bic: str
    bank_name: str
    country: str

    @property
    def sha256(self) -> str:
        """The fingerprint of holder, number and bank, in hexadecimal."""
        facts = {
            "holder": self.holder,
            "number": self.iban or self.account_number,
            "bic": self.bic,
            "bank": self.bank_name,
        }
        canonical = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


def read(
    *, holder: str, iban: str, account_number: str, bic: str, bank_name: str, country: str
) -> Account:
    """The account that a person meant. Raises NotAnAccount with a sentence for that person."""
    owner = _one_line(holder)
    if not owner:
        raise NotAnAccount("holder", _("Write the name of the account holder."))
    if iban.strip():
        return _with_iban(owner, iban, bic, _one_line(bank_name))
    number = re.sub(r"[\s-]", "", account_number).upper()
    if not re.fullmatch(r"[0-9A-Z/]{4,34}", number):
        sentence = _("Write the IBAN, or the number of the account in digits and letters.")
        raise NotAnAccount("account_number", sentence)
    bank = _one_line(bank_name)
    if not bank:
        raise NotAnAccount("bank_name", _("Write the name of the bank."))
    if not re.fullmatch(r"[A-Z]{2}", country):
        raise NotAnAccount("country", _("Choose the country of the bank."))
    code = _bic(bic)
    if code[4:6] != country:
        raise NotAnAccount("bic", _("This BIC belongs to a bank in another country."))
    return Account(owner, "", number, code, bank, country)


def current(award_id: int) -> BankDetails | None:
    """The details that count: the last row."""
    return BankDetails.objects.filter(award_id=award_id).order_by("-pk").first()


def waits_until(details: BankDetails) -> dt.datetime | None:
    """From when on a changed account is paid to; None for the first one of an award."""
    if BankDetails.objects.filter(award_id=details.award_id, pk__lt=details.pk).exists():
        return details.entered_at + WAITS
    return None


def shown(details: BankDetails) -> str:
    """The number in groups of four, as a bank prints it."""
    number = details.iban or details.account_number
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))


def masked(details: BankDetails) -> str:
    """'… 7466': enough to recognise an account, too little to use it."""
    return f"… {(details.iban or details.account_number)[-4:]}"


def _with_iban(holder: str, written: str, bic: str, bank: str) -> Account:
    try:
        iban = IBAN(written)
    except SchwiftyException:
        sentence = _("This is no IBAN: its check digits or its length are wrong.")
        raise NotAnAccount("iban", sentence) from None
    code = _bic(bic) if bic.strip() else ""
    if code and code[4:6] != iban.country_code:
        raise NotAnAccount("bic", _("This BIC belongs to a bank in another country."))
    return Account(holder, iban.compact, "", code, bank, iban.country_code)


def _bic(written: str) -> str:
    try:
        return BIC(written.strip()).compact
    except SchwiftyException:
        sentence = _("Write the BIC of the bank: eight or eleven letters and digits.")
        raise NotAnAccount("bic", sentence) from None


def _one_line(text: str) -> str:
    seen = "".join(" " if unicodedata.category(char)[0] == "C" else char for char in text)
    return unicodedata.normalize("NFC", " ".join(seen.split()))
