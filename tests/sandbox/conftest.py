"""The emulator on a port of its own, the real Stripe library, and a receiver of webhooks."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import stripe

from funding.sandbox.stripe.server import Emulator, Route, serve

KEY = "sk_test_sandbox"
# Long enough that no slow machine lets it pass by itself.
DELAY_SECONDS = 100


def _thread(server: ThreadingHTTPServer) -> threading.Thread:
    # A daemon: a failed test must not keep the whole run from ending.
    return threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)


class Caller:
    """Plain requests to an emulator at an address."""

    def __init__(self, url: str) -> None:
        self.url = url

    def call(
        self,
        method: str,
        path: str,
        body: str | bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, dict[str, str], bytes]:
        """One plain request."""
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            named = {name.lower(): value for name, value in response.getheaders()}
            return response.status, named, response.read()
        finally:
            connection.close()

    def api(
        self, method: str, path: str, body: str = "", **headers: str
    ) -> tuple[int, dict[str, str], dict[str, Any]]:
        """One request of the API without the library; `_` in header names stands for `-`."""
        sent = {"authorization": f"Bearer {KEY}"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        status, named, answer = self.call(method, path, body, sent)
        return status, named, json.loads(answer)

    def form(self, path: str, **fields: str) -> tuple[int, dict[str, str], str]:
        """Sends an HTML form."""
        kind = {"content-type": "application/x-www-form-urlencoded"}
        status, named, answer = self.call("POST", path, urlencode(fields), kind)
        return status, named, answer.decode()

    def control(self, name: str, **wanted: Any) -> dict[str, Any]:
        """A control request: POST with what is wanted, or GET with nothing."""
        method = "POST" if wanted else "GET"
        status, _, answer = self.call(method, f"/_control/{name}", json.dumps(wanted))
        assert status == 200, answer
        body: dict[str, Any] = json.loads(answer)
        return body


class Sandbox(Caller):
    """A running emulator, and the real library pointed at it."""

    def __init__(self, extra_routes: Route | None = None, **options: Any) -> None:
        options = {"state": None, "balance_transaction_delay_seconds": DELAY_SECONDS} | options
        self.emulator = Emulator(public_url="http://localhost", **options)
        self.server = serve(self.emulator, "127.0.0.1", 0, extra_routes)
        super().__init__(f"http://127.0.0.1:{self.server.server_address[1]}")
        self.emulator.public_url = self.url
        self._thread = _thread(self.server)
        self._thread.start()
        self._http_clients: list[stripe.RequestsClient] = []

    def close(self) -> None:
        """Stops everything."""
        for http_client in self._http_clients:
            http_client.close()
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()
        self.emulator.close()

    def client(self, retries: int = 0, timeout: float = 10, key: str = KEY) -> Any:
        """The real library's `v1`, pointed here."""
        http_client = stripe.RequestsClient(timeout=timeout)
        self._http_clients.append(http_client)
        return stripe.StripeClient(
            key,
            base_addresses={"api": self.url, "files": self.url},
            max_network_retries=retries,
            http_client=http_client,
        ).v1

    def session(self, amount: int = 2550, currency: str = "eur", **more: Any) -> Any:
        """An open Checkout session."""
        return self.client().checkout.sessions.create(checkout(amount, currency, **more))

    def paid(self, amount: int = 2550, currency: str = "eur", card: str | None = None) -> Any:
        """The payment intent of a session that was paid, with its balance transaction made."""
        session = self.session(amount, currency)
        wanted = {"session": session.id} | ({"card": card} if card else {})
        done = self.control("pay", **wanted)
        assert done["state"] == "succeeded", done
        self.control("clock", advance_seconds=DELAY_SECONDS)
        return self.client().payment_intents.retrieve(
            done["payment_intent"], {"expand": ["latest_charge.balance_transaction"]}
        )

    def debited(self, account: str, amount: int = 2550, days: int = 0, **more: Any) -> Any:
        """The payment intent of a session that was paid by debit, `days` later."""
        currency = "gbp" if account.isdigit() else "eur"
        allowed = ["card", "sepa_debit", "bacs_debit"]
        session = self.session(amount, currency, allowed_payment_method_types=allowed, **more)
        done = self.control("pay", session=session.id, account=account)
        assert done["state"] == "processing", done
        if days:
            self.control("clock", advance_days=days)
            self.control("clock", advance_seconds=DELAY_SECONDS)
        return self.client().payment_intents.retrieve(
            done["payment_intent"], {"expand": ["latest_charge.balance_transaction"]}
        )

    def disputed(self, gross: int = 2550, currency: str = "eur", **how: Any) -> Any:
        """The dispute of a charge that was paid and settled."""
        charge = self.paid(gross, currency).latest_charge
        made = self.control("disputes", charge=charge.id, **how)
        return self.client().disputes.retrieve(made["id"])

    def happened(self) -> list[str]:
        """The types of all events, oldest first."""
        listed = self.client().events.list({"limit": 100})
        return [event.type for event in listed.auto_paging_iter()][::-1]


def checkout(amount: int = 2550, currency: str = "eur", **more: Any) -> dict[str, Any]:
    """Parameters of a Checkout session for one gift."""
    price = {"currency": currency, "unit_amount": amount, "product_data": {"name": "A gift"}}
    return {
        "mode": "payment",
        "submit_type": "donate",
        "success_url": "http://fund.test/thanks/?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://fund.test/give/",
        "line_items": [{"quantity": 1, "price_data": price}],
        "metadata": {"gift": "g1"},
        "payment_intent_data": {"metadata": {"gift": "g1"}},
        **more,
    }


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """An emulator in memory; the test fails if it ever broke Stripe's contract."""
    running = Sandbox()
    yield running
    breaches = list(running.emulator.breaches)
    running.emulator.world.books.verify()
    running.close()
    assert breaches == []


class Receiver:
    """A webhook receiver that verifies signatures with the library and keeps what came."""

    def __init__(self) -> None:
        self.secret = ""
        self.events: list[dict[str, Any]] = []
        self.refused: list[str] = []
        self.stamps: list[int] = []
        """The timestamps in the signatures of what came."""
        self.statuses: list[int] = []
        """Answers to give before 200 is given."""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                payload = self.rfile.read(int(self.headers["content-length"]))
                status = receiver.take(payload, self.headers.get("stripe-signature"))
                self.send_response(status)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/stripe/webhook/"
        self._thread = _thread(self._server)
        self._thread.start()

    def take(self, payload: bytes, signature: str | None) -> int:
        """The status with which a delivery is answered."""
        if self.statuses:
            return self.statuses.pop(0)
        try:
            stripe.Webhook.construct_event(payload, signature or "", self.secret)
        except stripe.SignatureVerificationError as problem:
            self.refused.append(str(problem))
            return 400
        self.events.append(json.loads(payload))
        self.stamps.append(int((signature or "").split(",")[0].removeprefix("t=")))
        return 200

    @property
    def types(self) -> list[str]:
        """The types of what came, in order of arrival."""
        return [event["type"] for event in self.events]

    def close(self) -> None:
        """Stops receiving."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def receiver(sandbox: Sandbox) -> Iterator[Receiver]:
    """A receiver that is registered for every event."""
    running = Receiver()
    endpoint = sandbox.client().webhook_endpoints.create(
        {"url": running.url, "enabled_events": ["*"], "api_version": "2026-10-28.endive"}
    )
    running.secret = endpoint.secret
    yield running
    running.close()
