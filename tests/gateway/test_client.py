"""Goal: nobody waits for Stripe with a transaction open, and every failure has one meaning."""

import pytest
from django.db import transaction

from funding.gateway import client, payments
from tests.sandbox.conftest import Sandbox


def test_stripe_is_not_called_inside_a_transaction(committed: None, stripe: Sandbox) -> None:
    with (
        transaction.atomic(),
        pytest.raises(RuntimeError, match="durable"),
    ):
        payments.fetch_page("cs_1")


def test_an_unknown_object_is_missing(committed: None, stripe: Sandbox) -> None:
    with pytest.raises(client.Missing):
        payments.fetch_page("cs_test_unknown")


@pytest.mark.parametrize("kind", ["rate_limit", "error_before", "reset_before"])
def test_a_passing_fault_is_unreachable(committed: None, stripe: Sandbox, kind: str) -> None:
    stripe.control("faults", api=[{"kind": kind, "probability": 1.0}])
    with pytest.raises(client.Unreachable) as told:
        payments.fetch_page("cs_test_unknown")
    assert told.value.is_stored == (kind == "error_before")


def test_a_refused_key_is_unreachable_and_shouted(
    committed: None, stripe: Sandbox, settings: object, caplog: pytest.LogCaptureFixture
) -> None:
    settings.STRIPE_SECRET_KEY = "sk_live_wrong"  # type: ignore[attr-defined]
    with pytest.raises(client.Unreachable):
        payments.fetch_page("cs_test_unknown")
    assert any(record.levelname == "CRITICAL" for record in caplog.records)


def test_a_call_that_the_rehearsal_does_not_know_is_a_mistake_of_ours(
    committed: None, stripe: Sandbox
) -> None:
    with pytest.raises(client.Rejected), client.speaking():
        client.client().v1.quotes.list()
