"""A running mailbox and console for tests, and a mail such as the fund sends."""

import http.client
import json
import smtplib
import threading
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from funding.sandbox.console.mail_server import MailServer
from funding.sandbox.console.mailbox import Mailbox
from funding.sandbox.console.routes import Console, Sandbox
from funding.sandbox.stripe.server import serve

PDF = b"%PDF-1.7\n\x00\xff binary"
PRODUCT = "http://localhost:8000"


class Site:
    """A running mailbox and console, and the ways to reach them."""

    def __init__(self, folder: Path) -> None:
        self.mailbox = Mailbox(folder / "mail.sqlite")
        self.mail_server = MailServer(self.mailbox)
        self.mail_server.start()
        self.emulator = Sandbox(state=None, public_url="http://localhost")
        self.people = folder / "people.json"
        self.console = Console(
            self.emulator, self.mail_server, product_url=PRODUCT, people_file=self.people
        )
        self.server = serve(self.emulator, "127.0.0.1", 0, self.console.handle)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.emulator.public_url = self.url
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        """Stop everything."""
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()
        self.emulator.close()
        self.mail_server.stop()
        self.mailbox.close()

    def send(self, message: EmailMessage) -> None:
        """Mail it as the product does."""
        with smtplib.SMTP("127.0.0.1", self.mail_server.port, timeout=10) as connection:
            connection.send_message(message)

    def ask(
        self, method: str, path: str, body: str = "", headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of one request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body or None, headers or {})
            response = connection.getresponse()
            named = {name.lower(): value for name, value in response.getheaders()}
            return response.status, named, response.read()
        finally:
            connection.close()

    def page(self, path: str) -> str:
        """A page that must be there."""
        status, headers, body = self.ask("GET", path)
        assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
        return body.decode()

    def mails(self, query: str = "") -> list[dict[str, Any]]:
        """The list for programs."""
        rows: list[dict[str, Any]] = json.loads(self.ask("GET", f"/mail.json{query}")[2])
        return rows


def receipt(to: str = "alice@example.org", number: int = 1) -> EmailMessage:
    """A mail such as the fund sends: text, HTML with a picture, and a PDF."""
    mail = EmailMessage()
    mail["Subject"] = f"Receipt {number} for Zażółć <b>Żółw</b>"
    mail["From"] = "Manul Fund <fund@example.org>"
    mail["To"] = to
    mail["Date"] = "Mon, 23 Nov 2026 10:00:00 +0000"
    mail["Message-ID"] = f"<receipt-{number}@example.org>"
    mail.set_content("Thank you. We received €25.50.\n")
    html = (
        "<!doctype html><html><head><title>x</title></head><body><img src='cid:logo'>"
        "<p>We received <a href='http://localhost:8000/'>€25.50</a></p>"
        "<script>alert(1)</script></body></html>"
    )
    mail.add_alternative(html, subtype="html")
    body = mail.get_body(("html",))
    assert isinstance(body, EmailMessage)
    body.add_related(b"\x89PNG", maintype="image", subtype="png", cid="<logo>")
    mail.add_attachment(PDF, maintype="application", subtype="pdf", filename="Quittung ö.pdf")
    mail.add_attachment("<script>alert(2)</script>", subtype="html", filename="page.html")
    return mail
