"""Goal: what is new in an inbox is mailed once a day at most, in the morning of each place."""

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from funding import clock
from funding.mail import links
from funding.mail.models import Mail
from funding.site import inbox_mails
from funding.site.models import InboxMail
from funding.users import zones
from funding.users.models import InboxChoice, User
from tests.clocks import clock_at as clock_at
from tests.grants.payments.cast import Stage, stage
from tests.people import sign_in
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def set_() -> Stage:
    """An award without a schedule, for which an officer has to make one."""
    cache.clear()
    return stage()


def mails(user: User) -> list[str]:
    """The days on which somebody was mailed."""
    return [str(row.day) for row in InboxMail.objects.filter(user=user, is_mailed=True)]


def in_place(user: User, zone: str, *, is_mailed: bool = True) -> None:
    """Somebody chooses where they are."""
    zones.choose(user=user, zone=zone, is_mailed=is_mailed)


def test_a_person_has_one_look_a_day_by_the_database(set_: Stage) -> None:
    def looked() -> None:
        InboxMail.objects.create(
            user=set_.pat, day=dt.date(2027, 3, 1), is_mailed=True, looked_at=clock.now()
        )

    looked()
    with refused("inboxmail_once_a_day"):
        looked()
    with pytest.raises(zones.NoSuchZone):
        in_place(set_.pat, "Mars/Olympus")


def test_a_mail_comes_when_something_is_new_and_not_for_the_same_again(set_: Stage) -> None:
    day = dt.date(2027, 3, 1)
    assert inbox_mails.look(set_.pat, day) == 1
    assert inbox_mails.look(set_.pat, day) == 0
    assert inbox_mails.look(set_.pat, day + dt.timedelta(days=1)) == 0
    set_.banked()
    set_.requested(30_000)
    assert inbox_mails.look(set_.pat, day + dt.timedelta(days=2)) == 1
    mail = Mail.objects.filter(key__startswith=f"inbox:{set_.pat.pk}:").latest("pk")
    assert "waits for you" in mail.subject or "wait for you" in mail.subject
    # The subject is read on locked telephones: it says how many, and never what.
    assert "Steppe" not in mail.subject
    assert "Steppe" in mail.text
    assert "Steppe" in mail.html
    assert mail.stop_url


@pytest.mark.parametrize(
    ("zone", "first"),
    [
        # The clocks go forward, back, and by half an hour; one day of each is short or long.
        ("Europe/Stockholm", dt.date(2027, 3, 26)),
        ("Europe/Stockholm", dt.date(2027, 10, 29)),
        ("America/New_York", dt.date(2027, 3, 12)),
        ("Australia/Lord_Howe", dt.date(2027, 4, 2)),
        ("Asia/Kathmandu", dt.date(2027, 12, 30)),
        ("Pacific/Kiritimati", dt.date(2027, 2, 26)),
    ],
)
def test_no_day_is_left_out_or_told_twice_when_clocks_are_changed(
    set_: Stage, clock_at: Callable[[dt.datetime], None], zone: str, first: dt.date
) -> None:
    place = ZoneInfo(zone)
    in_place(set_.pat, zone)
    begins = dt.datetime.combine(first, dt.time(0, 5), place).astimezone(dt.UTC)
    looked: list[tuple[dt.date, int]] = []
    for hours in range(5 * 24):
        clock_at(begins + dt.timedelta(hours=hours))
        before = InboxMail.objects.filter(user=set_.pat).count()
        inbox_mails.sweep()
        inbox_mails.sweep()
        if InboxMail.objects.filter(user=set_.pat).count() > before:
            local = clock.now().astimezone(place)
            looked.append((local.date(), local.hour))
    assert looked == [(first + dt.timedelta(days=n), 7) for n in range(5)]


def test_a_worker_that_was_away_in_the_morning_tells_it_later(
    set_: Stage, clock_at: Callable[[dt.datetime], None]
) -> None:
    in_place(set_.pat, "Asia/Ulaanbaatar")
    clock_at(dt.datetime(2027, 3, 1, 15, 30, tzinfo=dt.UTC))
    inbox_mails.sweep()
    # Half past eleven in the evening there, and still that day.
    assert mails(set_.pat) == ["2027-03-01"]


def test_who_is_mailed(set_: Stage) -> None:
    assert set_.asel not in inbox_mails.readers()
    assert {set_.pat, set_.dan, set_.tara} <= set(inbox_mails.readers())
    in_place(set_.asel, "Asia/Bishkek")
    in_place(set_.pat, "UTC", is_mailed=False)
    assert set_.asel in inbox_mails.readers()
    assert set_.pat not in inbox_mails.readers()
    User.objects.filter(pk=set_.asel.pk).update(is_active=False)
    assert set_.asel not in inbox_mails.readers()


def test_a_mail_that_was_stopped_meanwhile_is_withheld(set_: Stage) -> None:
    inbox_mails.look(set_.pat, dt.date(2027, 3, 1))
    assert inbox_mails.against(str(set_.pat.pk)) is None
    where = reverse("inbox_stop", args=[links.sign(inbox_mails.STOP, str(set_.pat.pk))])
    client = Client(enforce_csrf_checks=True)
    assert client.get(where).status_code == 200
    assert inbox_mails.is_wanted(set_.pat)
    assert client.post(where).status_code == 200
    assert client.post(where).status_code == 200
    assert not inbox_mails.is_wanted(set_.pat)
    assert inbox_mails.against(str(set_.pat.pk)) == "consent"
    assert client.get(reverse("inbox_stop", args=["rubbish"])).status_code == 410


def test_a_person_chooses_on_the_page_and_rubbish_is_told(set_: Stage) -> None:
    client = Client()
    sign_in(client, set_.pat)
    page = client.get(reverse("inbox")).content.decode()
    assert '<option value="UTC" selected>' in page
    where = reverse("inbox_choice")
    for rubbish in ("", "\x00", "Mars", "../etc/passwd", "١٢", "x" * 5_000):
        assert client.post(where, {"zone": rubbish}).status_code == 422
    assert not InboxChoice.objects.exists()
    client.post(where, {"zone": "Asia/Ulaanbaatar", "is_mailed": "on"})
    client.post(where, {"zone": "Europe/Stockholm"})
    row = InboxChoice.objects.get()
    assert (row.zone, row.is_mailed) == ("Europe/Stockholm", False)
    assert zones.of(set_.pat).key == "Europe/Stockholm"
