"""Whoever follows money to an award reads what was published about its project."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from funding.ledger import trace
from funding.ledger.models import Fund
from funding.site.news import items
from funding.users.models import User
from tests.ledger.tracing import Books
from tests.people import sign_in
from tests.site.news import writing
from tests.site.test_following import alice as alice
from tests.site.test_following import awarded, given, trail
from tests.site.test_following import books as books
from tests.site.test_following import snow as snow

pytestmark = pytest.mark.django_db


def test_an_award_shows_what_was_published_about_its_project(books: Books, snow: Fund) -> None:
    gift = given(snow, 4000, 85)
    shown = awarded(books, "Dogs with herders", 1000, snow)
    hidden = awarded(books, "Ranger course", 1000, snow, public=False)
    news = [
        writing.published(
            writing.with_picture(
                project_id=shown.application.project_id,
                words={"en": writing.words(title=f"Dogs {number}", alt="A dog")},
            )
        )
        for number in range(4)
    ]
    writing.written(writing.draft(project_id=shown.application.project_id))
    writing.published()
    items.withdraw(item_id=news[3].pk, actor="user:1")
    dogs, rangers = (line for line in trail(gift).lines if line.paid is not None)
    assert [told.title for told in dogs.news] == ["Dogs 2", "Dogs 1", "Dogs 0"]
    assert rangers.news == ()
    assert hidden.pk


def test_news_cost_the_page_the_same_questions_however_many(
    client: Client, alice: User, books: Books, snow: Fund
) -> None:
    given(snow, 4000, 85)
    sign_in(client, alice)

    def asked() -> int:
        while trace.sweep():
            pass
        with CaptureQueriesContext(connection) as questions:
            text = client.get("/account/money/").content.decode()
        assert "A dog" in text
        assert "/small.jpg" in text
        return len(questions)

    def told(title: str) -> None:
        award = awarded(books, title, 100, snow)
        for _each in range(2):
            writing.published(
                writing.with_picture(
                    project_id=award.application.project_id,
                    words={"en": writing.words(alt="A dog")},
                )
            )

    told("First")
    asked()
    few = asked()
    for number in range(3):
        told(f"Further {number}")
    assert asked() == few
