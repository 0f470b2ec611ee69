"""Mails that do not arrive: refused at the door, or taken and sent back later.

A mail server sends back what it took and could not deliver as a report (RFC 3464) to our own
address. Handed over here, it is matched to the mail by its Message-ID, which only whoever got
the mail can know.
"""

import email.policy
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser, HeaderParser
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from funding.alerts import alarms
from funding.alerts.models import Kind
from funding.mail.models import Mail, MailState

logger = logging.getLogger(__name__)

# A report quotes the mail that it is about, at most with all its files.
MOST_BYTES: Final = 20_000_000
# Codes are typed in while somebody waits at the page, who sees that none came.
CODES: Final = "code:"

_REPORT: Final = {"message/delivery-status", "message/global-delivery-status"}
_QUOTED_HEADERS: Final = {"text/rfc822-headers", "message/global-headers"}
_NAMED_BY: Final = ("X-Original-Message-ID", "In-Reply-To", "References")
_ID: Final = re.compile(r"<[^<>\s]{3,190}>")
_CODE: Final = re.compile(r"\A([245]\d\d(?:[ -]\d\.\d{1,3}\.\d{1,3})?|[245]\.\d{1,3}\.\d{1,3})\b")


class TryLater(Exception):
    """The mail is being sent at this moment; hand the report over once more."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a report says: of which mails, and why they did not arrive. Empty: nothing for good."""

    message_ids: tuple[str, ...]
    why: str


def read(raw: bytes) -> Report | None:
    """What a message reports; None when it is no report on a delivery.

    A delay is reported too, and is nothing for good: its `why` is empty.
    """
    message = BytesParser(policy=email.policy.compat32).parsebytes(raw[:MOST_BYTES])
    parts = list(message.walk())
    reports = [part for part in parts if part.get_content_type() in _REPORT]
    if not reports:
        return None
    failed = [block for part in reports for block in _blocks(part) if _is_failed(block)]
    why = _why(failed[0]) if failed else ""
    return Report(tuple(dict.fromkeys(_ids(message, parts))), why)


def take(raw: bytes) -> list[int]:
    """Note in the outbox what a report says. Returns the numbers of the mails that came back.

    Harmless when repeated, and for what is not about a mail of ours. Raises TryLater.
    """
    report = read(raw)
    if report is None or not report.why:
        return []
    return [pk for message_id in report.message_ids if (pk := _note(message_id, report.why))]


@transaction.atomic
def _note(message_id: str, why: str) -> int:
    mail = Mail.objects.select_for_update().filter(message_id=message_id).first()
    if mail is None:
        return 0
    if mail.state == MailState.SENDING:
        raise TryLater
    if mail.state != MailState.SENT:
        return 0
    mail.state, mail.error = MailState.BOUNCED, why
    mail.save(update_fields=["state", "error"])
    sound(mail, why)
    logger.warning("mail came back mail=%s code=%s", mail.pk, code(why))
    return mail.pk


def sound(mail: Mail, why: str) -> None:
    """Say, in the open transaction, that a mail did not arrive.

    One alert for each cause, so that five mails of one gift are one. A mail that tells of alerts
    has its reader for a cause: when it does not arrive either, that makes no further one.
    """
    if mail.key.startswith(CODES):
        return
    told = {"cause": mail.cause, "code": code(why)}
    if told["code"]:
        sentence = _("A mail about %(cause)s was refused by the mail server: %(code)s.") % told
    else:
        sentence = _("A mail about %(cause)s could not be delivered.") % told
    alarms.sound(
        kind=Kind.MAIL_BOUNCED,
        subject=mail.cause,
        sentence=sentence,
        page=f"{reverse('stuck')}#mails",
    )


def arrived(cause: str) -> None:
    """Say that a mail left after all; with nothing of its cause lost, the alert ends."""
    settle(cause, _("It was sent again, and taken."))


def settle(cause: str, why: str) -> None:
    """End the alert of a cause once nothing of it is lost any more."""
    if not lost().filter(cause=cause).exists():
        alarms.clear(kind=Kind.MAIL_BOUNCED, subject=cause, why=why)


def lost() -> QuerySet[Mail]:
    """Mails that did not arrive and of which nobody has said that they may be let go."""
    rows = Mail.objects.filter(state__in=[MailState.FAILED, MailState.BOUNCED])
    return rows.exclude(key__startswith=CODES).order_by("queued_at", "pk")


def sends_back(address: str) -> bool:
    """Whether a mail to an address did not arrive, and nobody has let that go."""
    return lost().filter(to_address=address).exists()


def code(why: str) -> str:
    """The number in front of what a server said, such as '550 5.1.1'; nothing else of it."""
    found = _CODE.match(why)
    return found.group(1) if found else ""


def _blocks(report: Message) -> list[Message]:
    payload = report.get_payload()
    parts = [part for part in payload if isinstance(part, Message)] if report.is_multipart() else []
    if report.get_content_type() == "message/delivery-status":
        return parts
    # Of a report in UTF-8 the parser makes one message whose text are the further blocks.
    text = "\n\n".join(part.as_string() for part in parts)
    return [HeaderParser().parsestr(block) for block in re.split(r"\n\s*\n", text) if block]


def _text(part: Message) -> str:
    content = part.get_payload(decode=True)
    return content.decode(errors="replace") if isinstance(content, bytes) else ""


def _is_failed(block: Message) -> bool:
    return str(block.get("Action", "")).strip().lower() == "failed"


def _why(block: Message) -> str:
    status = str(block.get("Status", "")).split("(")[0].strip()
    said = " ".join(str(block.get("Diagnostic-Code", "")).partition(";")[2].split())
    return f"{status} {said}".strip()[:500] or "5.0.0"


def _ids(message: Message, parts: list[Message]) -> Iterator[str]:
    """The Message-IDs of what is quoted in the report, then those that its headers name."""
    for part in parts[1:]:
        if part.get_content_type() in _QUOTED_HEADERS:
            quoted = HeaderParser().parsestr(_text(part))
            yield from _ID.findall(str(quoted.get("Message-ID", "")))
        elif part.get("Message-ID"):
            yield from _ID.findall(str(part["Message-ID"]))
    for name in _NAMED_BY:
        yield from _ID.findall(str(message.get(name, "")))
