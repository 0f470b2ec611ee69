"""The mail server: real SMTP on a loopback port, with failures on request."""

import asyncio
import dataclasses
import threading

from aiosmtpd.smtp import SMTP, Envelope, Session

from funding.sandbox.console.mailbox import Mailbox

SIZE_AT_MOST_BYTES = 30_000_000
TAKEN = "250 2.0.0 Kept"
REFUSED = "451 4.3.0 Not now, said the console: try again later"


@dataclasses.dataclass
class MailFaults:
    """How many of the next mails go wrong.

    `fail_next` are refused with 451 and not kept. `drop_next` are kept, but the connection is
    cut before the answer, so the sender cannot know.
    """

    fail_next: int = 0
    drop_next: int = 0


class _Sink:
    def __init__(self, mailbox: Mailbox, faults: MailFaults) -> None:
        self._mailbox = mailbox
        self._faults = faults

    async def handle_DATA(  # noqa: N802 - the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        del session
        if self._faults.fail_next > 0:
            self._faults.fail_next -= 1
            return REFUSED
        raw = envelope.original_content or b""
        self._mailbox.add(envelope.mail_from or "", list(envelope.rcpt_tos), raw)
        if self._faults.drop_next > 0:
            self._faults.drop_next -= 1
            if isinstance(server.transport, asyncio.Transport):
                server.transport.abort()
        return TAKEN


class MailServer:
    """Listens on 127.0.0.1 and puts every mail into the mailbox."""

    def __init__(self, mailbox: Mailbox, *, port: int = 0) -> None:
        self.mailbox = mailbox
        self.port = port
        self.faults = MailFaults()
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, name="mail", daemon=True)

    def start(self) -> None:
        """Listen; afterwards `port` is the real one."""
        self._thread.start()
        listening = asyncio.run_coroutine_threadsafe(self._listen(), self._loop)
        self._server = listening.result(10)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _listen(self) -> asyncio.Server:
        sink = _Sink(self.mailbox, self.faults)
        return await self._loop.create_server(
            lambda: SMTP(
                sink,
                hostname="sandbox.localhost",
                ident="Sandbox mailbox",
                data_size_limit=SIZE_AT_MOST_BYTES,
                enable_SMTPUTF8=True,
                loop=self._loop,
            ),
            "127.0.0.1",
            self.port,
        )

    def stop(self) -> None:
        """Stop listening and end what is open."""

        async def close() -> None:
            if self._server:
                self._server.close()
            mine = asyncio.current_task()
            tasks = [task for task in asyncio.all_tasks() if task is not mine]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
