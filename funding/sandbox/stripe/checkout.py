"""`/pay/<session>`, where people pay, and `/mandate/<id>`, what they signed there."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs

from . import checkout_pages as pages
from . import debits, entering, payments
from .page_parts import Typed, missing_page
from .registry import run_due
from .wire import Request, Response, html_response, see_other
from .world import World


class Checkout:
    """The Checkout pages of one emulator."""

    def __init__(self, world: World) -> None:
        self._world = world

    def answer(self, request: Request) -> Response:
        """The response to a visit or to a form that was sent."""
        world = self._world
        if request.path.startswith("/mandate/"):
            return self._mandate(request.path.removeprefix("/mandate/").rstrip("/"))
        match = re.fullmatch(r"/pay/(\w+)(/3ds)?/?", request.path)
        with world.lock:
            run_due(world)
            session = world.store.get(match.group(1)) if match else None
            if match is None or session is None or session["object"] != "checkout.session":
                return html_response(404, missing_page())
            if session["status"] != "open":
                return self._closed(session, request.method)
            if request.method != "POST":
                return self._show(session, wants_3ds=match.group(2) is not None)
            form = {
                name: values[-1]
                for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()
            }
            with world.change():
                if match.group(2):
                    response = self._authenticate(session, form)
                else:
                    response = self._pay(session, form)
                world.books.check()
            return response

    def _mandate(self, id: str) -> Response:
        with self._world.lock:
            found = self._world.store.get(id)
            if found is None or found["object"] != "mandate":
                return html_response(404, missing_page())
            return html_response(200, pages.mandate_page(self._world, found))

    def _closed(self, session: dict[str, Any], method: str) -> Response:
        if method == "POST" and session["status"] == "complete":
            return _success(session)  # The button was pressed twice.
        status = 200 if session["status"] == "complete" else 410
        return html_response(status, pages.closed_page(self._world, session))

    def _show(self, session: dict[str, Any], *, wants_3ds: bool) -> Response:
        world = self._world
        waits = payments.waits_for_3ds(world, session)
        if wants_3ds:
            if not waits:
                return see_other(f"/pay/{session['id']}")
            action, asked = f"/pay/{session['id']}/3ds", pages.asked(world, session)
            return html_response(200, pages.three_d_secure_page(world, action, asked))
        typed = Typed(email=(session["customer_details"] or {}).get("email") or "")
        if trouble := payments.trouble(world, session):
            typed.problems[""] = trouble
        return html_response(200, pages.payment_page(world, session, typed))

    def _pay(self, session: dict[str, Any], form: dict[str, str]) -> Response:
        world, typed = self._world, entering.typed(form, pages.known_email(session))
        if typed.method not in session["payment_method_types"]:
            return html_response(400, pages.payment_page(world, session, typed))
        state = self._attempt(session, typed)
        if state is None:
            return html_response(400, pages.payment_page(world, session, typed))
        session = world.get("checkout.session", session["id"])
        if state in ("succeeded", "processing"):
            return _success(session)
        if state == "requires_action":
            return see_other(f"/pay/{session['id']}/3ds")
        typed.problems[""] = payments.trouble(world, session)
        return html_response(402, pages.payment_page(world, session, typed))

    def _attempt(self, session: dict[str, Any], typed: Typed) -> payments.State | None:
        """What an attempt comes to; None where a field is wrong."""
        world = self._world
        if typed.method != "card":
            account = entering.account(typed)
            payer = payments.Payer(typed.email, typed.name)
            return debits.pay(world, session, account, payer) if account else None
        found = entering.card(typed, world.now())
        if found is None:
            return None
        payer = payments.Payer(typed.email, typed.name, found[1])
        return payments.pay(world, session, found[0], payer)

    def _authenticate(self, session: dict[str, Any], form: dict[str, str]) -> Response:
        world = self._world
        if not payments.waits_for_3ds(world, session):
            return see_other(f"/pay/{session['id']}")
        state = payments.authenticate(world, session, passed=form.get("action") == "complete")
        if state == "succeeded":
            return _success(world.get("checkout.session", session["id"]))
        return see_other(f"/pay/{session['id']}")


def _success(session: dict[str, Any]) -> Response:
    return see_other(session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"]))
