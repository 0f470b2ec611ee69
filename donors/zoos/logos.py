"""A zoo's logo: read from what was uploaded, and drawn anew. What was uploaded is not kept."""

import io
import warnings
from typing import Final

from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from funding.errors import Refused

MOST_BYTES: Final = 2_000_000
# A picture of a few kilobytes can be many gigabytes of dots.
MOST_DOTS: Final = 25_000_000
# Twice as large as it is ever shown.
SIZE: Final = (480, 240)
# How each kind of file ends. Pillow is told by the maker of our papers, in the same process, to
# draw what there is of a picture that was cut off; a logo must be whole.
_ENDS: Final = {"PNG": b"IEND", "JPEG": b"\xff\xd9"}


class NotALogo(Refused):
    """What was uploaded is no picture that can be shown."""


def drawn_anew(content: bytes) -> bytes:
    """The picture as a PNG of at most `SIZE`, with nothing else that was in the file.

    Refuses: NotALogo.
    """
    if len(content) > MOST_BYTES:
        raise NotALogo(_("The file is larger than 2 MB. A smaller picture looks the same here."))
    try:
        with warnings.catch_warnings():
            # Pillow warns of a picture that is too large before it refuses one.
            warnings.simplefilter("error")
            return _drawn(content)
    except NotALogo:
        raise
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        Warning,
        Image.DecompressionBombError,
    ) as error:
        raise NotALogo(_("This is no PNG or JPEG picture, or a damaged one.")) from error


def _drawn(content: bytes) -> bytes:
    with Image.open(io.BytesIO(content), formats=tuple(_ENDS)) as picture:
        if _ENDS[str(picture.format)] not in content:
            raise OSError("The picture was cut off.")
        width, height = picture.size
        if width * height > MOST_DOTS:
            raise NotALogo(_("The picture has too many dots. Up to 5,000 by 5,000 is enough."))
        if min(width, height) < 16:
            raise NotALogo(_("The picture is too small to be seen."))
        picture.load()
        plain = picture.convert("RGBA")
    plain.thumbnail(SIZE)
    # A fresh picture, so that no comment, place or camera of the upload goes with it.
    fresh = Image.new("RGBA", plain.size)
    fresh.paste(plain)
    out = io.BytesIO()
    fresh.save(out, "PNG", optimize=True)
    return out.getvalue()
