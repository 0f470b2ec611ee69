"""News items as tests write them, and pictures to go with them."""

import io
from typing import Any
from uuid import uuid4

from PIL import Image

from funding.site.models import NewsItem
from funding.site.news import items
from funding.site.news.items import Draft, Words

TEXT = "Three dens were found.\n\nTwo of them are lived in."


def words(**facts: str) -> Words:
    """Words in one language."""
    return Words(**{"title": "Dens in the steppe", "text": TEXT, "alt": ""} | facts)


def draft(**facts: Any) -> Draft:
    """What somebody wrote, in English only and without a picture unless said otherwise."""
    return Draft(**{"words": {"en": words()}} | facts)


def picture(size: tuple[int, int] = (400, 300), form: str = "JPEG", **told: Any) -> bytes:
    """A picture of a brown animal, or so."""
    out = io.BytesIO()
    Image.new("RGB", size, "#a08060").save(out, form, **told)
    return out.getvalue()


def with_picture(**facts: Any) -> Draft:
    """A draft with a picture that may be shown."""
    return draft(
        **{
            "words": {"en": words(alt="A manul between stones")},
            "picture": picture(),
            "credit": "A herder, June 2026",
            "is_agreed": True,
        }
        | facts
    )


def written(told: Draft | None = None, actor: str = "user:1") -> NewsItem:
    """An item that is a draft."""
    return items.write(item_id=None, token=uuid4(), draft=told or draft(), actor=actor)


def published(told: Draft | None = None) -> NewsItem:
    """An item that everybody may read."""
    return items.publish(item_id=written(told).pk, actor="user:1")
