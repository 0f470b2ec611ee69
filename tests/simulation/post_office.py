"""A mail server that can refuse, hang up, be slow, or stop time between its 250 and our commit."""

import asyncio
import email
import email.policy
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass(frozen=True)
class Letter:
    """One mail as it came."""

    message_id: str
    recipients: tuple[str, ...]
    message: EmailMessage


@dataclass
class MailFaults:
    """How many of the next mails are treated so.

    `refuse` answers 451; `cut` keeps the mail and cuts the line before the 250; `hang_up` cuts
    it just after; `slow` takes half a second.
    """

    refuse: int = 0
    cut: int = 0
    hang_up: int = 0
    slow: int = 0

    def takes(self, kind: str) -> bool:
        """Whether the next mail is treated so; counts it if so."""
        left: int = getattr(self, kind)
        setattr(self, kind, max(0, left - 1))
        return left > 0


class PostOffice:
    """Real SMTP on a loopback port. What was taken stays in `letters`."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        # Message-IDs whose 250 never reached the sender, who must therefore send again.
        self.cut: Counter[str] = Counter()
        self.faults = MailFaults()
        # Called with the Message-ID once a mail is kept and before its 250 is said.
        self.trap: Callable[[str], None] | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="post office", daemon=True
        )
        self._thread.start()
        listening = asyncio.run_coroutine_threadsafe(self._listen(), self._loop)
        self._server = listening.result(10)
        self.port: int = self._server.sockets[0].getsockname()[1]

    def copies(self) -> Counter[str]:
        """How often each Message-ID was taken."""
        return Counter(letter.message_id for letter in list(self.letters))

    async def _listen(self) -> asyncio.Server:
        return await self._loop.create_server(
            lambda: SMTP(self, hostname="post.localhost", enable_SMTPUTF8=True, loop=self._loop),
            "127.0.0.1",
            0,
        )

    async def handle_DATA(  # noqa: N802 - the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take one mail, or what the faults make of it."""
        del session
        if self.faults.takes("refuse"):
            return "451 4.3.0 Not now"
        if self.faults.takes("slow"):
            await asyncio.sleep(0.5)
        letter = _read(envelope)
        self.letters.append(letter)
        transport = server.transport
        assert isinstance(transport, asyncio.Transport)
        if self.faults.takes("cut"):
            self.cut[letter.message_id] += 1
            transport.abort()
        elif self.faults.takes("hang_up"):
            self._loop.call_later(0.05, transport.abort)
        elif trap := self.trap:
            self.trap = None
            await self._loop.run_in_executor(None, trap, letter.message_id)
        return "250 2.0.0 Kept"

    def close(self) -> None:
        """Stop listening and end what is open."""

        async def end() -> None:
            self._server.close()
            mine = asyncio.current_task()
            tasks = [task for task in asyncio.all_tasks() if task is not mine]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._loop.shutdown_default_executor()

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


def _read(envelope: Envelope) -> Letter:
    raw = envelope.original_content or b""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return Letter(str(message["Message-ID"]), tuple(envelope.rcpt_tos), message)
