"""Goal: the bell may break; what must happen happens all the same."""

import json
import os
import subprocess
import sys

import pytest
from django.db import transaction

from funding import jobs
from funding.celery import app

RING = """
import django
django.setup()
from funding import jobs
jobs._ring("donors.tasks.make_receipt", (1,))
print("went on")
"""


@pytest.mark.parametrize("broker", ["redis://127.0.0.1:1/0", "unix:///tmp/no-such.sock?db=0"])
def test_a_dead_broker_is_logged_and_stops_nothing(broker: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", RING],
        env=os.environ | {"REDIS_URL": broker, "DJANGO_SETTINGS_MODULE": "funding.settings"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "went on\n"
    told = json.loads(done.stderr)
    assert (told["event"], told["task"]) == ("bell not heard", "donors.tasks.make_receipt")


def test_the_bell_rings_after_the_commit_and_not_before(committed: None) -> None:
    def length() -> int:
        with app.connection_for_read() as broker:
            return int(broker.default_channel.client.llen("celery"))

    before = length()
    with transaction.atomic():
        jobs.after_commit("donors.tasks.make_receipt", 1)
        assert length() == before
    assert length() == before + 1


def test_a_rolled_back_deed_rings_for_nobody(committed: None) -> None:
    with app.connection_for_read() as broker:
        client = broker.default_channel.client
        before = client.llen("celery")
        with pytest.raises(RuntimeError):
            _ring_and_roll_back()
        assert client.llen("celery") == before


@transaction.atomic
def _ring_and_roll_back() -> None:
    jobs.after_commit("donors.tasks.make_receipt", 1)
    raise RuntimeError


def test_one_failing_sweep_stops_no_other(committed: None) -> None:
    rounds: list[str] = []

    def breaks() -> int:
        rounds.append("breaks")
        raise RuntimeError

    def works() -> int:
        rounds.append("works")
        return 3

    kept = dict(jobs.SWEEPS)
    jobs.SWEEPS.clear()
    try:
        jobs.register_sweep("breaks", breaks)
        jobs.register_sweep("works", works)
        assert jobs.sweep_once() == 3
        with pytest.raises(ValueError, match="works"):
            jobs.register_sweep("works", breaks)
    finally:
        jobs.SWEEPS.clear()
        jobs.SWEEPS.update(kept)
    assert rounds == ["breaks", "works"]
