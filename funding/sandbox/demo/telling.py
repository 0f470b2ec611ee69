"""The officer writes news of a project, with a picture drawn here."""

import io
import uuid
from functools import partial
from typing import Final

from PIL import Image, ImageDraw

from funding.sandbox.demo import applying, people
from funding.sandbox.demo.catalogue.news import STORIES, Story
from funding.sandbox.demo.scenes import Days, Scene
from funding.site.models import NewsItem
from funding.site.news import items
from funding.site.news.items import Draft, Words

_NAMES: Final = uuid.UUID("c7a4c0a2-1d0b-4d8e-9a55-5a2b5a1d9e10")
_SIZE: Final = (960, 640)
# Sky, far hills, near hills and ground, by day and at dusk: colours of the look.
DAY: Final = ("#e7ebec", "#d5cfc2", "#c5bba9", "#ece7dd")
DUSK: Final = ("#9fb0bb", "#76828a", "#a9b4ba", "#f6f8f7")


def scenes(days: Days) -> list[Scene]:
    """Each item on its day."""
    del days
    return [Scene(each.days_ago, partial(tell, number)) for number, each in enumerate(STORIES)]


def tell(number: int) -> None:
    """Write an item and publish it, once."""
    story, token = STORIES[number], uuid.uuid5(_NAMES, str(number))
    item = NewsItem.objects.filter(token=token).first() or items.write(
        item_id=None, token=token, draft=_draft(story, number), actor=people.actor("pat")
    )
    items.publish(item_id=item.pk, actor=people.actor("pat"))


def _draft(story: Story, number: int) -> Draft:
    return Draft(
        words={code: Words(*said) for code, said in story.words.items()},
        project_id=applying.application_of(story.ref).project_id,
        picture=drawn(DUSK if number % 2 else DAY),
        credit=story.credit,
        is_agreed=True,
    )


def drawn(colours: tuple[str, str, str, str]) -> bytes:
    """Hills of the steppe, with stones in front."""
    sky, far, near, ground = colours
    width, height = _SIZE
    picture = Image.new("RGB", _SIZE, sky)
    pen = ImageDraw.Draw(picture)
    pen.ellipse((-200, 230, 560, 900), fill=far)
    pen.ellipse((420, 270, 1300, 1000), fill=far)
    pen.ellipse((120, 340, 900, 1100), fill=near)
    pen.rectangle((0, 470, width, height), fill=ground)
    for left, top, size in ((90, 500, 150), (210, 530, 100), (690, 505, 180), (600, 560, 90)):
        box = (left, top, left + size, top + size * 2 // 3)
        pen.rounded_rectangle(box, radius=size // 4, fill=near, outline="#4f595f", width=3)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
