"""Each piece of news once for each reader: through merges, partings, and mails that stayed here."""

import datetime as dt
from collections import Counter
from collections.abc import Callable

import pytest
from django.core.cache import cache

from donors import consents, donors, merges, news
from donors.models import Donor, Merge, Purpose
from funding import clock
from funding.mail import outbox, pauses
from funding.mail.models import Mail, MailState
from funding.site.models import ShareState
from funding.site.news import digests, figures
from tests import make
from tests.clocks import clock_at as clock_at
from tests.mail.conftest import MailServer
from tests.mail.conftest import server as server
from tests.site.news.test_digests import planned, reader, states, worked
from tests.site.news.writing import draft, published, words

ClockAt = Callable[[dt.datetime], None]
BEGIN = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
TITLES = [f"Chapter {number}." for number in range(1, 9)]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def settled(clock_at: ClockAt) -> None:
    cache.clear()
    clock_at(BEGIN)
    make.entity()


def merge(kept: Donor, gone: Donor) -> Merge:
    return merges.merge(kept_id=kept.pk, gone_id=gone.pk, why="The same.", actor="user:1")


def digest_of(number: int, clock_at: ClockAt) -> list[str]:
    """What became of everybody in the digest of a week, with one new chapter and all mails sent."""
    clock_at(BEGIN + dt.timedelta(days=8 * number))
    published(draft(words={"en": words(title=TITLES[number])}))
    row = worked(planned())
    outbox.send_due()
    return states(row)


def read_by(address: str) -> Counter[str]:
    """How often each chapter came to an address."""
    texts = Mail.objects.filter(to_address=address, state=MailState.SENT)
    told = "".join(texts.values_list("text", flat=True))
    return Counter({title: count for title in TITLES if (count := told.count(title))})


def test_through_a_chain_of_merges_everything_comes_once(
    clock_at: ClockAt, server: MailServer
) -> None:
    a, b, c = reader(1), reader(2, asks=False), reader(3, asks=False)
    assert digest_of(0, clock_at) == [ShareState.MAILED]
    merge(b, a)
    assert digest_of(1, clock_at) == [ShareState.MAILED]
    last = merge(c, b)
    # C never had one, and is A and B, who had all but this one.
    assert digest_of(2, clock_at) == [ShareState.MAILED]
    everywhere = sum((read_by(each.email) for each in (a, b, c)), Counter[str]())
    assert everywhere == Counter(dict.fromkeys(TITLES[:3], 1))
    assert read_by(c.email) == Counter([TITLES[2]])

    merges.undo(merge_id=last.pk, actor="user:1")
    assert digest_of(3, clock_at) == [ShareState.MAILED]
    # B is somebody else than C again, and had not had what went to C.
    assert read_by(b.email) == Counter([TITLES[1], TITLES[2], TITLES[3]])
    assert read_by(c.email) == Counter([TITLES[2]])
    merge(c, b)
    assert digest_of(4, clock_at) == [ShareState.MAILED]
    assert read_by(c.email) == Counter([TITLES[2], TITLES[4]])
    assert max(max(read_by(each.email).values()) for each in (a, b, c)) == 1


def test_without_the_whole_chain_a_reader_would_have_it_again(clock_at: ClockAt) -> None:
    a, b, c = reader(1), reader(2, asks=False), reader(3, asks=False)
    assert digest_of(0, clock_at) == [ShareState.MAILED]
    merge(b, a)
    merge(c, b)
    # The control: C and whoever was brought in to C directly had nothing.
    assert donors.led_here(c.pk) == [c.pk, b.pk, a.pk]
    clock_at(BEGIN + dt.timedelta(days=2))
    published(draft(words={"en": words(title=TITLES[1])}))
    assert states(worked(planned())) == [ShareState.TOO_SOON]


def test_merged_while_a_digest_is_being_sent_one_person_has_one_mail(clock_at: ClockAt) -> None:
    rows = [reader(number) for number in range(3)]
    published()
    row = planned()
    while row.state != "sending":
        digests.go_on(row.pk)
        row.refresh_from_db()
    digests.go_on(row.pk, piece=1)
    merge(rows[1], rows[0])
    merge(rows[2], rows[1])
    worked(row)
    assert states(row) == [ShareState.MAILED, ShareState.NO_CONSENT, ShareState.TOO_SOON]
    assert Mail.objects.count() == 1


def test_what_a_withheld_mail_would_have_told_comes_with_the_next_one(
    clock_at: ClockAt, server: MailServer
) -> None:
    donor = reader(1)
    published(draft(words={"en": words(title=TITLES[0])}))
    row = worked(planned())
    news.stop(donor_id=donor.pk, actor="donor:1")
    outbox.send_due()
    told = figures.of(row)
    assert (told.mailed, told.withdrawn, told.left, told.to_leave, told.stopped) == (1, 1, 0, 0, 0)
    consents.record_from_form(donor, Purpose.NEWS)
    # Nothing reached them within the seven days.
    clock_at(BEGIN + dt.timedelta(days=3))
    published(draft(words={"en": words(title=TITLES[1])}))
    assert states(worked(planned())) == [ShareState.MAILED]
    outbox.send_due()
    assert read_by(donor.email) == Counter(TITLES[:2])


def test_what_was_let_go_before_it_left_comes_with_the_next_one(
    clock_at: ClockAt, server: MailServer
) -> None:
    donor = reader(1)
    published(draft(words={"en": words(title=TITLES[0])}))
    pauses.begin(why="A copy of the database was put back.")
    row = worked(planned())
    assert pauses.leave_older(than=clock.now(), actor="user:1") == 1
    pauses.end(actor="user:1")
    assert figures.of(row).let_go == 1
    digest_of(1, clock_at)
    assert read_by(donor.email) == Counter(TITLES[:2])
