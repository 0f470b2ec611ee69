"""The demonstration's news: published once however often it is told, each with its picture."""

import pytest

from funding.sandbox.demo import applying, people, telling
from funding.sandbox.demo.catalogue.news import STORIES
from funding.site.models import NewsItem, NewsState
from funding.users.models import Role
from grants.models import Application
from tests.grants import showing
from tests.people import make_person


@pytest.mark.django_db
def test_every_story_is_published_once_with_its_picture_in_both_languages() -> None:
    make_person(people.ADDRESSES["pat"], "Pat", Role.OFFICER)
    at = showing.shown()
    for story in STORIES:
        uuid = applying._uuid(story.ref)
        Application.objects.filter(pk=at.award.application_id).update(uuid=uuid)
    for _each in range(2):
        for number in range(len(STORIES)):
            telling.tell(number)
    rows = NewsItem.objects.filter(state=NewsState.PUBLISHED)
    assert rows.count() == len(STORIES)
    assert all(row.has_picture and row.said.count() == 2 for row in rows)
