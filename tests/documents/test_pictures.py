"""A kept picture draws what WeasyPrint draws, in every document of the process."""

import io
import re
from typing import Any
from urllib.parse import quote

import pytest
from pypdf import PdfReader

from funding.documents import rendering
from funding.documents.pictures import Kept
from tests.documents.conftest import issue, make_entity


def operators(content: bytes) -> bytes:
    """The page's own drawing."""
    contents = PdfReader(io.BytesIO(content)).pages[0].get_contents()
    assert contents is not None
    return contents.get_data()


@pytest.mark.django_db
def test_the_stamp_is_drawn_as_weasyprint_draws_it(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = issue(make_entity()).facts()
    shop = rendering._workshop()
    assert [type(picture) for picture in shop.pictures.values()] == [Kept]
    kept = operators(rendering.pdf("receipt", facts, "en"))
    plain = {url: picture._picture for url, picture in shop.pictures.items()}
    for url, picture in plain.items():
        monkeypatch.setitem(shop.pictures, url, picture)
    drawn = operators(rendering.pdf("receipt", facts, "en"))
    curves = re.compile(rb"^[-\d. ]+ [cml]$", re.MULTILINE)
    assert len(curves.findall(drawn)) > 500
    assert curves.findall(kept) == curves.findall(drawn)


@pytest.mark.django_db
def test_a_picture_one_can_see_through_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    # Its states live in the resources of one document and mean nothing in the next.
    facts = issue(make_entity()).facts()
    shop = rendering._workshop()
    glass = (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'>"
        "<rect width='9' height='9' fill-opacity='.5'/></svg>"
    )
    page = shop.html(string=f'<img alt="Glass" src="data:image/svg+xml,{quote(glass)}">')
    found: dict[str, Any] = {}
    page.render(cache=found, font_config=shop.fonts)
    monkeypatch.setitem(shop.pictures, rendering.STAMP.as_uri(), Kept(*found.values()))
    with pytest.raises(ValueError, match="opaque"):
        rendering.pdf("receipt", facts, "en")
