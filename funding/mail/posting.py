"""Making a message of a row, and handing it to the mail server."""

import email.message
import email.policy
import smtplib
from email.headerregistry import Address
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from unicodedata import category

from django.conf import settings
from django.core.mail import EmailMessage, mailers
from django.utils.encoding import punycode

from funding.mail import links
from funding.mail.models import Mail

LOGO: Final = Path(settings.ROOT) / "templates" / "emails" / "manul.png"
LOGO_ID: Final = "manul@mail"


class Undeliverable(Exception):
    """The address or the message is refused for good; trying again would say the same."""


class NotNow(Exception):
    """The server cannot be reached or cannot take it at the moment."""


class LineBreak(ValueError):
    """A line break or control character where a mail header is made from it."""


def refuse_line_breaks(*texts: str) -> None:
    """Refuse what could end a header and begin another. Raises LineBreak."""
    # Joiners and wide spaces belong to people's names; controls and separators do not.
    if any(category(char) in {"Cc", "Cs", "Zl", "Zp"} for text in texts for char in text):
        raise LineBreak("A mail header is one line of text without control characters.")


class Letter(EmailMessage):
    """A row of the outbox as Django's backends want it."""

    def __init__(self, mail: Mail) -> None:
        super().__init__(from_email=settings.MAIL_FROM, to=[mail.to_address])
        self._mail = mail

    def message(
        self,
        *,
        policy: Any = email.policy.default,  # noqa: ANN401 -- Django's and the library's differ
    ) -> email.message.EmailMessage:
        """Text and HTML as alternatives, the logo within the HTML, then the files."""
        mail = self._mail
        message = email.message.EmailMessage(policy=policy)
        message["Subject"] = mail.subject
        message["From"] = settings.MAIL_FROM
        message["To"] = _address(mail.to_name, mail.to_address)
        if mail.reply_to:
            message["Reply-To"] = _address("", mail.reply_to)
        if mail.stop_url:
            # RFC 8058: the mail program shows a button of its own for it.
            message["List-Unsubscribe"] = f"<{links.fill(mail.stop_url)}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        # Written when it was queued: an attempt repeated is the same mail.
        message["Date"] = mail.queued_at
        message["Message-ID"] = mail.message_id
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(links.fill(mail.text), cte="quoted-printable")
        message.add_alternative(links.fill(mail.html), subtype="html", cte="quoted-printable")
        if f"cid:{LOGO_ID}" in mail.html:
            page = message.get_body(("html",))
            assert isinstance(page, email.message.MIMEPart)
            page.add_related(
                LOGO.read_bytes(),
                "image",
                "png",
                cid=f"<{LOGO_ID}>",
                filename=LOGO.name,
                disposition="inline",
            )
        for file in mail.attachments.all() if mail.pk else ():
            main, _, sub = file.content_type.partition("/")
            message.add_attachment(
                bytes(file.content), maintype=main, subtype=sub, filename=file.name
            )
        return message


class Postbox:
    """One connection to the mail server, opened with the first letter."""

    def __init__(self, *, timeout_seconds: int | None = None) -> None:
        self.is_shut = False
        self._timeout_seconds = timeout_seconds
        self._backend: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._drop()

    def post(self, mail: Mail) -> None:
        """Hand one mail over; returns once the server has answered 250.

        Raises NotNow (and `is_shut` says whether the server answers at all) or Undeliverable.
        """
        self._open()
        try:
            self._backend.send_messages([Letter(mail)])
        except smtplib.SMTPRecipientsRefused as error:
            code, answer = next(iter(error.recipients.values()))
            self._refused(code, answer, error)
        except smtplib.SMTPDataError as error:
            self._refused(error.smtp_code, error.smtp_error, error)
        except (smtplib.SMTPException, OSError) as error:
            # Also when our own sign-in or sender is refused: that is put right in our
            # settings, and the mail must not be lost meanwhile.
            self._drop()
            raise NotNow(f"{type(error).__name__}: {error}"[:500]) from error
        except ValueError as error:
            raise Undeliverable(f"The address cannot be written: {error}"[:500]) from error

    def _open(self) -> None:
        if self._backend is None:
            self._backend = mailers["default"]
            if self._timeout_seconds is not None:
                self._backend.timeout = self._timeout_seconds
        try:
            self._backend.open()
        except (smtplib.SMTPException, OSError) as error:
            self.is_shut = True
            self._drop()
            raise NotNow(f"{type(error).__name__}: {error}"[:500]) from error

    def _refused(self, code: int, answer: bytes | str, cause: Exception) -> None:
        said = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
        self._drop()
        if 500 <= code < 600:
            raise Undeliverable(f"{code} {said}"[:500]) from cause
        raise NotNow(f"{code} {said}"[:500]) from cause

    def _drop(self) -> None:
        backend, self._backend = self._backend, None
        if backend is None:
            return
        try:
            backend.close()
        except (smtplib.SMTPException, OSError):
            # The letter was answered before; a broken farewell changes nothing.
            return


def _address(name: str, address: str) -> Address:
    user, _, host = address.rpartition("@")
    if not user or not host:
        raise ValueError("It has no name or no host.")
    return Address(name, user, punycode(host))
