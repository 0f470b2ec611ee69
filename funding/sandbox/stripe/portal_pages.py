"""`/portal/<session>`: the billing portal as people see it."""

from __future__ import annotations

import re
from html import escape
from typing import Any
from urllib.parse import parse_qs

from . import entering, portal
from .calendars import day, rhythm
from .checkout_pages import three_d_secure_page
from .currencies import display
from .page_parts import Ask, Typed, alarm, forms, missing_page, page, quiet_link
from .registry import run_due
from .subscription_items import total
from .wire import Request, Response, html_response, see_other
from .world import World


class Portal:
    """The portal of one emulator."""

    def __init__(self, world: World) -> None:
        self._world = world

    def answer(self, request: Request) -> Response:
        """The response to a visit or to a form that was sent."""
        world = self._world
        match = re.fullmatch(r"/portal/(\w+)(/3ds)?/?", request.path)
        with world.lock:
            run_due(world)
            session = world.store.get(match.group(1)) if match else None
            if match is None or session is None or session["object"] != portal.KIND:
                return html_response(404, missing_page())
            if not portal.is_open(world, session):
                return html_response(410, _over(world, session))
            wants_3ds = match.group(2) is not None
            if request.method != "POST":
                return self._show(session, wants_3ds=wants_3ds)
            sent = parse_qs(request.body.decode("utf-8", "replace"))
            form = {name: values[-1] for name, values in sent.items()}
            with world.change():
                return self._confirm(session, form) if wants_3ds else self._take(session, form)

    def _show(self, session: dict[str, Any], *, wants_3ds: bool) -> Response:
        world, id = self._world, session["id"]
        if wants_3ds and portal.waits(world, session):
            asked = "that this card is kept for later payments to"
            return html_response(200, three_d_secure_page(world, f"/portal/{id}/3ds", asked))
        if wants_3ds:
            return see_other(f"/portal/{id}")
        typed = Typed(email=self._email(session))
        return html_response(200, _page(world, session, typed, knows_email=bool(typed.email)))

    def _email(self, session: dict[str, Any]) -> str:
        return self._world.get("customer", session["customer"])["email"] or ""

    def _take(self, session: dict[str, Any], form: dict[str, str]) -> Response:
        world = self._world
        if form.get("action") in ("end", "go_on"):
            ends = form["action"] == "end"
            if not portal.end(world, session, form.get("subscription", ""), ends=ends):
                return html_response(404, missing_page())
            return _onward(session)
        email = self._email(session)
        typed = entering.typed(form, email)
        known = typed.method in portal.methods(world, session)
        state = portal.save(world, session, typed) if known else None
        if state == "succeeded":
            return _onward(session)
        if state == "requires_action":
            return see_other(f"/portal/{session['id']}/3ds")
        if state == "declined":
            typed.problems[""] = world.store.noted(session["id"], "trouble")
        text = _page(world, session, typed, knows_email=bool(email))
        return html_response(400 if state is None else 402, text)

    def _confirm(self, session: dict[str, Any], form: dict[str, str]) -> Response:
        world = self._world
        if not portal.waits(world, session):
            return see_other(f"/portal/{session['id']}")
        state = portal.confirm(world, session, passed=form.get("action") == "complete")
        if state == "succeeded":
            return _onward(session)
        typed = Typed(email=self._email(session))
        typed.problems[""] = world.store.noted(session["id"], "trouble")
        return html_response(402, _page(world, session, typed, knows_email=bool(typed.email)))


def _onward(session: dict[str, Any]) -> Response:
    """Where it goes on when something is done: back to the portal, or as the flow says."""
    redirect = ((session["flow"] or {}).get("after_completion") or {}).get("redirect")
    return see_other(redirect["return_url"] if redirect else f"/portal/{session['id']}")


def _page(world: World, session: dict[str, Any], typed: Typed, *, knows_email: bool) -> str:
    merchant, methods = world.options.merchant, portal.methods(world, session)
    ask = Ask(f"/portal/{session['id']}", merchant, "Save this card", "Save this account",
              "Save another card", "Save another account for {scheme}", not knows_email,
              "Nothing is debited today.")  # fmt: skip
    customer = world.get("customer", session["customer"])
    default = customer["invoice_settings"]["default_payment_method"]
    return page(
        f"What you give to {merchant}",
        f"<h1>What you give</h1><p class='soft'>to {escape(merchant)}</p>{alarm(typed)}"
        f"{_promises(world, session)}{_default(world, default)}{forms(ask, typed, methods)}"
        f"{quiet_link(session['return_url'], f'Back to {merchant}')}",
    )


def _default(world: World, id: str | None) -> str:
    method = world.get("payment_method", id) if id else None
    if method is None:
        return ""
    shown = method.get(method["type"]) or {}
    return f"<p>Charged by default: {escape(method['type'])} {escape(shown.get('last4', ''))}.</p>"


def _promises(world: World, session: dict[str, Any]) -> str:
    return "".join(_promise(session["id"], each) for each in portal.mine(world, session))


def _promise(session: str, each: dict[str, Any]) -> str:
    item = each["items"]["data"][0]
    amount = display(total(each), each["currency"])
    what = f"{amount} {rhythm(item['price']['recurring'])}"
    until, ends = day(item["current_period_end"]), each["cancel_at_period_end"]
    told = f"It ends on {until}." if ends else f"The next is due on {until}."
    action, label = ("go_on", "Go on after all") if ends else ("end", f"End it on {until}")
    return (
        f"<h2>{what}</h2><p>{told}</p>"
        f'<form method="post" action="/portal/{session}">'
        f'<input type="hidden" name="subscription" value="{each["id"]}">'
        f'<button class="quiet" name="action" value="{action}">{label}</button></form>'
    )


def _over(world: World, session: dict[str, Any]) -> str:
    merchant = world.options.merchant
    return page(
        "Expired",
        "<h1>This page has expired</h1><p>Nothing was changed. Start again at "
        f"{escape(merchant)}.</p>{quiet_link(session['return_url'], f'Back to {merchant}')}",
    )
