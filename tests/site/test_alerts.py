"""Those in charge are told once, by mail and on their pages, and close what they dealt with."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client

from funding import clock
from funding.alerts import alarms
from funding.alerts.models import Alert
from funding.mail.models import Mail
from funding.site import telling
from funding.users.models import Role, User
from tests.clocks import clock_at
from tests.ledger.racing import together
from tests.people import make_person, sign_in

__all__ = ["clock_at"]

Clock = Callable[[dt.datetime], None]
MINUTE = dt.timedelta(minutes=1)


def sound(number: int = 1, sentence: str = "The bank sent it back.") -> None:
    alarms.sound(
        kind="payout_failed", subject=f"payout:{number}", sentence=sentence, page="/treasurer/"
    )


@pytest.fixture
def tara(db: None) -> User:
    return make_person("tara@fund.example", "Tara Lindqvist", Role.TREASURER)


@pytest.fixture
def keeper(tara: User) -> Client:
    client = Client()
    sign_in(client, tara)
    return client


@pytest.mark.django_db
class TestTelling:
    def test_nobody_in_charge_leaves_it_for_the_first_who_takes_office(
        self, clock_at: Clock
    ) -> None:
        make_person("pat@fund.example", "Pat", Role.OFFICER)
        sound()
        clock_at(clock.now() + 5 * MINUTE)
        assert telling.tell() == 0
        make_person("ada@fund.example", "Ada", Role.ADMINISTRATOR)
        assert telling.tell() == 1
        assert [mail.to_address for mail in Mail.objects.all()] == ["ada@fund.example"]

    def test_a_term_that_is_over_earns_no_mail(self, tara: User, clock_at: Clock) -> None:
        tara.terms.update(ends_on=clock.today("UTC") - dt.timedelta(days=1))
        sound()
        clock_at(clock.now() + 5 * MINUTE)
        assert telling.tell() == 0
        assert not Mail.objects.exists()

    @pytest.mark.usefixtures("tara")
    def test_each_person_gets_one_mail_and_no_second(self, clock_at: Clock) -> None:
        make_person("ada@fund.example", "Ada", Role.ADMINISTRATOR, Role.TREASURER)
        sound()
        assert telling.tell() == 0, "a burst is let come to its end first"
        clock_at(clock.now() + 3 * MINUTE)
        assert telling.tell() == 1
        sound(sentence="It came back once more.")
        clock_at(clock.now() + 60 * MINUTE)
        assert telling.tell() == 0
        assert sorted(Mail.objects.values_list("to_address", flat=True)) == [
            "ada@fund.example",
            "tara@fund.example",
        ]
        mail = Mail.objects.first()
        assert mail is not None
        assert mail.subject == "Alert: A payout failed"
        assert "The bank sent it back." in mail.text
        assert f"/treasurer/alerts/{Alert.objects.get().pk}/" in mail.html

    @pytest.mark.usefixtures("tara")
    def test_fifty_alerts_of_four_minutes_are_one_mail(self, clock_at: Clock) -> None:
        begun = clock.now()
        for number in range(50):
            clock_at(begun + number * dt.timedelta(seconds=5))
            sound(number)
            telling.tell()
        clock_at(begun + 10 * MINUTE)
        assert telling.tell() == 50
        mail = Mail.objects.get()
        assert mail.subject == "50 alerts: A payout failed and more"
        assert "And 30 more." in mail.text

    @pytest.mark.usefixtures("tara")
    def test_a_burst_that_never_ends_holds_nobody_up(self, clock_at: Clock) -> None:
        begun = clock.now()
        for number in range(12):
            clock_at(begun + number * MINUTE)
            sound(number)
            telling.tell()
        assert Mail.objects.count() == 1

    @pytest.mark.usefixtures("tara")
    def test_what_ended_before_anybody_was_told_is_not_mailed(self, clock_at: Clock) -> None:
        sound()
        alarms.clear(kind="payout_failed", subject="payout:1", why="It was paid.")
        clock_at(clock.now() + 5 * MINUTE)
        assert telling.tell() == 0
        assert not Mail.objects.exists()

    @pytest.mark.usefixtures("tara")
    def test_what_comes_and_goes_is_told_again_only_when_it_lasts(self, clock_at: Clock) -> None:
        sound()
        clock_at(clock.now() + 3 * MINUTE)
        assert telling.tell() == 1
        alarms.clear(kind="payout_failed", subject="payout:1", why="It was paid.")
        sound()
        clock_at(clock.now() + 3 * MINUTE)
        assert telling.tell() == 0
        clock_at(clock.now() + 60 * MINUTE)
        assert telling.tell() == 1


def test_two_workers_at_once_tell_once(committed: None, clock_at: Clock) -> None:
    make_person("tara@fund.example", "Tara Lindqvist", Role.TREASURER)
    for number in range(5):
        sound(number)
    clock_at(clock.now() + 5 * MINUTE)
    assert sorted(together(4, lambda _number: telling.tell()), key=str) == [0, 0, 0, 5]
    assert Mail.objects.count() == 1


@pytest.mark.django_db
class TestPages:
    def test_nothing_is_closed_without_a_reason(self, keeper: Client) -> None:
        sound()
        pk = Alert.objects.get().pk
        answer = keeper.post(f"/treasurer/alerts/{pk}/close/", {"why": "  "})
        assert answer.status_code == 409
        assert "Write what was done about it" in answer.content.decode()
        assert Alert.objects.get().is_open

    def test_closing_names_who_and_why_and_leaves_the_list(self, keeper: Client) -> None:
        sound()
        pk = Alert.objects.get().pk
        answer = keeper.post(
            f"/treasurer/alerts/{pk}/close/", {"why": "The bank was asked."}, follow=True
        )
        page = answer.content.decode()
        assert "Nothing is wrong, as far as we can see." in page
        closed = keeper.get("/treasurer/alerts/?state=closed").content.decode()
        assert "Tara Lindqvist, <time" in closed
        assert "The bank was asked." in closed
        detail = keeper.get(f"/treasurer/alerts/{pk}/").content.decode()
        assert "its cause was still there" in detail
        again = keeper.post(f"/treasurer/alerts/{pk}/close/", {"why": "Once more."})
        assert again.status_code == 409
        assert "closed before" in again.content.decode()

    def test_filters_find_kinds_and_days(self, keeper: Client) -> None:
        sound()
        alarms.sound(kind="work_stuck", subject="stuck:mails", sentence="A receipt is stuck.")
        page = keeper.get("/treasurer/alerts/?kind=work_stuck").content.decode()
        assert "A receipt is stuck." in page
        assert "The bank sent it back." not in page
        tomorrow = clock.today("UTC") + dt.timedelta(days=1)
        none = keeper.get(f"/treasurer/alerts/?start={tomorrow}").content.decode()
        assert "No alert fits that." in none
        both = keeper.get("/treasurer/alerts/?kind=weather&start=never").content.decode()
        assert "A receipt is stuck." in both

    def test_the_file_has_every_column(self, keeper: Client) -> None:
        sound()
        rows = b"".join(keeper.get("/treasurer/alerts/?csv=1")).decode().splitlines()
        assert rows[0].startswith("\ufeffalert,kind,subject,sentence,first_at")
        assert "payout_failed,payout:1,The bank sent it back." in rows[1]

    def test_inbox_and_masthead_say_how_many(self, keeper: Client) -> None:
        assert "alert" not in keeper.get("/inbox/").content.decode()
        sound(1)
        sound(2)
        page = keeper.get("/inbox/").content.decode()
        assert "2 alerts" in page
        assert "/treasurer/alerts/?kind=payout_failed" in page

    def test_others_see_no_badge_and_no_wait(self) -> None:
        client = Client()
        sign_in(client, make_person("pat@fund.example", "Pat", Role.OFFICER))
        sound()
        page = client.get("/inbox/").content.decode()
        assert "alert" not in page
