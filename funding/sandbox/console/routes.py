"""The console's addresses, and what its forms do."""

import json
import re
import threading
import time
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from funding.sandbox.console import (
    bank_orders,
    banks_page,
    console_page,
    faults,
    mail_pages,
    regular_orders,
    regular_page,
)
from funding.sandbox.console.mail_server import MailServer
from funding.sandbox.console.page import frame
from funding.sandbox.stripe.currencies import display
from funding.sandbox.stripe.invoices import DRAFT_SECONDS
from funding.sandbox.stripe.server import Emulator
from funding.sandbox.stripe.wire import Request, Response, json_response, see_other

STYLE = Path(__file__).with_name("style.css")
MAIL = re.compile(r"/mail/(\d+)(?:/(html|raw|files/(\d+)/[^/]*))?")
DAYS = {"1", "7", "31"}
DAY_SECONDS = 24 * 3600


class Sandbox(Emulator):
    """The emulator that leaves the address of the mail server's control to the console."""

    def owns(self, path: str) -> bool:
        """Whether a path belongs to the emulator."""
        return path != "/_control/mail" and super().owns(path)


class Console:
    """Answers for the pages around one emulator and one mail server."""

    def __init__(
        self,
        emulator: Emulator,
        mail_server: MailServer,
        *,
        product_url: str,
        people_file: Path | None = None,
    ) -> None:
        self._emulator = emulator
        self._mail_server = mail_server
        self._mailbox = mail_server.mailbox
        self._product_url = product_url.rstrip("/")
        self._people_file = people_file
        self._moving = ""
        self._problem = ""
        self._turn = threading.Lock()

    def handle(self, request: Request) -> Response | None:
        """The response, or nothing where the address is not the console's."""
        if request.method in {"GET", "HEAD"}:
            return self._get(request)
        if request.method == "POST":
            if not _is_from_here(request):
                return json_response(403, {"error": "Another site's form is not listened to."})
            return self._post(request)
        return None

    # -- reading

    def _get(self, request: Request) -> Response | None:
        query = {name: values[-1] for name, values in parse_qs(request.query).items()}
        if request.path == "/":
            return self._page()
        if request.path == "/banks":
            return self._banks()
        if request.path == "/regular":
            return self._regular()
        if request.path == "/console/style.css":
            return Response(200, [("content-type", "text/css; charset=utf-8")], STYLE.read_bytes())
        if request.path == "/mail":
            to = query.get("to", "")
            mails = self._mailbox.newest(to=to)
            count = len(mails) if to else self._mailbox.count()
            return mail_pages.listing(mails, count, to=to, product_url=self._product_url)
        if request.path == "/mail.json":
            limit = int(query["limit"]) if query.get("limit", "").isdigit() else 200
            mails = self._mailbox.newest(limit, to=query.get("to", ""))
            return mail_pages.as_json(mails, self._emulator.public_url)
        if request.path == "/_control/mail":
            return json_response(200, vars(self._mail_server.faults))
        return self._mail(request, query) or self._missing(request)

    def _mail(self, request: Request, query: dict[str, str]) -> Response | None:
        found = MAIL.fullmatch(request.path)
        mail = self._mailbox.get(int(found[1])) if found else None
        if found is None or mail is None:
            return None
        if found[3]:
            return mail_pages.file(mail, int(found[3]), save="save" in query)
        if found[2] == "html":
            return mail_pages.html(mail)
        if found[2] == "raw":
            return mail_pages.raw(mail)
        return mail_pages.single(mail, product_url=self._product_url)

    def _missing(self, request: Request) -> Response | None:
        if "text/html" not in request.headers.get("accept", ""):
            return None
        body = (
            '<div class="stripes"></div><h1>There is nothing here</h1>'
            '<p>The <a href="/">console</a> shows everything there is.</p>'
        )
        return frame("Nothing here", body, here="", product_url=self._product_url, status=404)

    def _page(self) -> Response:
        clock = self._control("GET", "clock")
        problem, self._problem = self._problem, ""
        mail_faults = vars(self._mail_server.faults)
        return console_page.page(
            console_page.View(
                product_url=self._product_url,
                now=clock["now"],
                machine_seconds=time.time(),
                offset_seconds=clock["offset_seconds"],
                moving=self._moving,
                mails=self._mailbox.newest(5),
                deliveries=self._control("GET", "deliveries", query="limit=12")["data"],
                faults_on=faults.active(self._control("GET", "faults"), mail_faults, clock["now"]),
                currencies=self._control("GET", "books")["currencies"],
                people=self._people(),
                problem=problem,
            )
        )

    def _banks(self) -> Response:
        problem, self._problem = self._problem, ""
        balance = self._control("GET", "payouts")
        return banks_page.page(
            banks_page.View(
                product_url=self._product_url,
                problem=problem,
                available=display(balance["available"], balance["currency"]),
                daily=balance["schedule"] == "daily",
                payouts=balance["data"],
                **{
                    name: self._control("GET", name)["data"]
                    for name in ("charges", "disputes", "mandates", "warnings")
                },
            )
        )

    def _regular(self) -> Response:
        problem, self._problem = self._problem, ""
        return regular_page.page(
            regular_page.View(
                product_url=self._product_url,
                problem=problem,
                moving=self._moving,
                now=self._control("GET", "clock")["now"],
                **self._control("GET", "regular"),
            )
        )

    def _people(self) -> list[dict[str, str]]:
        """Who is who in the demo, as the demo wrote it down; nobody without one."""
        if not self._people_file or not self._people_file.exists():
            return []
        rows: list[dict[str, str]] = json.loads(self._people_file.read_text(encoding="utf-8"))
        return rows

    # -- doing

    def _post(self, request: Request) -> Response | None:
        if request.path == "/_control/mail":
            return self._set_mail(request)
        values = parse_qs(request.body.decode(errors="replace"))
        fields = {name: texts[-1] for name, texts in values.items()}
        if request.path == "/console/clock" and fields.get("days") in DAYS:
            self._move(int(fields["days"]) * DAY_SECONDS)
        elif request.path == "/console/faults":
            self._set_faults(fields)
        elif request.path == "/console/resend" and fields.get("delivery", "").isdigit():
            self._control("POST", f"deliveries/{fields['delivery']}/resend", {})
        elif request.path == "/console/banks" and (order := bank_orders.order(fields)):
            self._order(*order)
            return see_other("/banks")
        elif request.path == "/console/regular":
            return self._do_regular(fields)
        else:
            return None
        return see_other("/")

    def _do_regular(self, fields: dict[str, str]) -> Response | None:
        now = self._control("GET", "clock")["now"]
        if fields.get("do") == "to_next":
            rows = self._control("GET", "regular")["subscriptions"]
            ends = [each["next"] for each in rows if each["id"] == fields.get("id")]
            if not ends:
                return None
            # An hour as a draft, and a moment in which it is charged.
            self._move(max(ends[0] + DRAFT_SECONDS + 60 - now, 60))
        elif order := regular_orders.order(fields, now):
            self._order(*order)
        else:
            return None
        return see_other("/regular")

    def _order(self, name: str, body: dict[str, Any]) -> None:
        """Makes a bank do something; what cannot be done is told on the page."""
        try:
            self._control("POST", name, body)
        except RuntimeError as problem:
            self._problem = json.loads(str(problem))["error"]["message"]

    def _set_mail(self, request: Request) -> Response:
        """`{"fail_next": n, "drop_next": n, "clear": true}`, each as wanted."""
        try:
            wanted = json.loads(request.body or b"{}")
        except ValueError:
            wanted = None
        known = {"fail_next": int, "drop_next": int, "clear": bool}
        if not isinstance(wanted, dict) or any(
            type(value) is not known.get(name) for name, value in wanted.items()
        ):
            return json_response(400, {"error": f"A JSON object with any of {', '.join(known)}."})
        if wanted.pop("clear", False):
            self._mailbox.clear()
        for name, count in wanted.items():
            setattr(self._mail_server.faults, name, count)
        return json_response(200, vars(self._mail_server.faults))

    def _set_faults(self, fields: dict[str, str]) -> None:
        stripe, mail = ({}, {}) if "clear" in fields else faults.wanted(fields)
        self._control("POST", "faults", stripe or {"clear": True})
        for name in faults.MAILS:
            setattr(self._mail_server.faults, name, mail.get(name, 0))

    def _move(self, seconds: int) -> None:
        """Move the clock in the background, a day at a time, so that the page can say how far."""
        with self._turn:
            if self._moving:
                return
            self._moving = "The clock begins to move."
        threading.Thread(target=self._move_on, args=(seconds,), name="clock", daemon=True).start()

    def _move_on(self, seconds: int) -> None:
        days = -(-seconds // DAY_SECONDS)
        try:
            for day in range(1, days + 1):
                self._moving = f"The clock is moving: day {day} of {days}."
                step = min(DAY_SECONDS, seconds - (day - 1) * DAY_SECONDS)
                moved = self._control("POST", "clock", {"advance_seconds": step})
                failed = [each["command"] for each in moved["steps"] if not moved["ok"]]
                if failed:
                    self._problem = f"On day {day} the fund's work failed: {failed[-1]}"
                    break
        except RuntimeError as problem:
            self._problem = str(problem)
        finally:
            self._moving = ""

    def _control(self, method: str, name: str, body: Any = None, *, query: str = "") -> Any:
        """The emulator's answer to one control request; a refusal is an error of ours."""
        sent = b"" if body is None else json.dumps(body).encode()
        response = self._emulator.handle(Request(method, f"/_control/{name}", query, {}, sent))
        if response.status != HTTPStatus.OK:
            raise RuntimeError(response.body.decode(errors="replace"))
        return json.loads(response.body)


def _is_from_here(request: Request) -> bool:
    """Whether a form was sent by a page of this server, or by no page at all."""
    origin = request.headers.get("origin")
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    return not origin or urlsplit(origin).netloc == request.headers.get("host")
