"""The page of regular giving: what can be seen there, and that its buttons do what they say."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from stripe import RequestsClient, StripeClient

from tests.sandbox.conftest import KEY
from tests.sandbox.rehearsal import Site
from tests.sandbox.test_console_page import control, press, sent
from tests.sandbox.test_stripe_pay_pages import SETUP
from tests.sandbox.test_stripe_subscriptions import SEPA, order

DAY = 24 * 3600
PATIENCE_SECONDS = 60


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    running = Site(tmp_path)
    yield running
    assert running.emulator.breaches == []
    running.close()


@contextmanager
def api(site: Site) -> Iterator[Any]:
    """The real library, pointed at the site."""
    http_client = RequestsClient(timeout=10)
    yield StripeClient(
        KEY, base_addresses={"api": site.url}, max_network_retries=0, http_client=http_client
    ).v1
    http_client.close()


def begun(site: Site, **pays: str) -> str:
    """A subscription whose first payment is made, or on its way."""
    with api(site) as client:
        wanted = order(allowed_payment_method_types=["card", "sepa_debit"])
        session = client.checkout.sessions.create(wanted)
    made: str = control(site, "pay", {"session": session.id} | pays)["subscription"]
    return made


def invoiced(site: Site) -> Any:
    """An invoice that a zoo was sent."""
    with api(site) as client:
        zoo = client.customers.create({"name": "Zoo of Examplia", "email": "zoo@x.example"})
        made = client.invoices.create(
            {"customer": zoo.id, "collection_method": "send_invoice", "days_until_due": 30}
        )
        client.invoice_items.create(
            {"customer": zoo.id, "invoice": made.id, "amount": 250_000,
             "description": "Contribution"}
        )  # fmt: skip
        return client.invoices.send_invoice(made.id)


def giving(site: Site) -> list[str]:
    """Some of everything; gives the paths of the pages on which it is paid or saved."""
    begun(site, account=SEPA)
    do(site, "next", id=begun(site), next="requires_action")
    control(site, "clock", {"advance_days": 32})
    owed = invoiced(site)
    do(site, "transfer_under", id=owed.id)
    do(site, "next", id=begun(site), next="lost_card")
    with api(site) as client:
        how: dict[str, Any] = {"allowed_payment_method_types": ["card", "sepa_debit"]}
        promise = client.checkout.sessions.create(order(**how))
        saved = client.checkout.sessions.create(SETUP | how)
        asked = client.invoices.list({"status": "open", "limit": 100}).data
        giver = client.subscriptions.list().data[0].customer
        portal = client.billing_portal.sessions.create({"customer": giver}).id
    invoices = [f"/invoice/{each.id}" for each in asked]
    return [f"/pay/{promise.id}", f"/pay/{saved.id}", f"/portal/{portal}", *invoices]


def do(site: Site, word: str, **fields: str) -> None:
    """Press a button of the page."""
    assert press(site, "/console/regular", do=word, **fields) == 303


def still(site: Site) -> str:
    """The page as soon as the clock stands still."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while "The clock" in (page := site.page("/regular")):
        assert time.monotonic() < deadline, page
        time.sleep(0.05)
    return page


def test_at_first_nobody_gives_regularly(site: Site) -> None:
    page = site.page("/regular")
    for words in ("Nobody gives regularly yet", "Nothing is owed", "After that it ends"):
        assert words in page
    assert 'href="/regular"' in site.page("/")


def test_a_subscription_is_shown_and_its_next_payment_fails(site: Site) -> None:
    id = begun(site)
    page = site.page("/regular")
    for words in ("alice@donor.example", "EUR 10.00", "every month", "card 4242", "active"):
        assert words in page
    do(site, "next", id=id, next="insufficient_funds")
    assert "next attempt fails for lack of money" in site.page("/regular")
    do(site, "to_next", id=id)
    page = still(site)
    for words in ("behind", "tried once", "tried again on"):
        assert words in page
    assert control(site, "invoices")["data"][0]["status"] == "open"


def test_the_bank_asks_and_the_invoice_s_page_is_linked(site: Site) -> None:
    id = begun(site)
    do(site, "next", id=id, next="requires_action")
    do(site, "to_next", id=id)
    page = still(site)
    assert "the bank asks its customer" in page
    invoice = control(site, "invoices")["data"][0]
    assert f'href="{invoice["hosted_invoice_url"]}"' in page
    assert "Confirm the payment" in site.page(f"/invoice/{invoice['id']}")


def test_a_card_expires(site: Site) -> None:
    id = begun(site)
    do(site, "card_ends", id=id)
    do(site, "to_next", id=id)
    still(site)
    assert control(site, "charges")["data"][0]["failure_code"] == "expired_card"


def test_a_debit_has_no_card_that_could_expire(site: Site) -> None:
    id = begun(site, account=SEPA)
    page = site.page("/regular")
    assert "SEPA Direct Debit 3201" in page
    assert "Card expires" not in page
    do(site, "card_ends", id=id)
    assert "charged to no card" in site.page("/regular")


def test_transfers_arrive_and_what_is_too_much_waits(site: Site) -> None:
    owed = invoiced(site)
    do(site, "transfer_under", id=owed.id)
    page = site.page("/regular")
    for words in (owed.number, "Zoo of Examplia", "Money that waits", "EUR 2,499.00", "due on"):
        assert words in page
    do(site, "transfer", id=owed.id)
    page = site.page("/regular")
    assert "Nothing is owed" in page
    assert control(site, "books")["currencies"]["eur"]["charges"] == 250_000
    do(site, "transfer_over", id=owed.id)
    assert control(site, "books")["currencies"]["eur"]["charges"] == 250_000


def test_what_becomes_of_one_that_stays_unpaid_is_chosen(site: Site) -> None:
    do(site, "after", status="unpaid")
    assert "After that it goes on unpaid" in site.page("/regular")
    assert control(site, "regular")["billing"]["after_last_attempt"] == "unpaid"


@pytest.mark.parametrize(
    "fields",
    [{}, {"do": "rob"}, {"do": "next", "id": "sub_1", "next": "robbed"}, {"do": "next"},
     {"do": "transfer", "id": "../faults"}, {"do": "after", "status": "robbed"},
     {"do": "to_next", "id": "sub_none"}],
)  # fmt: skip
def test_what_no_button_sends_is_not_there(site: Site, fields: dict[str, str]) -> None:
    assert press(site, "/console/regular", **fields) == 404


def test_another_sites_form_changes_nothing(site: Site) -> None:
    id = begun(site)
    fields = {"do": "next", "id": id, "next": "lost_card"}
    assert sent(site, "/console/regular", fields, {"origin": "http://evil.example"}) == 403
    assert control(site, "regular")["subscriptions"][0]["wishes"] == []
