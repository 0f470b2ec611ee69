"""Goal: whatever banks and networks do, an instalment is charged once or not at all."""

import datetime as dt
import uuid

import pytest
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client

from donors import changes, gifts, methods, refunds, stops, subscriptions, turns
from donors.models import (
    ChangeState,
    EndedWhy,
    Gift,
    GiftState,
    Instalment,
    InstalmentState,
    Pledge,
    PledgeChange,
    PledgeState,
    Receipt,
    Refund,
)
from funding import clock
from funding.ledger.models import Entry, Fund
from funding.mail.models import Mail
from funding.site import webhooks
from tests.books import assert_agreed
from tests.donors.by_debit import SEPA, SEPA_FAILS, mails
from tests.donors.regular import Giver, states, told
from tests.donors.test_debit_races import together
from tests.sandbox.conftest import Sandbox


def unpaid(giver: Giver, general: Fund, *how: str) -> Pledge:
    """A pledge whose second instalment has just failed, and we have heard of it."""
    pledge = giver.begins(general)
    giver.plays(pledge, next=list(how) or ["insufficient_funds"])
    giver.passes(pledge)
    giver.hears()
    pledge.refresh_from_db()
    return pledge


def newest(pledge: Pledge) -> Instalment:
    return pledge.instalments.order_by("-due_on", "-pk")[0]


# Everybody at once.


def test_webhooks_sweep_and_walk_at_once_make_one_gift(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    pledge = giver.begins(general)
    giver.passes(pledge)
    invoice = stripe.client().invoices.list({"subscription": pledge.subscription}).data[0]
    (paid,) = stripe.client().invoice_payments.list({"invoice": invoice.id}).data
    payment = paid.payment.payment_intent
    Pledge.objects.update(due_at=clock.now())
    errors = together(
        lambda: webhooks.TABLE["invoice.paid"](invoice.id),
        lambda: webhooks.TABLE["invoice.finalized"](invoice.id),
        lambda: webhooks.TABLE["payment_intent.succeeded"](payment),
        lambda: webhooks.TABLE["customer.subscription.updated"](pledge.subscription),
        subscriptions.sweep,
        webhooks.walk_movements,
    )
    assert errors == []
    assert states(pledge) == ["paid", "paid"]
    assert Gift.objects.count() == Receipt.objects.count() == 2
    assert Entry.objects.filter(reason="gift").count() == 2
    assert_agreed(stripe)


def test_without_the_lock_two_would_make_a_gift_each(general: Fund, giver: Giver) -> None:
    """The control: what the lock on the pledge prevents, the database refuses all the same."""
    pledge = giver.begins(general)
    first = newest(pledge)
    with pytest.raises(IntegrityError, match="instalment_is_due_once"), transaction.atomic():
        Instalment.objects.create(
            pledge=pledge,
            invoice=first.invoice,
            fund=general,
            currency="EUR",
            amount_minor=1000,
            due_on=first.due_on,
            created_at=clock.now(),
            told_at=clock.now(),
        )
    twin = Gift.objects.get(instalment=first)
    twin.pk, twin._state.adding = None, True
    for name in ("uuid", "form_token"):
        setattr(twin, name, uuid.uuid4())
    with pytest.raises(IntegrityError, match="gift_payment_is_its_own"), transaction.atomic():
        twin.save()


# A bank says no.


def test_a_refused_payment_is_told_once_and_paid_by_the_next_attempt(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    pledge = unpaid(giver, general)
    assert pledge.state == PledgeState.BEHIND
    instalment = newest(pledge)
    assert (instalment.state, instalment.attempts, instalment.gift) == ("open", 1, None)
    assert instalment.next_try_at is not None
    assert told(pledge) == ["begun", f"failed-{instalment.pk}-1"]
    giver.hears(again=True)
    assert len(told(pledge)) == 2
    giver.until(instalment.next_try_at)
    giver.hears()
    pledge.refresh_from_db()
    assert (pledge.state, states(pledge)) == (PledgeState.ACTIVE, ["paid", "paid"])
    assert giver.charges() == 2000
    assert len(told(pledge)) == 2
    assert_agreed(stripe)


def test_the_mail_about_it_names_days_and_is_signed_only_as_it_leaves(
    general: Fund, giver: Giver
) -> None:
    pledge = unpaid(giver, general)
    instalment = newest(pledge)
    mail = Mail.objects.get(key__contains=f"failed-{instalment.pk}")
    text = " ".join(mail.text.split())
    assert instalment.next_try_at is not None
    day = instalment.next_try_at.astimezone(dt.UTC)
    assert f"{day.day} {day:%B %Y}" in text
    assert "Nothing was taken, and nothing is owed." in text
    assert f"~signed:repair:{pledge.uuid}~" in mail.text
    assert f"~signed:repair:{pledge.uuid}~" in mail.html


def test_a_pledge_whose_attempts_are_used_up_lapses_and_owes_nothing(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    pledge = unpaid(giver, general, *["insufficient_funds"] * 4)
    for _attempt in range(3):
        due = newest(pledge).next_try_at
        assert due is not None
        giver.until(due)
        giver.hears()
    pledge.refresh_from_db()
    assert (pledge.state, pledge.ended_why) == (PledgeState.ENDED, EndedWhy.LAPSED)
    assert states(pledge) == ["paid", "unpaid"]
    number = newest(pledge).pk
    assert told(pledge) == [
        "begun", f"failed-{number}-1", f"failed-{number}-2", f"failed-{number}-3", "ended",
    ]  # fmt: skip
    assert giver.charges() == 1000
    assert_agreed(stripe)


def test_a_bank_that_wants_to_hear_the_donor_is_paid_when_it_has(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    pledge = unpaid(giver, general, "requires_action")
    instalment = newest(pledge)
    assert instalment.asks_giver
    assert instalment.pay_url.startswith("http")
    assert told(pledge)[1:] == [f"asks-{instalment.pk}-1"]
    stripe.control(f"invoices/{instalment.invoice}", authenticated=True)
    giver.seconds(100)
    giver.hears()
    instalment.refresh_from_db()
    assert (instalment.state, instalment.asks_giver) == (InstalmentState.PAID, False)
    assert giver.charges() == 2000
    assert_agreed(stripe)


# Trying again by hand.


def test_trying_again_twice_at_once_charges_once(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    pledge = unpaid(giver, general)
    change = changes.retry(pledge_id=pledge.pk, actor="user:1")
    with pytest.raises(changes.ChangeUnderWay):
        changes.retry(pledge_id=pledge.pk, actor="user:1")
    errors = together(*[lambda: turns.make(change.pk)] * 4)
    assert errors == []
    change.refresh_from_db()
    pledge.refresh_from_db()
    assert (change.state, pledge.state) == (ChangeState.DONE, PledgeState.ACTIVE)
    giver.seconds(100)
    giver.hears()
    giver.sweeps()
    assert giver.charges() == 2000
    assert states(pledge) == ["paid", "paid"]
    assert_agreed(stripe)


@pytest.mark.parametrize("kind", ["error_after", "reset_after", "timeout_after", "error_before"])
def test_an_attempt_whose_answer_is_lost_charges_once(
    general: Fund, giver: Giver, stripe: Sandbox, kind: str
) -> None:
    pledge = unpaid(giver, general)
    change = changes.retry(pledge_id=pledge.pk, actor="user:1")
    fault = {"kind": kind, "next": 3, "path": "/v1/invoices", "method": "POST"}
    stripe.control("faults", api=[fault])
    turns.make(change.pk)
    stripe.control("faults", clear=True)
    for _round in range(3):
        giver.seconds(3600)
        giver.hears()
        giver.sweeps()
    change.refresh_from_db()
    assert change.state == ChangeState.DONE
    assert states(pledge) == ["paid", "paid"]
    assert giver.charges() == 2000
    assert_agreed(stripe)


def test_an_attempt_that_the_bank_refuses_is_refused_with_its_words(
    general: Fund, giver: Giver
) -> None:
    pledge = unpaid(giver, general, "insufficient_funds", "generic_decline")
    change = changes.retry(pledge_id=pledge.pk, actor="user:1")
    change = turns.make(change.pk)
    assert (change.state, change.error) == (ChangeState.REFUSED, "Your card was declined.")
    pledge.refresh_from_db()
    # An attempt by hand is none of the plan's, so that no further mail tells of it.
    assert (pledge.state, newest(pledge).attempts) == (PledgeState.BEHIND, 1)
    assert told(pledge) == ["begun", f"failed-{newest(pledge).pk}-1"]
    assert giver.charges() == 1000


def test_nothing_is_tried_again_when_nothing_is_open(general: Fund, giver: Giver) -> None:
    pledge = giver.begins(general)
    with pytest.raises(changes.NothingChanged):
        changes.retry(pledge_id=pledge.pk, actor="user:1")
    assert not pledge.changes.exists()


# Debits.


def test_a_debit_is_on_its_way_and_paid_days_later(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    pledge = giver.begins(general, pays={"account": SEPA})
    assert pledge.state == PledgeState.ACTIVE
    gift = Gift.objects.get()
    assert (gift.is_processing, states(pledge)) == (True, ["open"])
    assert not Entry.objects.exists()
    assert told(pledge) == ["begun"]
    assert mails(gift) == ["debit_pending"]
    giver.days(4, then=giver.sweeps)
    assert states(pledge) == ["paid"]
    assert Gift.objects.get().state == GiftState.SETTLED
    assert_agreed(stripe)


def test_a_debit_that_failed_is_tried_again_and_is_one_gift_in_the_end(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    pledge = giver.begins(general, pays={"account": SEPA_FAILS})
    giver.days(4, then=giver.hears)
    instalment = newest(pledge)
    assert (instalment.state, Gift.objects.get().state) == ("open", GiftState.FAILED)
    assert told(pledge) == ["begun", f"failed-{instalment.pk}-{instalment.attempts}"]
    assert "debit_failed" not in mails(Gift.objects.get())
    methods.new_method(pledge_id=pledge.pk, actor="user:1", return_url="http://localhost/x/")
    change = PledgeChange.objects.get()
    assert stripe.control("pay", session=change.checkout, account=SEPA)["state"] == "succeeded"
    assert methods.follow_setup(change.pk).state == ChangeState.DONE
    assert Gift.objects.get().is_processing
    giver.days(4, then=giver.hears)
    assert (states(pledge), Gift.objects.get().state) == (["paid"], GiftState.SETTLED)
    assert Receipt.objects.count() == 1
    assert giver.charges() == 1000
    assert_agreed(stripe)


# Money that goes back stops what would bring more.


def test_an_instalment_given_back_stops_the_pledge_and_says_why(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    pledge = giver.begins(general)
    gift = Gift.objects.get()
    refund = refunds.request(
        gift_id=gift.pk, amount_minor=400, reason="Asked", actor="user:1", keeps_pledge=True
    )
    refunds.send(refund.pk)
    assert stops.sweep() == 0
    refund = refunds.request(gift_id=gift.pk, amount_minor=600, reason="Asked", actor="user:1")
    assert stops.sweep() == 0
    refunds.send(refund.pk)
    giver.sweeps()
    pledge.refresh_from_db()
    assert (pledge.state, pledge.ended_why) == (PledgeState.ENDED, EndedWhy.REFUNDED)
    assert told(pledge) == ["begun", "ended"]
    assert "was given back to you" in " ".join(
        Mail.objects.get(key__endswith=":ended").text.split()
    )
    subscription = stripe.client().subscriptions.retrieve(pledge.subscription)
    assert subscription.status == "canceled"
    assert stops.sweep() == 0
    assert_agreed(stripe)


def test_a_part_given_back_stops_the_pledge_unless_the_treasurer_says_that_it_goes_on(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    kept, ended = giver.begins(general), giver.begins(general)
    first, second = (each.instalments.get().gift for each in (kept, ended))
    for gift, keeps in ((first, True), (second, False)):
        assert gift is not None
        asked = refunds.request(
            gift_id=gift.pk, amount_minor=300, reason="Asked", actor="user:1", keeps_pledge=keeps
        )
        refunds.send(asked.pk)
    for _round in range(2):
        stops.sweep()
        giver.sweeps()
    kept.refresh_from_db()
    ended.refresh_from_db()
    assert (kept.state, ended.state) == (PledgeState.ACTIVE, PledgeState.ENDED)
    assert (ended.ended_why, told(ended)) == (EndedWhy.REFUNDED, ["begun", "ended"])
    mail = " ".join(Mail.objects.get(key=f"pledge:{ended.pk}:ended").text.split())
    assert "A part of a payment of your" in mail
    assert_agreed(stripe)


def test_a_part_given_back_in_the_dashboard_stops_and_one_that_fails_does_not(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    pledge = giver.begins(general, pays={"card": "4000000000005126"})
    payment = Gift.objects.get().payment_intent
    asked = refunds.request(
        gift_id=Gift.objects.get().pk, amount_minor=100, reason="Asked", actor="user:1"
    )
    assert stops.sweep() == 0
    Refund.objects.filter(pk=asked.pk).update(state="failed", ended_at=clock.now())
    assert stops.sweep() == 0
    stripe.client().refunds.create({"payment_intent": payment, "amount": 300})
    giver.hears()
    giver.sweeps()
    pledge.refresh_from_db()
    assert (pledge.state, pledge.ended_why) == (PledgeState.ENDED, EndedWhy.REFUNDED)


def test_a_disputed_instalment_stops_the_pledge_even_when_it_is_won(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    pledge = giver.begins(general)
    stripe.control("disputes", charge=Gift.objects.get().charge)
    giver.hears()
    giver.sweeps()
    pledge.refresh_from_db()
    assert (pledge.state, pledge.ended_why) == (PledgeState.ENDED, EndedWhy.DISPUTED)
    giver.days(32)
    giver.sweeps()
    assert (giver.charges(), states(pledge)) == (1000, ["paid"])
    assert_agreed(stripe)


def test_a_gift_of_its_own_given_back_stops_no_pledge(general: Fund, giver: Giver) -> None:
    giver.begins(general)
    assert stops.stop_of(0) == 0
    assert Pledge.objects.get().state == PledgeState.ACTIVE


def test_the_thanks_of_a_debit_instalment_can_be_read(general: Fund, giver: Giver) -> None:
    cache.clear()
    giver.begins(general, pays={"account": SEPA})
    gift = Gift.objects.get()
    assert gifts.follow(gift.pk).is_processing
    assert Client().get(f"/give/thanks/?gift={gift.uuid}").status_code == 200
