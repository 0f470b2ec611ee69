"""Goal: a zoo's people get each certificate and statement once, and no flood of mails."""

import datetime as dt
import time
from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client

from donors import donors, statements, year_ends
from donors.models import Donor, Gift, Statement, YearEndShare, Zoo
from donors.zoos import members
from funding import clock
from funding.documents import register
from funding.documents.models import Document
from funding.ledger import trace
from funding.ledger.models import Fund
from funding.mail.models import Mail
from funding.parties.models import Part
from funding.site import followed
from funding.site.models import FollowedPaper, PaperReader, PaperRound, ZooPaper
from funding.site.zoo_mail import readers, sending
from tests import make
from tests.clocks import clock_at as clock_at
from tests.donors.stating import given_back
from tests.donors.zoos import zoo_world
from tests.donors.zoos.zoo_world import joins, person
from tests.ledger.racing import together
from tests.people import sign_in
from tests.site.test_followed import YEAR, gave, made, ordered

ClockAt = Callable[[dt.datetime], None]
CONTACT = "invoices@kuusiranta.example"


@pytest.fixture
def general(db: None) -> Fund:
    return make.fund(make.entity(), "General fund")


@pytest.fixture
def zoo(db: None) -> Zoo:
    return zoo_world.zoo()


def stated(gift: Gift) -> Statement:
    """The zoo's statement of the year, with its pages."""
    row = statements.order(
        donor=gift.donor,
        entity=gift.entity,
        begins_on=YEAR[0],
        ends_on=YEAR[1],
        actor="user:1",
    )
    assert statements.make(row.pk)
    row.refresh_from_db()
    return row


def next_day(clock_at: ClockAt) -> None:
    clock_at(clock.now() + dt.timedelta(days=1))


def mails(address: str = "") -> list[Mail]:
    rows = Mail.objects.filter(key__startswith="paperround:").order_by("pk")
    return list(rows.filter(to_address=address) if address else rows)


def names(mail: Mail) -> list[str]:
    return sorted(mail.attachments.values_list("name", flat=True))


def remade(row: FollowedPaper) -> FollowedPaper:
    assert followed.make(row.pk)
    row.refresh_from_db()
    return row


# What is refused.


def test_the_database_knows_one_round_a_day_and_each_paper_once(zoo: Zoo, general: Fund) -> None:
    row = made(gave(zoo, general, 50_000))
    assert row.document is not None
    assert sending.gather() == 1
    (line,) = ZooPaper.objects.all()
    day, now = clock.today("UTC"), clock.now()
    round_ = PaperRound.objects.create(zoo=zoo, day=day, made_at=now)
    with pytest.raises(IntegrityError, match="paperround_one_a_day"), transaction.atomic():
        PaperRound.objects.create(zoo=zoo, day=day, made_at=now)
    with pytest.raises(IntegrityError, match="document_id"), transaction.atomic():
        ZooPaper.objects.create(zoo=zoo, document=row.document, found_at=now, due_at=now)
    rows = ZooPaper.objects.filter(pk=line.pk)
    lone = register.issue(
        entity_id=general.entity_id, template="certificate", key="x", snapshot={}, language="en"
    )
    facts = {"zoo": zoo, "document": lone, "found_at": now, "due_at": now}
    with pytest.raises(IntegrityError, match="older_is_not_mailed"), transaction.atomic():
        ZooPaper.objects.create(is_older=True, mailed_in=round_, **facts)
    with pytest.raises(IntegrityError, match="corrects_and_ends_once"), transaction.atomic():
        rows.update(ended_in=round_)
    rows.update(mailed_in=round_)
    for deed in (
        lambda: rows.update(mailed_in=None),
        lambda: ZooPaper.objects.filter(pk=line.pk).delete(),
    ):
        with pytest.raises(IntegrityError, match="zoopaper_stays"), transaction.atomic():
            deed()
    with pytest.raises(IntegrityError, match="paperround_stays"), transaction.atomic():
        PaperRound.objects.update(day=YEAR[0])
    PaperReader.objects.create(zoo=zoo, wants=False, changed_at=now)
    with pytest.raises(IntegrityError, match="paperreader_chooses_once"), transaction.atomic():
        PaperReader.objects.create(zoo=zoo, wants=True, changed_at=now)
    assert mails() == []


# Twice, and at once.


def test_again_and_again_each_paper_is_mailed_once(
    zoo: Zoo, general: Fund, clock_at: ClockAt
) -> None:
    made(gave(zoo, general, 50_000))
    for _day in range(4):
        for _time in range(2):
            sending.sweep()
        next_day(clock_at)
    (mail,) = mails()
    assert mail.to_address == CONTACT


def test_two_workers_at_once_mail_once(committed: None, clock_at: ClockAt) -> None:
    fund, zoo = make.fund(make.entity(), "General fund"), zoo_world.zoo()
    made(gave(zoo, fund, 50_000))
    together(3, lambda _number: sending.gather())
    assert ZooPaper.objects.count() == 1
    next_day(clock_at)
    found = together(4, lambda _number: sending.send(zoo.pk))
    assert sorted(map(str, found)) == ["0", "0", "0", "1"]
    assert len(mails()) == PaperRound.objects.count() == 1


def test_without_the_lock_the_database_keeps_the_second_round_out(committed: None) -> None:
    zoo = zoo_world.zoo()

    def mail(_number: int) -> object:
        with transaction.atomic():
            if PaperRound.objects.filter(zoo=zoo).exists():
                return None
            time.sleep(0.3)
            return PaperRound.objects.create(zoo=zoo, day=YEAR[0], made_at=clock.now())

    assert [type(each) for each in together(2, mail)].count(IntegrityError) == 1


def test_a_worker_that_dies_on_the_way_has_mailed_nothing_and_the_next_one_does(
    zoo: Zoo, general: Fund, clock_at: ClockAt
) -> None:
    made(gave(zoo, general, 50_000))
    sending.gather()
    next_day(clock_at)
    with transaction.atomic():
        assert sending.send(zoo.pk) == 1
        transaction.set_rollback(True)
    assert mails() == []
    assert not PaperRound.objects.exists()
    assert sending.sweep() == 1
    assert len(mails()) == 1


def test_money_that_moves_while_pages_are_laid_out_puts_a_paper_in_line_again(
    zoo: Zoo, general: Fund
) -> None:
    gift = gave(zoo, general, 50_000)
    row = ordered(gift)
    while trace.sweep():
        pass
    followed.issue(row.pk)
    before = row.asked_at
    given_back(gift, 20_000)
    row.refresh_from_db()
    # By which whoever lays the pages out sees that it is not done.
    assert row.asked_at > before
    assert remade(row).version == 2


# How it goes.


def test_papers_of_one_day_go_as_one_mail_when_the_day_is_over(
    zoo: Zoo, general: Fund, clock_at: ClockAt
) -> None:
    gift = gave(zoo, general, 50_000)
    certificate, statement = made(gift), stated(gift)
    assert sending.sweep() == 2
    assert mails() == []
    next_day(clock_at)
    assert sending.sweep() == 2
    (mail,) = mails()
    assert certificate.document is not None
    assert statement.document is not None
    both = sorted(f"{each.name}.pdf" for each in (certificate.document, statement.document))
    assert names(mail) == both
    for name in both:
        assert name.removesuffix(".pdf") in mail.text
        assert name.removesuffix(".pdf") in mail.html
    assert mail.subject == "Papers of Kuusiranta Zoo"
    assert bytes(mail.attachments.first().content)[:5] == b"%PDF-"  # type: ignore[union-attr]


def test_a_second_batch_of_the_day_waits_for_the_next(
    zoo: Zoo, general: Fund, clock_at: ClockAt
) -> None:
    gift = gave(zoo, general, 50_000)
    made(gift)
    sending.gather()
    next_day(clock_at)
    assert sending.sweep() == 1
    stated(gift)
    sending.gather()
    ZooPaper.objects.filter(mailed_in=None).update(due_at=clock.now())
    assert sending.sweep() == 0
    next_day(clock_at)
    assert sending.sweep() == 1
    assert [len(names(mail)) for mail in mails()] == [1, 1]


def test_each_reader_reads_it_in_their_language_and_by_their_choice(
    general: Fund, clock_at: ClockAt
) -> None:
    bob, fia, look = person("bob"), person("fia"), person("look")
    zoo = zoo_world.zoo(bob, language="sv")
    joins(zoo, fia, Part.FINANCE)
    joins(zoo, look, Part.VIEWER)
    donors.find_or_create(name="Bob", email=bob.email, language="en")
    made(gave(zoo, general, 50_000))
    sending.gather()
    member = members.of(zoo).get(user=fia)
    for _time in range(2):
        readers.choose(zoo_id=zoo.pk, membership_id=member.pk, wants=False, actor="user:1")
    next_day(clock_at)
    sending.sweep()
    assert {mail.to_address: mail.language for mail in mails()} == {CONTACT: "sv", bob.email: "en"}
    (swedish,) = mails(CONTACT)
    assert swedish.subject == "Papper om Kuusiranta Zoo"
    assert "Intyg" in swedish.text
    assert "attached" not in swedish.text
    assert "Papers" not in swedish.html


def test_the_same_address_twice_is_mailed_once(general: Fund, clock_at: ClockAt) -> None:
    bob = person("bob")
    zoo = zoo_world.zoo(bob, finance_email="BOB@kuusiranta.example")
    assert [reader.address for reader in readers.of(zoo)] == ["bob@kuusiranta.example"]


def test_nobody_wants_it_and_nobody_is_mailed_it_later(
    zoo: Zoo, general: Fund, clock_at: ClockAt
) -> None:
    readers.choose(zoo_id=zoo.pk, membership_id=None, wants=False, actor="user:1")
    made(gave(zoo, general, 50_000))
    sending.gather()
    next_day(clock_at)
    assert sending.sweep() == 1
    readers.choose(zoo_id=zoo.pk, membership_id=None, wants=True, actor="user:1")
    next_day(clock_at)
    assert sending.sweep() == 0
    assert mails() == []


def test_corrected_it_is_mailed_as_corrected_and_names_what_was_mailed(
    zoo: Zoo, general: Fund, clock_at: ClockAt
) -> None:
    gift = gave(zoo, general, 50_000)
    row = made(gift)
    sending.gather()
    next_day(clock_at)
    sending.sweep()
    first = row.document
    assert first is not None
    # Two corrections on one day: only the one that stands is mailed.
    for _time in range(2):
        given_back(gift, 10_000)
        remade(row)
        sending.gather()
    next_day(clock_at)
    assert sending.sweep() == 1
    mail = mails()[-1]
    assert row.document is not None
    assert mail.subject == "Corrected papers of Kuusiranta Zoo"
    assert f"it takes the place of no. {first.name}" in mail.text
    assert names(mail) == [f"{row.document.name}.pdf"]
    assert len(mails()) == 2


def test_with_nothing_left_the_readers_are_told_that_it_is_void(
    zoo: Zoo, general: Fund, clock_at: ClockAt
) -> None:
    gift = gave(zoo, general, 50_000)
    row = made(gift)
    sending.gather()
    next_day(clock_at)
    sending.sweep()
    given_back(gift, 50_000)
    followed.make(row.pk)
    next_day(clock_at)
    for _time in range(2):
        sending.sweep()
    told = mails()[1]
    assert "is void" in told.subject
    assert "no other stands in its place" in told.text
    assert names(told) == []


def test_a_mailed_statement_is_looked_at_again_when_its_money_moves(
    zoo: Zoo, general: Fund, clock_at: ClockAt
) -> None:
    gift = gave(zoo, general, 50_000)
    row = stated(gift)
    sending.gather()
    next_day(clock_at)
    sending.sweep()
    assert sending.look_around() == 0
    given_back(gift, 10_000)
    next_day(clock_at)
    assert sending.look_around() == 1
    assert statements.make(row.pk)
    assert sending.look_around() == 0
    sending.gather()
    next_day(clock_at)
    sending.sweep()
    assert "Corrected" in mails()[-1].subject
    assert len(mails()) == 2


@pytest.mark.parametrize("is_mailed", [True, False])
def test_a_years_end_mails_zoos_as_the_treasurer_says(
    zoo: Zoo, general: Fund, clock_at: ClockAt, is_mailed: bool
) -> None:
    gift = gave(zoo, general, 50_000)
    end = year_ends.begin(
        entity=gift.entity, begins_on=YEAR[0], ends_on=YEAR[1], mails=is_mailed, actor="user:1"
    )
    while year_ends.go_on(end.pk):
        statements.sweep()
    statements.sweep()
    sending.sweep()
    next_day(clock_at)
    sending.sweep()
    assert len(mails()) == int(is_mailed)
    share = YearEndShare.objects.get()
    assert (share.mailed_at is not None) == is_mailed
    assert not Mail.objects.filter(key__startswith="yearend:").exists()


def test_a_persons_statement_is_no_zoos(general: Fund) -> None:
    gift = gave(zoo_world.zoo(), general, 50_000)
    Gift.objects.update(donor=Donor.objects.create(name="Åsa", created_at=clock.now()))
    gift.refresh_from_db()
    stated(gift)
    assert sending.gather() == 0


# Its page.


def test_owners_and_finance_choose_at_the_desk(client: Client, general: Fund) -> None:
    cache.clear()
    bob, look = person("bob"), person("look")
    zoo = zoo_world.zoo(bob)
    joins(zoo, look, Part.VIEWER)
    here = f"/zoo/{zoo.uuid}/papers/"
    sign_in(client, bob, factor=False)
    page = client.get(here).text
    assert CONTACT in page
    assert page.count("checked") == 2
    assert client.post(f"{here}mail/", {"contact": "1"}).status_code == 302
    assert [reader.address for reader in readers.of(zoo)] == [CONTACT]
    assert client.get(here).text.count("checked") == 1
    assert client.post(f"{here}mail/", {"mine": "1", "contact": "x\x00"}).status_code == 302
    assert [reader.address for reader in readers.of(zoo)] == [bob.email]
    sign_in(client, look, factor=False)
    assert "By mail" not in client.get(here).text
    assert client.post(f"{here}mail/", {"mine": "1"}).status_code == 404


def test_what_was_made_before_is_not_mailed(zoo: Zoo, general: Fund, clock_at: ClockAt) -> None:
    row = made(gave(zoo, general, 50_000))
    assert row.document is not None
    ZooPaper.objects.create(
        zoo=zoo, document=row.document, found_at=clock.now(), due_at=clock.now(), is_older=True
    )
    next_day(clock_at)
    assert sending.sweep() == 0
    assert Document.objects.count() == 1
