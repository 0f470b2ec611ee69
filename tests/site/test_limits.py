"""Brakes: they hold, they name nobody, and they never stand in the way when they are broken."""

import logging
import time

import pytest
from django.core.cache import cache
from django.test import Client, RequestFactory
from pytest_django.fixtures import Settings

from funding import limits
from funding.limits import Brake

THREE = Brake("three", 3, 60)


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    cache.clear()


def test_a_brake_lets_so_many_through_and_no_more() -> None:
    assert [limits.hit(THREE, "a") for _ in range(5)] == [True, True, True, False, False]


def test_each_subject_and_each_brake_has_a_count_of_its_own() -> None:
    for _ in range(4):
        limits.hit(THREE, "a")
    assert not limits.hit(THREE, "a")
    assert limits.hit(THREE, "b")
    assert limits.hit(Brake("other", 3, 60), "a")


def test_the_window_ends_by_itself() -> None:
    one = Brake("brief", 1, 1)
    assert limits.hit(one)
    assert not limits.hit(one)
    time.sleep(1.1)
    assert limits.hit(one)


def test_every_counter_expires() -> None:
    limits.hit(THREE, "a")
    client = cache._cache.get_client()  # type: ignore[attr-defined]
    (key,) = client.keys("*brake*")
    limits.hit(THREE, "a")
    assert 0 < client.ttl(key) <= 60


def test_counters_hold_no_address() -> None:
    limits.hit(THREE, "alice@donor.example")
    assert b"alice" not in b"".join(_keys())


def _keys() -> list[bytes]:
    client = cache._cache.get_client()  # type: ignore[attr-defined]
    return list(client.keys("*brake*"))


def test_with_the_cache_down_everything_is_allowed_and_logged(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    with caplog.at_level(logging.WARNING):
        assert all(limits.hit(THREE, "a") for _ in range(5))
    assert "brake not counted" in caplog.text


@pytest.mark.parametrize(
    ("proxies", "remote", "forwarded", "expected"),
    [
        (0, "203.0.113.7", "198.51.100.1", "203.0.113.7"),
        (1, "10.0.0.1", "198.51.100.1", "198.51.100.1"),
        (1, "10.0.0.1", "1.2.3.4, 198.51.100.1", "198.51.100.1"),
        (2, "10.0.0.1", "1.2.3.4, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        (2, "10.0.0.1", "198.51.100.1", "10.0.0.1"),
        (1, "10.0.0.1", "", "10.0.0.1"),
        (0, "2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
        (0, "nonsense", "", ""),
    ],
)
def test_the_visitor_is_the_one_our_proxies_saw(
    settings: Settings, proxies: int, remote: str, forwarded: str, expected: str
) -> None:
    settings.PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=forwarded)
    assert limits.address(request) == expected


@pytest.mark.django_db
def test_beyond_the_brake_a_page_says_so_and_when_to_come_back(client: Client) -> None:
    for _ in range(limits.VERIFY_BY_ADDRESS.times):
        assert client.get("/verify/ABCD/").status_code == 404
    answer = client.get("/verify/ABCD/")
    assert answer.status_code == 429
    assert answer["Retry-After"] == "60"
    assert "That was too often" in answer.text
    assert answer["X-Request-ID"] in answer.text
