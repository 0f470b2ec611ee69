"""A zoo's logo: read from what was uploaded, and drawn anew. What was uploaded is not kept."""

import io
from typing import Final

from funding import pictures

MOST_BYTES: Final = 2_000_000
# Twice as large as it is ever shown.
SIZE: Final = (480, 240)


def drawn_anew(content: bytes) -> bytes:
    """The picture as a PNG of at most `SIZE`, with nothing else that was in the file.

    Refuses: NotAPicture.
    """
    picture = pictures.read(content, most_bytes=MOST_BYTES)
    picture.thumbnail(SIZE)
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()
