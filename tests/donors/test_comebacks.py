"""Goal: a regular gift that ended begins again in two clicks with what is saved, and only once."""

import re
import uuid
from contextlib import suppress

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from donors import changes, comebacks, pledges, public_names, turns
from donors.models import EndedWhy, Instalment, Pledge, PledgeState
from donors.pledge_mails import AGAIN
from donors.public_names import Shown
from funding.audit.models import Record
from funding.gateway.client import Unreachable
from funding.ledger.models import Fund
from funding.mail import links
from funding.mail.models import Mail
from funding.users.models import User
from tests.books import assert_agreed
from tests.donors.regular import Giver, promise, states, told
from tests.donors.test_debit_races import together
from tests.donors.test_pledge_pages import alice, get, hers, page_of, send, unfold
from tests.sandbox.conftest import Sandbox

__all__ = ["alice", "hers"]
ASKS_EVERY_TIME = "4000002760003184"


def over(giver: Giver, fund: Fund, why: EndedWhy = EndedWhy.GIVER, **facts: object) -> Pledge:
    """A pledge that gave once and has ended."""
    pledge = giver.begins(fund, **facts)  # type: ignore[arg-type]
    turns.make(changes.end(pledge_id=pledge.pk, actor="user:1", why=why).pk)
    pledge.refresh_from_db()
    assert pledge.state == PledgeState.ENDED
    return pledge


def again(pledge: Pledge) -> Pledge:
    return comebacks.begin(pledge_id=pledge.pk, actor="user:1")


def link(pledge: Pledge) -> str:
    return f"/pledge/again/{links.sign(AGAIN, str(pledge.uuid))}/"


# What is refused.


def test_the_database_lets_one_be_begun_again_once(general: Fund, giver: Giver) -> None:
    old = pledges.start(promise(general))
    first, second = (pledges.start(promise(general)) for _each in range(2))
    Pledge.objects.filter(pk=first.pk).update(again_of=old)
    rows = Pledge.objects.filter(pk=second.pk)
    with pytest.raises(IntegrityError, match="pledge_is_begun_again_once"), transaction.atomic():
        rows.update(again_of=old)
    # One whose page was left makes room for another.
    Pledge.objects.filter(pk=first.pk).update(state=PledgeState.LEFT, ended_at=first.created_at)
    rows.update(again_of=old)


def test_one_that_runs_or_was_disputed_is_not_begun_again(general: Fund, giver: Giver) -> None:
    running = giver.begins(general)
    with pytest.raises(comebacks.NotOver):
        again(running)
    for why in (EndedWhy.DISPUTED, EndedWhy.STAFF):
        with pytest.raises(comebacks.NotOver):
            again(over(giver, general, why))
    assert not Pledge.objects.filter(again_of__isnull=False).exists()


# Everybody at once.


def test_many_clicks_at_once_begin_one_and_charge_once(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    old = over(giver, general)
    errors = together(*[lambda: again(old)] * 4)
    assert [type(error).__name__ for error in errors if "Unreachable" not in repr(error)] == []
    follower = again(old)
    assert follower.state == PledgeState.ACTIVE
    assert Pledge.objects.filter(again_of=old).count() == 1
    live = stripe.client().subscriptions.list({"customer": old.customer}).data
    assert [each.id for each in live] == [follower.subscription]
    assert (giver.charges(), states(follower)) == (2000, ["paid"])
    assert told(follower) == ["begun"]
    assert_agreed(stripe)


def test_without_the_rule_two_clicks_would_begin_two(general: Fund, giver: Giver) -> None:
    """The control: what holds it is that one follows one, not the form or Stripe."""
    over(giver, general)
    errors = together(*[lambda: pledges.start(promise(general))] * 2)
    assert errors == []
    assert Pledge.objects.filter(state=PledgeState.STARTED).count() == 2


@pytest.mark.parametrize("fault", ["error_before", "error_after", "reset_after"])
def test_an_answer_that_is_lost_charges_once_in_the_end(
    general: Fund, giver: Giver, stripe: Sandbox, fault: str
) -> None:
    old = over(giver, general)
    stripe.control("faults", api=[{"kind": fault, "probability": 1.0, "path": "/v1/subscriptions"}])
    with suppress(Unreachable):
        again(old)
    stripe.control("faults", clear=True)
    giver.seconds(900)
    giver.sweeps()
    follower = Pledge.objects.get(again_of=old)
    assert (follower.state, states(follower), giver.charges()) == ("active", ["paid"], 2000)
    giver.hears(again=True)
    giver.sweeps()
    assert (Pledge.objects.count(), giver.charges()) == (2, 2000)
    assert_agreed(stripe)


# What comes of it.


def test_it_begins_with_the_same_sum_card_and_split(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    old = over(giver, general, amount_minor=1000, cover_minor=41, shown=Shown("Alice of Oslo"))
    follower = again(old)
    assert follower.state == PledgeState.ACTIVE
    assert (follower.amount_minor, follower.cover_minor) == (1000, 41)
    assert follower.method == "Card ending 4242"
    assert public_names.shown_of(follower) == Shown("Alice of Oslo")
    first = Instalment.objects.get(pledge=follower)
    assert (first.amount_minor, first.cover_minor, first.state) == (1000, 41, "paid")
    assert Record.objects.filter(action="pledge.begun_again").count() == 1
    giver.passes(follower)
    giver.hears()
    giver.sweeps()
    assert states(follower) == ["paid", "paid"]
    old.refresh_from_db()
    assert old.state == PledgeState.ENDED
    assert_agreed(stripe)


def test_one_that_came_back_and_ended_comes_back_again(general: Fund, giver: Giver) -> None:
    old = over(giver, general)
    second = again(old)
    turns.make(changes.end(pledge_id=second.pk, actor="user:1").pk)
    assert again(old).pk == second.pk
    assert comebacks.newest(old).pk == second.pk
    third = again(second)
    assert (third.again_of_id, third.state) == (second.pk, PledgeState.ACTIVE)


def test_a_bank_that_asks_is_answered_by_the_mailed_page(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    old = over(giver, general, pays={"card": ASKS_EVERY_TIME})
    follower = again(old)
    assert (follower.state, states(follower)) == (PledgeState.BEHIND, ["open"])
    first = follower.instalments.get()
    assert first.asks_giver
    assert first.pay_url
    assert told(follower) == [f"asks-{first.pk}-1"]
    stripe.form(f"/invoice/{first.invoice}/3ds", action="complete")
    giver.seconds(100)
    giver.hears()
    follower.refresh_from_db()
    assert (follower.state, states(follower)) == (PledgeState.ACTIVE, ["paid"])
    assert told(follower)[-1] == "begun"
    assert_agreed(stripe)


def test_one_that_nobody_pays_never_ran_and_is_over_the_next_day(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    old = giver.begins(general)
    giver.plays(old, card_ends=[1, 2026])
    turns.make(changes.end(pledge_id=old.pk, actor="user:1").pk)
    follower = again(old)
    assert (follower.state, states(follower)) == (PledgeState.BEHIND, ["open"])
    assert told(follower) == []
    giver.days(2, then=giver.sweeps)
    follower.refresh_from_db()
    assert (follower.state, follower.ended_why) == (PledgeState.ENDED, EndedWhy.LAPSED)
    assert (states(follower), giver.charges()) == (["unpaid"], 1000)
    assert_agreed(stripe)


def test_without_anything_saved_it_leads_to_a_payment_page(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    old = over(giver, general)
    plan = stripe.client().subscriptions.retrieve(old.subscription)
    stripe.client().payment_methods.detach(plan.default_payment_method)
    follower = again(old)
    assert (follower.state, bool(follower.checkout_url)) == (PledgeState.STARTED, True)
    assert again(old).checkout_url == follower.checkout_url
    assert giver.pays(follower)["state"] == "succeeded"
    giver.seconds(100)
    giver.hears()
    follower.refresh_from_db()
    assert (follower.state, giver.charges()) == (PledgeState.ACTIVE, 2000)
    assert_agreed(stripe)


# The pages.


def test_two_clicks_from_the_account(
    hers: Client, alice: User, giver: Giver, general: Fund
) -> None:
    old = over(giver, general)
    assert f'href="{page_of(old, "again")}"' in get(hers, "/account/").text
    page = unfold(get(hers, page_of(old, "again")))
    assert "Give €10.00 every month again?" in page
    assert "from Card ending 4242 as before" in page
    assert Pledge.objects.count() == 1
    answer = send(hers, page_of(old, "again"), of=str(old.uuid))
    follower = Pledge.objects.get(again_of=old)
    assert (answer.status_code, answer["Location"]) == (303, pledges.thanks_url(follower))
    assert follower.state == PledgeState.ACTIVE
    # The same form once more leads there too.
    assert send(hers, page_of(old, "again"), of=str(old.uuid))["Location"] == answer["Location"]
    assert "You have begun it again." in get(hers, page_of(old)).text
    assert giver.charges() == 2000


def test_an_old_form_begins_nothing_after_the_next_one_ended(
    hers: Client, giver: Giver, general: Fund
) -> None:
    old = over(giver, general)
    second = again(old)
    turns.make(changes.end(pledge_id=second.pk, actor="user:1").pk)
    answer = send(hers, page_of(old, "again"), of=str(old.uuid))
    assert answer.status_code == 200
    assert f'value="{second.uuid}"' in answer.text
    assert Pledge.objects.count() == 2


def test_the_mailed_link_begins_it_without_signing_in(
    client: Client, giver: Giver, general: Fund
) -> None:
    old = over(giver, general)
    mail = Mail.objects.get(key=f"pledge:{old.pk}:ended")
    assert re.search(rf"/pledge/again/~signed:again:{old.uuid}~/", mail.text)
    page = unfold(get(client, link(old)))
    assert "Begin it again" in page
    for secret in ("Alice", "donor.example", old.subscription):
        assert secret not in page
    answer = send(client, link(old), of=str(old.uuid))
    follower = Pledge.objects.get(again_of=old)
    assert answer["Location"] == pledges.thanks_url(follower)
    assert get(client, link(old)).status_code == 303
    assert giver.charges() == 2000
    for token in ("x", links.sign("repair", str(old.uuid)), links.sign(AGAIN, str(uuid.uuid4()))):
        assert get(client, f"/pledge/again/{token}/").status_code == 410


def test_a_card_that_is_declined_is_said_and_can_be_put_right(
    hers: Client, giver: Giver, general: Fund
) -> None:
    old = giver.begins(general)
    giver.plays(old, card_ends=[1, 2026])
    turns.make(changes.end(pledge_id=old.pk, actor="user:1").pk)
    answer = send(hers, page_of(old, "again"), of=str(old.uuid))
    follower = Pledge.objects.get(again_of=old)
    assert answer["Location"] == page_of(follower)
    page = unfold(get(hers, page_of(follower)))
    assert "Your bank did not say yes. Nothing was taken so far." in page
    assert "Use another card or account" in page


def test_a_disputed_one_and_one_of_a_closed_fund_lead_to_the_form(
    hers: Client, giver: Giver, general: Fund
) -> None:
    old = over(giver, general, EndedWhy.DISPUTED)
    answer = get(hers, page_of(old, "again"))
    assert answer["Location"].startswith("http://")
    assert "/give/?fund=" in answer["Location"]
    other = over(giver, general)
    Fund.objects.update(is_open_to_gifts=False)
    assert "/give/?fund=" in get(hers, page_of(other, "again"))["Location"]
    assert Pledge.objects.count() == 2


def test_stripe_that_does_not_answer_is_said_and_it_begins_later(
    hers: Client, giver: Giver, general: Fund, stripe: Sandbox
) -> None:
    old = over(giver, general)
    stripe.control("faults", api=[{"kind": "error_before", "probability": 1.0}])
    answer = send(hers, page_of(old, "again"), of=str(old.uuid))
    stripe.control("faults", clear=True)
    assert answer.status_code == 303
    assert "has not begun yet" in get(hers, page_of(old)).text
    giver.seconds(900)
    giver.sweeps()
    assert Pledge.objects.get(again_of=old).state == PledgeState.ACTIVE
    assert giver.charges() == 2000
