"""The emulator as one thing to hold, and an HTTP server around it."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .api import Api, internal_error
from .checkout import Checkout
from .clockwork import Clockwork
from .control import Control
from .deliveries import Deliverer
from .hosted import Hosted
from .portal_pages import Portal
from .registry import run_due
from .store import Store
from .wire import ContractBroken, Request, Response, json_response
from .world import Options, World

log = logging.getLogger(__name__)
Route = Callable[[Request], Response | None]
MAX_BODY = 6_000_000  # A file of evidence may have five million bytes.
TICK_SECONDS = 0.2


class Emulator:
    """One Stripe account on one machine.

    `state` is the file that survives a kill (None: memory only). `after_step` is a command that
    is run after every step of the clock. With `strict`, an answer that breaks Stripe's contract
    raises `ContractBroken` from `handle`; without, it is a logged 500. `breaches` has them all.
    """

    def __init__(
        self,
        *,
        state: Path | None,
        public_url: str,
        clock_file: Path | None = None,
        after_step: Sequence[str] = (),
        settlement_currency: str = "eur",
        strict: bool = True,
        seed: int = 0,
        merchant: str = "Sandbox account",
        balance_transaction_delay_seconds: int = 1,
    ) -> None:
        options = Options(
            public_url=public_url.rstrip("/"),
            settlement_currency=settlement_currency,
            merchant=merchant,
            clock_file=clock_file,
            after_step=after_step,
            strict=strict,
            balance_transaction_delay_seconds=balance_transaction_delay_seconds,
        )
        self.world = World(Store(state), options, seed)
        self.deliverer = Deliverer(self.world)
        clockwork = Clockwork(self.world, self.deliverer)
        pages = Checkout(self.world).answer
        self._parts: tuple[tuple[str, Callable[[Request], Response]], ...] = (
            ("/v1/", Api(self.world).answer),
            ("/pay/", pages),
            ("/mandate/", pages),
            ("/invoice/", Hosted(self.world).answer),
            ("/portal/", Portal(self.world).answer),
            ("/_control/", Control(self.world, clockwork).answer),
        )
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def breaches(self) -> list[str]:
        """Every time the emulator was about to break Stripe's contract."""
        return self.world.breaches

    @property
    def public_url(self) -> str:
        """The address at which people and the product reach the emulator."""
        return self.world.options.public_url

    @public_url.setter
    def public_url(self, url: str) -> None:
        self.world.options.public_url = url.rstrip("/")

    def owns(self, path: str) -> bool:
        """Whether a path belongs to the emulator."""
        return any(path.startswith(start) for start, _ in self._parts)

    def handle(self, request: Request) -> Response:
        """The response to one request below `/v1/` or `/_control/`, or to a page."""
        for start, answer in self._parts:
            if request.path.startswith(start):
                try:
                    return answer(request)
                except ContractBroken as problem:
                    if self.world.options.strict:
                        raise
                    return internal_error(problem)
                finally:
                    self.world.work.set()
        error = {"message": f"Unrecognized request URL ({request.method}: {request.path}).",
                 "type": "invalid_request_error"}  # fmt: skip
        return json_response(404, {"error": error})

    def deliver_due(self, limit: int = 1000) -> dict[str, int]:
        """Does what is due and attempts the deliveries that are owed, in this thread."""
        run_due(self.world)
        return self.deliverer.deliver_due(limit)

    def start(self) -> None:
        """Starts the thread that delivers."""
        if self._thread is None:
            self._stopping.clear()
            self._thread = threading.Thread(target=self._run, name="stripe-deliveries", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Stops the thread; a delivery on its way is finished first."""
        self._stopping.set()
        self.world.work.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def close(self) -> None:
        """Stops, and closes the state file."""
        self.stop()
        with self.world.lock:
            self.world.store.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.world.work.clear()
            try:
                self.deliver_due(limit=50)
            except Exception:  # The thread must outlive any single failure, and say so.
                log.exception("the delivery thread stumbled")
                self._stopping.wait(1)
            self.world.work.wait(TICK_SECONDS)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "sandbox"
    disable_nagle_algorithm = True
    timeout = 60
    emulator: Emulator
    extra_routes: Route | None = None

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("content-length") or 0)
        if length > MAX_BODY:
            self._send(Response(413))
            self.close_connection = True
            return
        request = Request(
            method=self.command,
            path=parts.path,
            query=parts.query,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length),
        )
        try:
            response = self._answer(request)
        except Exception as problem:  # noqa: BLE001 - whatever it is, the caller gets a loud 500.
            response = internal_error(problem)
        if response.delay_seconds:
            time.sleep(response.delay_seconds)
        if response.reset:
            self._reset()
        else:
            self._send(response)

    do_GET = _serve  # noqa: N815 - the names that the base class calls.
    do_HEAD = _serve  # noqa: N815
    do_POST = _serve  # noqa: N815
    do_DELETE = _serve  # noqa: N815

    def _answer(self, request: Request) -> Response:
        route = type(self).extra_routes
        if route is not None and not self.emulator.owns(request.path):
            response = route(request)
            if response is not None:
                return response
        return self.emulator.handle(request)

    def _send(self, response: Response) -> None:
        lines = [f"HTTP/1.1 {response.status} {self.responses.get(response.status, ('',))[0]}"]
        lines += [f"{name}: {value}" for name, value in response.headers]
        lines.append(f"content-length: {len(response.body)}")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
        body = b"" if self.command == "HEAD" else response.body
        try:
            self.wfile.write(head + body)
        except OSError:  # The caller has gone, as it does after a timeout.
            self.close_connection = True

    def _reset(self) -> None:
        # Closing with unread "linger" makes the kernel send RST: the caller sees a cut line.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.close_connection = True
        self.rfile.close()
        self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:
        log.debug(format, *args)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """Callers that hang up are part of the game here."""
        log.debug("the connection of %s ended", client_address)


def serve(
    emulator: Emulator, host: str, port: int, extra_routes: Route | None = None
) -> ThreadingHTTPServer:
    """A server that is bound but not yet running; call `serve_forever` on it.

    `extra_routes` is asked first for every path that is not the emulator's own.
    """
    handler = type(
        "Handler",
        (_Handler,),
        {"emulator": emulator, "extra_routes": staticmethod(extra_routes)}
        if extra_routes
        else {"emulator": emulator},
    )
    return _Server((host, port), handler)
