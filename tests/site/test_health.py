"""The page that tells a supervisor what lives."""

import time

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from pytest_django.fixtures import Settings

PARTS = {"database", "queue", "worker", "scheduler", "fold", "tail"}


@pytest.fixture(autouse=True)
def fresh_signs(db: None) -> None:
    cache.clear()


def live() -> None:
    for part in ("worker", "beat", "fold"):
        cache.set(f"alive:{part}", int(time.time()) - 3, 120)


def test_all_that_lives_is_told_with_its_age(client: Client) -> None:
    live()
    answer = client.get("/healthz?strict=1")
    assert answer.status_code == 200
    told = answer.json()
    assert set(told) == PARTS
    assert all(sign["ok"] for sign in told.values())
    assert 3 <= told["worker"]["age_seconds"] <= 10
    assert told["queue"]["length"] == 0
    assert told["tail"]["length"] == 0


def test_gifts_can_be_taken_without_a_worker_but_a_strict_reader_is_told(client: Client) -> None:
    assert client.get("/healthz").status_code == 200
    answer = client.get("/healthz?strict=1")
    assert answer.status_code == 503
    told = answer.json()
    assert {name for name, sign in told.items() if not sign["ok"]} == {
        "worker",
        "scheduler",
        "fold",
    }


def test_without_the_queue_gifts_are_still_taken(client: Client, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert not answer.json()["queue"]["ok"]
    assert client.get("/healthz?strict=1").status_code == 503


def test_without_the_database_nothing_works(client: Client) -> None:
    connection.close()
    kept = connection.settings_dict["HOST"]
    connection.settings_dict["HOST"] = "/nonexistent"
    try:
        answer = client.get("/healthz")
    finally:
        connection.settings_dict["HOST"] = kept
    assert answer.status_code == 503
    assert not answer.json()["database"]["ok"]


def test_no_secret_and_no_address_is_told(client: Client, settings: Settings) -> None:
    live()
    text = client.get("/healthz").text
    for secret in (settings.SECRET_KEY, settings.REDIS_URL, "postgres", "sock"):
        assert secret not in text
