"""Goal: what went wrong with regular gifts elsewhere, in public, does not go wrong here."""

import pytest
from django.test import Client

from donors import changes, merges, subscriptions, turns
from donors.models import (
    ChangeState,
    EndedWhy,
    Gift,
    GiftState,
    Pledge,
    PledgeState,
    Receipt,
)
from donors.public_names import Shown
from funding import clock
from funding.alerts import alarms
from funding.gateway.models import Event, EventState
from funding.ledger import funds
from funding.ledger.models import Entry, Fund
from funding.site import tasks, watching
from tests import make
from tests.books import assert_agreed
from tests.donors.conftest import Visitor
from tests.donors.regular import Giver, states, told
from tests.donors.test_instalments import newest, unpaid
from tests.donors.test_pledge_changes import done
from tests.donors.test_webhooks import event, send
from tests.sandbox.conftest import Sandbox

TARA = "user:1"
A_DAY_AND_MORE = 25 * 3600


def test_a_failure_that_is_told_again_after_the_payment_changes_nothing(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    pledge = unpaid(giver, general)
    due = newest(pledge).next_try_at
    assert due is not None
    giver.until(due)
    giver.hears()
    before = told(pledge)
    assert giver.hears(again=True) > 3
    pledge.refresh_from_db()
    assert (pledge.state, states(pledge)) == (PledgeState.ACTIVE, ["paid", "paid"])
    assert told(pledge) == before
    done(changes.end(pledge_id=pledge.pk, actor=TARA))
    giver.days(33, then=giver.sweeps)
    assert giver.charges() == 2000
    assert_agreed(stripe)


@pytest.mark.parametrize("kind", ["error_before", "error_after", "reset_after"])
def test_it_is_not_called_ended_before_stripe_has_ended_it(
    general: Fund, giver: Giver, stripe: Sandbox, kind: str
) -> None:
    pledge = giver.begins(general)
    change = changes.end(pledge_id=pledge.pk, actor=TARA)
    fault = {"kind": kind, "next": 9, "path": "/v1/subscriptions", "seconds": 0.1}
    stripe.control("faults", api=[fault])
    made = turns.make(change.pk)
    pledge.refresh_from_db()
    assert (made.state, pledge.state) == (ChangeState.ASKED, PledgeState.ACTIVE)
    stripe.control("faults", clear=True)
    giver.seconds(600)
    giver.sweeps()
    pledge.refresh_from_db()
    assert (pledge.state, pledge.ended_why) == (PledgeState.ENDED, EndedWhy.GIVER)
    there = stripe.client().subscriptions.retrieve(pledge.subscription)
    assert there.status == "canceled"
    assert told(pledge) == ["begun", "ended"]
    giver.days(33, then=giver.sweeps)
    assert giver.charges() == 1000
    assert_agreed(stripe)


@pytest.mark.parametrize("why", [EndedWhy.GIVER, EndedWhy.STAFF, EndedWhy.DISPUTED])
def test_news_of_our_own_end_that_is_here_before_the_answer_says_whose_it_was(
    general: Fund, giver: Giver, stripe: Sandbox, why: EndedWhy
) -> None:
    pledge = giver.begins(general)
    change = changes.end(pledge_id=pledge.pk, actor=TARA, why=why)
    stripe.client().subscriptions.cancel(pledge.subscription)
    giver.hears()
    pledge.refresh_from_db()
    assert (pledge.state, pledge.ended_why) == (PledgeState.ENDED, why)
    assert turns.make(change.pk).state == ChangeState.DONE
    pledge.refresh_from_db()
    assert (pledge.ended_why, told(pledge)) == (why, ["begun", "ended"])


def test_the_page_of_an_unpaid_instalment_is_closed_though_news_of_the_end_came_first(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    pledge = unpaid(giver, general)
    change = changes.end(pledge_id=pledge.pk, actor=TARA)
    fault = {"kind": "error_before", "next": 9, "path": "/v1/invoices", "method": "POST"}
    stripe.control("faults", api=[fault])
    assert turns.make(change.pk).state == ChangeState.ASKED
    stripe.control("faults", clear=True)
    giver.hears()
    assert states(pledge) == ["paid", "unpaid"]
    giver.seconds(600)
    giver.sweeps()
    change.refresh_from_db()
    assert change.state == ChangeState.DONE
    assert stripe.client().invoices.retrieve(newest(pledge).invoice).status == "void"
    assert told(pledge)[-1] == "ended"
    assert_agreed(stripe)


@pytest.mark.parametrize("what", ["subscription", "customer"])
def test_an_end_at_stripe_that_nobody_told_is_found_within_a_day(
    general: Fund, giver: Giver, stripe: Sandbox, what: str
) -> None:
    pledge = giver.begins(general)
    if what == "subscription":
        stripe.client().subscriptions.cancel(pledge.subscription)
    else:
        stripe.client().customers.delete(pledge.customer)
    giver.seconds(A_DAY_AND_MORE)
    giver.sweeps()
    pledge.refresh_from_db()
    assert (pledge.state, pledge.ended_why) == (PledgeState.ENDED, EndedWhy.STRIPE)
    assert told(pledge) == ["begun", "ended"]
    assert not subscriptions.stuck().exists()
    assert_agreed(stripe)


def test_what_stripe_calls_a_pledge_is_kept_and_late_news_of_it_understood(
    client: Client, general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    pledge = giver.begins(general)
    names = ("checkout", "subscription", "customer", "item", "product")
    before = [getattr(pledge, name) for name in names]
    assert all(before)
    done(changes.end(pledge_id=pledge.pk, actor=TARA))
    pledge.refresh_from_db()
    assert [getattr(pledge, name) for name in names] == before
    gone = {"id": pledge.subscription, "object": "subscription", "status": "canceled"}
    for number, kind in enumerate(("updated", "deleted")):
        news = event(f"customer.subscription.{kind}", gone, id=f"evt_late_{number}")
        assert send(client, news) == 200
    tasks.drain()
    assert set(Event.objects.values_list("state", "error")) == {(EventState.DONE, "")}
    assert told(pledge) == ["begun", "ended"]


def test_news_of_the_first_payment_makes_no_second_instalment(
    client: Client, general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    pledge = giver.begins(general)
    first = pledge.instalments.get()
    for number, (kind, object_id, name) in enumerate(
        [
            ("checkout.session.completed", pledge.checkout, "checkout.session"),
            ("customer.subscription.created", pledge.subscription, "subscription"),
            ("invoice.finalized", first.invoice, "invoice"),
            ("invoice.paid", first.invoice, "invoice"),
            ("payment_intent.succeeded", first.payment_intent, "payment_intent"),
        ]
    ):
        news = event(kind, {"id": object_id, "object": name}, id=f"evt_first_{number}")
        assert send(client, news) == 200
    tasks.drain()
    assert set(Event.objects.values_list("state", flat=True)) == {EventState.DONE}
    assert pledge.instalments.get() == first
    assert Gift.objects.count() == Receipt.objects.count() == 1
    assert Entry.objects.filter(reason="gift").count() == 1
    assert_agreed(stripe)


def test_a_fund_that_closed_meanwhile_still_receives_what_was_given_to_it(
    general: Fund, giver: Giver, visitor: Visitor, stripe: Sandbox
) -> None:
    pledge = giver.begins(general)
    once = make.gift(general, email="bo@donor.example")
    funds.close(fund_id=general.pk, actor=TARA)
    visitor.pays(once)
    giver.passes(pledge)
    giver.hears()
    giver.sweeps()
    once.refresh_from_db()
    assert (once.state, states(pledge)) == (GiftState.SETTLED, ["paid", "paid"])
    assert set(Gift.objects.values_list("lines__fund", flat=True)) == {general.pk}
    assert Receipt.objects.count() == 3
    assert_agreed(stripe)


def test_whether_a_name_may_be_shown_belongs_to_each_gift_and_stays(
    general: Fund, giver: Giver
) -> None:
    shown = giver.begins(general, shown=Shown("Alice of Oslo"))
    giver.passes(shown)
    giver.hears()
    hidden = make.gift(general, email="alice@work.example")
    merges.merge(kept_id=hidden.donor_id, gone_id=shown.donor_id, why="One person.", actor=TARA)
    make.gift(general, email="alice@work.example")
    of_pledge = Gift.objects.filter(instalment__pledge=shown)
    names = of_pledge.values_list("public_name__name", flat=True)
    assert list(names) == ["Alice of Oslo", "Alice of Oslo"]
    others = Gift.objects.exclude(instalment__pledge=shown)
    assert list(others.values_list("public_name", flat=True)) == [None, None]
    assert set(Gift.objects.values_list("donor", flat=True)) == {hidden.donor_id}


def test_receipts_that_nobody_makes_are_told_to_those_in_charge(
    general: Fund, giver: Giver
) -> None:
    pledge = giver.begins(general)
    giver.passes(pledge)
    giver.hears()
    assert Receipt.objects.filter(mailed_at=None).count() == 2
    Receipt.objects.update(due_at=clock.now() - 2 * watching.OLD)
    Pledge.objects.update(due_at=clock.now() + watching.OLD)
    for _look in range(watching.LATE_LOOKS):
        watching.look()
    opened = alarms.opened().filter(kind="queue_stands")
    assert "queue:receipts" in set(opened.values_list("subject", flat=True))
