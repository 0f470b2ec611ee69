"""Everybody brings the news of a debit at once, and it is taken in once."""

import threading

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from donors import gifts, stuck
from donors.models import Gift, GiftState, Receipt
from funding import clock, jobs
from funding.ledger.models import Entry, Fund
from funding.site import webhooks
from tests.books import assert_agreed
from tests.donors.by_debit import SEPA, SEPA_FAILS, later, mails, on_its_way, promised
from tests.donors.conftest import Visitor
from tests.sandbox.conftest import Sandbox


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    cache.clear()


def together(*deeds: object) -> list[BaseException]:
    """Run all of these at the same time, each with a connection of its own."""
    errors: list[BaseException] = []
    gate = threading.Barrier(len(deeds))

    def run(deed: object) -> None:
        try:
            gate.wait()
            deed()  # type: ignore[operator]
        except BaseException as error:  # noqa: BLE001 -- told to the test
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


@pytest.mark.parametrize(
    ("account", "days", "state", "told"),
    [
        (SEPA, 0, GiftState.PENDING, ["debit_pending"]),
        (SEPA, 3, GiftState.SETTLED, []),
        (SEPA_FAILS, 3, GiftState.FAILED, ["debit_failed"]),
    ],
)
def test_webhook_page_and_sweep_at_once_make_one_of_each(
    general: Fund,
    visitor: Visitor,
    stripe: Sandbox,
    account: str,
    days: int,
    state: GiftState,
    told: list[str],
) -> None:
    gift = promised(visitor, general, account)
    gift.refresh_from_db()
    if days:
        later(stripe, days)
    Gift.objects.update(due_at=clock.now())
    charge = stripe.client().payment_intents.retrieve(
        stripe.client().checkout.sessions.retrieve(gift.checkout).payment_intent
    )

    def page() -> None:
        assert Client().get(f"/give/thanks/?gift={gift.uuid}").status_code == 200

    errors = together(
        lambda: webhooks.TABLE["checkout.session.completed"](gift.checkout),
        lambda: webhooks.TABLE["payment_intent.processing"](charge.id),
        page,
        page,
        gifts.sweep,
    )
    assert errors == []
    gift.refresh_from_db()
    assert gift.state == state
    assert [mail for mail in mails(gift) if mail.startswith("debit")] == told
    assert Receipt.objects.count() == (1 if state == GiftState.SETTLED else 0)
    assert Entry.objects.filter(key=f"gift:{gift.pk}:settle").count() == Receipt.objects.count()
    if days:
        assert_agreed(stripe)


def test_nothing_of_it_is_stuck_and_nothing_is_due_before_its_time(
    general: Fund, visitor: Visitor
) -> None:
    gift = on_its_way(visitor, general)
    assert list(gifts.stuck()) == []
    assert jobs.backlogs()["gifts"].count == 0
    stuck.retry_gift(pk=gift.pk, actor="user:1")
    gift.refresh_from_db()
    assert gift.is_processing
