"""The banks' page: what can be seen there, and that its buttons do what they say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from stripe import RequestsClient, StripeClient

from funding.sandbox.stripe.accounts import ACCOUNTS
from tests.sandbox.conftest import KEY, checkout
from tests.sandbox.rehearsal import Site
from tests.sandbox.test_console_page import control, press, sent

SEPA = "AT611904300234573201"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    running = Site(tmp_path)
    yield running
    assert running.emulator.breaches == []
    running.close()


def paid(site: Site, **how: str) -> dict[str, Any]:
    """The newest charge after somebody paid."""
    http_client = RequestsClient(timeout=10)
    client = StripeClient(
        KEY, base_addresses={"api": site.url}, max_network_retries=0, http_client=http_client
    ).v1
    more = {"allowed_payment_method_types": ["card", "sepa_debit"]}
    session = client.checkout.sessions.create(checkout(**more))  # type: ignore[arg-type]
    http_client.close()
    control(site, "pay", {"session": session.id} | how)
    control(site, "clock", {"advance_seconds": 10})
    charge: dict[str, Any] = control(site, "charges")["data"][0]
    return charge


def do(site: Site, word: str, **fields: str) -> None:
    """Press a button of the page."""
    assert press(site, "/console/banks", do=word, **fields) == 303


def test_at_first_there_is_nothing_but_accounts_to_try(site: Site) -> None:
    page = site.page("/banks")
    for words in ("Nobody has paid yet", "No bank has disputed", "Nothing was paid out yet"):
        assert words in page
    assert page.count('<th scope=row class="card">') == len(ACCOUNTS)
    assert "EUR 0.00 can be paid out" in page
    assert 'href="/banks"' in site.page("/")


def test_a_payment_is_disputed_and_the_dispute_decided(site: Site) -> None:
    charge = paid(site)
    do(site, "dispute", id=charge["id"])
    (dispute,) = control(site, "disputes")["data"]
    page = site.page("/banks")
    for words in ("Card 4242", charge["id"], "Fraudulent", "needs an answer", "EUR 25.50"):
        assert words in page
    do(site, "decide", id=dispute["id"], status="won")
    assert control(site, "disputes")["data"][0]["status"] == "won"
    assert "Let the fund lose" not in site.page("/banks")


def test_what_cannot_be_done_is_said_and_nothing_moves(site: Site) -> None:
    charge = paid(site)
    for _ in range(2):
        do(site, "dispute", id=charge["id"])
    assert "EUR 0.00 of this charge can be disputed" in site.page("/banks")
    assert "EUR 0.00 of this charge" not in site.page("/banks")
    assert len(control(site, "disputes")["data"]) == 1
    do(site, "pay_out")
    assert "insufficient funds" in site.page("/banks")
    assert control(site, "payouts")["data"] == []


def test_a_bank_inquires_and_warns(site: Site) -> None:
    charge = paid(site)
    do(site, "inquire", id=charge["id"])
    do(site, "warn", id=charge["id"])
    page = site.page("/banks")
    assert "inquiry, needs an answer" in page
    assert "Made with stolen card" in page


def test_a_debit_comes_fails_late_and_its_mandate_ends(site: Site) -> None:
    charge = paid(site, account=SEPA)
    assert "SEPA Direct Debit 3201" in site.page("/banks")
    do(site, "debit_comes", id=charge["id"])
    do(site, "debit_fails", id=charge["id"])
    found = control(site, "charges")["data"][0]
    assert (found["status"], found["failure_balance_transaction"] is None) == ("failed", False)
    mandate = control(site, "mandates")["data"][0]
    do(site, "mandate_ends", id=mandate["id"])
    assert control(site, "mandates")["data"][0]["status"] == "inactive"


def test_payouts_are_made_changed_and_arrive(site: Site) -> None:
    paid(site, card="4000000000000077")
    do(site, "pay_out")
    (payout,) = control(site, "payouts")["data"]
    page = site.page("/banks")
    assert "EUR 24.87" in page
    assert "on its way" in page
    do(site, "arrive", id=payout["id"], status="failed")
    assert control(site, "payouts")["data"][0]["status"] == "failed"
    do(site, "daily")
    assert "Stripe pays out every midnight" in site.page("/banks")
    do(site, "by_hand")
    assert control(site, "payouts")["schedule"] == "manual"


def test_stripe_moves_the_balance(site: Site) -> None:
    for word in ("fee", "adjustment", "reserve", "release", "unknown"):
        do(site, word)
    books = control(site, "books")["currencies"]["eur"]
    assert (books["stripe_fees"], books["adjustments"]) == (350, -120)
    assert (books["reserved"], books["other"]) == (0, 77)
    assert "EUR 3.50" in site.page("/")


@pytest.mark.parametrize(
    "fields",
    [{}, {"do": "rob"}, {"do": "dispute", "id": "../faults"}, {"do": "decide", "id": "du_1"},
     {"do": "decide", "id": "du_1", "status": "robbed"}, {"do": "debit_comes"}],
)  # fmt: skip
def test_what_no_button_sends_is_not_there(site: Site, fields: dict[str, str]) -> None:
    assert press(site, "/console/banks", **fields) == 404


def test_another_sites_form_disputes_nothing(site: Site) -> None:
    charge = paid(site)
    fields = {"do": "dispute", "id": charge["id"]}
    assert sent(site, "/console/banks", fields, {"origin": "http://evil.example"}) == 403
    assert control(site, "disputes")["data"] == []


def test_a_week_without_events_is_set_and_taken_away(site: Site) -> None:
    assert press(site, "/console/faults", **{"webhooks.off": "on"}) == 303
    assert 'name="webhooks.off" checked' in site.page("/")
    control(site, "clock", {"advance_days": 8})
    assert 'name="webhooks.off" checked' not in site.page("/")
