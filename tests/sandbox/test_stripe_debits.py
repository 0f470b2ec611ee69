"""Debits by SEPA and Bacs: on their way for days, failing, failing late, and mandates."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import stripe

from funding.sandbox.stripe.accounts import ACCOUNTS, scheme_of
from tests.sandbox.conftest import DELAY_SECONDS, Receiver, Sandbox

SEPA, BACS = "AT611904300234573201", "00012345"
SEPA_FAILS, SEPA_LATE, BACS_LATE = (
    "AT861904300235473202", "AT861904300235473299", "66666669",
)  # fmt: skip
ALL: dict[str, Any] = {"allowed_payment_method_types": ["card", "sepa_debit", "bacs_debit"]}


def mandate_of(sandbox: Sandbox, charge: Any) -> Any:
    """The mandate under which an account was debited."""
    details = charge.payment_method_details
    return sandbox.client().mandates.retrieve(details[details.type].mandate)


def session_of(sandbox: Sandbox, intent: Any) -> Any:
    """The session that a payment intent belongs to."""
    return sandbox.client().checkout.sessions.list({"payment_intent": intent.id}).data[0]


@pytest.mark.parametrize("number", sorted(ACCOUNTS))
def test_test_accounts_have_right_numbers(number: str) -> None:
    assert scheme_of(number) == ACCOUNTS[number].scheme
    assert scheme_of(number[:-1]) is None
    if ACCOUNTS[number].scheme == "sepa_debit":
        assert scheme_of(number[:-1] + str((int(number[-1]) + 1) % 10)) is None


@pytest.mark.parametrize(
    ("account", "method", "last4"), [(SEPA, "sepa_debit", "3201"), (BACS, "bacs_debit", "2345")]
)
def test_a_debit_is_promised_at_first(
    sandbox: Sandbox, account: str, method: str, last4: str
) -> None:
    client, intent = sandbox.client(), sandbox.debited(account)
    charge, session = intent.latest_charge, session_of(sandbox, intent)
    assert (session.status, session.payment_status) == ("complete", "unpaid")
    assert (intent.status, intent.amount_received) == ("processing", 0)
    assert (charge.status, charge.paid, charge.balance_transaction) == ("pending", False, None)
    assert charge.id.startswith("py_")
    details = charge.payment_method_details
    assert (details.type, details[method].last4) == (method, last4)
    assert client.payment_methods.retrieve(intent.payment_method).type == method
    assert sandbox.happened() == [
        "payment_intent.created", "charge.pending", "payment_intent.processing",
        "checkout.session.completed",
    ]  # fmt: skip
    assert sandbox.control("books")["currencies"] == {}
    sandbox.control("clock", advance_days=2)
    assert client.payment_intents.retrieve(intent.id).status == "processing"
    for params in ({"payment_intent": intent.id}, {"charge": charge.id}):
        with pytest.raises(stripe.InvalidRequestError):
            client.refunds.create(params)


@pytest.mark.parametrize(
    ("account", "currency", "gross", "fees"),
    [(SEPA, "eur", 2550, [35]), (BACS, "gbp", 2933, [29, 59])],
)
def test_after_three_days_the_money_is_here(
    sandbox: Sandbox,
    receiver: Receiver,
    account: str,
    currency: str,
    gross: int,
    fees: list[int],
) -> None:
    client, intent = sandbox.client(), sandbox.debited(account, days=3)
    transaction = intent.latest_charge.balance_transaction
    assert (intent.status, intent.amount_received) == ("succeeded", 2550)
    assert session_of(sandbox, intent).payment_status == "paid"
    assert (transaction.type, transaction.reporting_category) == ("payment", "charge")
    assert transaction.amount == gross
    assert [part.amount for part in transaction.fee_details] == fees
    assert "checkout.session.async_payment_succeeded" in receiver.types
    assert sandbox.control("books")["currencies"][currency]["charges"] == 2550
    refund = client.refunds.create({"payment_intent": intent.id, "expand": ["balance_transaction"]})
    taken = refund.balance_transaction
    assert (taken.type, taken.reporting_category) == ("payment_refund", "refund")
    assert taken.amount == -gross


@pytest.mark.parametrize(
    ("account", "days", "code"),
    [
        (SEPA_FAILS, 3, "payment_intent_payment_attempt_failed"),
        ("AT051904300235473205", 6, "payment_intent_payment_attempt_failed"),
        ("AT981904300002222227", 3, "insufficient_funds"),
        ("AT981904300000343434", 3, "charge_exceeds_source_limit"),
        ("33333335", 3, "debit_not_authorized"),
        ("92222227", 6, "insufficient_funds"),
        ("00033333", 3, "account_closed"),
    ],
)
def test_a_debit_fails_and_nothing_moves(
    sandbox: Sandbox, account: str, days: int, code: str
) -> None:
    client, intent = sandbox.client(), sandbox.debited(account, days=days - 1)
    assert intent.status == "processing"
    sandbox.control("clock", advance_days=1)
    intent = client.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
    assert (intent.status, intent.last_payment_error.code) == ("requires_payment_method", code)
    charge = intent.latest_charge
    assert (charge.status, charge.failure_code, charge.paid) == ("failed", code, False)
    session = session_of(sandbox, intent)
    assert (session.status, session.payment_status) == ("complete", "unpaid")
    happened = [type for type in sandbox.happened() if type != "mandate.updated"]
    assert happened[-3:] == [
        "charge.failed", "payment_intent.payment_failed", "checkout.session.async_payment_failed",
    ]  # fmt: skip
    ends = code in ("debit_not_authorized", "account_closed")
    assert mandate_of(sandbox, charge).status == ("inactive" if ends else "active")
    assert sandbox.control("books")["currencies"] == {}
    assert client.balance_transactions.list().data == []


@pytest.mark.parametrize(
    ("account", "code"), [(SEPA_LATE, "insufficient_funds"), (BACS_LATE, "account_closed")]
)
def test_a_debit_fails_late_and_the_very_amount_goes_back(
    sandbox: Sandbox, receiver: Receiver, account: str, code: str
) -> None:
    client, intent = sandbox.client(), sandbox.debited(account, days=3)
    came = intent.latest_charge.balance_transaction
    assert intent.status == "succeeded"
    sandbox.control("clock", advance_days=5)
    charge = client.charges.retrieve(
        intent.latest_charge.id, {"expand": ["failure_balance_transaction"]}
    )
    went = charge.failure_balance_transaction
    assert (charge.status, charge.paid, charge.failure_code) == ("failed", False, code)
    assert (went.type, went.reporting_category) == ("payment_failure_refund", "charge_failure")
    assert (went.amount, went.fee, went.source) == (-came.amount, 0, charge.id)
    intent = client.payment_intents.retrieve(intent.id)
    assert (intent.status, intent.amount_received) == ("requires_payment_method", 0)
    assert [type for type in receiver.types if type != "mandate.updated"][-2:] == [
        "charge.failed", "payment_intent.payment_failed",
    ]  # fmt: skip
    books = json.loads(sandbox.call("GET", "/_control/books?detail=1")[2])
    assert books["currencies"][charge.currency]["charge_failures"] == 2550
    assert books["currencies"]["eur"]["balance"] == -came.fee
    assert [each["charge"] for each in books["charges"]] == [charge.id]
    for change in ({"payment_intent": intent.id}, {"charge": charge.id}):
        with pytest.raises(stripe.InvalidRequestError):
            client.refunds.create(change)
    body = json.dumps({"charge": charge.id})
    assert sandbox.call("POST", "/_control/disputes", body)[0] == 400


def test_a_customer_takes_a_debit_back_for_good(sandbox: Sandbox) -> None:
    client, intent = sandbox.client(), sandbox.debited("AT591904300235473203", days=3)
    sandbox.control("clock", advance_seconds=10)
    (dispute,) = client.disputes.list({"charge": intent.latest_charge.id}).data
    assert (dispute.status, dispute.reason) == ("lost", "debit_not_authorized")
    assert dispute.payment_method_details is None
    assert [part.net for part in dispute.balance_transactions] == [-2550 - 2000]
    with pytest.raises(stripe.InvalidRequestError, match="already closed"):
        client.disputes.close(dispute.id)
    for wanted in ({"status": "failed"}, {"status": "succeeded"}):
        body = json.dumps(wanted)
        path = f"/_control/debits/{intent.latest_charge.id}"
        assert sandbox.call("POST", path, body)[0] == 400


def test_a_bank_answers_before_its_time_or_much_later(sandbox: Sandbox) -> None:
    client = sandbox.client()
    early, late = sandbox.debited(SEPA).latest_charge, sandbox.debited(BACS, days=3).latest_charge
    sandbox.control(f"debits/{early.id}", status="failed", code="account_closed")
    assert client.charges.retrieve(early.id).failure_code == "account_closed"
    soon = sandbox.debited(SEPA_FAILS).latest_charge
    sandbox.control(f"debits/{soon.id}", status="succeeded")
    assert client.charges.retrieve(soon.id).paid
    sandbox.control("clock", advance_days=40)
    sandbox.control(f"debits/{late.id}", status="failed")
    assert client.charges.retrieve(late.id).failure_balance_transaction.startswith("txn_")
    card = sandbox.paid().latest_charge.id
    for id, wanted in (
        (late.id, {"status": "failed"}), (late.id, {"status": "succeeded"}),
        (soon.id, {"status": "lost"}), (soon.id, {"status": "failed", "code": "mood"}),
        (card, {"status": "failed"}),
    ):  # fmt: skip
        assert sandbox.call("POST", f"/_control/debits/{id}", json.dumps(wanted))[0] == 400


@pytest.mark.parametrize("account", [SEPA, BACS])
def test_under_a_mandate_that_was_ended_a_debit_fails(
    sandbox: Sandbox, receiver: Receiver, account: str
) -> None:
    intent = sandbox.debited(account)
    mandate = mandate_of(sandbox, intent.latest_charge)
    assert (mandate.status, mandate.payment_method) == ("active", intent.payment_method)
    reference = mandate.payment_method_details[mandate.payment_method_details.type].reference
    assert re.fullmatch(r"[A-Z0-9]{16}", reference)
    path = mandate.payment_method_details[mandate.payment_method_details.type].url
    found, _, page = sandbox.call("GET", path.removeprefix(sandbox.url))
    assert (found, reference in page.decode()) == (200, True)
    assert sandbox.call("GET", "/mandate/none")[0] == 404
    sandbox.control(f"mandates/{mandate.id}", status="inactive")
    sandbox.emulator.deliver_due()
    assert receiver.types[-1] == "mandate.updated"
    assert receiver.events[-1]["data"]["object"]["status"] == "inactive"
    for status in ("inactive", "active"):
        body = json.dumps({"status": status})
        assert sandbox.call("POST", f"/_control/mandates/{mandate.id}", body)[0] == 400
    sandbox.control("clock", advance_days=3)
    charge = sandbox.client().charges.retrieve(intent.latest_charge.id)
    assert charge.failure_code == "debit_not_authorized"


def test_a_bacs_mandate_is_accepted_with_its_first_debit_and_then_revoked(
    sandbox: Sandbox,
) -> None:
    intent = sandbox.debited(BACS)
    mandate = mandate_of(sandbox, intent.latest_charge)

    def told() -> str:
        found = sandbox.client().mandates.retrieve(mandate.id).payment_method_details
        status: str = found.bacs_debit.network_status
        return status

    assert told() == "pending"
    sandbox.control("clock", advance_days=3)
    assert told() == "accepted"
    sandbox.control(f"mandates/{mandate.id}", status="inactive")
    assert told() == "revoked"
    sandbox.control("clock", advance_days=9)
    assert sandbox.client().payment_intents.retrieve(intent.id).status == "succeeded"


@pytest.mark.parametrize(
    ("account", "code"),
    [
        ("AT271904300000055555", "sepa_unsupported_account"),
        ("AT511904300000066666", "bank_account_unusable"),
        ("00044444", "bank_account_unusable"),
        ("DE02120300000000202051", "payment_method_invalid_parameter_testmode"),
    ],
)
def test_an_account_that_takes_no_debits_is_refused_at_once(
    sandbox: Sandbox, account: str, code: str
) -> None:
    session = sandbox.session(2550, "gbp" if account.isdigit() else "eur", **ALL)
    done = sandbox.control("pay", session=session.id, account=account)
    intent = sandbox.client().payment_intents.retrieve(done["payment_intent"])
    assert (done["state"], intent.last_payment_error.code) == ("declined", code)
    assert sandbox.client().charges.list().data == []
    assert sandbox.control("pay", session=session.id)["state"] == "succeeded"


@pytest.mark.parametrize(
    ("how", "wanted"),
    [({}, {"account": SEPA}), (ALL, {"account": BACS}), (ALL, {"account": "AT1"}),
     ({"allowed_payment_method_types": ["sepa_debit"]}, {"card": "4242424242424242"})],
)  # fmt: skip
def test_a_session_is_paid_only_as_it_allows(
    sandbox: Sandbox, how: dict[str, Any], wanted: dict[str, str]
) -> None:
    session = sandbox.session(**how)
    body = json.dumps({"session": session.id} | wanted)
    assert sandbox.call("POST", "/_control/pay", body)[0] == 400
    assert sandbox.client().payment_intents.list().data == []


def test_the_page_takes_a_debit_by_test_account_or_number(sandbox: Sandbox) -> None:
    for currency, method, number in (
        ("eur", "sepa_debit", "at61 1904 3002 3457 3201"), ("gbp", "bacs_debit", BACS),
    ):  # fmt: skip
        session = sandbox.session(2550, currency, **ALL)
        path = f"/pay/{session.id}"
        text = sandbox.call("GET", path)[2].decode()
        assert text.count("<form") == 2
        ids = re.findall(r'<(?:input|select) id="(\w+)"', text)
        assert len(ids) == len(set(ids))
        for id in ids:
            assert f'<label for="{id}">' in text
        sent = {"method": method, "email": "ada@zoo.test", "name": "Ada", "account": number}
        status, headers, text = sandbox.form(path, **sent | {"sort_code": "10-88-00"})
        assert status == 303
        assert headers["location"].endswith(session.id)
        assert b"This is on its way" in sandbox.call("GET", path)[2]
        assert sandbox.form(path, **sent)[0] == 303
    assert len(sandbox.client().charges.list().data) == 2


@pytest.mark.parametrize(
    ("changes", "status", "told"),
    [
        ({"account": "AT1"}, 400, "This account number is incorrect."),
        ({"account": BACS}, 400, "This account number is incorrect."),
        ({"name": ""}, 400, "Enter the name of the account holder."),
        ({"email": "x"}, 400, "Enter an e-mail address"),
        ({"method": "cash"}, 400, "Pay by card"),
        ({"test_account": "AT511904300000066666"}, 402, "This account cannot be debited."),
    ],
)
def test_the_page_says_what_is_wrong_with_a_debit(
    sandbox: Sandbox, changes: dict[str, str], status: int, told: str
) -> None:
    session = sandbox.session(**ALL)
    sent = {"method": "sepa_debit", "email": "ada@zoo.test", "name": "Ada", "account": SEPA}
    answered, _, text = sandbox.form(f"/pay/{session.id}", **sent | changes)
    assert (answered, told in text) == (status, True)
    assert sandbox.client().charges.list().data == []


def test_a_sort_code_has_six_digits(sandbox: Sandbox) -> None:
    session = sandbox.session(2550, "gbp", **ALL)
    sent = {"method": "bacs_debit", "email": "ada@zoo.test", "name": "Ada", "account": BACS}
    status, _, text = sandbox.form(f"/pay/{session.id}", **sent | {"sort_code": "1088"})
    assert (status, "A sort code has six digits." in text) == (400, True)


def test_a_debit_makes_the_customer_that_the_session_asks_for(sandbox: Sandbox) -> None:
    intent = sandbox.debited(SEPA, customer_creation="always")
    assert intent.customer == intent.latest_charge.customer
    assert session_of(sandbox, intent).customer == intent.customer
    sandbox.control("clock", advance_days=3)
    sandbox.control("clock", advance_seconds=DELAY_SECONDS)
    assert len(sandbox.client().customers.list().data) == 1
