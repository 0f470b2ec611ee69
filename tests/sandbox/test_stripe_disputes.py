"""Disputes: what banks take back, evidence and its files, deadlines, and what comes again."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Any

import pytest
import stripe

from funding.sandbox.stripe.disputes import MOVES
from tests.sandbox.conftest import DELAY_SECONDS, Receiver, Sandbox
from tests.sandbox.test_stripe_files import upload

DAY = 24 * 3600
DECISION_SECONDS = 60
OPENED = ["charge.dispute.created", "charge.dispute.funds_withdrawn", "charge.updated"]


def moved(dispute: Any) -> list[tuple[int, int, str]]:
    """What a dispute did to the balance: amount, fee and category of each transaction."""
    found = dispute.balance_transactions
    assert all(part.source == dispute.id and part.type == "adjustment" for part in found)
    return [(part.amount, part.fee, part.reporting_category) for part in found]


def balance(sandbox: Sandbox) -> int:
    """What the balance holds in euro cents."""
    told: int = sandbox.control("books")["currencies"]["eur"]["balance"]
    return told


@pytest.mark.parametrize(("currency", "taken"), [("eur", 6000), ("gbp", 6900)])
def test_a_dispute_takes_its_amount_and_a_fee(sandbox: Sandbox, currency: str, taken: int) -> None:
    before = sandbox.happened()
    dispute = sandbox.disputed(6000, currency)
    assert (dispute.status, dispute.reason, dispute.currency) == (
        "needs_response", "fraudulent", currency,
    )  # fmt: skip
    assert moved(dispute) == [(-taken, 2000, "dispute")]
    assert dispute.balance_transactions[0].net == -taken - 2000
    assert dispute.is_charge_refundable is False
    assert dispute.payment_method_details.card.case_type == "chargeback"
    assert sandbox.client().charges.retrieve(dispute.charge).disputed
    assert sandbox.happened()[-3:] == OPENED
    assert before == []
    books = sandbox.control("books")["currencies"]
    assert (books[currency]["disputes"], books[currency]["dispute_reversals"]) == (6000, 0)
    assert books["eur"]["dispute_fees"] == 2000
    assert books["eur"]["balance"] == -books["eur"]["fees"] - 2000


def test_a_part_can_be_disputed_and_no_more_than_the_charge(sandbox: Sandbox) -> None:
    dispute = sandbox.disputed(6000, amount=1000)
    assert moved(dispute) == [(-1000, 2000, "dispute")]
    for amount in (5001, 0, -1):
        wanted = json.dumps({"charge": dispute.charge, "amount": amount})
        assert sandbox.call("POST", "/_control/disputes", wanted)[0] == 400
    assert len(sandbox.client().disputes.list({"charge": dispute.charge}).data) == 1
    second = sandbox.control("disputes", charge=dispute.charge)
    assert second["amount"] == 5000
    wanted = json.dumps({"charge": dispute.charge})
    assert sandbox.call("POST", "/_control/disputes", wanted)[0] == 400


def test_a_bank_disputes_what_was_not_refunded_or_after_a_full_refund_the_whole(
    sandbox: Sandbox,
) -> None:
    intent = sandbox.paid(6000)
    sandbox.client().refunds.create({"payment_intent": intent.id, "amount": 1000})
    made = sandbox.control("disputes", payment_intent=intent.id)
    assert made["amount"] == 5000
    other = sandbox.paid(6000)
    sandbox.client().refunds.create({"payment_intent": other.id})
    assert sandbox.control("disputes", payment_intent=other.id)["amount"] == 6000


@pytest.mark.parametrize(
    "wanted",
    [{"reason": "bad mood"}, {"status": "won"}, {"status": "under_review"}, {"case": "theft"},
     {"amount": "5"}, {"colour": "red"}],
)  # fmt: skip
def test_a_dispute_that_stripe_does_not_know_is_refused_and_takes_nothing(
    sandbox: Sandbox, wanted: dict[str, object]
) -> None:
    charge = sandbox.paid().latest_charge.id
    before = balance(sandbox)
    body = json.dumps({"charge": charge} | wanted)
    assert sandbox.call("POST", "/_control/disputes", body)[0] == 400
    assert sandbox.client().disputes.list().data == []
    assert balance(sandbox) == before


def test_what_was_never_paid_is_not_disputed(sandbox: Sandbox) -> None:
    session = sandbox.session()
    sandbox.control("pay", session=session.id, card="4000000000000002")
    charge = sandbox.client().charges.list().data[0].id
    body = json.dumps({"charge": charge})
    assert sandbox.call("POST", "/_control/disputes", body)[0] == 400


def test_nothing_is_refunded_while_a_dispute_holds_the_money(sandbox: Sandbox) -> None:
    client, dispute = sandbox.client(), sandbox.disputed(6000, amount=1000)
    before = balance(sandbox)
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            client.refunds.create({"charge": dispute.charge, "amount": 10})
        assert caught.value.code == "charge_disputed"
    assert balance(sandbox) == before
    sandbox.control(f"disputes/{dispute.id}", status="won")
    assert client.refunds.create({"charge": dispute.charge, "amount": 10}).amount == 10


@pytest.mark.parametrize(
    ("card", "expected"),
    [
        ("4000000000000259", [("fraudulent", "needs_response", "10.4")]),
        ("4000000000002685", [("product_not_received", "needs_response", "13.1")]),
        ("4000000000001976", [("general", "warning_needs_response", "10")]),
        ("4000000404000079", [("fraudulent", "needs_response", "10.4")] * 2),
    ],
)
def test_test_cards_are_disputed_a_moment_after_they_were_settled(
    sandbox: Sandbox, card: str, expected: list[tuple[str, str, str]]
) -> None:
    charge = sandbox.paid(6001, card=card).latest_charge
    assert not charge.disputed
    sandbox.control("clock", advance_seconds=10)
    found = sandbox.client().disputes.list({"payment_intent": charge.payment_intent}).data
    assert [(d.reason, d.status, d.network_reason_code) for d in found] == expected
    assert sum(d.amount for d in found) == 6001


def test_evidence_is_staged_and_submitted_once(sandbox: Sandbox) -> None:
    client, dispute = sandbox.client(), sandbox.disputed()
    letter = upload(sandbox)
    staged = client.disputes.update(
        dispute.id,
        {"evidence": {"receipt": letter.id, "customer_name": "Ada"}, "submit": False,
         "metadata": {"dispute": "d1"}},
    )  # fmt: skip
    assert (staged.status, staged.evidence_details.submission_count) == ("needs_response", 0)
    assert staged.evidence_details.has_evidence
    sent = client.disputes.update(
        dispute.id, {"evidence": {"customer_name": "", "product_description": "A gift"}}
    )
    assert (sent.status, sent.evidence_details.submission_count) == ("under_review", 1)
    assert (sent.evidence.customer_name, sent.evidence.receipt) == (None, letter.id)
    assert sent.metadata.to_dict() == {"dispute": "d1"}
    with pytest.raises(stripe.InvalidRequestError, match="was submitted"):
        client.disputes.update(dispute.id, {"evidence": {"customer_name": "Eve"}})
    assert client.disputes.update(dispute.id, {"metadata": {"seen": "1"}}).status == "under_review"
    assert sandbox.happened()[-3:] == ["charge.dispute.updated"] * 3
    whole = client.disputes.retrieve(dispute.id, {"expand": ["evidence.receipt", "charge"]})
    assert (whole.evidence.receipt.filename, whole.charge.disputed) == ("letter.pdf", True)


@pytest.mark.parametrize(
    "evidence",
    [{"receipt": "file_none"}, {"receipt": "du_1"}, {"customer_name": "x" * 20_001},
     {"appeal": {"card": {"supporting_files": ["file_none"]}}}],
)  # fmt: skip
def test_wrong_evidence_is_refused_and_nothing_is_kept(
    sandbox: Sandbox, evidence: dict[str, Any]
) -> None:
    client, dispute = sandbox.client(), sandbox.disputed()
    with pytest.raises(stripe.InvalidRequestError):
        client.disputes.update(dispute.id, {"evidence": evidence})
    again = client.disputes.retrieve(dispute.id)
    assert (again.status, again.evidence_details.has_evidence) == ("needs_response", False)


def test_too_much_text_and_no_evidence_are_refused(sandbox: Sandbox) -> None:
    client, dispute = sandbox.client(), sandbox.disputed()
    names = (
        "access_activity_log",
        "billing_address",
        "cancellation_rebuttal",
        "customer_name",
        "product_description",
        "service_date",
        "shipping_address",
        "uncategorized_text",
    )
    with pytest.raises(stripe.InvalidRequestError, match="combined character count"):
        client.disputes.update(dispute.id, {"evidence": dict.fromkeys(names, "x" * 19_000)})
    with pytest.raises(stripe.InvalidRequestError, match="no evidence"):
        client.disputes.update(dispute.id, {"submit": True})


@pytest.mark.parametrize(("returned", "fee"), [(False, 0), (True, -2000)])
def test_winning_evidence_brings_the_money_back(
    sandbox: Sandbox, receiver: Receiver, returned: bool, fee: int
) -> None:
    client, dispute = sandbox.client(), sandbox.disputed(6000, "gbp")
    before = balance(sandbox)
    if returned:
        sandbox.control(f"disputes/{dispute.id}", status="won", fee_returned=True)
    else:
        words = {"evidence": {"uncategorized_text": "winning_evidence"}}
        assert client.disputes.update(dispute.id, words).status == "under_review"
        sandbox.control("clock", advance_seconds=DECISION_SECONDS)
    dispute = client.disputes.retrieve(dispute.id)
    assert dispute.status == "won"
    assert moved(dispute) == [(-6900, 2000, "dispute"), (6900, fee, "dispute_reversal")]
    assert balance(sandbox) == before + 6900 - fee
    assert dispute.is_charge_refundable
    sandbox.emulator.deliver_due()
    assert receiver.types[-2:] == ["charge.dispute.funds_reinstated", "charge.dispute.closed"]
    books = sandbox.control("books")["currencies"]
    assert books["gbp"]["dispute_reversals"] == 6000
    assert books["eur"]["dispute_fees"] == 2000 + fee


def test_losing_evidence_and_acceptance_lose_and_move_nothing(sandbox: Sandbox) -> None:
    client = sandbox.client()
    losing, accepted = sandbox.disputed(), sandbox.disputed()
    before = balance(sandbox)
    client.disputes.update(losing.id, {"evidence": {"uncategorized_text": "losing_evidence"}})
    sandbox.control("clock", advance_seconds=DECISION_SECONDS)
    assert client.disputes.close(accepted.id).status == "lost"
    assert client.disputes.retrieve(losing.id).status == "lost"
    assert balance(sandbox) == before
    assert sandbox.happened().count("charge.dispute.closed") == 2
    for call in (
        lambda: client.disputes.close(accepted.id),
        lambda: client.disputes.update(accepted.id, {"evidence": {"customer_name": "Ada"}}),
    ):
        with pytest.raises(stripe.InvalidRequestError, match="already closed"):
            call()


def test_a_dispute_is_accepted_once_under_one_key(sandbox: Sandbox) -> None:
    client, dispute = sandbox.client(), sandbox.disputed()
    key = {"idempotency_key": "dispute:1:close"}
    sandbox.control("faults", api=[{"kind": "error_after", "next": 1, "path": "/v1/disputes"}])
    with pytest.raises(stripe.APIError):
        client.disputes.close(dispute.id, options=key)
    assert client.disputes.retrieve(dispute.id).status == "lost"
    with pytest.raises(stripe.APIError):
        client.disputes.close(dispute.id, options=key)
    assert sandbox.happened().count("charge.dispute.closed") == 1


def test_without_evidence_a_dispute_is_lost_at_its_deadline(sandbox: Sandbox) -> None:
    client, dispute = sandbox.client(), sandbox.disputed(due_in_days=3)
    details = dispute.evidence_details
    assert (details.due_by + 1) % DAY == 0
    assert 2 * DAY <= details.due_by + 1 - dispute.created <= 3 * DAY
    client.disputes.update(dispute.id, {"evidence": {"customer_name": "Ada"}, "submit": False})
    sandbox.control("clock", set=details.due_by - 3)
    assert client.disputes.retrieve(dispute.id).status == "needs_response"
    sandbox.control("clock", advance_seconds=10)
    dispute = client.disputes.retrieve(dispute.id)
    assert (dispute.status, dispute.evidence_details.past_due) == ("lost", True)
    closed = client.events.list({"type": "charge.dispute.closed"}).data[0]
    assert closed.created == details.due_by + 1


def test_a_bank_that_reads_evidence_takes_two_months(sandbox: Sandbox) -> None:
    client, dispute = sandbox.client(), sandbox.disputed()
    client.disputes.update(dispute.id, {"evidence": {"customer_name": "Ada"}})
    sandbox.control("clock", advance_days=59)
    assert client.disputes.retrieve(dispute.id).status == "under_review"
    sandbox.control("clock", advance_days=2)
    assert client.disputes.retrieve(dispute.id).status == "lost"


def test_an_inquiry_takes_nothing_and_ends_by_itself(sandbox: Sandbox) -> None:
    client = sandbox.client()
    dispute = sandbox.disputed(status="warning_needs_response", reason="general")
    before = balance(sandbox)
    assert (moved(dispute), dispute.is_charge_refundable) == ([], True)
    assert dispute.payment_method_details.card.case_type == "inquiry"
    with pytest.raises(stripe.InvalidRequestError, match="cannot be closed"):
        client.disputes.close(dispute.id)
    sandbox.control("clock", advance_days=10)
    dispute = client.disputes.retrieve(dispute.id)
    assert (dispute.status, dispute.evidence_details.past_due) == ("warning_needs_response", True)
    sandbox.control("clock", advance_days=111)
    assert client.disputes.retrieve(dispute.id).status == "warning_closed"
    assert balance(sandbox) == before


@pytest.mark.parametrize(
    ("words", "status", "takes"),
    [
        ("winning_evidence", "warning_closed", []),
        ("losing_evidence", "warning_closed", []),
        ("escalate_inquiry_evidence", "needs_response", [(-2550, 2000, "dispute")]),
    ],
)
def test_an_inquiry_is_answered_or_escalated(
    sandbox: Sandbox, words: str, status: str, takes: list[tuple[int, int, str]]
) -> None:
    client, inquiry = sandbox.client(), sandbox.disputed(status="warning_needs_response")
    sent = client.disputes.update(inquiry.id, {"evidence": {"uncategorized_text": words}})
    assert sent.status == "warning_under_review"
    sandbox.control("clock", advance_seconds=DECISION_SECONDS)
    dispute = client.disputes.retrieve(inquiry.id)
    assert (dispute.status, moved(dispute)) == (status, takes)
    if takes:
        assert dispute.payment_method_details.card.case_type == "chargeback"
        assert sandbox.happened()[-2:] == [
            "charge.dispute.updated", "charge.dispute.funds_withdrawn",
        ]  # fmt: skip


def test_a_full_refund_ends_an_inquiry(sandbox: Sandbox) -> None:
    client, inquiry = sandbox.client(), sandbox.disputed(status="warning_needs_response")
    client.refunds.create({"charge": inquiry.charge, "amount": 50})
    assert client.disputes.retrieve(inquiry.id).status == "warning_needs_response"
    client.refunds.create({"charge": inquiry.charge})
    assert client.disputes.retrieve(inquiry.id).status == "warning_closed"


@pytest.mark.parametrize(
    ("case", "takes"), [("block", []), ("resolution", [(-2550, 0, "dispute")])]
)
def test_a_prevented_dispute_costs_no_fee(
    sandbox: Sandbox, case: str, takes: list[tuple[int, int, str]]
) -> None:
    dispute = sandbox.disputed(status="prevented", case=case)
    assert (dispute.status, moved(dispute)) == ("prevented", takes)
    assert dispute.evidence_details.due_by is None
    assert dispute.is_charge_refundable is (case == "block")


def test_a_lost_dispute_is_appealed_and_won(sandbox: Sandbox) -> None:
    client, dispute = sandbox.client(), sandbox.disputed()
    client.disputes.close(dispute.id)
    sandbox.control(f"disputes/{dispute.id}", status="appeal_needs_response")
    appeal = {"reason_for_filing": "winning_evidence", "supporting_files": [upload(sandbox).id]}
    sent = client.disputes.update(dispute.id, {"evidence": {"appeal": {"card": appeal}}})
    assert sent.status == "appeal_under_review"
    assert sent.evidence.appeal.card.supporting_files == appeal["supporting_files"]
    sandbox.control("clock", advance_seconds=DECISION_SECONDS)
    dispute = client.disputes.retrieve(dispute.id)
    assert dispute.status == "won"
    assert moved(dispute) == [(-2550, 2000, "dispute"), (2550, 0, "dispute_reversal")]


@pytest.mark.parametrize("status", [status for status in MOVES if status != "won"])
def test_a_closed_dispute_stays_closed(sandbox: Sandbox, status: str) -> None:
    dispute = sandbox.disputed()
    sandbox.control(f"disputes/{dispute.id}", status="won")
    before = balance(sandbox)
    body = json.dumps({"status": status})
    assert sandbox.call("POST", f"/_control/disputes/{dispute.id}", body)[0] == 400
    assert sandbox.client().disputes.retrieve(dispute.id).status == "won"
    assert balance(sandbox) == before


def test_an_unknown_dispute_and_an_unknown_file_are_missing(sandbox: Sandbox) -> None:
    client = sandbox.client()
    for call in (client.disputes.retrieve, client.disputes.close, client.files.retrieve):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            call("du_none")
        assert caught.value.code == "resource_missing"
    assert sandbox.call("POST", "/_control/disputes/du_none", '{"status": "won"}')[0] == 404


def test_a_fee_is_twenty_euro_in_the_currency_of_the_balance() -> None:
    with closing(Sandbox(settlement_currency="gbp")) as sandbox:
        dispute = sandbox.disputed(6000, "gbp")
        assert moved(dispute) == [(-6000, 1739, "dispute")]
        sandbox.emulator.world.books.verify()
        assert sandbox.emulator.breaches == []


def test_a_dispute_may_come_before_its_charge_is_settled(sandbox: Sandbox) -> None:
    session = sandbox.session()
    done = sandbox.control("pay", session=session.id)
    sandbox.control("disputes", payment_intent=done["payment_intent"])
    sandbox.control("clock", advance_seconds=DELAY_SECONDS)
    kinds = [t.reporting_category for t in sandbox.client().balance_transactions.list().data]
    assert kinds == ["dispute", "charge"]
