"""`/_control`: the clock, faults, books, deliveries, and the hands of people and banks."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs

from . import deliveries, hands, payouts, regular
from .clockwork import Clockwork, write_clock_file
from .faults import Faults
from .hands import only
from .registry import run_due
from .wire import Refusal, Request, Response, json_response
from .world import World

FORGOTTEN = (
    "objects", "keys", "notes", "timers", "clock_timers", "postings", "accounts", "answers",
    "deliveries",
)  # fmt: skip


class Control:
    """The control interface of one emulator: JSON in, JSON out, no key asked for."""

    def __init__(self, world: World, clockwork: Clockwork) -> None:
        self._world = world
        self._clockwork = clockwork

    def answer(self, request: Request) -> Response:
        """The response to one control request."""
        try:
            body = self._route(request)
        except Refusal as refusal:
            return json_response(refusal.status, refusal.body)
        return json_response(200, body)

    def _route(self, request: Request) -> Any:
        name = request.path.removeprefix("/_control/").rstrip("/")
        query = {key: values[-1] for key, values in parse_qs(request.query).items()}
        if request.method == "POST":
            return self._post(name, _json(request))
        if name == "health":
            return {"ok": True, "now": self._world.clock(), "breaches": self._world.breaches}
        if name == "clock":
            return {"now": self._world.clock(), "offset_seconds": self._world.offset}
        if name == "faults":
            return self._world.faults.report()
        if name == "books":
            return self._books(detail=query.get("detail") == "1")
        if name == "deliveries":
            limit = int(query["limit"]) if query.get("limit", "").isdigit() else 100
            with self._world.lock:
                return {"data": deliveries.listed(self._world, limit, query.get("event"))}
        if name == "regular":
            with self._world.lock:
                run_due(self._world)
                return regular.overview(self._world)
        if name in hands.LISTS:
            with self._world.lock:
                run_due(self._world)
                found = {"data": self._world.store.select(hands.LISTS[name], limit=100)}
                return found | (payouts.state(self._world) if name == "payouts" else {})
        raise Refusal(f"No such control: GET {request.path}", status=404)

    def _post(self, name: str, body: dict[str, Any]) -> Any:
        resend = re.fullmatch(r"deliveries/(\d+)/resend", name)
        hand, id = hands.find(name)
        if hand:
            return self._by_hand(hand, body, id)
        if name == "clock":
            return self._clockwork.move(body)
        if name == "faults":
            return self._faults(body)
        if name == "reset":
            return self._reset(body)
        if resend:
            with self._world.lock, self._world.store.transaction():
                if not deliveries.resend(self._world, int(resend.group(1))):
                    raise Refusal(f"No such delivery: {resend.group(1)}", status=404)
            return {"ok": True}
        raise Refusal(f"No such control: POST /_control/{name}", status=404)

    def _faults(self, body: dict[str, Any]) -> dict[str, Any]:
        """`clear` takes all faults away and, unless `keep_lost`, sends what was dropped."""
        only(body, "api", "webhooks", "seed", "clear", "keep_lost")
        world, released = self._world, 0
        with world.lock:
            if "seed" in body:
                world.random.seed(body["seed"])
            if body.get("clear"):
                world.faults = Faults()
                if not body.get("keep_lost"):
                    with world.store.transaction():
                        released = deliveries.release_lost(world)
            world.faults.change(body, world.clock())
            return world.faults.report() | {"released": released}

    def _books(self, *, detail: bool) -> dict[str, Any]:
        world = self._world
        with world.lock:
            run_due(world)
            world.books.verify()
            report: dict[str, Any] = {
                "settlement_currency": world.options.settlement_currency,
                "currencies": world.books.report(),
            }
            if detail:
                report["charges"] = [
                    _detail(world, charge)
                    for charge in world.store.select("charge", newest_first=False)
                    if charge["paid"] or charge["failure_balance_transaction"]
                ]
            return report

    def _by_hand(self, hand: hands.Hand, body: dict[str, Any], id: str) -> dict[str, Any]:
        world = self._world
        with world.lock:
            run_due(world)
            with world.change():
                done = hand(world, body, id)
                world.books.check()
                return done

    def _reset(self, body: dict[str, Any]) -> dict[str, Any]:
        """Forgets all payments. `endpoints` and `clock` are kept unless they are named as true."""
        only(body, "endpoints", "clock")
        world = self._world
        with world.lock:
            kept = (
                []
                if body.get("endpoints")
                else world.store.select("webhook_endpoint", newest_first=False)
            )
            secrets = [world.store.noted(endpoint["id"], "secret") for endpoint in kept]
            with world.store.transaction():
                for table in FORGOTTEN:
                    world.store.run(f"DELETE FROM {table}")
                for endpoint, signing in zip(kept, secrets, strict=True):
                    world.save(endpoint)
                    world.store.note(endpoint["id"], "secret", signing)
                for name in hands.FORGOTTEN_SETTINGS:
                    world.store.run("DELETE FROM settings WHERE name = ?", (name,))
                if body.get("clock"):
                    world.offset = 0
                    world.store.set("clock_offset", "0")
            write_clock_file(world)
            world.faults = Faults()
            world.breaches.clear()
            world.random.seed(world.seed)
        return {"ok": True, "endpoints_kept": len(kept)}


def _detail(world: World, charge: dict[str, Any]) -> dict[str, Any]:
    transaction = None
    if charge["balance_transaction"]:
        found = world.get("balance_transaction", charge["balance_transaction"])
        transaction = {n: found[n] for n in ("id", "amount", "fee", "net", "currency", "created")}
    return {
        "charge": charge["id"],
        "payment_intent": charge["payment_intent"],
        "amount": charge["amount"],
        "currency": charge["currency"],
        "refunded": charge["amount_refunded"],
        "metadata": charge["metadata"],
        "balance_transaction": transaction,
        "refunds": [
            {
                "refund": refund["id"],
                "amount": refund["amount"],
                "status": refund["status"],
                "settled": _settled(world, refund["balance_transaction"]),
                "returned": _settled(world, refund.get("failure_balance_transaction")),
            }
            for refund in world.store.select(
                "refund", {"charge": [charge["id"]]}, newest_first=False
            )
        ],
        "withdrawn": _withdrawn(world, charge),
    }


def _withdrawn(world: World, charge: dict[str, Any]) -> int:
    """What banks hold of a charge at this moment, in its own currency."""
    if charge["failure_balance_transaction"]:
        return int(charge["amount"])
    found = world.store.select("dispute", {"charge": [charge["id"]]}, newest_first=False)
    return sum(each["amount"] for each in found if _is_taken(each))


def _is_taken(dispute: dict[str, Any]) -> bool:
    return sum(each["amount"] for each in dispute["balance_transactions"]) < 0


def _settled(world: World, id: str | None) -> int | None:
    return world.get("balance_transaction", id)["amount"] if id else None


def _json(request: Request) -> dict[str, Any]:
    if not request.body.strip():
        return {}
    try:
        body = json.loads(request.body)
    except ValueError as problem:
        raise Refusal(f"This is not JSON: {problem}") from problem
    if not isinstance(body, dict):
        raise Refusal("A JSON object is expected.")
    return body
