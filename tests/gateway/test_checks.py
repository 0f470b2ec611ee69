"""Goal: no combination of key and address moves real money by mistake, or none by mistake."""

import pytest
from pytest_django.fixtures import Settings

from funding.gateway.checks import keys_and_addresses

STRIPE = "https://api.stripe.com"
HERE = "http://localhost:8000"
PUBLIC = "https://fund.example"
SANDBOX = "http://localhost:8001"


@pytest.fixture
def calm(settings: Settings) -> Settings:
    """A production that nothing is wrong with."""
    settings.STRIPE_SECRET_KEY = "sk_live_abc"
    settings.STRIPE_API_BASE = STRIPE
    settings.SITE_URL = PUBLIC
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_1"]
    settings.STRIPE_TEST_MODE = False
    settings.CLOCK_FILE = None
    settings.DEBUG = False
    return settings


def found() -> set[str | None]:
    return {message.id for message in keys_and_addresses()}


def test_a_right_production_is_silent(calm: Settings) -> None:
    assert found() == set()


def test_a_rehearsal_on_this_machine_is_silent(calm: Settings) -> None:
    calm.STRIPE_SECRET_KEY, calm.STRIPE_API_BASE, calm.SITE_URL = "sk_test_a", SANDBOX, HERE
    calm.CLOCK_FILE = "var/clock"
    assert found() == set()


@pytest.mark.parametrize(
    ("name", "value", "number"),
    [
        ("STRIPE_API_BASE", SANDBOX, "gateway.E001"),
        ("STRIPE_API_BASE", "https://api.stripe.com.evil.example", "gateway.E001"),
        ("DEBUG", True, "gateway.E002"),
        ("SITE_URL", "http://fund.example", "gateway.E003"),
        ("CLOCK_FILE", "var/clock", "gateway.E004"),
        ("STRIPE_API_BASE", SANDBOX, "gateway.E005"),
        ("STRIPE_SECRET_KEY", "sk_test_abc", "gateway.E006"),
        ("STRIPE_SECRET_KEY", "rk_test_abc", "gateway.E006"),
        ("STRIPE_SECRET_KEY", "", "gateway.E006"),
        ("STRIPE_WEBHOOK_SECRETS", [], "gateway.E007"),
    ],
)
def test_each_danger_is_named(calm: Settings, name: str, value: object, number: str) -> None:
    setattr(calm, name, value)
    assert number in found()


def test_a_restricted_live_key_counts_as_live(calm: Settings) -> None:
    calm.STRIPE_SECRET_KEY, calm.STRIPE_API_BASE = "rk_live_abc", SANDBOX
    assert "gateway.E001" in found()


def test_a_public_rehearsal_must_say_so(calm: Settings) -> None:
    calm.STRIPE_SECRET_KEY, calm.STRIPE_TEST_MODE = "sk_test_abc", True
    assert found() == set()
