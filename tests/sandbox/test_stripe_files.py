"""Files of evidence: form data as the library sends it, kinds, sizes and keys."""

from __future__ import annotations

import io
from contextlib import nullcontext
from typing import Any

import pytest
import stripe

from funding.sandbox.stripe.faults import API_KINDS
from tests.sandbox.conftest import Sandbox

PDF = b"%PDF-1.7 a letter"


def file(content: bytes = PDF, name: str = "letter.pdf") -> io.BytesIO:
    """A file to upload."""
    made = io.BytesIO(content)
    made.name = name
    return made


def upload(sandbox: Sandbox, **how: Any) -> Any:
    """Evidence that Stripe keeps."""
    return sandbox.client().files.create({"purpose": "dispute_evidence", "file": file(**how)})


@pytest.mark.parametrize(
    ("content", "kind"),
    [(PDF, "pdf"), (b"\x89PNG\r\n\x1a\n\0\r\n--x", "png"), (b"\xff\xd8\xff\r\n\r\n", "jpg")],
)
def test_a_file_is_kept_byte_by_byte_and_once_under_one_key(
    sandbox: Sandbox, content: bytes, kind: str
) -> None:
    client, key = sandbox.client(), {"idempotency_key": "evidence:1"}
    wanted = {"purpose": "dispute_evidence"}
    made = client.files.create(wanted | {"file": file(content, "a/b c.bin")}, key)
    assert (made.type, made.size, made.filename) == (kind, len(content), "b c.bin")
    assert client.files.create(wanted | {"file": file(content, "a/b c.bin")}, key).id == made.id
    with pytest.raises(stripe.IdempotencyError):
        client.files.create(wanted | {"file": file(content + b"!", "a/b c.bin")}, key)
    assert [f.id for f in client.files.list({"purpose": "dispute_evidence"}).data] == [made.id]


@pytest.mark.parametrize("content", [b"", b"MZ not a picture", b"%PDF-" + b"x" * 5 * 1024 * 1024])
def test_a_file_of_another_kind_or_too_large_is_refused(sandbox: Sandbox, content: bytes) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        upload(sandbox, content=content)
    assert sandbox.client().files.list().data == []


def test_a_file_is_sent_as_form_data(sandbox: Sandbox) -> None:
    status, _, body = sandbox.api("POST", "/v1/files", "purpose=dispute_evidence&file=x")
    assert (status, body["error"]["param"]) == (400, "file")
    kind = {"content_type": "multipart/form-data"}
    assert sandbox.api("POST", "/v1/files", "--x--", **kind)[0] == 400


@pytest.mark.parametrize("kind", API_KINDS)
def test_under_every_fault_a_file_and_its_evidence_are_sent_once(
    sandbox: Sandbox, kind: str
) -> None:
    client, dispute = sandbox.client(retries=2), sandbox.disputed()
    fault = {"kind": kind, "next": 1, "seconds": 0.1, "should_retry": True, "method": "POST"}
    sandbox.control("faults", api=[fault])
    wanted = {"purpose": "dispute_evidence", "file": file()}
    with nullcontext() if kind != "error_after" else pytest.raises(stripe.APIError):
        client.files.create(wanted, {"idempotency_key": "evidence:1"})
    (kept,) = client.files.list().data
    sandbox.control("faults", api=[fault])
    evidence = {"evidence": {"receipt": kept.id, "customer_name": "Ada"}}
    with nullcontext() if kind != "error_after" else pytest.raises(stripe.APIError):
        client.disputes.update(dispute.id, evidence, {"idempotency_key": "dispute:1:submit"})
    found = client.disputes.retrieve(dispute.id)
    assert (found.status, found.evidence_details.submission_count) == ("under_review", 1)
    assert sandbox.happened().count("charge.dispute.updated") == 1
