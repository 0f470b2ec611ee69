"""Goal: whatever stopped for good stands on one page with its error, and begins again there."""

import datetime as dt

import pytest
from django.test import Client

from funding import clock, stuck
from funding.audit.models import Record
from funding.documents import register
from funding.documents import stuck as documents
from funding.documents.models import Document
from funding.gateway.models import Event, EventState
from funding.mail.models import Mail, MailState
from funding.site.models import FundReport, ReportState
from funding.users.models import Role, User
from grants import papers
from grants import stuck as grants
from grants.models import Award, Motion
from tests import make
from tests.documents.conftest import make_entity, make_snapshot
from tests.grants.decisions.test_papers import decided
from tests.people import make_person, sign_in

pytestmark = pytest.mark.django_db
PAGE = "/treasurer/stuck/"


@pytest.fixture
def tara() -> User:
    return make_person("tara@fund.example", "Tara Lindqvist", Role.TREASURER)


@pytest.fixture
def keeper(tara: User) -> Client:
    client = Client()
    sign_in(client, tara)
    return client


def given_up(number: int = 1) -> Event:
    now = clock.now()
    return Event.objects.create(
        stripe_id=f"evt_{number}",
        kind="charge.updated",
        object_id=f"ch_{number}",
        payload={},
        received_at=now + dt.timedelta(seconds=number),
        due_at=now,
        handled_at=now,
        attempts=12,
        state=EventState.GIVEN_UP,
        error="PaymentMismatch: gift 12 asked EUR 25.50",
    )


def test_every_part_has_said_what_of_its_may_be_stuck() -> None:
    known = "mails events documents gifts refunds receipts minutes letters reports"
    assert set(stuck.SOURCES) >= set(known.split())
    with pytest.raises(ValueError, match="mails"):
        stuck.register("mails", register.given_up, documents.retry, show=documents.show, label="x")


def test_nothing_is_stuck(keeper: Client) -> None:
    assert "Nothing is stuck." in keeper.get(PAGE).content.decode()


def test_the_list_shows_the_error_and_the_oldest_first(keeper: Client) -> None:
    for number in range(1, 53):
        given_up(number)
    page = keeper.get(PAGE).content.decode()
    assert "PaymentMismatch: gift 12 asked EUR 25.50" in page
    assert "52 things do not go on by themselves." in page
    assert "52 of them. The oldest 50 are shown." in page
    assert page.index("ch_1<") < page.index("ch_2<")
    assert "ch_51<" not in page


def test_a_lost_mail_leads_to_what_it_is_about(keeper: Client) -> None:
    gift, now = make.gift(make.fund(make.entity())), clock.now()
    for number, cause in enumerate((f"gift:{gift.pk}", "gift:0", "weather:1", "code")):
        Mail.objects.create(
            key=f"mail:{number}",
            cause=cause,
            to_address="alice@donor.example",
            message_id=f"<{number}@x>",
            queued_at=now,
            due_at=now,
            state=MailState.FAILED,
        )
    page = keeper.get(PAGE).content.decode()
    assert page.count("/treasurer/gifts/") == 1
    assert f"/treasurer/gifts/{gift.uuid}/" in page


class TestBeginningAgain:
    def test_an_event_is_handled_again_and_the_log_says_by_whom(
        self, keeper: Client, tara: User
    ) -> None:
        event = given_up()
        answer = keeper.post(f"{PAGE}events/{event.pk}/retry/")
        assert answer["Location"] == f"{PAGE}#events"
        event.refresh_from_db()
        assert (event.state, event.attempts, event.handled_at) == (EventState.WAITING, 0, None)
        record = Record.objects.get(action="event.retried")
        assert (record.actor, record.subject) == (f"user:{tara.pk}", f"event:{event.pk}")

    def test_twice_it_is_not_there_any_more(self, keeper: Client) -> None:
        event = given_up()
        keeper.post(f"{PAGE}events/{event.pk}/retry/")
        assert keeper.post(f"{PAGE}events/{event.pk}/retry/").status_code == 404
        assert Record.objects.count() == 1

    def test_a_kind_that_nobody_knows_is_nowhere(self, keeper: Client) -> None:
        assert keeper.post(f"{PAGE}weather/1/retry/").status_code == 404

    def test_an_old_proof_asks_again_and_nothing_moves(self, tara: User) -> None:
        client, event = Client(), given_up()
        sign_in(client, tara, minutes_ago=6)
        assert client.post(f"{PAGE}events/{event.pk}/retry/").status_code == 302
        event.refresh_from_db()
        assert event.state == EventState.GIVEN_UP


class TestLeaving:
    def test_without_a_reason_nothing_is_left(self, keeper: Client) -> None:
        event = given_up()
        answer = keeper.post(f"{PAGE}events/{event.pk}/leave/", {"why": " "}, follow=True)
        assert "Write why nothing more is to be done." in answer.content.decode()
        event.refresh_from_db()
        assert event.state == EventState.GIVEN_UP

    def test_with_one_it_is_off_the_list(self, keeper: Client) -> None:
        event = given_up()
        keeper.post(f"{PAGE}events/{event.pk}/leave/", {"why": "It is of the old account."})
        event.refresh_from_db()
        assert event.state == EventState.LET_GO
        assert Record.objects.get().facts["why"] == "It is of the old account."
        assert "Nothing is stuck." in keeper.get(PAGE).content.decode()

    def test_what_is_owed_to_somebody_cannot_be_left(self, keeper: Client) -> None:
        document = _broken_document()
        Document.objects.update(attempts=register.MOST_ATTEMPTS)
        answer = keeper.post(f"{PAGE}documents/{document.pk}/leave/", {"why": "No."})
        assert answer.status_code == 404
        assert register.given_up().exists()


def _broken_document() -> Document:
    return register.issue(
        entity_id=make_entity().pk,
        template="receipt",
        key="receipt:1:document",
        snapshot=make_snapshot(lines=[{"fund": "A", "minor": "not a number"}]),
        language="en",
    )


def test_a_document_that_cannot_be_laid_out_stops_and_begins_again() -> None:
    document = _broken_document()
    for _ in range(register.MOST_ATTEMPTS + 2):
        Document.objects.update(due_at=clock.now())
        register.render_due()
    document.refresh_from_db()
    assert document.attempts == register.MOST_ATTEMPTS
    shown = documents.show(register.given_up().get())
    assert shown.what == document.name
    assert "TypeError" in shown.error
    documents.retry(pk=document.pk, actor="user:7")
    assert register.waiting().get() == document


def test_minutes_and_letters_stop_and_begin_again() -> None:
    _set, motion = decided()
    # Their papers cannot be frozen: somebody broke what they print.
    Motion.objects.filter(pk=motion.pk).update(frozen={"members": 7})
    Award.objects.update(attempts=papers.MOST_ATTEMPTS, error="KeyError: 'x'")
    for _ in range(papers.MOST_ATTEMPTS + 2):
        Motion.objects.update(due_at=clock.now())
        papers.sweep()
    motion.refresh_from_db()
    assert motion.attempts == papers.MOST_ATTEMPTS
    assert motion.error
    assert grants.show_minute(grants.stuck_minutes().get()).what == f"Minute of motion {motion.pk}"
    assert {grants.show_letter(award).pk for award in grants.stuck_letters()} == set(
        Award.objects.values_list("pk", flat=True)
    )
    grants.retry_minute(pk=motion.pk, actor="user:7")
    for award in Award.objects.all():
        grants.retry_letter(pk=award.pk, actor="user:7")
    assert not grants.stuck_minutes().exists()
    assert papers.sweep_letters() == 2
    assert not Award.objects.filter(letter_mailed_at__isnull=True).exists()


def test_a_report_begins_again_in_the_name_of_whoever_asks(keeper: Client, tara: User) -> None:
    entity, now = make.entity(), clock.now()
    report = FundReport.objects.create(
        entity=entity,
        currency="EUR",
        starts_on=dt.date(2026, 1, 1),
        ends_on=dt.date(2026, 1, 31),
        asked_by=make_person("pat@fund.example", "Pat", Role.OFFICER),
        asked_at=now,
        due_at=now,
        attempts=5,
        state=ReportState.FAILED,
        error="No ink.",
    )
    page = keeper.get(PAGE).content.decode()
    assert "No ink." in page
    keeper.post(f"{PAGE}reports/{report.pk}/retry/")
    report.refresh_from_db()
    assert (report.state, report.attempts, report.asked_by) == (ReportState.WAITING, 0, tara)
