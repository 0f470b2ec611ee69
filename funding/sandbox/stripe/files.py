"""Files: evidence that is uploaded, as form data with parts."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

from .forms import nested
from .listing import one_of, page
from .registry import LISTING, Call, operation
from .wire import Refusal

MAX_BYTES = 5 * 1024 * 1024
_KINDS = ((b"%PDF-", "pdf"), (b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpg"))
_PURPOSES = ("dispute_evidence",)


class Upload(dict[str, Any]):
    """A file in a request: its name, size and digest, and beside them the bytes themselves.

    As a dictionary it can be kept under an idempotency key and compared with a repetition.
    """

    def __init__(self, name: str, content: bytes) -> None:
        digest = hashlib.sha256(content).hexdigest()
        super().__init__(name=name, size=len(content), sha256=digest)
        self.content = content


def parse_parts(body: bytes, content_type: str) -> dict[str, Any]:
    """The fields of a `multipart/form-data` body; a field with a file name becomes an `Upload`."""
    match = re.search(r'boundary="?([^";]+)"?', content_type)
    if not match:
        raise Refusal("The boundary of the form data is missing.")
    pairs: list[tuple[str, Any]] = []
    for part in body.split(b"--" + match.group(1).encode())[1:-1]:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        content = content.removesuffix(b"\r\n")
        disposition = head.decode("utf-8", "replace")
        name = re.search(r'[; ]name="([^"]*)"', disposition)
        if not name:
            raise Refusal("A part of the form data has no name.")
        file = re.search(r'filename="([^"]*)"', disposition)
        value = Upload(file.group(1), content) if file else content.decode("utf-8", "replace")
        pairs.append((name.group(1), value))
    return nested(pairs)


@operation("post", "/v1/files", "file", "purpose")
def create(call: Call) -> dict[str, Any]:
    """Keeps a file of evidence."""
    world, upload, purpose = call.world, call.params["file"], call.params["purpose"]
    if not isinstance(upload, Upload):
        raise Refusal("Invalid hash", param="file")
    if purpose not in _PURPOSES:
        raise Refusal(f"This sandbox keeps no files for {purpose}.", status=501, type="api_error")
    kind = next((kind for start, kind in _KINDS if upload.content.startswith(start)), None)
    if kind is None:
        raise Refusal(
            "File for key file is of an unknown type, but must be one of the following: jpg, "
            "pdf, png",
            param="file",
        )
    if len(upload.content) > MAX_BYTES:
        raise Refusal(
            f"File for key file exceeds the maximum size of {MAX_BYTES} bytes.",
            code="file_too_large",
            param="file",
        )
    made = world.new(
        "file", "file", filename=upload["name"].rpartition("/")[2], purpose=purpose, type=kind,
        size=len(upload.content),
        links={"object": "list", "data": [], "has_more": False, "url": ""},
    )  # fmt: skip
    made["links"]["url"] = f"/v1/file_links?file={made['id']}"
    world.save(made)
    world.store.note(made["id"], "content", base64.b64encode(upload.content).decode())
    return made


@operation("get", "/v1/files/{file}")
def retrieve(call: Call) -> dict[str, Any]:
    """What is known of one file."""
    return call.world.demand("file", call.id)


@operation("get", "/v1/files", *LISTING, "created", "purpose")
def listed(call: Call) -> dict[str, Any]:
    """Files, by purpose if wanted."""
    return page(call, "file", one_of(call.params, "purpose"))
