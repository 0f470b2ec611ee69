"""A digest: one mail to each who asked, at most one in seven days, and nobody twice."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.test import Client
from pytest_django import Settings

from donors import consents, donors, merges, news
from donors.models import Donor, Purpose
from funding import clock
from funding.mail import bounces, outbox
from funding.mail.models import Mail, MailState
from funding.site.models import Digest, DigestShare, DigestState, ShareState
from funding.site.news import digests, figures, items
from funding.site.news.digests import BegunAlready, NothingNew
from funding.users.models import Role
from tests import make
from tests.clocks import clock_at as clock_at
from tests.people import make_person, sign_in
from tests.site.news.writing import draft, published, words

ClockAt = Callable[[dt.datetime], None]
BEGIN = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def settled(clock_at: ClockAt) -> None:
    cache.clear()
    clock_at(BEGIN)
    make.entity()


def reader(number: int = 0, *, language: str = "en", asks: bool = True) -> Donor:
    """Somebody who gave, and asked for news."""
    email = f"reader{number}@donor.example"
    donor = donors.find_or_create(name=f"Reader {number}", email=email, language=language)
    if asks:
        consents.record_from_form(donor, Purpose.NEWS)
    return donor


def planned(starts_at: dt.datetime | None = None) -> Digest:
    return digests.plan(starts_at=starts_at, actor="user:1")


def worked(row: Digest, *, piece: int = 2) -> Digest:
    """Everything that workers do, until there is nothing left to do."""
    for _round in range(60):
        if not digests.go_on(row.pk, piece=piece):
            break
    row.refresh_from_db()
    assert row.state == DigestState.DONE
    return row


def to_whom(row: Digest) -> list[str]:
    mails = outbox.about(f"digest:{row.pk}").order_by("to_address")
    return list(mails.values_list("to_address", flat=True))


def states(row: Digest) -> list[str]:
    return list(row.shares.order_by("donor").values_list("state", flat=True))


def test_with_nothing_new_there_is_no_digest(clock_at: ClockAt) -> None:
    reader()
    with pytest.raises(NothingNew):
        planned()
    published()
    worked(planned())
    clock_at(BEGIN + dt.timedelta(days=8))
    with pytest.raises(NothingNew):
        planned()
    assert Digest.objects.count() == 1


def test_everybody_who_asked_has_one_mail_of_all_that_is_new() -> None:
    for number in range(5):
        reader(number)
    reader(7, asks=False)
    taken_back = reader(8)
    news.stop(donor_id=taken_back.pk, actor="donor:8")
    published(draft(words={"en": words(title="The first")}))
    published(draft(words={"en": words(title="The second")}))
    row = worked(planned())
    assert to_whom(row) == [f"reader{number}@donor.example" for number in range(5)]
    mail = Mail.objects.filter(cause=f"digest:{row.pk}").first()
    assert mail is not None
    assert mail.subject == "The second, and one more piece of news"
    for said in ("The first", "The second", "Three dens were found.", "/news/2026-03-02-the-first"):
        assert said in mail.text
    assert mail.stop_url
    # Nothing tells who opened it: the one picture travels with the mail.
    assert mail.html.count("<img") == 1
    assert 'src="cid:' in mail.html
    told = figures.of(row)
    assert (told.asked, told.mailed, told.waiting, told.percent) == (5, 5, 0, 100)


def test_each_reads_it_in_their_language() -> None:
    reader(1, language="sv")
    published(draft(words={"en": words(), "sv": words(title="Lyor", text="Tre lyor.")}))
    row = worked(planned())
    mail = Mail.objects.get(cause=f"digest:{row.pk}")
    assert mail.subject == "Lyor"
    assert "Tre lyor." in mail.text
    assert "Du får det här mejlet" in mail.text


def test_nobody_has_two_within_seven_days_and_what_was_missed_comes_next(
    clock_at: ClockAt,
) -> None:
    reader(1)
    published(draft(words={"en": words(title="Old")}))
    worked(planned())
    clock_at(BEGIN + dt.timedelta(days=3))
    reader(2)
    published(draft(words={"en": words(title="Newer")}))
    second = worked(planned())
    assert states(second) == [ShareState.TOO_SOON, ShareState.MAILED]
    clock_at(BEGIN + dt.timedelta(days=8))
    published(draft(words={"en": words(title="Newest")}))
    third = worked(planned())
    assert states(third) == [ShareState.MAILED, ShareState.TOO_SOON]
    text = Mail.objects.get(cause=f"digest:{third.pk}").text
    assert "Newer" in text
    assert "Newest" in text
    assert "Old" not in text


def test_who_had_it_under_another_entry_has_no_second_one(clock_at: ClockAt) -> None:
    gone, kept = reader(1), reader(2)
    published()
    worked(planned())
    DigestShare.objects.filter(donor=kept).update(state=ShareState.NOTHING)
    merges.merge(kept_id=kept.pk, gone_id=gone.pk, why="The same.", actor="user:1")
    clock_at(BEGIN + dt.timedelta(days=2))
    published()
    assert states(worked(planned())) == [ShareState.TOO_SOON]


def test_a_consent_that_is_taken_back_meanwhile_is_heard() -> None:
    first, second = reader(1), reader(2)
    published()
    row = planned()
    while row.state != DigestState.SENDING:
        digests.go_on(row.pk)
        row.refresh_from_db()
    assert row.shares.count() == 2
    news.stop(donor_id=second.pk, actor="donor:2")
    worked(row)
    assert to_whom(row) == [first.email]
    assert states(row) == [ShareState.MAILED, ShareState.NO_CONSENT]


def test_somebody_who_was_removed_meanwhile_gets_nothing() -> None:
    gone = reader(1)
    published()
    row = planned()
    for _step in range(2):
        digests.go_on(row.pk)
    donors.forget(gone.pk)
    worked(row)
    assert to_whom(row) == []
    assert states(row) == [ShareState.NO_CONSENT]


def test_an_address_that_sends_mail_back_is_left_out() -> None:
    donor = reader(1)
    mail = outbox.queue(
        key="x:1", cause="x", to_address=donor.email, to_name="", template="notice",
        context={"sentence": "A.", "at": clock.now()},
    )  # fmt: skip
    Mail.objects.filter(pk=mail.pk).update(
        state=MailState.BOUNCED, sent_at=clock.now(), error="5.1.1"
    )
    published()
    row = worked(planned())
    assert states(row) == [ShareState.BOUNCED]
    assert figures.of(row).bounced_before == 1
    assert bounces.lost().count() == 1


def test_what_was_withdrawn_is_not_mailed() -> None:
    reader(1)
    item = published()
    row = planned()
    items.withdraw(item_id=item.pk, actor="user:1")
    worked(row)
    assert to_whom(row) == []
    assert states(row) == [ShareState.NOTHING]


def test_one_who_cannot_be_written_to_holds_nobody_up() -> None:
    bad, good = reader(1), reader(2)
    Donor.objects.filter(pk=bad.pk).update(name="Two\nlines")
    published()
    row = worked(planned())
    assert states(row) == [ShareState.FAILED, ShareState.MAILED]
    assert to_whom(row) == [good.email]


def test_a_piece_that_died_is_done_again_and_nobody_has_two() -> None:
    for number in range(5):
        reader(number)
    published()
    row = planned()
    while row.state != DigestState.SENDING:
        digests.go_on(row.pk)
        row.refresh_from_db()
    assert digests.go_on(row.pk, piece=2)

    def dies() -> None:
        digests.go_on(row.pk, piece=2)
        # The control: had the worker lived, these would have been mailed.
        assert len(to_whom(row)) == 4
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        dies()
    assert len(to_whom(row)) == 2
    worked(row)
    assert to_whom(row) == [f"reader{number}@donor.example" for number in range(5)]
    assert not digests.go_on(row.pk)
    assert digests.sweep() == 0


def test_a_claim_that_is_lost_would_be_mailed_twice_but_for_its_key() -> None:
    reader(1)
    published()
    row = worked(planned())
    DigestShare.objects.update(state=ShareState.WAITING, ended_at=None)
    Digest.objects.update(state=DigestState.SENDING, done_at=None)
    worked(row)
    assert len(to_whom(row)) == 1


def test_a_digest_of_another_day_waits_for_it_and_can_be_called_off(clock_at: ClockAt) -> None:
    reader(1)
    published()
    row = planned(BEGIN + dt.timedelta(days=2))
    assert planned() == row
    assert digests.sweep() == 0
    digests.call_off(digest_id=row.pk, actor="user:2")
    digests.call_off(digest_id=row.pk, actor="user:2")
    clock_at(BEGIN + dt.timedelta(days=3))
    assert digests.sweep() == 0
    other = planned()
    assert digests.sweep() > 0
    other.refresh_from_db()
    assert other.state == DigestState.DONE
    with pytest.raises(BegunAlready):
        digests.call_off(digest_id=other.pk, actor="user:1")


def test_what_became_of_it_is_counted_without_following_anybody() -> None:
    rows = [reader(number) for number in range(4)]
    published()
    row = worked(planned())
    mails = Mail.objects.filter(cause=f"digest:{row.pk}").order_by("pk")
    first, second, third, _rest = mails.values_list("pk", flat=True)
    now = clock.now()
    Mail.objects.filter(pk=first).update(state=MailState.BOUNCED, sent_at=now, error="5")
    Mail.objects.filter(pk=second).update(state=MailState.FAILED, error="5")
    Mail.objects.filter(pk=third).update(state=MailState.SENT, sent_at=now)
    for donor in rows[2:]:
        news.stop(donor_id=donor.pk, actor="donor:1")
    told = figures.of(row)
    assert (told.came_back, told.refused, told.left, told.stopped) == (1, 1, 1, 2)


def test_pieces_ask_no_more_with_more_people() -> None:
    def asked(row: Digest) -> int:
        before = len(connection.queries_log)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(connection, "force_debug_cursor", True)
            digests.go_on(row.pk, piece=2)
        return len(connection.queries_log) - before

    for number in range(8):
        reader(number)
    published()
    row = planned()
    while row.state != DigestState.SENDING:
        digests.go_on(row.pk)
        row.refresh_from_db()
    asked(row)
    assert asked(row) == asked(row)


@pytest.mark.parametrize(
    ("name", "spoilt"),
    [
        ("digest_state_has_its_instant", {"state": "lost"}),
        ("digest_state_has_its_instant", {"done_at": BEGIN}),
        ("digest_begins_when_planned", {"state": "gathering", "until": "2020-01-01T00:00Z"}),
    ],
)
def test_the_database_refuses_a_digest_that_cannot_be(name: str, spoilt: dict[str, object]) -> None:
    published()
    planned()
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Digest.objects.update(**spoilt)


def test_the_database_refuses_a_second_open_one_and_a_second_share() -> None:
    donor = reader(1)
    published()
    row = planned()
    again = {"asked_by": "user:2", "asked_at": BEGIN, "starts_at": BEGIN, "due_at": BEGIN}
    with pytest.raises(IntegrityError, match="digest_is_open_once"), transaction.atomic():
        Digest.objects.create(**again)
    row.shares.create(donor=donor)
    with pytest.raises(IntegrityError, match="digestshare_once_per_donor"), transaction.atomic():
        row.shares.create(donor=donor)
    with pytest.raises(IntegrityError, match="digestshare_end_has"), transaction.atomic():
        row.shares.update(state=ShareState.MAILED)


# --- Pages.


def test_the_office_sees_the_mail_tests_it_sends_it_and_reads_what_became_of_it(
    client: Client, settings: Settings
) -> None:
    settings.CLOCK_FILE = None
    sign_in(client, make_person("pat@fund.example", "Pat Example", Role.OFFICER))
    assert "Nothing was published" in client.get("/officer/news/digest/").content.decode()
    assert client.post("/officer/news/digest/plan/", {}).status_code == 409
    reader(1)
    published(draft(words={"en": words(title="Dens"), "sv": words(title="Lyor")}))
    page = client.get("/officer/news/digest/").content.decode()
    for said in ("Dens", "Lyor", "no link that tells", "One person has asked"):
        assert said in page
    assert "Lyor" in client.get("/officer/news/digest/sv/page/").content.decode()
    assert client.get("/officer/news/digest/xx/page/").status_code == 404
    client.post("/officer/news/digest/test/")
    assert {mail.to_address for mail in Mail.objects.all()} == {"pat@fund.example"}
    assert not DigestShare.objects.exists()
    for day in ("x", "1999-01-01", "٢٠٢٦-٠١-٠١", "9999-12-31", "a\x00"):
        assert client.post("/officer/news/digest/plan/", {"day": day}).status_code == 422
    first = client.post("/officer/news/digest/plan/", {"day": ""})
    assert client.post("/officer/news/digest/plan/", {})["Location"] == first["Location"]
    row = Digest.objects.get()
    assert 'http-equiv="refresh"' in client.get(first["Location"]).content.decode()
    worked(row)
    page = client.get(first["Location"]).content.decode()
    assert 'http-equiv="refresh"' not in page
    assert "Done" in page
    assert client.post(f"{first['Location']}call-off/").status_code == 409
    assert "Digests" in client.get("/officer/news/").content.decode()
