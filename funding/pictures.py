"""Pictures that people upload: read by what is in them, whole, and never kept as they came."""

import io
import warnings
from typing import Final

from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from funding.errors import Refused

# A picture of a few kilobytes can be many gigabytes of dots.
MOST_DOTS: Final = 25_000_000
_LEAST_SIDE: Final = 16
# How each kind of file ends. Pillow is told by the maker of our papers, in the same process, to
# draw what there is of a picture that was cut off; one that is shown must be whole.
_ENDS: Final = {"PNG": b"IEND", "JPEG": b"\xff\xd9"}


class NotAPicture(Refused):
    """What was uploaded is no picture that can be shown."""


def read(content: bytes, *, most_bytes: int) -> Image.Image:
    """The dots of a PNG or JPEG, the right way up, with nothing else that was in the file.

    No comment, place, camera or colour profile of the upload goes with it.
    Refuses: NotAPicture.
    """
    if len(content) > most_bytes:
        raise NotAPicture(
            _("The file is larger than %(most)s MB. A smaller picture looks the same here.")
            % {"most": most_bytes // 1_000_000}
        )
    try:
        with warnings.catch_warnings():
            # Pillow warns of a picture that is too large before it refuses one.
            warnings.simplefilter("error")
            return _dots(content)
    except NotAPicture:
        raise
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        Warning,
        Image.DecompressionBombError,
    ) as error:
        raise NotAPicture(_("This is no PNG or JPEG picture, or a damaged one.")) from error


def _dots(content: bytes) -> Image.Image:
    with Image.open(io.BytesIO(content), formats=tuple(_ENDS)) as picture:
        if _ENDS[str(picture.format)] not in content:
            raise OSError("The picture was cut off.")
        width, height = picture.size
        if width * height > MOST_DOTS:
            raise NotAPicture(_("The picture has too many dots. Up to 5,000 by 5,000 is enough."))
        if min(width, height) < _LEAST_SIDE:
            raise NotAPicture(_("The picture is too small to be seen."))
        picture.load()
        # Cameras write down how they were held, and that goes with all else they wrote.
        plain = ImageOps.exif_transpose(picture).convert("RGBA")
    fresh = Image.new("RGBA", plain.size)
    fresh.paste(plain)
    return fresh
