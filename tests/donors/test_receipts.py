"""Goal: one receipt for each received gift, whatever stumbles on the way, and no second one."""

import ctypes.util
import hashlib
import threading

import pytest
from django.db import connection

from donors import gifts, receipts
from donors.models import Gift, Receipt, ReceiptState
from funding.documents import rendering
from funding.documents.models import Document
from funding.documents.register import CannotRender
from funding.ledger.models import Fund
from funding.mail.models import Mail
from tests import make
from tests.donors.conftest import Visitor


def paid(visitor: Visitor, general: Fund, **facts: object) -> Gift:
    """A gift that is received and has its receipt due."""
    gift = make.gift(general, **facts)
    visitor.pays(gift)
    return gifts.follow(gift.pk)


def test_a_receipt_is_numbered_rendered_and_put_into_the_outbox(
    general: Fund, visitor: Visitor
) -> None:
    gift = paid(visitor, general, cover_minor=64)
    receipt = gift.receipts.get()
    receipts.make(receipt.pk)
    receipt.refresh_from_db()
    document = Document.objects.get()
    assert (receipt.state, receipt.document) == (ReceiptState.ISSUED, document)
    assert document.number == 1
    assert document.snapshot["gives_minor"] == 2614
    assert document.snapshot["donor"] == {"name": "Alice Example"}
    mail = Mail.objects.get()
    assert mail.to_address == "alice@donor.example"
    assert document.name in mail.subject
    assert bytes(mail.attachments.get().content) == bytes(document.content or b"")


def test_making_a_receipt_again_and_at_once_changes_nothing(
    general: Fund, visitor: Visitor
) -> None:
    receipt = paid(visitor, general).receipts.get()

    def work() -> None:
        try:
            receipts.make(receipt.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    receipts.make(receipt.pk)
    assert Document.objects.count() == 1
    assert Mail.objects.count() == 1


def test_a_copy_has_the_same_bytes_and_says_copy(general: Fund, visitor: Visitor) -> None:
    receipt = paid(visitor, general).receipts.get()
    receipts.make(receipt.pk)
    receipts.resend(receipt_id=receipt.pk, actor="user:1")
    receipts.resend(receipt_id=receipt.pk, actor="user:1")
    first, *copies = Mail.objects.order_by("pk")
    assert len(copies) == 2
    for copy in copies:
        assert "copy" in (copy.subject + copy.text).lower()
        assert bytes(copy.attachments.get().content) == bytes(first.attachments.get().content)
    assert "copy" not in first.text.lower()
    stored = Document.objects.get()
    assert hashlib.sha256(bytes(stored.content or b"")).hexdigest() == stored.sha256


def test_without_pango_the_words_go_first_and_the_paper_follows(
    general: Fund, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = paid(visitor, general).receipts.get()
    with monkeypatch.context() as machine:
        # As on a machine without Pango: the system's own look-up finds no library.
        machine.setattr(ctypes.util, "find_library", lambda _name: None)
        rendering._workshop.cache_clear()
        with pytest.raises(CannotRender):
            rendering.pdf("receipt", {}, "en")
        receipts.make(receipt.pk)
        words = Mail.objects.get()
        assert not words.attachments.exists()
        assert "follow" in words.text
    rendering._workshop.cache_clear()
    Document.objects.update(due_at=receipt.due_at)
    Receipt.objects.update(due_at=receipt.due_at)
    from funding.documents import register

    register.render_due()
    assert receipts.sweep() == 1
    assert Mail.objects.count() == 2
    paper = Mail.objects.latest("pk")
    assert paper.attachments.count() == 1
    receipts.sweep()
    assert Mail.objects.count() == 2


def test_the_sweep_makes_a_receipt_whose_bell_nobody_heard(general: Fund, visitor: Visitor) -> None:
    paid(visitor, general)
    assert receipts.sweep() == 1
    assert Mail.objects.count() == 1
    assert receipts.sweep() == 0


def test_another_name_on_the_form_is_on_the_receipt_and_renames_nobody(
    general: Fund, visitor: Visitor
) -> None:
    first = paid(visitor, general)
    second = paid(visitor, general, name="Alice the Second")
    receipts.make(second.receipts.get().pk)
    assert first.donor == second.donor
    assert second.donor.name == "Alice Example"
    assert Document.objects.get().snapshot["donor"] == {"name": "Alice the Second"}
