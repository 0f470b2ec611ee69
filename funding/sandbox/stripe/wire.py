"""A request and a response, apart from any server, and Stripe's form of a refusal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn


@dataclass(frozen=True)
class Request:
    """What arrived. Header names are in lower case, the path is without the query."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass
class Response:
    """What goes out, after `delay_seconds`; with `reset` the connection is cut instead."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    delay_seconds: float = 0.0
    reset: bool = False


def json_response(
    status: int, body: object, headers: list[tuple[str, str]] | None = None
) -> Response:
    """A response with a JSON body, laid out as Stripe lays it out."""
    text = json.dumps(body, indent=2)
    kind = [("content-type", "application/json")]
    return Response(status, kind + (headers or []), text.encode() + b"\n")


def html_response(status: int, text: str) -> Response:
    """A response with a page."""
    headers = [
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("content-security-policy", "default-src 'none'; img-src data:; style-src 'unsafe-inline'"),
    ]
    return Response(status, headers, text.encode())


def see_other(url: str) -> Response:
    """A redirect that is followed with GET."""
    return Response(303, [("location", url)])


class Refusal(Exception):
    """A request that Stripe answers with an error.

    `began` says that the operation had begun when it was refused: Stripe keeps such an answer
    under the idempotency key, but not the answer to a request that failed validation. What was
    done before it stays done only if it `stays`: a bank's no to an attempt to pay.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        type: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        began: bool = False,
        stays: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.began = began or stays
        self.stays = stays
        self.error: dict[str, Any] = {"message": message, "type": type}
        if code:
            self.error |= {"code": code, "doc_url": f"https://stripe.com/docs/error-codes/{code}"}
        if param:
            self.error["param"] = param

    @property
    def body(self) -> dict[str, Any]:
        """The body of the answer."""
        return {"error": self.error}


class ContractBroken(RuntimeError):
    """The emulator was about to say something that Stripe would never say: a fault of ours."""


def no_such(word: str, id: str, *, in_path: bool = False, param: str = "id") -> NoReturn:
    """Refuses an id that names nothing: 404 when it stood in the path, 400 in a parameter."""
    raise Refusal(
        f"No such {word}: '{id}'",
        status=404 if in_path else 400,
        code="resource_missing",
        param=param,
    )
