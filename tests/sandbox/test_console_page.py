"""The console: what a newcomer sees, and that its buttons do what they say."""

import base64
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from funding.sandbox.console import people_list, totp
from funding.sandbox.stripe.cards import CARDS
from tests.sandbox.conftest import KEY, checkout
from tests.sandbox.rehearsal import PRODUCT, Site, receipt

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    running = Site(tmp_path)
    yield running
    running.close()


def control(site: Site, name: str, wanted: dict[str, Any] | None = None) -> Any:
    """One control request of the emulator."""
    method = "GET" if wanted is None else "POST"
    body = "" if wanted is None else json.dumps(wanted)
    return json.loads(site.ask(method, f"/_control/{name}", body)[2])


def press(site: Site, path: str, /, **fields: str) -> int:
    """Send one of the console's forms as its own page does."""
    return sent(site, path, fields, {"origin": site.url})


def sent(site: Site, path: str, fields: dict[str, str], headers: dict[str, str]) -> int:
    """Send a form; the status of the answer."""
    kind = {"content-type": "application/x-www-form-urlencoded"} | headers
    return site.ask("POST", path, urlencode(fields), kind)[0]


def pay(site: Site) -> None:
    """A gift of EUR 25.50, paid, with an endpoint that nobody answers at."""
    from stripe import RequestsClient, StripeClient

    http_client = RequestsClient(timeout=10)
    client = StripeClient(
        KEY, base_addresses={"api": site.url}, max_network_retries=0, http_client=http_client
    ).v1
    client.webhook_endpoints.create({"url": "http://127.0.0.1:9/", "enabled_events": ["*"]})
    session = client.checkout.sessions.create(checkout())  # type: ignore[arg-type]
    http_client.close()
    control(site, "pay", {"session": session.id})


def test_a_newcomer_finds_the_way_to_a_gift(site: Site) -> None:
    page = site.page("/")
    assert f'href="{PRODUCT}/give/"' in page
    assert "4242 4242 4242 4242" in page
    assert 'href="/mail"' in page
    assert page.count('<tr><th scope=row class="card">') == len(CARDS)


def test_the_page_fetches_nothing_from_elsewhere_and_runs_no_script(site: Site) -> None:
    _, headers, body = site.ask("GET", "/")
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert b"<script" not in body
    assert b"style=" not in body


def test_who_is_who_is_shown_as_the_demo_wrote_it_down(site: Site) -> None:
    assert "<h2>Who is who" not in site.page("/")
    rows = [
        {"group": "Who <b>applies", "name": "Asel <A>", "part": "P&Q", "email": "asel@example.org"},
        {"group": "Staff", "name": "Tara T", "part": "Treasurer", "email": "tara@example.org"},
    ]
    rows[1]["secret"] = SECRET
    site.people.write_text(json.dumps(rows))
    page = site.page("/")
    assert "<h2>Who is who" in page
    assert "Asel &lt;A&gt;" in page
    assert "Who &lt;b&gt;applies" in page
    assert 'href="/mail?to=asel%40example.org"' in page
    assert page.count("The mailed code is enough") == 1
    assert page.count('<b class="code">') == 1
    assert SECRET not in page
    assert f'href="{PRODUCT}/accounts/login/"' in page


def test_the_codes_are_those_of_the_standard() -> None:
    # RFC 6238, appendix B, of whose eight digits the last six are shown here.
    secret = base64.b32encode(b"12345678901234567890").decode()
    shown = {59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"}
    assert {at: totp.code(secret, at) for at in shown} == shown
    assert totp.code("GEZDGNBV", 0) == totp.code("gezdgnbv", 29.9)
    assert [totp.seconds_left(at) for at in (0, 29.9, 30)] == [30, 1, 30]


def test_codes_that_are_about_to_change_say_so() -> None:
    people = [{"name": "Tara", "email": "t@x.example", "secret": SECRET}]
    for seconds, words in ((1, "hold for 29 seconds more"), (29.5, "change in 1 second. Look")):
        assert words in people_list.section(people, product_url=PRODUCT, seconds=seconds)


def test_looking_again_is_another_address_each_time(site: Site) -> None:
    site.people.write_text(json.dumps([{"name": "Tara", "email": "t@x.example", "secret": SECRET}]))
    first = re.findall(r'href="(/\?at=\d+#people)"', site.page("/"))
    time.sleep(1)
    assert first != re.findall(r'href="(/\?at=\d+#people)"', site.page("/"))


def test_a_persons_mailbox_shows_their_mail_only(site: Site) -> None:
    site.send(receipt(number=1))
    site.send(receipt(to="bob@example.org", number=2))
    page = site.page("/mail?to=bob%40example.org")
    assert "Receipt 2" in page
    assert "Receipt 1 " not in page
    assert "1 mail has arrived" in page
    assert "No mail to this address yet" in site.page("/mail?to=%3Cb%3E@example.org")


def test_the_clock_moves_by_the_day_that_was_asked_for(site: Site) -> None:
    assert "The same as on this machine" in site.page("/")
    assert press(site, "/console/clock", days="7") == 303
    deadline = time.monotonic() + 10
    while "7 days ahead" not in site.page("/") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert "7 days ahead" in site.page("/")
    assert control(site, "clock")["offset_seconds"] == 7 * 86_400


def test_the_clock_takes_no_other_steps(site: Site) -> None:
    assert press(site, "/console/clock", days="-1") == 404
    assert press(site, "/console/clock", days="100000") == 404
    assert control(site, "clock")["offset_seconds"] == 0


def test_a_payment_stands_in_the_books_and_its_events_can_be_sent_again(site: Site) -> None:
    pay(site)
    site.emulator.deliver_due()
    page = site.page("/")
    assert "EUR 25.50" in page
    assert "checkout.session.completed" in page
    assert "Connection refused" in page
    newest = control(site, "deliveries")["data"][0]
    assert newest["attempts"] == 1
    assert press(site, "/console/resend", delivery=str(newest["id"])) == 303
    site.emulator.deliver_due()
    assert control(site, "deliveries")["data"][0]["attempts"] == 2


def test_faults_are_set_shown_and_taken_away(site: Site) -> None:
    on = {"webhooks.duplicate": "on", "api.error_after": "on", "mail.fail_next": "on"}
    assert press(site, "/console/faults", **on) == 303
    report = control(site, "faults")
    assert report["webhooks"]["duplicate"] == 1.0
    assert [fault["kind"] for fault in report["api"]] == ["error_after"]
    assert site.mail_server.faults.fail_next == 3
    page = site.page("/")
    for name in on:
        assert f'name="{name}" checked' in page
    assert 'name="webhooks.drop" checked' not in page
    assert press(site, "/console/faults", clear="1") == 303
    assert " checked" not in site.page("/")
    assert site.mail_server.faults.fail_next == 0


def test_events_lost_on_purpose_are_sent_when_all_is_off(site: Site) -> None:
    press(site, "/console/faults", **{"webhooks.drop": "on"})
    pay(site)
    assert {row["state"] for row in control(site, "deliveries")["data"]} == {"lost"}
    assert "lost on purpose" in site.page("/")
    press(site, "/console/faults", clear="1")
    assert {row["state"] for row in control(site, "deliveries")["data"]} == {"due"}


@pytest.mark.parametrize(
    "headers", [{"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}]
)
def test_another_sites_form_moves_nothing(site: Site, headers: dict[str, str]) -> None:
    assert sent(site, "/console/clock", {"days": "31"}, headers) == 403
    assert control(site, "clock")["offset_seconds"] == 0


def test_the_newest_mails_stand_on_the_console(site: Site) -> None:
    for number in range(1, 8):
        site.send(receipt(number=number))
    page = site.page("/")
    assert "Receipt 7" in page
    assert "Receipt 2 " not in page


def test_addresses_of_the_api_stay_the_emulators(site: Site) -> None:
    status, headers, _ = site.ask("GET", "/v1/customers", headers={"accept": "text/html"})
    assert (status, headers["content-type"]) == (401, "application/json")
