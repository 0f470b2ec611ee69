"""The mails to zoos with invented facts, as `mail_samples` shows them."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from funding.money import Money

_DAY: Final = dt.date(2027, 3, 14)
_SUM: Final = Money(120_000, "EUR")
_ACCOUNT: Final = {
    "holder": "Example Fund",
    "bank": "Example Bank",
    "iban": "SE45 5000 0000 0583 9825 7466",
    "bic": "EXAMSESS",
}
_ROW: Final = {
    "name": "EXAM-2027-000001",
    "open": _SUM,
    "paid": None,
    "due_on": _DAY,
    "reference": "RF07 MF00 0000 42",
}
_INVOICE: Final = {
    "zoo": "Example Zoo",
    "document_name": "EXAM-2027-000001",
    "amount": _SUM,
    "fund": "Example purpose",
    "order_number": "",
    "due_on": _DAY,
    "reference": "RF07 MF00 0000 42",
    "account": _ACCOUNT,
    "pdf_follows": False,
    "here_url": "https://fund.example.org/zoo/example/invoices/1/",
}
_PAPER: Final = {
    "kind": "certificate",
    "name": "EXAM-C-2027-000002",
    "days": "2026",
    "earlier": "",
    "verify_url": "https://fund.example.org/verify/EXAMPLE/",
}
_ASKED: Final = {
    "zoo": "Example Zoo",
    "email": "person@example.org",
    "ends_on": _DAY,
    "here_url": "https://fund.example.org/zoo/invitations/example/",
}

# Template, when it goes, its facts, and the variants of them.
ROWS: Final[list[tuple[str, Promise, Mapping[str, Any], Mapping[str, Mapping[str, Any]]]]] = [
    (
        "zoo_invitation",
        _("Somebody is asked to act for a zoo."),
        _ASKED,
        {part: {"part": part} for part in ("owner", "finance", "viewer")},
    ),
    (
        "invoice",
        _("An invoice of a zoo is issued."),
        _INVOICE,
        {
            "": {},
            "follows": {
                "pdf_follows": True,
                "order_number": "EX-0001",
                "account": _ACCOUNT | {"bank": "", "bic": ""},
            },
        },
    ),
    ("invoice_cancelled", _("An invoice of a zoo is cancelled."), _INVOICE, {"": {}}),
    (
        "contribution_paused",
        _("Money of a zoo’s contribution went back, so it is paused."),
        _INVOICE | {"gone": _SUM},
        {why: {"why": why} for why in ("refunded", "disputed", "bounced")},
    ),
    (
        "zoo_papers",
        _("Certificates or statements of a zoo are made, corrected or void."),
        {"zoo": "Example Zoo", "here_url": "https://fund.example.org/zoo/example/papers/"},
        {
            "": {"papers": [_PAPER], "ended": [], "is_corrected": False},
            "several": {
                "papers": [_PAPER, _PAPER | {"kind": "statement", "earlier": "EXAM-2027-000001"}],
                "ended": [_PAPER],
                "is_corrected": False,
            },
            "corrected": {
                "papers": [_PAPER | {"earlier": "EXAM-C-2027-000001"}],
                "ended": [],
                "is_corrected": True,
            },
            "void": {"papers": [], "ended": [_PAPER], "is_corrected": False},
        },
    ),
    (
        "invoice_reminder",
        _("Invoices of a zoo are overdue."),
        _INVOICE,
        {
            "": {"rows": [_ROW]},
            "several": {"rows": [_ROW, _ROW | {"paid": Money(50_000, "EUR")}]},
        },
    ),
]
