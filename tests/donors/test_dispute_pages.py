"""Goal: whatever button is pressed on a dispute's page, nothing that was typed is lost."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from donors.models import Dispute
from funding.ledger.models import Fund
from funding.users.models import Role
from tests.donors.conftest import Visitor
from tests.donors.test_disputes import PDF, taken
from tests.donors.test_refunds import received
from tests.people import make_person, sign_in
from tests.sandbox.conftest import Sandbox

TYPED = "She wrote to us twice, in März and in 四月."


@pytest.fixture
def dispute(general: Fund, visitor: Visitor, stripe: Sandbox, client: Client) -> Dispute:
    """One that waits for an answer, with a treasurer signed in."""
    found = taken(stripe, received(visitor, general))
    sign_in(client, make_person("tara@example.org", "Tara", Role.TREASURER))
    return found


def press(client: Client, dispute: Dispute, button: str, **sent: object) -> Any:
    """Send the form by one of its buttons."""
    address = f"/treasurer/disputes/{dispute.uuid}/evidence/"
    return client.post(address, {"uncategorized_text": TYPED, "then": button, **sent})


def kept(dispute: Dispute) -> str:
    """What the books hold of what was typed."""
    dispute.refresh_from_db()
    return str(dispute.evidence.get("uncategorized_text", ""))


@pytest.mark.parametrize("button", ["", "receipt", "out:receipt", "send", "no such button"])
def test_every_button_keeps_the_words_first(client: Client, dispute: Dispute, button: str) -> None:
    answer = press(client, dispute, button)
    assert answer.status_code == 302
    assert answer["Location"].endswith("/submit/" if button == "send" else "#evidence")
    assert kept(dispute) == TYPED


def test_a_paper_goes_in_and_out_with_words_half_written(client: Client, dispute: Dispute) -> None:
    press(client, dispute, "", service_documentation=SimpleUploadedFile("news.pdf", PDF))
    assert [row.name for row in dispute.files.all()] == ["news.pdf"]
    answer = press(client, dispute, "out:service_documentation", uncategorized_text="Shorter.")
    assert answer.status_code == 302
    assert not dispute.files.exists()
    assert kept(dispute) == "Shorter."


def test_sending_nothing_is_refused_with_a_sentence(client: Client, dispute: Dispute) -> None:
    answer = press(client, dispute, "send", uncategorized_text="")
    assert answer.status_code == 409
    assert "There is no evidence yet." in answer.text
    dispute.refresh_from_db()
    assert (dispute.evidence, dispute.intent) == ({}, "")


def test_a_refused_paper_leaves_the_words_on_the_page(client: Client, dispute: Dispute) -> None:
    answer = press(client, dispute, "send", receipt=SimpleUploadedFile("r.exe", b"MZ"))
    assert answer.status_code == 409
    assert TYPED in answer.text
    assert kept(dispute) == ""
