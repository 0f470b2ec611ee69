"""Faults on purpose: what a network and a busy Stripe do to a product, chosen by a seeded die.

They are set by the control interface and live in memory only.
"""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, get_args

from .wire import Refusal, Request

ApiKind = Literal[
    "rate_limit",
    "error_before",
    "error_after",
    "timeout_after",
    "reset_before",
    "reset_after",
    "slow",
]
API_KINDS: tuple[str, ...] = get_args(ApiKind)


@dataclass
class ApiFault:
    """One kind of fault for requests of the API.

    It strikes the next `next` requests that fit, or each with `probability`. `seconds` is how
    long a timeout or a slow request takes, the latter only until its fault is taken away;
    `should_retry` sends Stripe-Should-Retry.
    """

    kind: str
    next: int | None = None
    probability: float = 0.0
    path: str = "/v1/"
    method: str | None = None
    seconds: float = 30.0
    should_retry: bool | None = None
    struck: int = 0

    def strikes(self, request: Request, die: random.Random) -> bool:
        """Whether this request is hit; counts it if so."""
        if not request.path.startswith(self.path):
            return False
        if self.method and self.method.upper() != request.method.upper():
            return False
        if self.next is not None:
            hit = self.next > 0
            self.next -= hit
        else:
            hit = die.random() < self.probability
        self.struck += hit
        return hit


@dataclass
class WebhookFaults:
    """Probabilities with which a delivery goes wrong.

    Until `off_until`, an instant of the emulator's clock, nothing arrives at all: what is due by
    then is lost. `drop`, `duplicate`, `delay` and `reorder` are decided once when the event
    happens, the others anew at each attempt. `types` limits all of them to event types with one
    of these beginnings.
    """

    duplicate: float = 0.0
    delay: float = 0.0
    delay_seconds: int = 60
    reorder: float = 0.0
    drop: float = 0.0
    wrong_signature: float = 0.0
    old_timestamp: float = 0.0
    other_api_version: float = 0.0
    stale_payload: float = 0.0
    off_until: int = 0
    types: list[str] = field(default_factory=list)

    def off(self, type: str, now: int) -> bool:
        """Whether deliveries of a type are off at an instant."""
        return now < self.off_until and self.concerns(type)

    def concerns(self, type: str) -> bool:
        """Whether these faults apply to an event type."""
        return not self.types or any(type.startswith(start) for start in self.types)


@dataclass
class Faults:
    """All faults that are set."""

    api: list[ApiFault] = field(default_factory=list)
    webhooks: WebhookFaults = field(default_factory=WebhookFaults)

    def pick(self, request: Request, die: random.Random) -> ApiFault | None:
        """The fault that hits this request, if any."""
        return next((fault for fault in self.api if fault.strikes(request, die)), None)

    def chance(self, name: str, type: str, die: random.Random) -> bool:
        """Whether a webhook fault strikes. The die is thrown only where a fault is set."""
        probability: float = getattr(self.webhooks, name)
        return probability > 0 and self.webhooks.concerns(type) and die.random() < probability

    def change(self, wanted: dict[str, Any], now: int) -> None:
        """Replaces the faults of the API, of webhooks, or both, by what a control request says.

        `off_seconds` among those of webhooks counts from `now`.
        """
        if "api" in wanted:
            self.api = [_built(ApiFault, item) for item in wanted["api"]]
            for fault in self.api:
                if fault.kind not in API_KINDS:
                    raise Refusal(f"No such fault: {fault.kind}. There are {', '.join(API_KINDS)}.")
        if "webhooks" in wanted:
            given = dict(wanted["webhooks"])
            off = given.pop("off_seconds", None)
            if off is not None:
                if isinstance(off, bool) or not isinstance(off, int):
                    raise Refusal("off_seconds is a whole number.", param="off_seconds")
                given["off_until"] = now + off
            self.webhooks = _built(WebhookFaults, given)

    def report(self) -> dict[str, Any]:
        """The faults as JSON."""
        return asdict(self)


def _built(cls: type, values: dict[str, Any]) -> Any:
    known = {item.name for item in fields(cls)}
    unknown = values.keys() - known
    if unknown:
        raise Refusal(f"Unknown settings {sorted(unknown)}; there are {sorted(known)}.")
    return cls(**values)
