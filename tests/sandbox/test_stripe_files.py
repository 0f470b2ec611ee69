"""Files of evidence: form data as the library sends it, kinds, sizes and keys."""

from __future__ import annotations

import io
from typing import Any

import pytest
import stripe

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
