"""News when several press the same button at once."""

from donors import consents, donors, news
from donors.models import Donor, Purpose
from funding.mail.models import Mail
from funding.site.models import Digest, DigestShare, DigestState, NewsItem, ShareState
from funding.site.news import digests, items
from tests import make
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


def readers(number: int) -> list[Donor]:
    """So many who asked for news, with something to tell them."""
    make.entity()
    rows = []
    for each in range(number):
        email = f"reader{each}@donor.example"
        rows.append(donors.find_or_create(name="Reader", email=email, language="en"))
        consents.record_from_form(rows[-1], Purpose.NEWS)
    items.publish(item_id=written().pk, actor="user:1")
    return rows


def test_two_officers_who_press_at_once_send_one_digest(committed: None) -> None:
    readers(1)
    told = together(4, lambda number: digests.plan(starts_at=None, actor=f"user:{number}"))
    assert not [each for each in told if isinstance(each, Exception)]
    assert len({each.pk for each in told if isinstance(each, Digest)}) == 1
    assert Digest.objects.count() == 1


def test_many_workers_at_once_mail_everybody_once(committed: None) -> None:
    readers(6)
    row = digests.plan(starts_at=None, actor="user:1")
    for _round in range(12):
        told = together(3, lambda _number: digests.go_on(row.pk, piece=2))
        assert not [each for each in told if isinstance(each, Exception)]
    row.refresh_from_db()
    assert row.state == DigestState.DONE
    assert Mail.objects.filter(cause=f"digest:{row.pk}").count() == 6


def test_a_consent_taken_back_in_the_same_moment_is_heard_or_came_too_late(
    committed: None,
) -> None:
    (donor,) = readers(1)
    row = digests.plan(starts_at=None, actor="user:1")
    for _step in range(2):
        digests.go_on(row.pk)

    def press(number: int) -> object:
        if number:
            return digests.go_on(row.pk)
        return news.stop(donor_id=donor.pk, actor="donor:1")

    assert not [each for each in together(2, press) if isinstance(each, Exception)]
    mails = Mail.objects.filter(cause=f"digest:{row.pk}")
    share = DigestShare.objects.get()
    assert share.state in {ShareState.MAILED, ShareState.NO_CONSENT}
    assert (share.state == ShareState.MAILED) == mails.exists()
    assert not news.wants(donor)
