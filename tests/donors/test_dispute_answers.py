"""Goal: a bank is answered once and for good, with a reason, whatever breaks on the way."""

import pytest
from django.test import Client

from donors import disputes, evidence, refunds, warnings
from donors.disputes import NeedsAReason, NothingToSend
from donors.evidence import NotEvidence, NotOpen, Paper
from donors.models import (
    Dispute,
    EarlyWarning,
    GiftState,
    Refund,
    WarningState,
)
from funding import clock
from funding.audit.models import Record
from funding.gateway.client import Unreachable
from funding.ledger.models import Fund, Posting
from funding.site import webhooks
from funding.users.models import Role
from tests.books import assert_agreed
from tests.donors.conftest import Visitor
from tests.donors.test_disputes import DAY, PDF, moves, taken, written
from tests.donors.test_refunds import received
from tests.people import enrol, make_person, sign_in
from tests.sandbox.conftest import Sandbox


def test_nothing_is_answered_without_a_reason_or_evidence(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    dispute = taken(stripe, received(visitor, general))
    with pytest.raises(NothingToSend):
        disputes.submit(dispute_id=dispute.pk, why="Ours.", actor="user:1")
    with pytest.raises(NeedsAReason):
        disputes.accept(dispute_id=dispute.pk, why=" ", actor="user:1")
    with pytest.raises(NotEvidence):
        written(dispute, "x", Paper("receipt", "receipt.exe", b"MZ"))
    with pytest.raises(NotEvidence):
        written(dispute, "x" * 20_001)
    with pytest.raises(NotEvidence):
        written(dispute, "x", Paper("receipt", "large.pdf", PDF + b"." * 4_500_000))
    dispute.refresh_from_db()
    assert (dispute.evidence, dispute.intent, dispute.files.count()) == ({}, "", 0)
    assert stripe.client().disputes.retrieve(dispute.stripe_id).status == "needs_response"


def test_evidence_goes_once_with_its_papers_and_wins(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    dispute = taken(stripe, received(visitor, general))
    written(dispute, "winning_evidence", Paper("uncategorized_file", "letter.pdf", PDF))
    assert evidence.add_receipt(dispute_id=dispute.pk, actor="user:1")
    disputes.submit(dispute_id=dispute.pk, why="It is theirs.", actor="user:1")
    with pytest.raises(NotOpen):
        written(dispute, "more")
    disputes.answer(dispute.pk)
    disputes.answer(dispute.pk)
    dispute.refresh_from_db()
    assert (dispute.status, dispute.submissions, dispute.intent) == ("under_review", 1, "")
    assert dispute.submitted_at is not None
    told = stripe.client().disputes.retrieve(dispute.stripe_id).evidence
    kept = {file.field: file.stripe_id for file in dispute.files.all()}
    assert kept == {"receipt": told.receipt, "uncategorized_file": told.uncategorized_file}
    assert Record.objects.filter(action="dispute.submit_done", facts__dispute=dispute.pk).exists()
    stripe.control("clock", advance_seconds=DAY)
    webhooks.walk_movements()
    dispute.refresh_from_db()
    assert dispute.status == "won"
    assert_agreed(stripe)


@pytest.mark.parametrize("kind", ["error_before", "error_after", "reset_before", "reset_after"])
@pytest.mark.parametrize("path", ["/v1/files", "/v1/disputes"])
def test_whatever_breaks_on_the_way_evidence_arrives_once(
    general: Fund, visitor: Visitor, stripe: Sandbox, kind: str, path: str
) -> None:
    dispute = taken(stripe, received(visitor, general))
    written(dispute, "A gift.", Paper("uncategorized_file", "letter.pdf", PDF))
    disputes.submit(dispute_id=dispute.pk, why="Ours.", actor="user:1")
    stripe.control("faults", api=[{"kind": kind, "next": 4, "path": path, "method": "POST"}])
    for _round in range(6):
        Dispute.objects.update(due_at=clock.now())
        disputes.sweep()
    dispute.refresh_from_db()
    assert (dispute.status, dispute.submissions, dispute.intent) == ("under_review", 1, "")
    assert dispute.error == ""
    assert_agreed(stripe)


def test_a_lost_answer_to_the_acceptance_is_looked_up_and_not_told_again(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    dispute = taken(stripe, received(visitor, general))
    disputes.accept(dispute_id=dispute.pk, why="It is true.", actor="user:1")
    # The process died after Stripe had done it: nothing of it is written down.
    stripe.client().disputes.close(dispute.stripe_id)
    disputes.sweep()
    dispute.refresh_from_db()
    assert (dispute.status, dispute.intent) == ("lost", "")
    assert dispute.accepted_at is not None
    assert_agreed(stripe)


def test_a_loss_is_appealed_with_a_reason_and_the_papers(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    dispute = taken(stripe, received(visitor, general))
    written(dispute, "losing_evidence", Paper("receipt", "r.pdf", PDF))
    disputes.submit(dispute_id=dispute.pk, why="It is theirs.", actor="user:1")
    disputes.answer(dispute.pk)
    moves(stripe, dispute, "lost")
    moves(stripe, dispute, "appeal_needs_response")
    written(dispute, " ")
    with pytest.raises(NothingToSend):
        disputes.submit(dispute_id=dispute.pk, why="Again.", actor="user:1")
    written(dispute, "winning_evidence")
    disputes.submit(dispute_id=dispute.pk, why="We have found the letter.", actor="user:1")
    disputes.answer(dispute.pk)
    told = stripe.client().disputes.retrieve(dispute.stripe_id)
    assert told.evidence.uncategorized_text == "losing_evidence"
    assert told.evidence.appeal.card.reason_for_filing == "winning_evidence"
    assert told.evidence.appeal.card.supporting_files == [told.evidence.receipt]
    stripe.control("clock", advance_seconds=DAY)
    disputes.follow(dispute.stripe_id)
    dispute.refresh_from_db()
    assert dispute.status == "won"
    assert_agreed(stripe)


def test_a_process_that_dies_between_paper_and_submission_hands_the_paper_over_once(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    dispute = taken(stripe, received(visitor, general))
    written(dispute, "A gift.", Paper("receipt", "r.pdf", PDF))
    disputes.submit(dispute_id=dispute.pk, why="Ours.", actor="user:1")
    first = evidence.hand_over(dispute)
    assert evidence.hand_over(dispute) == first
    dispute.files.update(stripe_id="")
    assert evidence.hand_over(dispute) == first
    disputes.sweep()
    dispute.refresh_from_db()
    assert (dispute.status, len(stripe.client().files.list().data)) == ("under_review", 1)


def test_what_came_too_late_is_said_and_nothing_is_lost(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    dispute = taken(stripe, received(visitor, general))
    written(dispute)
    disputes.submit(dispute_id=dispute.pk, why="Ours.", actor="user:1")
    stripe.control("clock", advance_seconds=10 * DAY)
    disputes.sweep()
    dispute.refresh_from_db()
    assert (dispute.status, dispute.intent, dispute.submitted_at) == ("lost", "", None)
    assert Record.objects.filter(action="dispute.submit_too_late").exists()


def test_unreachable_is_tried_again_and_said(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    dispute = taken(stripe, received(visitor, general))
    disputes.accept(dispute_id=dispute.pk, why="It is true.", actor="user:1")
    stripe.control("faults", api=[{"kind": "error_before", "probability": 1.0}])
    with pytest.raises(Unreachable):
        disputes.answer(dispute.pk)
    disputes.sweep()
    dispute.refresh_from_db()
    assert "Unreachable" in dispute.error
    stripe.control("faults", api=[])
    Dispute.objects.update(due_at=clock.now())
    disputes.sweep()
    dispute.refresh_from_db()
    assert (dispute.status, dispute.error) == ("lost", "")


def test_a_warning_waits_and_giving_back_spares_the_dispute(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    made = stripe.control("warnings", charge=gift.charge)
    assert warnings.follow(made["id"])
    assert warnings.follow(made["id"])
    warning = EarlyWarning.objects.get()
    warnings.refund(warning_id=warning.pk, why="It looks stolen.", actor="user:1")
    with pytest.raises(warnings.AlreadyDecided):
        warnings.keep(warning_id=warning.pk, why="No.", actor="user:2")
    refunds.send(Refund.objects.get().pk)
    warnings.follow(made["id"])
    warning.refresh_from_db()
    gift.refresh_from_db()
    assert (warning.state, warning.is_actionable) == (WarningState.REFUNDED, False)
    assert gift.state == GiftState.REFUNDED
    assert_agreed(stripe)


def test_a_dispute_ends_the_warning_that_came_before(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    made = stripe.control("warnings", charge=gift.charge)
    warnings.follow(made["id"])
    stripe.control("disputes", charge=gift.charge)
    warnings.follow(made["id"])
    assert EarlyWarning.objects.get().state == WarningState.ENDED


def test_the_treasurer_reads_answers_and_accepts_on_the_pages(
    general: Fund, visitor: Visitor, stripe: Sandbox, client: Client
) -> None:
    gift = received(visitor, general)
    dispute = taken(stripe, gift)
    tara = make_person("tara@x.example", "Tara", Role.TREASURER)
    enrol(tara)
    sign_in(client, tara)
    page = f"/treasurer/disputes/{dispute.uuid}/"
    listed = client.get("/treasurer/disputes/?q=alice&state=needs_response").content.decode()
    assert page in listed
    assert dispute.stripe_id in b"".join(client.get("/treasurer/disputes/?csv=1")).decode()
    shown = client.get(page).content.decode()
    for said in ("days left", "fraudulent", "Dispute fees", "is under zero", "Accept the loss"):
        assert said in shown
    assert page in client.get("/inbox/").content.decode()
    assert "taken back by the bank" in client.get(f"/treasurer/gifts/{gift.uuid}/").content.decode()
    assert client.post(f"{page}evidence/", {"uncategorized_text": "Ours"}).status_code == 302
    assert client.post(f"{page}submit/", {"why": ""}).status_code == 422
    assert client.get(f"{page}accept/").status_code == 200
    assert client.post(f"{page}accept/", {"why": "It is true."}).status_code == 302
    assert client.post(f"{page}submit/", {"why": "No."}).status_code == 409
    disputes.sweep()
    assert "It is true." in client.get(page).content.decode()
    dispute.refresh_from_db()
    assert dispute.status == "lost"
    assert Posting.objects.filter(account_id="disputes").count() == 1


def test_the_treasurer_decides_on_a_warning_on_its_page(
    general: Fund, visitor: Visitor, stripe: Sandbox, client: Client
) -> None:
    gift = received(visitor, general)
    warnings.follow(stripe.control("warnings", charge=gift.charge)["id"])
    warning = EarlyWarning.objects.get()
    tara = make_person("tara@x.example", "Tara", Role.TREASURER)
    enrol(tara)
    sign_in(client, tara)
    page = f"/treasurer/warnings/{warning.uuid}/"
    assert page in client.get("/inbox/").content.decode()
    assert "Give €25.50 back" in client.get(page).content.decode()
    assert client.post(f"{page}refund/", {"why": "Stolen."}).status_code == 302
    assert client.post(f"{page}keep/", {"why": "Kept."}).status_code == 409
    assert Refund.objects.get().amount_minor == 2550
