"""Browsers of the cast, and the addresses and forms of an award's pages."""

from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from funding import clock
from funding.users.models import User
from grants.models import Award
from tests.grants.payments.cast import IBAN, Stage
from tests.people import sign_in


def browser(person: User, **how: Any) -> Client:
    """A browser in which the person has signed in; with both steps unless told otherwise."""
    client = Client()
    sign_in(client, person, **how)
    return client


def at(award: Award, name: str = "", **where: Any) -> str:
    """An address of an award: 'bank', 'payment' with its number."""
    view = f"grants:award_{name}" if name else "grants:award"
    return reverse(view, kwargs={"pk": award.pk} | where)


def text(answer: Any, status: int = 200) -> str:
    """The page that came back with this status."""
    assert isinstance(answer, HttpResponse)
    assert answer.status_code == status, answer.content.decode()[-2000:]
    return answer.content.decode()


def account(**facts: str) -> dict[str, str]:
    """A form of bank details."""
    return {"holder": "Steppe Team", "iban": IBAN} | facts


def asked(**facts: str) -> dict[str, str]:
    """A form that asks for the first payment."""
    return {"number": "1", "amount": "300.00", "purpose": "Camera traps"} | facts


def bank_did(set_: Stage, sha256: str, **facts: str) -> dict[str, str]:
    """A form of what the bank did."""
    return {
        "bank_sha256": sha256,
        "paid_on": clock.today(set_.entity.zone).isoformat(),
        "place": set_.bank,
        "reference": "SEB 4711",
        "fee": "15",
        "sent": "300.00",
        "sent_currency": "EUR",
        "rate": "",
    } | facts
