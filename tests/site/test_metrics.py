"""Goal: a program that watches is told what grows old, in few queries, and nobody else is."""

import datetime as dt
import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from donors.models import Gift
from funding import clock
from funding.alerts import alarms, rounds
from funding.gateway.models import Cursor, Event, EventState
from funding.site.metrics import Metric, text
from tests import make
from tests.mail.conftest import queue

pytestmark = pytest.mark.django_db
LINE = re.compile(r"([a-z_]+)(?:\{(.*)\})? (-?\d[\d.e+-]*)")


@pytest.fixture(autouse=True)
def a_token(settings: Settings) -> None:
    settings.METRICS_TOKEN = "a-token-of-the-test"
    cache.clear()


def ask(client: Client, token: str = "a-token-of-the-test") -> dict[str, float]:
    """Every figure by its name and labels."""
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    figures = {}
    for line in answer.text.splitlines():
        if line.startswith("#"):
            assert re.match(r"# (HELP [a-z_]+ \S.*\.|TYPE [a-z_]+ gauge)\Z", line), line
            continue
        found = LINE.fullmatch(line)
        assert found, line
        figures[line.rpartition(" ")[0]] = float(found[3])
    return figures


@pytest.mark.parametrize("token", ["", "wrong", "a-token-of-the-tes", "ä"])
def test_without_the_token_nothing_is_told(client: Client, token: str) -> None:
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.content) == (403, b"")


def test_where_no_token_is_set_there_is_no_such_page(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = ""
    for token in ("", "x"):
        answer = client.get("/metrics", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 404


def test_everything_that_is_asked_for_is_there(client: Client) -> None:
    fund = make.fund(make.entity())
    make.gift(fund)
    old = make.gift(fund, cover_minor=100)
    now = clock.now()
    Gift.objects.filter(pk=old.pk).update(due_at=now - dt.timedelta(hours=1))
    queue()
    alarms.sound(kind="payout_failed", subject="payout:1", sentence="It came back.")
    rounds.succeeded("verify")
    rounds.failed("mail", OSError())
    walked = now - dt.timedelta(minutes=5)
    Cursor.objects.create(name="balance_transactions", reached_at=now, walked_at=walked)
    Event.objects.create(
        stripe_id="evt_1", kind="x", payload={}, received_at=now, due_at=now, handled_at=now,
        state=EventState.GIVEN_UP,
    )  # fmt: skip
    told = ask(client)
    assert told['manul_gifts{state="pending",currency="EUR"}'] == 2
    assert told['manul_gifts_minor_units{state="pending",currency="EUR"}'] == 5200
    assert told['manul_due_rows{sweep="gifts"}'] == 1
    assert 3600 <= told['manul_due_oldest_age_seconds{sweep="gifts"}'] < 3700
    assert told['manul_due_oldest_age_seconds{sweep="documents"}'] == 0
    assert told['manul_mails{state="queued"}'] == 1
    assert told['manul_mails{state="bounced"}'] == 0
    assert told['manul_alerts_open{kind="payout_failed"}'] == 1
    assert told['manul_alerts_open{kind="books_differ"}'] == 0
    assert told['manul_events{state="given_up"}'] == 1
    assert told['manul_stuck_rows{kind="events"}'] == 1
    assert 0 <= told['manul_round_age_seconds{round="verify"}'] < 60
    assert told['manul_round_failing{round="mail"}'] == 1
    assert 300 <= told["manul_walk_age_seconds"] < 400
    assert told["manul_fold_tail_rows"] == 0
    assert told["manul_queue_bells"] >= 0
    assert told['manul_part_up{part="database"}'] == 1
    assert told['manul_part_up{part="worker"}'] == 0


def test_it_takes_a_handful_of_queries_however_much_there_is(client: Client) -> None:
    ask(client)
    with CaptureQueriesContext(connection) as few:
        ask(client)
    fund = make.fund(make.entity())
    for _ in range(5):
        make.gift(fund)
    with CaptureQueriesContext(connection) as many:
        ask(client)
    assert len(few) == len(many) <= 11


def test_without_the_queue_the_rest_is_told(client: Client, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    told = ask(client)
    assert "manul_queue_bells" not in told
    assert told['manul_part_up{part="queue"}'] == 0
    assert told['manul_mails{state="sent"}'] == 0


def test_a_label_cannot_end_its_line() -> None:
    said = text([Metric("x", "What it is.", [({"name": 'a"b\\c\nd'}, 1)])])
    assert said.splitlines()[-1] == 'x{name="a\\"b\\\\c\\nd"} 1'
    assert text([Metric("x", "Nothing.", [])]) == ""


def test_large_sums_keep_every_digit() -> None:
    said = text([Metric("x", "A sum.", [({}, 123_456_789_012)])])
    assert said.splitlines()[-1] == "x 123456789012"
