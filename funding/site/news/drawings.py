"""The picture of an item: drawn anew for its page, and small for lists and papers."""

from typing import Final

from funding import pictures

MOST_BYTES: Final = 10_000_000
# Twice as wide as it is shown small, and as a page shows it large.
LARGE: Final = (960, 720)
SMALL: Final = (320, 240)
# A whole page is to stay below 100 kB.
_LARGE_BYTES: Final = 50_000
_SMALL_BYTES: Final = 12_000


def drawn(content: bytes) -> tuple[bytes, bytes]:
    """The picture as two JPEGs, large and small, with nothing else that was in the file.

    Refuses: NotAPicture.
    """
    ground = pictures.on_white(pictures.read(content, most_bytes=MOST_BYTES))
    return (
        pictures.jpeg(ground, LARGE, _LARGE_BYTES),
        pictures.jpeg(ground, SMALL, _SMALL_BYTES),
    )
