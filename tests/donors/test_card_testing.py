"""Goal: whoever tries stolen cards on us is slowed and stopped, and nobody honest is."""

import datetime as dt
import re
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from donors.brake import episodes, gate, judging, origins, refusals
from donors.brake.judging import Figures, Verdict
from donors.brake.origins import Seen
from donors.models import Episode, Gift, GiftState, Origin, Reach, RefusedCard
from funding import clock
from funding.gateway.client import Unreachable
from funding.ledger.models import Entry, Fund
from funding.mail import links
from funding.mail.models import Mail
from tests.conftest import as_root
from tests.donors.regular import Giver
from tests.donors.test_debit_races import together
from tests.donors.trying import DEVICE, STOLEN, device, filled, refused, sends, tries, visit
from tests.sandbox.conftest import Sandbox

# The verdict.


@pytest.mark.parametrize(
    ("reach", "refusals_", "cards", "paid", "verdict"),
    [
        # One giver mistypes, one is refused three times, and pays in the end or does not.
        (Reach.DEVICE, 5, 1, 0, Verdict.OPEN),
        (Reach.DEVICE, 3, 3, 0, Verdict.OPEN),
        (Reach.DEVICE, 4, 4, 0, Verdict.LINK),
        (Reach.EMAIL, 9, 9, 0, Verdict.LINK),
        (Reach.EMAIL, 10, 10, 0, Verdict.STOP),
        # One stolen card is tried again and again, as whoever guesses its code does.
        (Reach.DEVICE, 19, 1, 0, Verdict.OPEN),
        (Reach.DEVICE, 20, 1, 0, Verdict.LINK),
        (Reach.EMAIL, 50, 1, 0, Verdict.STOP),
        (Reach.ADDRESS, 50, 1, 0, Verdict.LINK),
        # A box office gives for its visitors on one device: most of them pay.
        (Reach.DEVICE, 12, 12, 60, Verdict.OPEN),
        # A zoo's open day: 200 givers on one network, every tenth card refused.
        (Reach.ADDRESS, 20, 20, 180, Verdict.OPEN),
        (Reach.ADDRESS, 9, 9, 0, Verdict.OPEN),
        (Reach.ADDRESS, 40, 40, 20, Verdict.LINK),
        # A network never stops anybody, however much comes from it.
        (Reach.ADDRESS, 4000, 4000, 0, Verdict.LINK),
        (Reach.EVERYBODY, 19, 19, 0, Verdict.OPEN),
        (Reach.EVERYBODY, 20, 20, 19, Verdict.LINK),
        (Reach.EVERYBODY, 20, 20, 21, Verdict.OPEN),
        (Reach.EVERYBODY, 4000, 4000, 100, Verdict.LINK),
    ],
)
def test_the_verdict_counts_different_cards_beside_what_was_paid(
    reach: Reach, refusals_: int, cards: int, paid: int, verdict: Verdict
) -> None:
    assert judging.verdict(reach, Figures(refusals_, cards, paid)) == verdict


def test_a_fund_with_many_refusals_a_day_is_not_alarmed_by_as_many() -> None:
    seen = Figures(refused=60, cards=60, paid=20)
    assert judging.verdict(Reach.EVERYBODY, seen, usual_a_day=240) == Verdict.LINK
    assert judging.verdict(Reach.EVERYBODY, seen, usual_a_day=480) == Verdict.OPEN


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.7", "203.0.113.250", True),
        ("203.0.113.7", "203.0.114.7", False),
        ("2001:db8:1:2::/64", "2001:db8:1:ffff::/64", True),
        ("2001:db8:1::/64", "2001:db8:2::/64", False),
    ],
)
def test_a_network_is_what_one_customer_can_wander_in(one: str, other: str, same: bool) -> None:
    assert (origins.network(one) == origins.network(other)) == same


# One device.


def test_a_device_with_four_refused_cards_is_asked_for_a_mailed_link(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    client = device()
    tries(stripe, client, general, STOLEN[:3], email="one@donor.example")
    giver.hears()
    tries(stripe, client, general, STOLEN[3:4], email="two@donor.example")
    assert not Episode.objects.exists()
    giver.hears()
    assert [each.reach for each in Episode.objects.all()] == [Reach.DEVICE]
    answer = sends(client, general, email="three@donor.example")
    assert answer.status_code == 200
    assert "Please look into your mailbox" in answer.content.decode()
    gift = Gift.objects.order_by("-pk")[0]
    assert (gift.checkout, gift.origin.waits_for_link) == ("", True)
    mail = Mail.objects.get(key=f"origin:{gift.origin.pk}:link")
    assert mail.to_address == "three@donor.example"
    assert "~signed:" in mail.text
    # Somebody else goes on as ever, from the same network.
    assert sends(device("another"), general, email="bob@donor.example").status_code == 303
    assert not Entry.objects.exists()


def test_the_link_leads_on_and_works_once_more_and_for_no_other(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    episodes.begin_by_hand(actor="user:1")
    sends(device(), general)
    origin = Origin.objects.get()
    page = f"/give/confirm/{links.sign(gate.PURPOSE, str(origin.pk))}/"
    shown = Client().get(page)
    assert shown.status_code == 200
    assert "5.00" in shown.content.decode()
    assert "alice" not in shown.content.decode().lower()
    assert Origin.objects.get().confirmed_at is None
    for _time in range(2):
        answer = Client().post(page)
        assert answer.status_code == 303
        assert "/pay/" in answer["Location"]
    origin.refresh_from_db()
    assert origin.confirmed_at is not None
    assert Client().get("/give/confirm/nonsense/").status_code == 410
    other = f"/give/confirm/{links.sign('repair_pledge', str(origin.pk))}/"
    assert Client().post(other).status_code == 410
    giver.seconds(2 * 3600 + 60)
    assert Client().post(page).status_code == 410


def test_the_form_sent_again_while_the_link_waits_mails_it_once(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    episodes.begin_by_hand(actor="user:1")
    form = filled(general)
    for _time in range(3):
        assert device().post("/give/", form).status_code == 200
    assert (Gift.objects.count(), Origin.objects.count(), Mail.objects.count()) == (1, 1, 1)
    # Nobody makes a page at Stripe for it meanwhile, and in the end it is given up.
    giver.seconds(900)
    giver.sweeps()
    assert Gift.objects.get().checkout == ""
    giver.seconds(3 * 3600)
    giver.sweeps()
    assert Gift.objects.get().state == GiftState.FAILED
    page = f"/give/confirm/{links.sign(gate.PURPOSE, str(Origin.objects.get().pk))}/"
    assert Client().post(page).status_code == 409


def test_a_regular_gift_is_asked_the_same(general: Fund, giver: Giver, stripe: Sandbox) -> None:
    episodes.begin_by_hand(actor="user:1")
    assert sends(device(), general, rhythm="monthly").status_code == 200
    origin = Origin.objects.get()
    assert origin.pledge is not None
    giver.seconds(900)
    giver.sweeps()
    origin.pledge.refresh_from_db()
    assert origin.pledge.checkout == ""
    page = f"/give/confirm/{links.sign(gate.PURPOSE, str(origin.pk))}/"
    assert "/pay/" in Client().post(page)["Location"]


def test_ten_refused_cards_end_it_for_a_day_and_the_form_keeps_what_was_typed(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    origin = tries(stripe, device(), general, [])
    refused(origin, 10)
    episodes.judge(origin)
    answer = sends(device(), general, name="Alice Example")
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "Nothing was taken" in text
    assert 'value="Alice Example"' in text
    assert Gift.objects.count() == 1
    giver.seconds(25 * 3600)
    assert sends(device(), general).status_code == 303


# One page.


def test_a_page_with_six_refused_cards_is_closed_once(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    origin = tries(stripe, device(), general, STOLEN[:6])
    giver.hears()
    origin.refresh_from_db()
    assert origin.closing_at is not None
    giver.sweeps()
    origin.refresh_from_db()
    assert (origin.closed_at is not None, origin.due_at) == (True, None)
    assert origin.gift is not None
    assert Gift.objects.get().state == GiftState.FAILED
    session = stripe.client().checkout.sessions.retrieve(Gift.objects.get().checkout)
    assert session.status == "expired"
    assert refusals.close_page(origin.pk) is False
    assert RefusedCard.objects.count() == 6
    assert not Entry.objects.exists()


def test_a_page_on_which_one_card_is_refused_thirty_times_is_closed(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    origin = tries(stripe, device(), general, STOLEN[:1] * 29)
    giver.hears()
    origin.refresh_from_db()
    assert (origin.refused.count(), origin.closing_at) == (29, None)
    assert origin.gift is not None
    stripe.control("pay", session=origin.gift.checkout, card=STOLEN[0])
    giver.hears()
    giver.sweeps()
    origin.refresh_from_db()
    assert origin.closed_at is not None
    assert Gift.objects.get().state == GiftState.FAILED
    assert sends(device(), general).status_code == 200, "a mailed link comes first now"


def test_a_page_that_stripe_did_not_close_is_closed_by_the_sweep(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    origin = tries(stripe, device(), general, STOLEN[:6])
    giver.hears()
    stripe.control("faults", api=[{"kind": "error_before", "next": 9, "path": "/v1/checkout"}])
    with pytest.raises(Unreachable):
        refusals.close_page(origin.pk)
    origin.refresh_from_db()
    assert origin.closed_at is None
    stripe.control("faults", clear=True)
    giver.sweeps()
    origin.refresh_from_db()
    assert origin.closed_at is not None


def test_money_that_came_before_the_page_was_closed_is_received(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    origin = tries(stripe, device(), general, [*STOLEN[:6], "4242424242424242"])
    giver.hears()
    giver.sweeps()
    assert Gift.objects.get().state == GiftState.SETTLED
    origin.refresh_from_db()
    assert origin.due_at is None


# News of it.


def test_without_any_webhook_the_sweep_finds_what_was_refused(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    tries(stripe, device(), general, STOLEN[:5])
    giver.seconds(16 * 60)
    giver.sweeps()
    assert RefusedCard.objects.count() == 5
    assert Episode.objects.filter(reach=Reach.DEVICE).count() == 1


def test_the_same_news_again_and_at_once_counts_each_card_once(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    origin = tries(stripe, device(), general, STOLEN[:5])
    charges = [each.id for each in stripe.client().charges.list({"limit": 10}).data]
    tell = [lambda id=id: refusals.note(id) for id in charges * 2]
    assert together(*tell) == []
    assert origin.refused.count() == 5
    assert sorted(Episode.objects.values_list("reach", flat=True)) == [Reach.DEVICE, Reach.EMAIL]
    giver.hears()
    giver.hears(again=True)
    assert origin.refused.count() == 5


def test_without_the_key_two_would_open_an_episode_each(general: Fund) -> None:
    facts = {"reach": Reach.DEVICE, "segment": "x", "began_at": clock.now()}
    until = clock.now() + dt.timedelta(hours=1)
    as_root("DROP INDEX episode_runs_once")
    try:
        Episode.objects.create(**facts, until=until)
        Episode.objects.create(**facts, until=until)
        assert Episode.objects.count() == 2
    finally:
        as_root("DELETE FROM donors_episode")
        as_root(
            "CREATE UNIQUE INDEX episode_runs_once ON donors_episode (reach, segment)"
            " WHERE ended_at IS NULL"
        )


def test_a_refused_card_of_a_pledge_that_runs_is_no_card_testing(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    pledge = giver.begins(general)
    gate.note(pledge=pledge, seen=Seen("203.0.113.7", pledge.donor.email, DEVICE))
    giver.plays(pledge, next=["insufficient_funds"])
    giver.passes(pledge)
    giver.hears()
    assert not RefusedCard.objects.exists()


# What is kept.


def test_nothing_of_it_names_anybody_and_it_is_forgotten(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    origin = tries(stripe, device(), general, [])
    kept = f"{origin.address} {origin.email} {origin.device}"
    assert re.fullmatch(r"[0-9a-f]{32} [0-9a-f]{32} [0-9a-f]{32}", kept)
    refused(origin, 5)
    episodes.judge(origin)
    giver.jumps(clock.now() + dt.timedelta(days=40))
    episodes.sweep()
    giver.jumps(clock.now() + dt.timedelta(days=40))
    origins.forget()
    assert (Origin.objects.count(), RefusedCard.objects.count()) == (0, 0)
    assert set(Episode.objects.values_list("segment", "cards")) == {("", 5)}


@pytest.mark.parametrize(
    ("name", "spoilt"),
    [
        ("origin_is_of_one_form", {"gift": None}),
        ("origin_confirmed_was_asked", {"confirmed_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}),
        ("origin_closed_was_to_be_closed", {"closed_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}),
    ],
)
def test_the_database_refuses_an_origin_that_cannot_be(
    general: Fund, name: str, spoilt: dict[str, Any]
) -> None:
    origin = visit(general)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Origin.objects.filter(pk=origin.pk).update(**spoilt)


@pytest.mark.parametrize(
    ("name", "spoilt"),
    [
        ("episode_reach_is_known", {"reach": "nobody"}),
        ("episode_has_an_end", {"until": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)}),
        ("episode_ended_by_somebody", {"ended_by": "user:1"}),
    ],
)
def test_the_database_refuses_an_episode_that_cannot_be(
    general: Fund, name: str, spoilt: dict[str, Any]
) -> None:
    episodes.begin_by_hand(actor="user:1")
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Episode.objects.update(**spoilt)


# The treasurer.


def test_the_treasurer_asks_everybody_and_ends_it_each_once(general: Fund, giver: Giver) -> None:
    first = episodes.begin_by_hand(actor="user:1")
    assert episodes.begin_by_hand(actor="user:2").pk == first.pk
    ended = episodes.end_by_hand(episode_id=first.pk, actor="user:2")
    assert episodes.end_by_hand(episode_id=first.pk, actor="user:3").ended_by == "user:2"
    assert ended.ended_by == "user:2"
    assert not visit(general).needs_link
