"""Goal: a cause is one row from its first sign to its end, whoever notices it and how often."""

import datetime as dt
import time
from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction

from funding import clock
from funding.alerts import alarms
from funding.alerts.alarms import AlreadyClosed, Cause, NeedsAReason
from funding.alerts.models import Alert
from funding.audit.models import Record
from tests.clocks import clock_at
from tests.conftest import superuser_connection
from tests.ledger.racing import together

__all__ = ["clock_at"]

KIND = "payout_failed"


def sound(subject: str = "payout:1", sentence: str = "The bank sent the payout back.") -> bool:
    return alarms.sound(kind=KIND, subject=subject, sentence=sentence)


@transaction.atomic
def _sound_and_fail() -> None:
    sound()
    raise RuntimeError


@pytest.mark.django_db
class TestOneRowForOneCause:
    def test_a_word_that_nobody_knows_is_refused_and_nothing_is_written(self) -> None:
        with pytest.raises(ValueError, match="weather_bad"):
            alarms.sound(kind="weather_bad", subject="sky", sentence="It rains.")
        assert not Alert.objects.exists()

    def test_the_same_cause_again_counts_and_takes_the_new_sentence(self) -> None:
        assert sound()
        assert not sound(sentence="The bank sent it back twice.")
        alert = Alert.objects.get()
        assert (alert.times, alert.sentence) == (2, "The bank sent it back twice.")
        assert alert.is_open

    def test_another_subject_is_another_alert(self) -> None:
        assert sound("payout:1")
        assert sound("payout:2")
        assert alarms.opened().count() == 2

    def test_what_is_too_long_or_names_somebody_undoes_no_deed(self) -> None:
        alarms.sound(
            kind=KIND,
            subject="payout:1",
            sentence="From zoe@donor.example, SE45 5000 0000 0583 9825 7466." + "x" * 600,
            page="/" + "x" * 300,
        )
        alert = Alert.objects.get()
        assert alert.sentence.startswith("From …@…, IBAN….xxx")
        assert (len(alert.sentence), alert.page) == (500, "")

    def test_it_is_undone_with_the_deed_that_noticed_it(self) -> None:
        with pytest.raises(RuntimeError):
            _sound_and_fail()
        assert not Alert.objects.exists()

    def test_the_database_refuses_a_second_open_row(self) -> None:
        sound()
        twin = Alert.objects.get()
        twin.pk = None
        with pytest.raises(IntegrityError, match="alert_is_open_once_per_cause"):
            twin.save(force_insert=True)


@pytest.mark.django_db
class TestTheEnd:
    def test_it_closes_itself_when_the_cause_is_gone(self) -> None:
        sound()
        assert alarms.clear(kind=KIND, subject="payout:1", why="The bank took it after all.")
        alert = Alert.objects.get()
        assert (alert.closed_by, alert.closed_why) == ("system", "The bank took it after all.")
        assert alert.gone_at == alert.closed_at

    def test_clearing_what_was_never_there_is_harmless(self) -> None:
        assert not alarms.clear(kind=KIND, subject="payout:1", why="Nothing was wrong.")

    def test_a_cause_that_comes_back_is_a_new_alert(self) -> None:
        sound()
        alarms.clear(kind=KIND, subject="payout:1", why="Gone.")
        assert sound()
        assert Alert.objects.count() == 2

    @pytest.mark.parametrize("why", ["", "   "])
    def test_nobody_closes_it_without_a_reason(self, why: str) -> None:
        sound()
        with pytest.raises(NeedsAReason):
            alarms.close(alert_id=Alert.objects.get().pk, why=why, actor="user:1")
        assert Alert.objects.get().is_open
        assert not Record.objects.exists()

    def test_a_person_closes_it_once_and_the_log_says_who(self) -> None:
        sound()
        pk = Alert.objects.get().pk
        alarms.close(alert_id=pk, why="The bank was asked.", actor="user:1")
        with pytest.raises(AlreadyClosed):
            alarms.close(alert_id=pk, why="Me too.", actor="user:2")
        alert = Alert.objects.get()
        assert (alert.closed_by, alert.closed_why) == ("user:1", "The bank was asked.")
        record = Record.objects.get()
        assert (record.actor, record.action) == ("user:1", "alert.closed")
        assert record.subject == f"alert:{pk}"

    def test_closed_by_a_person_it_rests_while_the_cause_goes_on(self) -> None:
        sound()
        alarms.close(alert_id=Alert.objects.get().pk, why="Known.", actor="user:1")
        assert not sound()
        alert = Alert.objects.get()
        assert not alert.is_open
        assert alert.times == 2

    def test_it_does_not_rest_for_ever(self, clock_at: Callable[[dt.datetime], None]) -> None:
        sound()
        alarms.close(alert_id=Alert.objects.get().pk, why="Known.", actor="user:1")
        clock_at(clock.now() + alarms.REST + dt.timedelta(minutes=1))
        assert sound()
        assert alarms.opened().count() == 1

    def test_after_the_cause_was_gone_once_it_rests_no_more(self) -> None:
        sound()
        alarms.close(alert_id=Alert.objects.get().pk, why="Known.", actor="user:1")
        alarms.clear(kind=KIND, subject="payout:1", why="Gone.")
        closed = Alert.objects.get()
        assert closed.closed_by == "user:1"
        assert closed.gone_at is not None
        assert sound()


@pytest.mark.django_db
def test_a_look_at_everything_sounds_what_is_there_and_clears_what_is_not() -> None:
    sound("payout:1")
    sound("other:9")
    causes = {"payout:2": Cause("It came back."), "payout:3": Cause("It came back too.")}
    moved = alarms.match(kind=KIND, causes=causes, why="It was paid.", among="payout:")
    assert moved == 3
    assert set(alarms.opened().values_list("subject", flat=True)) == {
        "payout:2",
        "payout:3",
        "other:9",
    }
    assert alarms.match(kind=KIND, causes=causes, why="It was paid.", among="payout:") == 0
    assert Alert.objects.get(subject="payout:1").closed_why == "It was paid."


def test_many_who_notice_at_once_make_one_row(committed: None) -> None:
    opened = together(8, lambda _number: sound())
    assert sorted(opened, key=str) == [False] * 7 + [True]
    alert = Alert.objects.get()
    assert alert.times == 8


def test_control_without_the_index_and_its_statement_there_would_be_many(
    committed: None,
) -> None:
    def naive(_number: int) -> None:
        with transaction.atomic():
            if Alert.objects.filter(kind=KIND, subject="payout:1").exists():
                return
            time.sleep(0.2)
            now = clock.now()
            Alert.objects.create(
                kind=KIND, subject="payout:1", sentence="Again.", first_at=now, last_at=now
            )

    with superuser_connection() as root:
        (definition,) = root.execute(
            "SELECT indexdef FROM pg_indexes WHERE indexname = 'alert_is_open_once_per_cause'"
        ).fetchone() or ("",)
        root.execute("DROP INDEX alert_is_open_once_per_cause")
        try:
            together(4, naive)
            assert Alert.objects.count() > 1
        finally:
            root.execute("DELETE FROM alerts_alert")
            root.execute(definition)
    connection.close()
