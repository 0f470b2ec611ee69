"""How the journal is written in Beancount's language. Pure: values in, lines out."""

import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from funding.money import Money

# Where each kind of account stands. Exchange, transfers and the memo accounts are equity, so
# that every entry balances in each of its currencies without a price.
_BRANCHES: Final[dict[str, str]] = {
    "bank": "Assets:Bank",
    "clearing": "Assets:Clearing",
    "in_transit": "Assets:InTransit",
    "gift_aid_due": "Assets:GiftAidDue",
    "suspense": "Liabilities:Suspense",
    "refund_due": "Liabilities:RefundDue",
    "payable": "Liabilities:Payable",
    "gift_aid_owed": "Liabilities:GiftAidOwed",
    "held": "Equity:Held",
    "held_contra": "Equity:HeldContra",
    "committed": "Equity:Committed",
    "committed_contra": "Equity:CommittedContra",
    "fx": "Equity:Exchange",
    "transfers": "Equity:Transfers",
    "brought_forward": "Equity:BroughtForward",
    "gifts": "Income:Gifts",
    "fee_cover": "Income:FeeCover",
    "gift_aid": "Income:GiftAid",
    "other_income": "Income:Other",
    "refunds": "Income:Refunds",
    "disputes": "Income:Disputes",
    "grants": "Expenses:Grants",
    "payment_fees": "Expenses:PaymentFees",
    "dispute_fees": "Expenses:DisputeFees",
    "bank_fees": "Expenses:BankFees",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One leg with the facts of its entry."""

    key: str
    reason: str
    cause: str
    happened_on: dt.date
    final_at: dt.datetime | None
    reverses: str | None
    account: str
    amount: Money


def account(fund: str, code: str) -> str:
    """The account's name: 'Assets:Bank:Main:Snow' for 'bank:main' in the fund 'snow'."""
    kind, _, place = code.partition(":")
    parts = [_BRANCHES[kind], *([_component(place)] if place else []), _component(fund)]
    return ":".join(parts)


def heading(currencies: Sequence[str]) -> Iterator[str]:
    """What the file is, and the currencies in it."""
    yield 'option "title" "Journal without personal data"\n'
    for currency in currencies:
        yield f'option "operating_currency" "{currency}"\n'
    yield "\n"


def openings(names: Iterable[str], day: dt.date | None) -> Iterator[str]:
    """Every account is opened on the day of the first entry."""
    for name in names:
        yield f"{day} open {name}\n"
    yield "\n"


def entry(items: Sequence[Item]) -> str:
    """One entry with its legs."""
    head = items[0]
    lines = [
        f"{head.happened_on} * {_quoted(head.reason)} {_quoted(head.cause)}",
        f"  key: {_quoted(head.key)}",
    ]
    if head.final_at is not None:
        lines.append(f"  final-at: {_quoted(head.final_at.isoformat())}")
    if head.reverses is not None:
        lines.append(f"  reverses: {_quoted(head.reverses)}")
    lines += [f"  {item.account}  {item.amount.plain()} {item.amount.currency}" for item in items]
    return "\n".join([*lines, "", ""])


def closings(sums: Mapping[tuple[str, str], Money], day: dt.date) -> Iterator[str]:
    """What each account must hold at the beginning of a day."""
    for (name, currency), amount in sorted(sums.items(), key=lambda pair: pair[0]):
        yield f"{day} balance {name}  {amount.plain()} {currency}\n"


def _component(slug: str) -> str:
    # A component is letters, digits and dashes and begins with a capital letter or a digit.
    # An underscore becomes two dashes, so that two slugs do not fall together.
    clean = re.sub(r"[^A-Za-z0-9-]", "-", slug.replace("_", "--")).lstrip("-")
    return clean[:1].upper() + clean[1:]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
