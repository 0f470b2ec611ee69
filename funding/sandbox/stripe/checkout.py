"""`/pay/<session>`, where people pay, and `/mandate/<id>`, what they signed there."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs

from . import checkout_pages as pages
from . import debits, payments
from .accounts import ACCOUNTS, account_of, scheme_of, tidy
from .cards import CARDS, card_of, digits, is_plausible
from .checkout_pages import Typed
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
                return html_response(404, pages.missing_page())
            if session["status"] != "open":
                return self._closed(session, request.method)
            if request.method != "POST":
                return self._show(session, wants_3ds=match.group(2) is not None)
            form = {
                name: values[-1]
                for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()
            }
            with world.store.transaction():
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
                return html_response(404, pages.missing_page())
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
            return html_response(200, pages.three_d_secure_page(world, session))
        typed = Typed(email=(session["customer_details"] or {}).get("email") or "")
        if trouble := payments.trouble(world, session):
            typed.problems[""] = trouble
        return html_response(200, pages.payment_page(world, session, typed))

    def _pay(self, session: dict[str, Any], form: dict[str, str]) -> Response:
        world, typed = self._world, _typed(session, form)
        if typed.method not in session["payment_method_types"]:
            return html_response(400, pages.payment_page(world, session, typed))
        if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", typed.email):
            typed.problems["email"] = "Enter an e-mail address, such as name@example.org."
        if typed.method == "card":
            state = self._by_card(session, typed)
        else:
            state = self._by_debit(session, typed)
        if state is None:
            return html_response(400, pages.payment_page(world, session, typed))
        session = world.get("checkout.session", session["id"])
        if state in ("succeeded", "processing"):
            return _success(session)
        if state == "requires_action":
            return see_other(f"/pay/{session['id']}/3ds")
        typed.problems[""] = payments.trouble(world, session)
        return html_response(402, pages.payment_page(world, session, typed))

    def _by_card(self, session: dict[str, Any], typed: Typed) -> payments.State | None:
        number = typed.test_card if typed.test_card in CARDS else digits(typed.number)
        valid_until = self._check(typed, number)
        if valid_until is None or typed.problems:
            return None
        payer = payments.Payer(typed.email, typed.name, valid_until)
        return payments.pay(self._world, session, card_of(number), payer)

    def _by_debit(self, session: dict[str, Any], typed: Typed) -> payments.State | None:
        number = typed.test_account if typed.test_account in ACCOUNTS else tidy(typed.account)
        scheme = scheme_of(number)
        if not typed.name:
            typed.problems["name"] = "Enter the name of the account holder."
        if scheme is None or scheme != typed.method:
            typed.problems["account"] = "This account number is incorrect."
        if typed.method == "bacs_debit" and not re.fullmatch(r"\d{6}", tidy(typed.sort_code)):
            typed.problems["sort_code"] = "A sort code has six digits."
        if scheme is None or typed.problems:
            return None
        payer = payments.Payer(typed.email, typed.name)
        return debits.pay(self._world, session, account_of(number, scheme), payer)

    def _check(self, typed: Typed, number: str) -> tuple[int, int] | None:
        """Notes what is wrong with the fields; gives month and year of the card."""
        if not is_plausible(number):
            typed.problems["number"] = "Your card number is incorrect."
        if not re.fullmatch(r"\d{3,4}", typed.cvc):
            typed.problems["cvc"] = "Your card's security code is incomplete."
        match = re.fullmatch(r"(0?[1-9]|1[0-2])\s*/?\s*(?:20)?(\d{2})", typed.expiry)
        if not match:
            typed.problems["expiry"] = "Enter the expiry as month and year, such as 12 / 34."
            return None
        month, year = int(match.group(1)), 2000 + int(match.group(2))
        # The month itself is still good; an average month is near enough for a sandbox.
        if (year - 1970) * 31_556_952 + month * 2_629_746 < self._world.now():
            typed.problems["expiry"] = "Your card's expiration date is in the past."
        return month, year

    def _authenticate(self, session: dict[str, Any], form: dict[str, str]) -> Response:
        world = self._world
        if not payments.waits_for_3ds(world, session):
            return see_other(f"/pay/{session['id']}")
        state = payments.authenticate(world, session, passed=form.get("action") == "complete")
        if state == "succeeded":
            return _success(world.get("checkout.session", session["id"]))
        return see_other(f"/pay/{session['id']}")


_FIELDS = {
    "card": ("number", "test_card", "expiry", "cvc"),
    "sepa_debit": ("account", "test_account"),
    "bacs_debit": ("account", "sort_code", "test_account"),
}


def _typed(session: dict[str, Any], form: dict[str, str]) -> Typed:
    """What was sent; the fields of another form on the page stay as they are at first."""
    typed = Typed(method=form.get("method", "card"))
    for name in ("email", "name", *_FIELDS.get(typed.method, ())):
        setattr(typed, name, form.get(name, "").strip())
    if session["customer_email"] or session["customer"]:
        known = (session["customer_details"] or {}).get("email")
        typed.email = known or typed.email
    return typed


def _success(session: dict[str, Any]) -> Response:
    return see_other(session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"]))
