"""From facts to a PDF. The only importer of WeasyPrint, and of it only when a page is made.

Fonts, style sheet and pictures are read once per process, from the package's own folder;
nothing else is ever fetched.
"""

import atexit
import gc
import logging
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from funding.documents import (
    agreement,
    amendment,
    award_letter,
    blank_form,
    card,
    certificate,
    decline_letter,
    fund_report,
    invoice,
    minute,
    personal_data,
    proforma,
    receipt,
    statement,
    submission,
    trail,
)
from funding.documents.checks import CannotRender, missing
from funding.documents.pictures import Kept

FOLDER: Final = Path(settings.ROOT) / "templates" / "documents"
FONTS: Final = FOLDER / "fonts"
STAMP: Final = FOLDER / "stamp.svg"

# What each template's page is told, from the facts of its document.
SHEETS: Final = {
    "receipt": receipt.context,
    "statement": statement.context,
    "minute": minute.context,
    "award_letter": award_letter.context,
    "decline_letter": decline_letter.context,
    "agreement": agreement.context,
    "amendment": amendment.context,
    "fund_report": fund_report.context,
    "card": card.context,
    "invoice": invoice.context,
    "proforma": proforma.context,
    "certificate": certificate.context,
    "trail": trail.context,
    "personal_data": personal_data.context,
    "blank_form": blank_form.context,
    "submission": submission.context,
}

# Pango's map of fonts is shared by all documents of the process and is not safe in two threads
# at once; a worker has processes, not threads, so nobody waits for this.
_one_at_a_time: Final = threading.Lock()


@dataclass(frozen=True)
class _Workshop:
    """What all documents of this process share."""

    html: Any
    fonts: Any
    css: Any
    fetcher: Any
    foreign: type[BaseException]
    pictures: dict[str, Any]


@contextmanager
def _no_collector() -> Iterator[None]:
    """Without the garbage collector, whose rounds take a tenth of a layout's time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Complaints(logging.Handler):
    """What WeasyPrint logs as an error: a picture it left out, and the like.

    The bytes are frozen, so a page with something missing must not become one.
    """

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())

    def __enter__(self) -> Self:
        logging.getLogger("weasyprint").addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger("weasyprint").removeHandler(self)


def pdf(template: str, snapshot: dict[str, Any], language: str) -> bytes:
    """A PDF built for PDF/UA-1 from Document.facts(). The same facts give the same bytes.

    Takes about a tenth of a second of CPU once the process is warm; never call it with a
    transaction open. Raises CannotRender on a machine without Pango.
    """
    with _one_at_a_time:
        shop = _workshop()
        with translation.override(language):
            source = render_to_string(f"documents/{template}.html", SHEETS[template](snapshot))
        with _Complaints() as complaints, _no_collector():
            content = _lay_out(shop, source, snapshot["document"]["identifier"])
    if complaints.said:
        raise CannotRender(complaints.said[0][:300])
    return content


def _lay_out(shop: _Workshop, source: str, identifier: str) -> bytes:
    page = shop.html(string=source, base_url=FOLDER.as_uri() + "/", url_fetcher=shop.fetcher)
    try:
        content: bytes = page.write_pdf(
            font_config=shop.fonts,
            stylesheets=[shop.css],
            # A code or a logo belongs to one document and is not kept.
            cache=dict(shop.pictures),
            pdf_variant="pdf/ua-1",
            pdf_identifier=identifier.encode(),
        )
    except shop.foreign as error:
        # WeasyPrint's own type, which would otherwise pass by every `except Exception`.
        raise CannotRender(str(error)) from error
    return content


def warm_up() -> None:
    """Load what every document needs, so that the first one need not wait a second for it."""
    with _one_at_a_time, suppress(CannotRender):
        _workshop()


def close() -> None:
    """Forget what is shared, and with it the copies of the fonts in the temporary folder."""
    _workshop.cache_clear()
    gc.collect()


# At the interpreter's very end it would be too late for WeasyPrint to clean up after itself.
atexit.register(close)


def missing_letters(text: str) -> set[str]:
    """The letters of a text that none of our fonts can draw; the page shows boxes for them."""
    lacking = _letters(unicodedata.normalize("NFC", text))
    for font in sorted(FONTS.glob("*.ttf"), key=lambda path: path.stat().st_size):
        if not lacking:
            break
        lacking = lacking - _coverage(font)
    # An accented letter that no font has whole is drawn from its parts.
    return {letter for letter in lacking if _parts(letter) - _covered_by_all()}


@lru_cache(maxsize=1)
def _workshop() -> _Workshop:
    if lacking := missing():
        raise CannotRender(f"This machine lacks {', '.join(lacking)}.")
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

    class OwnFilesOnly(URLFetcher):
        """Serves the files of the folder and what stands in the page itself."""

        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:  # noqa: ANN401
            parts = urlsplit(url)
            if parts.scheme == "file":
                path = Path(unquote(parts.path)).resolve()
                if parts.netloc or not path.is_relative_to(FOLDER.resolve()):
                    raise ValueError("A document only uses files of its own.")
            elif parts.scheme != "data":
                raise ValueError("A document fetches nothing from elsewhere.")
            return super().fetch(url, headers)

    fetcher = OwnFilesOnly(
        allowed_protocols={"file", "data"}, allow_redirects=False, fail_on_errors=True
    )
    fonts = FontConfiguration()
    css = CSS(filename=FOLDER / "document.css", font_config=fonts, url_fetcher=fetcher)
    # Laying out a page with the stamp alone puts the stamp into the dictionary.
    pictures: dict[str, Any] = {}
    stamp = f'<img src="{STAMP.as_uri()}" alt="">'
    HTML(string=stamp, url_fetcher=fetcher).render(font_config=fonts, cache=pictures)
    return _Workshop(
        html=HTML,
        fonts=fonts,
        css=css,
        fetcher=fetcher,
        foreign=FatalURLFetchingError,
        pictures={url: Kept(picture) for url, picture in pictures.items()},
    )


def _letters(text: str) -> set[str]:
    # Spaces, controls and joiners have no shape of their own.
    return {char for char in text if unicodedata.category(char)[0] not in "CZ"}


def _parts(letter: str) -> set[str]:
    return _letters(unicodedata.normalize("NFD", letter))


@lru_cache(maxsize=16)
def _coverage(font: Path) -> frozenset[str]:
    from fontTools.ttLib import TTFont

    with TTFont(font, lazy=True) as opened:
        return frozenset(map(chr, opened.getBestCmap()))


@lru_cache(maxsize=1)
def _covered_by_all() -> frozenset[str]:
    return frozenset().union(*map(_coverage, FONTS.glob("*.ttf")))
