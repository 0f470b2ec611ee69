"""Goal: on a dispute's page no button loses what was typed, and rubbish moves nothing."""

from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from donors import evidence
from donors.models import Dispute
from funding.audit.models import Record
from funding.ledger.models import Fund
from funding.users.models import Role
from tests.donors.conftest import Visitor
from tests.donors.test_disputes import PDF, taken
from tests.donors.test_refunds import received
from tests.people import make_person, sign_in
from tests.sandbox.conftest import Sandbox

FORM = "application/x-www-form-urlencoded"
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


@pytest.mark.parametrize("button", ["", "receipt", "out:receipt", "send"])
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


BUTTONS = [
    "\0",
    "out:\0",
    "out:receipt\0",
    "out:",
    "out:9999",
    "out:-1",
    "out:" + "9" * 5_000,
    "out:service_date",
    "send ",
    "no such button",
    "é" * 100_000,
]
# What a browser never sends: half of a pair, no letter at all, half a letter, an overlong nought.
BROKEN = [b"\xed\xa0\x80", b"\xff\xfe", b"\xc3", b"\xc0\x80"]
TOO_LONG = "a" * (evidence.MOST_LETTERS + 1)


def send_raw(client: Client, dispute: Dispute, body: str, kind: str = FORM) -> Any:
    """Send what no browser would."""
    address = f"/treasurer/disputes/{dispute.uuid}/evidence/"
    return client.post(address, body, content_type=kind)


def as_it_was(dispute: Dispute) -> tuple[object, ...]:
    """All that a page could move: the answer, its papers, and what the log says of it."""
    dispute.refresh_from_db()
    papers = list(dispute.files.order_by("pk").values_list("field", "name"))
    return dispute.evidence, dispute.intent, papers, Record.objects.count()


def test_a_button_that_is_not_there_moves_nothing(client: Client, dispute: Dispute) -> None:
    press(client, dispute, "", receipt=SimpleUploadedFile("receipt.pdf", PDF))
    before = as_it_was(dispute)
    for button in BUTTONS:
        answer = press(client, dispute, button, uncategorized_text="Other words.")
        assert answer.status_code == 422, button
        assert "This page has no such button." in answer.text
        assert "Other words." in answer.text
        assert as_it_was(dispute) == before


def test_words_that_no_bank_takes_move_nothing(client: Client, dispute: Dispute) -> None:
    before = as_it_was(dispute)
    for name in evidence.TEXTS:
        for words in ("\0", "a\0b", TOO_LONG):
            answer = press(client, dispute, "send", **{name: words})
            assert answer.status_code == 422, name
            assert as_it_was(dispute) == before


def test_letters_that_are_none_become_marks(client: Client, dispute: Dispute) -> None:
    for broken in map(quote_from_bytes, BROKEN):
        sent = "&".join(f"{name}={broken}" for name in evidence.TEXTS)
        assert send_raw(client, dispute, sent).status_code == 302
        dispute.refresh_from_db()
        assert dispute.evidence.keys() == evidence.TEXTS.keys()
        assert set("".join(dispute.evidence.values())) == {"\N{REPLACEMENT CHARACTER}"}
        before = as_it_was(dispute)
        assert send_raw(client, dispute, f"then={broken}").status_code == 422
        assert as_it_was(dispute) == before


def test_papers_and_words_in_each_others_places_move_nothing(
    client: Client, dispute: Dispute
) -> None:
    before = as_it_was(dispute)
    for name in [*evidence.TEXTS, "then", "9999", "no_such_paper"]:
        answer = press(client, dispute, "send", **{name: SimpleUploadedFile("receipt.pdf", PDF)})
        assert answer.status_code == 422, name
        assert as_it_was(dispute) == before
    for name in evidence.PAPERS:
        for words in ("", "receipt.pdf", "\0", "9" * 5_000):
            answer = press(client, dispute, "send", **{name: words})
            assert answer.status_code == 422, name
            assert as_it_was(dispute) == before


def test_the_name_of_a_paper_is_made_fit_to_keep(client: Client, dispute: Dispute) -> None:
    names = {"n\0e\x07ws.pdf": "news.pdf", "../../n.pdf": "n.pdf", "n" * 400: "n" * 120}
    for called, kept_as in names.items():
        place = f'Content-Disposition: form-data; name="receipt"; filename="{called}"'
        body = f"--line\r\n{place}\r\n\r\n{PDF.decode()}\r\n--line--\r\n"
        answer = send_raw(client, dispute, body, "multipart/form-data; boundary=line")
        assert answer.status_code == 302
        assert [row.name for row in dispute.files.all()] == [kept_as]


@pytest.mark.parametrize("page", ["submit", "accept"])
def test_an_answer_for_good_without_a_reason_moves_nothing(
    client: Client, dispute: Dispute, page: str
) -> None:
    press(client, dispute, "")
    before = as_it_was(dispute)
    for why in ("", " ", "\0", "a\0b", "a" * 401):
        answer = client.post(f"/treasurer/disputes/{dispute.uuid}/{page}/", {"why": why})
        assert answer.status_code == 422, why
        assert as_it_was(dispute) == before


def test_a_paper_that_is_not_there_is_not_found(client: Client, dispute: Dispute) -> None:
    for field in ("9999", "receipt", "a" * 5_000, "-", "no_such_paper"):
        answer = client.get(f"/treasurer/disputes/{dispute.uuid}/papers/{field}/")
        assert answer.status_code == 404, field


def test_words_stand_in_the_order_of_the_form(client: Client, dispute: Dispute) -> None:
    """The database keeps them in an order of its own, by the length of their names."""
    words = {name: f"Words {place:02}." for place, name in enumerate(evidence.TEXTS)}
    press(client, dispute, "", **words)
    page = client.get(f"/treasurer/disputes/{dispute.uuid}/submit/").text
    places = [page.index(each) for each in words.values()]
    assert places == sorted(places)
