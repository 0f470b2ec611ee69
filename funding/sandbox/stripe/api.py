"""`/v1`: who asks, in which version, what for; and the answer, held to the contract."""

from __future__ import annotations

import base64
import binascii
import json
import logging
import re
import time
from typing import Any

from . import (  # noqa: F401 - importing a noun registers its operations.
    bank_transfers,
    cash,
    clock_limits,
    collecting,
    customers,
    debits,
    disputes,
    endpoints,
    events,
    expanding,
    files,
    fraud,
    idempotency,
    invoicing,
    leaving,
    payments,
    payouts,
    portal,
    previews,
    products,
    refunds,
    schedules,
    sessions,
    settlement,
    setups,
    subscribing,
    subscription_changes,
    subscriptions,
    test_clocks,
)
from .contract import Reading
from .faults import ApiFault
from .forms import parse_form
from .idempotency import InFlight, Kept
from .registry import OPERATIONS, Built, Call, run_due
from .shapes import Problem
from .wire import ContractBroken, Refusal, Request, Response, json_response
from .world import API_VERSION, RELEASE, Origin, World, secret

log = logging.getLogger(__name__)
_INTERNAL = {
    "error": {
        "message": "An unknown error occurred while processing your request.",
        "type": "api_error",
    }
}


class Api:
    """The API of one account."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._in_flight = InFlight()

    def answer(self, request: Request) -> Response:
        """The response to one request; raises `ContractBroken` if we were about to lie."""
        request_id = f"req_{secret(14)}"
        headers = [("request-id", request_id), ("stripe-version", API_VERSION)]
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        if key:
            headers.append(("idempotency-key", key))
        try:
            _check_key(request)
            _check_version(request)
            response = self._with_faults(request, request_id, key)
        except Refusal as refusal:
            response = json_response(refusal.status, refusal.body)
        response.headers += headers
        return response

    def _with_faults(self, request: Request, request_id: str, key: str | None) -> Response:
        world = self._world
        with world.lock:
            fault = world.faults.pick(request, world.random)
        kind = fault.kind if fault else None
        if fault and kind == "rate_limit":
            return _rate_limited(fault)
        if kind == "error_before":
            return json_response(500, _INTERNAL)
        if kind == "reset_before":
            return Response(0, reset=True)
        with self._in_flight.hold(key):
            if fault and kind == "slow":
                self._dawdle(fault)
            response = self._carry_out(request, request_id, key, fails=kind == "error_after")
        if fault and kind == "timeout_after":
            response.delay_seconds = fault.seconds
        response.reset = kind == "reset_after"
        return response

    def _dawdle(self, fault: ApiFault) -> None:
        """Work for as long as the fault says, or until it is taken away."""
        until = time.monotonic() + fault.seconds
        while time.monotonic() < until and any(each is fault for each in self._world.faults.api):
            time.sleep(0.01)

    def _carry_out(
        self, request: Request, request_id: str, key: str | None, *, fails: bool
    ) -> Response:
        world = self._world
        route, form = f"{request.method} {request.path}", _form(request)
        with world.lock:
            run_due(world)
            kept = idempotency.recall(world, key, route, form) if key else None
            if kept:
                replayed = [("idempotent-replayed", "true"), ("original-request", kept.request)]
                return json_response(kept.status, kept.body, replayed)
            reading, built = self._read(request, form)
            world.origin = Origin(request_id, key)
            try:
                with world.change():
                    answer = self._outcome(request, request_id, reading, built)
                    if fails:
                        answer = Kept(500, request_id, _INTERNAL)
                    if key:
                        idempotency.keep(world, key, route, form, answer)
            except Refusal as refusal:
                if key and refusal.began:
                    answer = Kept(refusal.status, request_id, refusal.body)
                    with world.store.transaction():
                        idempotency.keep(world, key, route, form, answer)
                raise
            finally:
                world.origin = Origin()
        return json_response(answer.status, answer.body)

    def _outcome(self, request: Request, request_id: str, reading: Reading, built: Built) -> Kept:
        try:
            return Kept(200, request_id, self._execute(request, reading, built))
        except Refusal as refusal:
            if not refusal.stays:
                raise
            self._world.books.check()
            return Kept(refusal.status, request_id, refusal.body)

    def _read(self, request: Request, form: dict[str, Any]) -> tuple[Reading, Built]:
        contract = self._world.contract
        reading = contract.read(request.method.lower(), request.path, form, wire=True)
        if reading is None:
            raise Refusal(
                f"Unrecognized request URL ({request.method}: {request.path}). If you are trying "
                "to list objects, remove the trailing slash. If you are trying to retrieve an "
                "object, make sure you passed a valid (non-empty) identifier in your code.",
                status=404,
            )
        built = OPERATIONS.get((reading.operation.verb, reading.operation.template))
        if built is None:
            log.error("not built: %s %s", request.method, reading.operation.template)
            raise Refusal(
                f"Not built: this sandbox has no {request.method} {reading.operation.template}.",
                status=501,
                type="api_error",
            )
        if reading.problems:
            raise _refusal(reading.problems)
        ignored = built.ignored(reading.params)
        if ignored:
            log.error("not built: %s of %s", ignored, reading.operation.template)
            raise Refusal(
                f"Not built: this sandbox would ignore {', '.join(sorted(set(ignored)))} of "
                f"{request.method} {reading.operation.template}.",
                status=501,
                type="api_error",
                param=ignored[0],
            )
        return reading, built

    def _execute(self, request: Request, reading: Reading, built: Built) -> dict[str, Any]:
        world = self._world
        call = Call(world, request.path, reading.ids, reading.params)
        # A handler may answer with an object that is kept elsewhere; expansion must not touch it.
        about = clock_limits.subject(call, reading.operation)
        with world.within(about):
            body = json.loads(json.dumps(built.function(call)))
        body = expanding.expand(call, body)
        world.books.check()
        problems = world.contract.response(request.method.lower(), request.path, body)
        if problems:
            raise world.broken(f"answer to {request.method} {request.path}", problems)
        return body


def _form(request: Request) -> dict[str, Any]:
    if request.method != "POST":
        return parse_form(request.query)
    content_type = request.headers.get("content-type", "")
    if content_type.startswith("multipart/form-data"):
        return files.parse_parts(request.body, content_type)
    return parse_form(request.body.decode("utf-8", "replace"))


def internal_error(problem: BaseException) -> Response:
    """A loud 500: the emulator itself is at fault."""
    log.error("the emulator broke", exc_info=problem)
    what = str(problem) if isinstance(problem, ContractBroken) else type(problem).__name__
    error = {"type": "api_error", "message": f"The sandbox itself is at fault: {what}"}
    return json_response(500, {"error": error})


def _rate_limited(fault: ApiFault) -> Response:
    headers = []
    if fault.should_retry is not None:
        headers.append(("stripe-should-retry", "true" if fault.should_retry else "false"))
    refusal = Refusal(
        "Request rate limit exceeded. Please retry with exponential backoff.",
        status=429,
        code="rate_limit",
    )
    return json_response(refusal.status, refusal.body, headers)


def _check_key(request: Request) -> None:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    key = value.strip()
    if scheme.lower() == "basic":
        try:
            key = base64.b64decode(key, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            key = ""
    if scheme.lower() not in ("basic", "bearer") or not key:
        raise Refusal(
            "You did not provide an API key. You need to provide your API key in the "
            "Authorization header, using Bearer auth (e.g. 'Authorization: Bearer "
            "YOUR_SECRET_KEY').",
            status=401,
        )
    shown = f"{key[:8]}{'*' * 8}{key[-4:]}"
    if re.match(r"(sk|rk|pk)_live_", key):
        raise Refusal(
            f"A live key does not belong in a sandbox: {shown}",
            status=401,
            code="livemode_mismatch",
        )
    if not re.fullmatch(r"(sk|rk)_test_\w{3,}", key, re.ASCII):
        raise Refusal(f"Invalid API Key provided: {shown}", status=401)


def _check_version(request: Request) -> None:
    version = request.headers.get("stripe-version", API_VERSION)
    match = re.fullmatch(r"\d{4}-\d{2}-\d{2}\.(\w+)", version)
    if not match:
        raise Refusal(f"Invalid Stripe API version: {version}")
    if match.group(1) != RELEASE:
        raise Refusal(
            f"This sandbox speaks {API_VERSION}; the request wants {version}, another major "
            "release.",
            code="api_version_unsupported",
        )


def _refusal(problems: list[Problem]) -> Refusal:
    """Stripe's words for the first problem; unknown parameters come first, as with Stripe."""
    order = {"unknown": 0, "missing": 1, "invalid": 2}
    problem = min(problems, key=lambda p: (order[p.kind], p.param))
    if problem.kind == "unknown":
        names = ", ".join(sorted(p.param for p in problems if p.kind == "unknown"))
        return Refusal(
            f"Received unknown parameter: {names}", code="parameter_unknown", param=problem.param
        )
    if problem.kind == "missing":
        return Refusal(
            f"Missing required param: {problem.param}.",
            code="parameter_missing",
            param=problem.param,
        )
    code = "parameter_invalid_integer" if problem.what.startswith("Invalid integer") else None
    return Refusal(
        problem.what if code else f"Invalid {problem.param}: {problem.what}",
        code=code,
        param=problem.param,
    )
