"""A real mail server on loopback that can be told how to answer, and threads to race."""

import asyncio
import datetime as dt
import email.policy
import socket
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pytest_django import Settings

from funding.mail import outbox
from funding.mail.models import Mail
from funding.money import Money
from funding.settings import mailer
from tests.clocks import clock_at as clock_at


class MailServer:
    """Takes mails over SMTP. `rcpt` and `data` are its next answers, '250 OK' when empty."""

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []
        self.connections = 0
        self.rcpt: list[str] = []
        self.data: list[str] = []
        self.takes = 0.0
        self.on_data: Callable[[], None] = lambda: None

    async def handle_EHLO(  # noqa: N802 -- aiosmtpd's name
        self, _server: SMTP, session: Session, _envelope: Envelope, name: str, answers: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = name
        return answers

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        answer = self.rcpt.pop(0) if self.rcpt else "250 OK"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        await asyncio.to_thread(time.sleep, self.takes)
        answer = self.data.pop(0) if self.data else "250 OK"
        if answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            parser = BytesParser(policy=email.policy.default)
            message = parser.parsebytes(envelope.content)
            assert isinstance(message, EmailMessage)
            self.received.append(message)
        await asyncio.to_thread(self.on_data)
        return answer

    @property
    def ids(self) -> list[str]:
        """Message-IDs in the order of arrival."""
        return [message["Message-ID"] for message in self.received]


@pytest.fixture
def server(settings: Settings) -> Iterator[MailServer]:
    """The product's mailer leads to this server."""
    handler = MailServer()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    point_at(settings, port)
    yield handler
    controller.stop()


def point_at(settings: Settings, port: int) -> None:
    """Let the product's mailer speak to a port of this machine."""
    settings.MAILERS = {"default": mailer(f"smtp://127.0.0.1:{port}/")}


def facts(**more: Any) -> dict[str, Any]:
    """What the templates of a receipt's mail are told."""
    return {
        "donor_name": "Zoë O’Brien-Smith",
        "document_name": "MF-2026-000184",
        "gift": Money(4085, "EUR"),
        "lines": [
            ("General fund", Money(2500, "EUR")),
            ("Dogs & <herders>", Money(1500, "EUR")),
        ],
        "cover": Money(85, "EUR"),
        "refunded": Money(0, "EUR"),
        "total": Money(4085, "EUR"),
        "received_on": dt.date(2026, 3, 14),
        "is_copy": False,
        "pdf_follows": False,
        "verify_url": "https://manulfund.example/verify/7KQ4-MATT-39CW-PD4H/",
        "replaced": "",
        "entity": {
            "legal_name": "Manul Fund Example Foundation",
            "address": ["Stenbacken 4", "000 00 Norrvik"],
            "contact_email": "receipts@manulfund.example",
        },
        "illustrative": True,
    } | more


def queue(key: str = "receipt:1:mail", template: str = "receipt", **more: Any) -> Mail:
    """A receipt's mail to Zoë."""
    context = facts(**more.pop("context", {}))
    return outbox.queue(
        **{
            "key": key,
            "cause": "gift:1",
            "to_address": "zoe@donor.example",
            "to_name": "Zoë O’Brien-Smith",
            "template": template,
            "context": context,
        }
        | more
    )
