"""Pictures that people upload: read by what is in them, whole, and never kept as they came."""

import io
import warnings
from collections.abc import Callable
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
# A WebP says its length at its head instead.
_KINDS: Final = (*_ENDS, "WEBP")
# What is kept of the dots by kind, where the file has other ones.
_DOTS: Final = {
    "PNG": {"1", "L", "LA", "RGB", "RGBA"},
    "JPEG": {"L", "RGB"},
    "WEBP": {"RGB", "RGBA"},
}
_WITHOUT: Final = {"PNG": "RGBA", "JPEG": "RGB", "WEBP": "RGBA"}


_QUALITIES: Final = (82, 74, 66, 58, 50, 42, 34, 26)


class NotAPicture(Refused):
    """What was uploaded is no picture that can be shown."""


def read(content: bytes, *, most_bytes: int) -> Image.Image:
    """The dots of a PNG or JPEG, the right way up, with nothing else that was in the file.

    No comment, place, camera or colour profile of the upload goes with it.
    Refuses: NotAPicture.
    """
    _must_be_small(content, most_bytes)
    return _trying(lambda: _dots(content))


def on_white(picture: Image.Image) -> Image.Image:
    """As a JPEG can hold it: what is clear is the white of paper, by day and by night."""
    ground = Image.new("RGB", picture.size, "white")
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground


def jpeg(picture: Image.Image, size: tuple[int, int], most_bytes: int) -> bytes:
    """As a JPEG of at most this size, as fine as these bytes allow."""
    fitted = picture.copy()
    fitted.thumbnail(size)
    content = b""
    for quality in _QUALITIES:
        out = io.BytesIO()
        fitted.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
        content = out.getvalue()
        if len(content) <= most_bytes:
            break
    return content


def plain(content: bytes, *, most_bytes: int) -> bytes:
    """A PNG, JPEG or WebP of the same dots, the right way up, and nothing else of the upload.

    No place, day, camera, comment, further picture, or whatever was hung on to it.
    Refuses: NotAPicture.
    """
    _must_be_small(content, most_bytes)
    return _trying(lambda: _again(content))


def _must_be_small(content: bytes, most_bytes: int) -> None:
    if len(content) > most_bytes:
        raise NotAPicture(
            _("The file is larger than %(most)s MB. A smaller picture looks the same here.")
            % {"most": most_bytes // 1_000_000}
        )


def _trying[T](deed: Callable[[], T]) -> T:
    try:
        with warnings.catch_warnings():
            # Pillow warns of a picture that is too large before it refuses one.
            warnings.simplefilter("error")
            return deed()
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
        _load(picture, content)
        # Cameras write down how they were held, and that goes with all else they wrote.
        plain = ImageOps.exif_transpose(picture).convert("RGBA")
    fresh = Image.new("RGBA", plain.size)
    fresh.paste(plain)
    return fresh


def _again(content: bytes) -> bytes:
    with Image.open(io.BytesIO(content), formats=_KINDS) as picture:
        # Telephones hang further pictures on to a JPEG, and Pillow has a name of its own for it.
        kind = "JPEG" if picture.format == "MPO" else str(picture.format)
        _load(picture, content)
        upright = ImageOps.exif_transpose(picture)
    if upright.mode not in _DOTS[kind]:
        upright = upright.convert(_WITHOUT[kind])
    fresh = Image.new(upright.mode, upright.size)
    fresh.paste(upright)
    written = io.BytesIO()
    fresh.save(written, kind, **({} if kind == "PNG" else {"quality": 90}))
    return written.getvalue()


def _load(picture: Image.Image, content: bytes) -> None:
    if _ENDS.get(str(picture.format), b"") not in content:
        raise OSError("The picture was cut off.")
    width, height = picture.size
    if width * height > MOST_DOTS:
        raise NotAPicture(_("The picture has too many dots. Up to 5,000 by 5,000 is enough."))
    if min(width, height) < _LEAST_SIDE:
        raise NotAPicture(_("The picture is too small to be seen."))
    picture.load()
