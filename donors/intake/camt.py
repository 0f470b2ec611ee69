"""Reading CAMT.053, the statement of an account as banks send it, whatever its version.

Only booked entries count. An entry that a bank made of several payments becomes a line for each
of them where the bank tells their sums.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Final
from xml.etree.ElementTree import Element

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from django.utils.translation import gettext as _

from funding.imports.reading import Unreadable
from funding.money import Money, MoneyError, exponent

_TEXT: Final = 600


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: its account, its two balances, and its rows by the names of our fields."""

    iban: str
    opening: Money
    closing: Money
    ends_on: dt.date | None
    starts_on: dt.date | None = None
    number: str = ""
    rows: list[dict[str, str]] = field(default_factory=list)


def is_camt(content: bytes) -> bool:
    """Whether it looks like XML at all."""
    return content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<")


def read(content: bytes) -> list[Statement]:
    """All statements of a file. Refuses: Unreadable, also when balances and lines disagree."""
    try:
        root = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise Unreadable(_("This is no statement: the XML cannot be read.")) from error
    found = [_statement(each, n) for n, each in enumerate(root.iterfind(".//{*}Stmt"), 1)]
    if not found:
        raise Unreadable(_("There is no statement (CAMT.053) in this file."))
    if len({each.iban for each in found}) > 1:
        raise Unreadable(_("The file has statements of several accounts. Bring them one by one."))
    return found


def _statement(node: Element, number: int) -> Statement:
    balances = {}
    for each in node.iterfind("{*}Bal"):
        code = _text(each, "{*}Tp/{*}CdOrPrtry/{*}Cd")
        balances[code] = (_money(each, _("Statement %s") % number), _day(each, "{*}Dt"))
    opening = balances.get("OPBD") or balances.get("PRCD")
    closing = balances.get("CLBD")
    if opening is None or closing is None:
        raise Unreadable(_("Statement %s has no opening or no closing balance.") % number)
    made = Statement(
        iban=_text(node, "{*}Acct/{*}Id/{*}IBAN"),
        opening=opening[0],
        closing=closing[0],
        ends_on=closing[1],
        starts_on=_day(node, "{*}FrToDt/{*}FrDtTm") or _first_day(node, opening[1], closing[1]),
        number=_text(node, "{*}ElctrncSeqNb") or _text(node, "{*}Id"),
    )
    total = opening[0]
    for n, entry in enumerate(node.iterfind("{*}Ntry"), 1):
        where = _("Statement %(number)s, entry %(entry)s") % {"number": number, "entry": n}
        for amount, row in _entry(entry, where):
            total += amount
            made.rows.append(row)
    if total != closing[0]:
        sentence = _(
            "Statement %(number)s does not add up: %(opening)s and its lines come to %(sum)s, "
            "and the bank says %(closing)s."
        )
        said = {"opening": opening[0].text(), "sum": total.text(), "closing": closing[0].text()}
        raise Unreadable(sentence % (said | {"number": number}))
    return made


def _first_day(node: Element, opened: dt.date | None, closed: dt.date | None) -> dt.date | None:
    """The day of its first line; the opening balance may bear the day before it."""
    days = [_day(each, "{*}BookgDt") for each in node.iterfind("{*}Ntry")]
    booked = [day for day in days if day is not None]
    return min(booked) if booked else closed or opened


def _entry(entry: Element, where: str) -> Iterator[tuple[Money, dict[str, str]]]:
    status = _text(entry, "{*}Sts/{*}Cd") or _text(entry, "{*}Sts")
    if status not in {"", "BOOK"}:
        return
    amount, day = _money(entry, where), _day(entry, "{*}BookgDt") or _day(entry, "{*}ValDt")
    if day is None:
        raise Unreadable(_("%s has no day.") % where)
    common = {
        "day": day.isoformat(),
        "currency": amount.currency,
        "reference": _text(entry, "{*}AcctSvcrRef") or _text(entry, "{*}NtryRef"),
    }
    details = list(entry.iterfind("{*}NtryDtls/{*}TxDtls"))
    parts = _parts(details, amount, where)
    for n, (part, detail) in enumerate(parts, 1):
        own = _text(detail, "{*}Refs/{*}AcctSvcrRef") if detail is not None else ""
        reference = own or common["reference"]
        if reference and len(parts) > 1 and reference == common["reference"]:
            reference = f"{reference}/{n}"
        row = {"amount": part.plain(), "reference": reference}
        yield part, common | row | _parties(detail, entry, part)


def _parts(details: list[Element], amount: Money, where: str) -> list[tuple[Money, Element | None]]:
    if len(details) < 2:
        return [(amount, details[0] if details else None)]
    sign = 1 if amount.minor > 0 else -1
    sums = [_sum(detail, sign, where) for detail in details]
    known = [each for each in sums if each is not None and each.currency == amount.currency]
    if len(known) != len(details) or sum(each.minor for each in known) != amount.minor:
        # The bank tells only the whole, so it is one line.
        return [(amount, None)]
    return list(zip(known, details, strict=True))


def _sum(detail: Element, sign: int, where: str) -> Money | None:
    node = detail.find("{*}Amt")
    if node is None:
        node = detail.find("{*}AmtDtls/{*}TxAmt/{*}Amt")
    if node is None:
        return None
    money = _parse(node, where)
    return money if sign > 0 else -money


def _parties(detail: Element | None, entry: Element, part: Money) -> dict[str, str]:
    """Who paid, or was paid, and what was written."""
    if detail is None:
        return {"payer": "", "iban": "", "text": _text(entry, "{*}AddtlNtryInf")[:_TEXT]}
    side = "Dbtr" if part.minor > 0 else "Cdtr"
    name = _text(detail, f"{{*}}RltdPties/{{*}}{side}/{{*}}Pty/{{*}}Nm") or _text(
        detail, f"{{*}}RltdPties/{{*}}{side}/{{*}}Nm"
    )
    words = [each.text or "" for each in detail.iterfind("{*}RmtInf/{*}Ustrd")]
    words += [each.text or "" for each in detail.iterfind("{*}RmtInf/{*}Strd/{*}CdtrRefInf/{*}Ref")]
    end = _text(detail, "{*}Refs/{*}EndToEndId")
    if end and end != "NOTPROVIDED":
        words.append(end)
    return {
        "payer": name,
        "iban": _text(detail, f"{{*}}RltdPties/{{*}}{side}Acct/{{*}}Id/{{*}}IBAN"),
        "text": (" ".join(words) or _text(entry, "{*}AddtlNtryInf"))[:_TEXT],
    }


def _money(node: Element, where: str) -> Money:
    amount = node.find("{*}Amt")
    if amount is None:
        raise Unreadable(_("%s has no sum.") % where)
    money = _parse(amount, where)
    return -money if _text(node, "{*}CdtDbtInd") == "DBIT" else money


def _parse(node: Element, where: str) -> Money:
    currency, text = node.get("Ccy", ""), (node.text or "").strip()
    try:
        minor = Decimal(text).scaleb(exponent(currency))
    except (InvalidOperation, MoneyError) as error:
        raise Unreadable(_("%s has a sum that cannot be read.") % where) from error
    if not minor.is_finite() or minor != minor.to_integral_value():
        raise Unreadable(_("%s has a sum that cannot be read.") % where)
    return Money(int(minor), currency)


def _day(node: Element, path: str) -> dt.date | None:
    text = _text(node, f"{path}/{{*}}Dt") or _text(node, f"{path}/{{*}}DtTm") or _text(node, path)
    try:
        return dt.date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None


def _text(node: Element, path: str) -> str:
    found = node.find(path)
    return (found.text or "").strip() if found is not None else ""
