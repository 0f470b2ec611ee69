"""`/invoice/<id>`, where an invoice is seen and paid, and what it is as a PDF."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs

from . import charges, collecting, debits, entering, plain_pdf, setups
from . import invoice_pages as pages
from .checkout_pages import three_d_secure_page
from .currencies import display
from .invoices import payment_of, payment_status
from .page_parts import Typed, missing_page
from .payments import Payer, billing
from .registry import run_due
from .wire import Request, Response, html_response, see_other
from .world import World


class Hosted:
    """The pages of the invoices of one emulator."""

    def __init__(self, world: World) -> None:
        self._world = world

    def answer(self, request: Request) -> Response:
        """The response to a visit or to a form that was sent."""
        world = self._world
        match = re.fullmatch(r"/invoice/(\w+)(/3ds|/pdf)?/?", request.path)
        with world.lock:
            run_due(world)
            invoice = world.store.get(match.group(1)) if match else None
            if match is None or invoice is None or not invoice.get("hosted_invoice_url"):
                return html_response(404, missing_page())
            if match.group(2) == "/pdf":
                kind = [("content-type", "application/pdf"), ("cache-control", "no-store")]
                return Response(200, kind, plain_pdf.document(pages.paper(world, invoice)))
            wants_3ds = match.group(2) == "/3ds"
            if request.method != "POST":
                return self._show(invoice, wants_3ds=wants_3ds)
            sent = parse_qs(request.body.decode("utf-8", "replace"))
            form = {name: values[-1] for name, values in sent.items()}
            with world.change(), world.within(invoice):
                response = self._confirm(invoice, form) if wants_3ds else self._pay(invoice, form)
                world.books.check()
            return response

    def _show(self, invoice: dict[str, Any], *, wants_3ds: bool) -> Response:
        world, status = self._world, payment_status(self._world, invoice)
        if wants_3ds and status == "requires_action":
            asked = f"{display(invoice['amount_remaining'], invoice['currency'])} to"
            action = f"/invoice/{invoice['id']}/3ds"
            return html_response(200, three_d_secure_page(world, action, asked))
        if wants_3ds:
            return see_other(f"/invoice/{invoice['id']}")
        return self._page(200, invoice, Typed(email=invoice["customer_email"] or ""))

    def _page(self, code: int, invoice: dict[str, Any], typed: Typed) -> Response:
        world = self._world
        invoice = world.get("invoice", invoice["id"])
        status = payment_status(world, invoice)
        return html_response(code, pages.invoice_page(world, invoice, status, typed))

    def _pay(self, invoice: dict[str, Any], form: dict[str, str]) -> Response:
        world, here = self._world, see_other(f"/invoice/{invoice['id']}")
        if invoice["status"] != "open" or payment_status(world, invoice) == "processing":
            return here  # The button was pressed twice.
        typed = entering.typed(form, invoice["customer_email"] or "")
        if typed.method not in pages.methods(invoice):
            return self._page(400, invoice, typed)
        outcome = self._attempt(invoice, typed)
        if outcome is None:
            return self._page(400, invoice, typed)
        if outcome == "action":
            return see_other(f"/invoice/{invoice['id']}/3ds")
        if outcome == "declined":
            failed = payment_of(world, invoice)["last_payment_error"]
            typed.problems[""] = failed["message"]
            return self._page(402, invoice, typed)
        return here

    def _attempt(self, invoice: dict[str, Any], typed: Typed) -> collecting.Outcome | None:
        """What an attempt comes to; None where a field is wrong."""
        world = self._world
        if typed.method == "card":
            found = entering.card(typed, world.now())
            if found is None:
                return None
            payer = Payer(typed.email, typed.name, found[1])
            method = charges.make_method(world, found[0], found[1], billing(payer))
        else:
            account = entering.account(typed)
            if account is None:
                return None
            method = debits.sign(world, account, Payer(typed.email, typed.name))
            if account.refused:
                return collecting.refused(world, invoice, method, account.refused.message)
        if invoice["parent"]:
            method = setups.attach(world, method, invoice["customer"])
        return collecting.collect(world, invoice, "on_page", method)

    def _confirm(self, invoice: dict[str, Any], form: dict[str, str]) -> Response:
        world = self._world
        if invoice["status"] == "open" and payment_status(world, invoice) == "requires_action":
            if form.get("action") == "complete":
                intent = payment_of(world, invoice)
                method = world.get("payment_method", intent["payment_method"])
                outcome = collecting.collect(world, invoice, "confirmed", method)
            else:
                outcome = collecting.unconfirmed(world, invoice)
            if outcome == "declined":
                typed = Typed(email=invoice["customer_email"] or "")
                typed.problems[""] = payment_of(world, invoice)["last_payment_error"]["message"]
                return self._page(402, invoice, typed)
        return see_other(f"/invoice/{invoice['id']}")
