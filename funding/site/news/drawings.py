"""The picture of an item: drawn anew for its page, and small for lists and papers."""

import io
from typing import Final

from PIL import Image

from funding import pictures

MOST_BYTES: Final = 10_000_000
# Twice as wide as it is shown small, and as a page shows it large.
LARGE: Final = (960, 720)
SMALL: Final = (320, 240)
# A whole page is to stay below 100 kB.
_LARGE_BYTES: Final = 50_000
_SMALL_BYTES: Final = 12_000
_QUALITIES: Final = (82, 74, 66, 58, 50, 42, 34, 26)


def drawn(content: bytes) -> tuple[bytes, bytes]:
    """The picture as two JPEGs, large and small, with nothing else that was in the file.

    Refuses: NotAPicture.
    """
    picture = pictures.read(content, most_bytes=MOST_BYTES)
    # What is clear in a drawing is the white of paper, by day and by night.
    ground = Image.new("RGB", picture.size, "white")
    ground.paste(picture, mask=picture.getchannel("A"))
    return _within(ground, LARGE, _LARGE_BYTES), _within(ground, SMALL, _SMALL_BYTES)


def _within(picture: Image.Image, size: tuple[int, int], most: int) -> bytes:
    """As a JPEG of at most this size, as fine as these bytes allow."""
    fitted = picture.copy()
    fitted.thumbnail(size)
    content = b""
    for quality in _QUALITIES:
        out = io.BytesIO()
        fitted.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
        content = out.getvalue()
        if len(content) <= most:
            break
    return content
