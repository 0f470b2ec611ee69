"""News when several press the same button at once."""

from funding.site.models import NewsItem
from funding.site.news import items
from tests.ledger.racing import together
from tests.site.news.writing import draft, words, written


def test_two_who_publish_at_once_publish_once(committed: None) -> None:
    item = written()
    told = together(4, lambda number: items.publish(item_id=item.pk, actor=f"user:{number}"))
    assert not [each for each in told if isinstance(each, Exception)]
    assert [step.kind for step in item.steps.all()] == ["written", "published"]


def test_two_of_the_same_title_at_once_have_two_addresses(committed: None) -> None:
    rows = [written(), written(draft(words={"en": words(text="Other words.")}))]
    told = together(2, lambda number: items.publish(item_id=rows[number].pk, actor="user:1"))
    assert not [each for each in told if isinstance(each, Exception)]
    assert len(set(NewsItem.objects.values_list("slug", flat=True))) == 2
