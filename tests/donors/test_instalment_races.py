"""Goal: news of an invoice and news of its payment at once leave the instalment paid."""

import threading
import time

from django.db import connection, transaction

from donors import settlements, subscriptions
from donors.models import Gift, Instalment, InstalmentState
from funding.gateway import payments
from funding.ledger.models import Fund
from tests.books import assert_agreed
from tests.conftest import superuser_connection
from tests.donors.by_debit import SEPA
from tests.donors.regular import Giver, states
from tests.sandbox.conftest import Sandbox

PATIENCE_SECONDS = 20


def debited(giver: Giver, general: Fund) -> tuple[Gift, payments.Payment]:
    """The first instalment of a pledge, whose bank has paid; only Stripe knows."""
    giver.begins(general, pays={"account": SEPA})
    giver.days(4)
    gift = Gift.objects.get()
    return gift, payments.fetch_payment(gift.payment_intent)


def until_somebody_waits_for(pid: int) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    with superuser_connection() as root:
        while time.monotonic() < end:
            question = "SELECT 1 FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid))"
            if root.execute(question, [pid]).fetchone():
                return
    raise AssertionError("nobody waits")


def test_news_of_the_invoice_waits_for_the_payment_that_is_being_booked(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    gift, payment = debited(giver, general)
    invoice = Instalment.objects.get().invoice

    def tell() -> None:
        try:
            subscriptions.follow_invoice(invoice)
        finally:
            connection.close()

    teller = threading.Thread(target=tell)
    with transaction.atomic():
        settlements.settle(gift_id=gift.pk, payment=payment)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            pid = cursor.fetchone()[0]
        teller.start()
        until_somebody_waits_for(pid)
    teller.join()
    assert states(Instalment.objects.get().pledge) == ["paid"]
    assert_agreed(stripe)


def test_without_waiting_what_was_read_before_would_be_written_after(
    general: Fund, giver: Giver
) -> None:
    gift, payment = debited(giver, general)
    read_before = Instalment.objects.get()
    settlements.settle(gift_id=gift.pk, payment=payment)
    assert Instalment.objects.get().state == InstalmentState.PAID
    read_before.save()
    assert Instalment.objects.get().state == InstalmentState.OPEN
