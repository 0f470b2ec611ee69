"""Everything the operations stand on: state, clock, books, contract and settings."""

from __future__ import annotations

import random
import secrets
import string
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stripe._api_version import _ApiVersion

from .books import Books
from .contract import Contract
from .faults import Faults
from .store import Store
from .wire import ContractBroken, no_such

API_VERSION = _ApiVersion.CURRENT
RELEASE = _ApiVersion.CURRENT_MAJOR
_LETTERS = string.ascii_letters + string.digits

CLOCK = "test_helpers.test_clock"
# What lives by a test clock where its customer does. Money and events never do.
CLOCKED = frozenset({
    "customer", "invoice", "invoice_payment", "invoiceitem", "subscription", "subscription_item",
    "subscription_schedule",
})  # fmt: skip
_CLOCKED_TIMERS = ("invoice_", "schedule_", "subscription_", "trial_")

# What Stripe calls an object in the sentence "No such ...".
WORDS = {
    CLOCK: "test clock",
    "checkout.session": "checkout.session",
    "file": "file upload",
    "webhook_endpoint": "webhook endpoint",
}


@dataclass
class Options:
    """How this emulator behaves. Times are seconds of its own clock."""

    public_url: str
    settlement_currency: str = "eur"
    merchant: str = "Sandbox account"
    clock_file: Path | None = None
    after_step: Sequence[str] = ()
    strict: bool = True
    balance_transaction_delay_seconds: int = 1
    refund_pending_seconds: int = 60
    refund_failure_seconds: int = 60
    dispute_seconds: int = 5
    """From the settlement of a payment by a dispute card to what its bank does."""
    dispute_decision_seconds: int = 60
    """From evidence of Stripe's test words to the bank's decision."""


@dataclass
class Origin:
    """Where a change comes from: a request of the API, or nothing that an API key did."""

    request: str | None = None
    idempotency_key: str | None = None


@dataclass
class World:
    """One Stripe account. Whoever reads or writes holds `lock`."""

    store: Store
    options: Options
    seed: int = 0
    contract: Contract = field(default_factory=Contract)
    lock: threading.RLock = field(default_factory=threading.RLock)
    work: threading.Event = field(default_factory=threading.Event)
    """Set when a delivery became due, so that the delivery thread need not be slow."""
    breaches: list[str] = field(default_factory=list)
    origin: Origin = field(default_factory=Origin)
    faults: Faults = field(default_factory=Faults)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.offset = int(self.store.setting("clock_offset", "0"))
        self._instant: int | None = None
        self._frozen: tuple[str, int] | None = None
        self.books = Books(self.store, self.moment)

    def now(self) -> int:
        """Seconds since 1970: the time of the account, or of the test clock that we are within."""
        return self._frozen[1] if self._frozen is not None else self.moment()

    def moment(self) -> int:
        """The account's own time: real time and the offset, or the instant a timer was due."""
        return self._instant if self._instant is not None else self.clock()

    def clock(self) -> int:
        """Real time and the offset, always."""
        return int(time.time()) + self.offset

    @contextmanager
    def at(self, instant: int) -> Iterator[None]:
        """Lets something happen at the instant it was due, though it is carried out later."""
        before, self._instant = self._instant, instant
        try:
            yield
        finally:
            self._instant = before

    @contextmanager
    def change(self) -> Iterator[None]:
        """A change of the world: all or nothing, and at one instant however long it takes."""
        with self.store.transaction(), self.at(self.moment()):
            yield

    def clock_of(self, body: dict[str, Any]) -> dict[str, Any] | None:
        """The test clock by which something lives, itself or through its customer."""
        if body["object"] == CLOCK:
            return body
        id = body.get("test_clock")
        if not id and isinstance(body.get("customer"), str):
            id = (self.store.get(body["customer"]) or {}).get("test_clock")
        return self.store.get(id) if id else None

    @contextmanager
    def within(self, body: dict[str, Any]) -> Iterator[None]:
        """Lets something be done at the time by which `body` lives; nothing lives by the account's.

        Within an instant of a clock that is being advanced it stays that instant.
        """
        clock = self.clock_of(body) if body else None
        if clock is None or (self._frozen is not None and self._frozen[0] == clock["id"]):
            yield
            return
        with self.frozen(clock["id"], clock["frozen_time"]):
            yield

    @contextmanager
    def frozen(self, clock: str, instant: int) -> Iterator[None]:
        """Lets something be done at an instant of a test clock."""
        before, self._frozen = self._frozen, (clock, instant)
        try:
            yield
        finally:
            self._frozen = before

    def new(self, kind: str, prefix: str, *, length: int = 24, **fields: Any) -> dict[str, Any]:
        """A complete object of a kind with an id of its own; not saved yet."""
        body = self.contract.blank(kind)
        if "created" in body:
            body["created"] = self.now() if kind in CLOCKED else self.moment()
        body["id"] = f"{prefix}_{secret(length)}"
        unknown = fields.keys() - body.keys()
        if unknown:
            raise ContractBroken(f"{kind} has no fields {sorted(unknown)}.")
        return body | fields

    def save(self, body: dict[str, Any]) -> dict[str, Any]:
        """Writes an object."""
        self.store.put(body)
        return body

    def get(self, kind: str, id: str) -> dict[str, Any]:
        """An object that must exist."""
        body = self.store.get(id)
        if body is None or body["object"] != kind:
            raise KeyError(f"There is no {kind} {id}.")
        return body

    def demand(self, kind: str, id: str, *, param: str | None = None) -> dict[str, Any]:
        """An object that the request names: by the path, or by the parameter `param`."""
        body = self.store.get(id)
        if body is None or body["object"] != kind or body.get("deleted"):
            no_such(WORDS.get(kind, kind), id, in_path=param is None, param=param or "id")
        return body

    def later(self, seconds: int, name: str, target: str) -> None:
        """Sets a timer; `name` is registered in `registry.TIMERS`."""
        if self._frozen is not None and name.startswith(_CLOCKED_TIMERS):
            clock, instant = self._frozen
            self.store.run(
                "INSERT INTO clock_timers (clock, due, name, target) VALUES (?, ?, ?, ?)",
                (clock, instant + seconds, name, target),
            )
            return
        self.store.run(
            "INSERT INTO timers (due, name, target) VALUES (?, ?, ?)",
            (self.moment() + seconds, name, target),
        )

    def next_timer(self, clock: str, until: int) -> tuple[int, str, str] | None:
        """Takes the first timer of a test clock that is due: its instant, name and target."""
        rows = self.store.rows(
            "SELECT seq, due, name, target FROM clock_timers WHERE clock = ? AND due <= ?"
            " ORDER BY due, seq LIMIT 1",
            (clock, until),
        )
        if not rows:
            return None
        seq, due, name, target = rows[0]
        self.store.run("DELETE FROM clock_timers WHERE seq = ?", (seq,))
        return due, name, target

    def move_timers(self, target: str, clock: str) -> None:
        """What is due for something is due by a test clock from now on."""
        which = "FROM timers WHERE target = ?"
        self.store.run(
            "INSERT INTO clock_timers (clock, due, name, target)"
            f" SELECT ?, due, name, target {which} ORDER BY seq",
            (clock, target),
        )
        self.store.run(f"DELETE {which}", (target,))

    def drop_timers(self, clock: str) -> None:
        """Nothing is due by a test clock any more."""
        self.store.run("DELETE FROM clock_timers WHERE clock = ?", (clock,))

    def broken(self, where: str, problems: Sequence[object]) -> ContractBroken:
        """Notes that the emulator itself broke the contract, and gives what to raise."""
        text = f"{where}: " + "; ".join(str(problem) for problem in problems)
        self.breaches.append(text)
        return ContractBroken(text)


def secret(length: int) -> str:
    """Random letters and digits."""
    return "".join(secrets.choice(_LETTERS) for _ in range(length))
