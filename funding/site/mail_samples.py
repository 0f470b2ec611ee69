"""Every mail to a giver, in every language, with invented facts: for those who answer them."""

import base64
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csp import get_nonce
from django.shortcuts import render
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from donors.models import Rhythm
from donors.news import Item
from donors.pledge_mails import EACH
from donors.pools.shown import Added
from funding.mail import posting, writing
from funding.money import Money
from funding.site import mail_samples_people, mail_samples_zoos
from funding.users import access
from funding.users.models import Role

READERS: Final = (Role.OFFICER, Role.TREASURER, Role.ADMINISTRATOR)

_DAY: Final = dt.date(2027, 3, 14)
_THEN: Final = dt.date(2027, 4, 14)
_SUM: Final = Money(4000, "EUR")
_ENTITY: Final = {
    "legal_name": "Example Fund",
    "address": ["Example Street 1", "400 00 Exampleville"],
    "contact_email": "fund@example.org",
    "tax_regime": "",
}
_NAMES: Final = {"donor_name": "Åsa Öhrn", "entity": _ENTITY, "illustrative": True}
_RECEIPT: Final = _NAMES | {
    "document_name": "EXAM-2027-000001",
    "method": "Card ending 4242",
    "gift": _SUM,
    "amount": _SUM,
    "received_on": _DAY,
    "lines": [("Example purpose", _SUM)],
    "cover": Money(0, "EUR"),
    "refunded": Money(0, "EUR"),
    "taken": _SUM,
    "total": _SUM,
    "is_copy": False,
    "is_taken_back": False,
    "pdf_follows": False,
    "replaced": "",
    "refunded_on": _THEN,
    "verify_url": "https://fund.example.org/verify/EXAMPLE/",
    "give_url": "https://fund.example.org/give/",
}
_NEWS: Final = Item(
    "Example news",
    "Example news, in the words of the fund.",
    "https://fund.example.org/news/example/",
    "en",
)
_LESS: Final = {"refunded": Money(1500, "EUR"), "total": Money(2500, "EUR")}
_EARLIER: Final = {"replaced": "EXAM-2027-000000"}
_DEBIT: Final = _NAMES | {
    "amount": _SUM,
    "method": "SEPA Direct Debit ending 3000",
    "promised_on": _DAY,
    "expected_on": _THEN,
    "mandate_reference": "EXAMPLE-1",
    "why": _("There was not enough in the account."),
    "again_url": "https://fund.example.org/give/",
    "thanks_url": "https://fund.example.org/give/thanks/",
}
_HELD: Final = _NAMES | {
    "amount": Money(1_200_000, "EUR"),
    "why": _("We know too little about where the money comes from."),
    "by_card": True,
    "contact_url": "https://fund.example.org/contact/",
}
_STANDING: Final = {
    "amount": _SUM,
    "each": EACH[Rhythm.MONTHLY],
    "fund": "Example purpose",
    "next_on": _DAY,
    "resumes_on": _THEN,
    "method": "Card ending 4242",
}
_PLEDGE: Final = _NAMES | _STANDING | {
    "cover": Money(70, "EUR"),
    "card_ends_on": _THEN,
    "pledge_url": "https://fund.example.org/account/pledges/example/",
    "repair_url": "https://fund.example.org/pledge/example/",
    "again_url": "https://fund.example.org/give/",
    "here_url": "https://fund.example.org/pledge/example/",
    "link_days": 14,
    "was": _STANDING,
    "is": _STANDING | {"amount": Money(5000, "EUR"), "each": EACH[Rhythm.YEARLY]},
    "due_on": _DAY,
    "this": _SUM,
    "next_try_on": _THEN,
    "count": 3,
    "whole": Money(12000, "EUR"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sample:
    """One mail: which, when it goes, and what it is told. Facts that differ are variants."""

    template: str
    when: str | Promise
    facts: Mapping[str, Any]
    variants: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: {"": {}})

    def each(self) -> list[tuple[str, dict[str, Any]]]:
        """The name and the facts of every variant."""
        return [
            ("-".join(filter(None, (self.template, name))), {**self.facts, **more})
            for name, more in self.variants.items()
        ]


SAMPLES: Final = [
    Sample(
        "receipt",
        _("A gift has been received, changed, or its receipt is asked for again."),
        _RECEIPT,
        {
            "": {},
            "follows": {"pdf_follows": True, "method": "", "cover": Money(90, "EUR")},
            "copy": {"is_copy": True},
            "part": _LESS,
            "part-again": _LESS | _EARLIER,
            "taken": _LESS | {"is_taken_back": True},
            "taken-again": _LESS | _EARLIER | {"is_taken_back": True},
            "whole-again": _EARLIER,
            "matched": {"added": [Added("Example Zoo", "Example purpose", _SUM)]},
        },
    ),
    Sample("receipt_void", _("A gift was given back in full."), _RECEIPT),
    Sample(
        "receipt_withdrawn",
        _("A bank took a gift back."),
        _RECEIPT,
        {"": {"is_returned": False}, "returned": {"is_returned": True}},
    ),
    Sample("receipt_mistake", _("A gift was entered by mistake."), _RECEIPT),
    Sample(
        "confirm_gift",
        _("Stolen cards are being tried, and a link comes before the payment page."),
        _NAMES
        | {
            "amount": _SUM,
            "link_url": "https://fund.example.org/give/confirm/example/",
            "link_hours": 2,
        },
    ),
    Sample(
        "statement",
        _("The statements of a whole year were made."),
        _NAMES
        | {
            "document_name": "EXAM-2027-000001",
            "begins_on": dt.date(2027, 1, 1),
            "ends_on": dt.date(2027, 12, 31),
            "verify_url": "https://fund.example.org/verify/EXAMPLE/",
            "account_url": "https://fund.example.org/account/statements/",
        },
    ),
    Sample(
        "statement_corrected",
        _("Money of a year moved after its statement was mailed."),
        _NAMES
        | {
            "document_name": "EXAM-2027-000002",
            "earlier_name": "EXAM-2027-000001",
            "begins_on": dt.date(2027, 1, 1),
            "ends_on": dt.date(2027, 12, 31),
            "moves": [
                {"what": what, "day": _THEN, "received_on": _DAY, "minor": minor, "sum": _SUM}
                for what, minor in (("refund", -1), ("dispute_taken", -1), ("returned", 1))
            ],
            "remains": [_SUM],
            "verify_url": "https://fund.example.org/verify/EXAMPLE/",
            "account_url": "https://fund.example.org/account/statements/",
        },
    ),
    Sample(
        "declaration",
        _("A Gift Aid declaration was made."),
        _NAMES
        | {
            "wording": "Example words of the giver.",
            "given_on": _DAY,
            "recorded_on": _DAY,
            "days": 30,
        },
        {"": {"is_oral": False}, "oral": {"is_oral": True}},
    ),
    Sample(
        "debit_pending",
        _("A direct debit is on its way."),
        _DEBIT,
        {"": {}, "no-day": {"expected_on": None, "mandate_reference": ""}},
    ),
    Sample("gift_held", _("A large or unusual gift has come, and a person looks at it."), _HELD),
    Sample(
        "gift_declined",
        _("Two people have declined a gift, and its money goes back."),
        _HELD,
        {"": {}, "by-bank": {"by_card": False}},
    ),
    Sample("debit_failed", _("A bank did not make a direct debit."), _DEBIT),
    Sample(
        "pledge_begun",
        _("A regular gift has begun."),
        _PLEDGE,
        {"": {"has_other": False}, "second": {"has_other": True, "next_on": None}},
    ),
    Sample(
        "pledge_changed",
        _("A regular gift was changed."),
        _PLEDGE,
        {
            kind: {"kind": kind, "is_skip": kind == "skip"}
            for kind in ("amount", "rhythm", "day", "fund", "skip", "pause", "resume", "method")
        },
    ),
    Sample(
        "pledge_failed",
        _("A payment of a regular gift did not go through."),
        _PLEDGE,
        {"": {"asks_giver": False}, "asks": {"asks_giver": True}},
    ),
    Sample(
        "pledge_ahead",
        _("A yearly gift or the end of a card is a month away."),
        _PLEDGE,
        {"": {"is_card": False}, "card": {"is_card": True}},
    ),
    Sample(
        "pledge_ended",
        _("A regular gift has ended."),
        _PLEDGE,
        {why: {"why": why} for why in ("giver", "lapsed", "disputed", "refunded", "staff")}
        | {"refunded-part": {"why": "refunded", "is_part": True}},
    ),
    Sample(
        "earlier_pledge",
        _("A regular giver of another system is asked whether it goes on, and once more."),
        _NAMES
        | {
            "gifts": [_STANDING | {"url": "https://fund.example.org/pledge/continue/example/"}],
            "link_days": 60,
            "days": 14,
        },
        {
            "": {"is_again": False},
            "again": {"is_again": True},
        },
    ),
    Sample(
        "email_change",
        _("A donor asked for another e-mail address, and both mailboxes are asked."),
        _NAMES
        | {
            "confirm_url": "https://fund.example.org/account/email/example/",
            "hours": 48,
            "contact_url": "https://fund.example.org/contact/",
        },
        {
            "": {"kind": "old"},
            "new": {"kind": "new"},
            "known": {"kind": "known", "confirm_url": ""},
            "done": {"kind": "done", "confirm_url": ""},
        },
    ),
    Sample(
        "data_copy",
        _("Somebody asked for a copy of all that is held on them, and it is there."),
        _NAMES | {"copy_url": "https://fund.example.org/account/data/", "expires_on": _DAY},
    ),
    Sample(
        "erased",
        _("Somebody was removed because they asked for it."),
        _NAMES | {"privacy_url": "https://fund.example.org/privacy/"},
    ),
    Sample(
        "tribute_card",
        _("A gift honours somebody, and they or theirs are told."),
        _NAMES
        | {
            "honoree": "Example Honoree",
            "words": "Example words of the giver.",
            "giver": "Åsa Öhrn",
            "to_name": "Łukasz Żółw",
            "funds": ["Example purpose"],
            "on": _DAY,
            "refuse_url": "https://fund.example.org/tribute/example/",
        },
        {
            "": {"is_memory": False, "kind": "honour", "has_paper": True},
            "memory": {"is_memory": True, "kind": "memory", "has_paper": False},
        },
    ),
    Sample(
        "news",
        _("There is news, and the donor has asked for it."),
        _NAMES
        | {
            "items": [_NEWS],
            "first": _NEWS.title,
            "more": 0,
            "stop_url": "https://fund.example.org/news/stop/example/",
        },
        {"": {}, "several": {"items": [_NEWS] * 3, "more": 2}},
    ),
    *(
        Sample(template, when, {**_NAMES, **facts}, variants)
        for template, when, facts, variants in [*mail_samples_people.ROWS, *mail_samples_zoos.ROWS]
    ),
]


def facts_of(name: str) -> tuple[Sample, dict[str, Any]]:
    """The sample of this name, 'receipt-copy', with its facts. Raises Http404."""
    for sample in SAMPLES:
        for known, facts in sample.each():
            if known == name:
                return sample, facts
    raise Http404


@never_cache
@require_safe
@access.role(*READERS)
def mail_samples(request: HttpRequest) -> HttpResponse:
    """Officers, treasurers and administrators may: which mails givers get, and when."""
    rows = [(sample, [name for name, _facts in sample.each()]) for sample in SAMPLES]
    context = {"rows": rows, "tongues": settings.LANGUAGES}
    return render(request, "site/mail_samples.html", context)


@never_cache
@require_safe
@access.role(*READERS)
def mail_sample(request: HttpRequest, name: str, tongue: str) -> HttpResponse:
    """Officers, treasurers and administrators may: one mail as text, its page a click away."""
    sample, facts = facts_of(name)
    if tongue not in dict(settings.LANGUAGES):
        raise Http404
    context = {
        "sample": sample,
        "name": name,
        "tongue": tongue,
        "tongues": settings.LANGUAGES,
        "letter": writing.write(sample.template, facts, tongue),
    }
    return render(request, "site/mail_sample.html", context)


@never_cache
@require_safe
@access.role(*READERS)
def mail_sample_page(request: HttpRequest, name: str, tongue: str) -> HttpResponse:
    """Officers, treasurers and administrators may: one mail as mail programs show it.

    Its style stands in its head here, with the nonce that the page's policy asks for; in the
    mail itself it is written into each element.
    """
    sample, facts = facts_of(name)
    if tongue not in dict(settings.LANGUAGES):
        raise Http404
    logo = "data:image/png;base64," + base64.b64encode(posting.LOGO.read_bytes()).decode()
    with translation.override(tongue):
        page = writing.page(sample.template, facts | {"logo": logo, "subject": name})
    return HttpResponse(page.replace("<style>", f'<style nonce="{get_nonce(request)}">'))
