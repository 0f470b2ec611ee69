"""Goal: a regular gift may go to several funds, honour somebody, and be declared for Gift Aid."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.test import Client

from donors import cards, changes, comebacks, pledges, splits, subscriptions, turns
from donors.giftaid import declarations, eligibility
from donors.gifts import FundClosed, TokenReused
from donors.models import (
    CardState,
    Declaration,
    Gift,
    Instalment,
    InstalmentShare,
    Pledge,
    PledgeShare,
    PledgeTribute,
    Tribute,
    TributeKind,
)
from donors.tributes import Dedication, NotForACard
from funding import clock
from funding.ledger.models import Fund
from funding.mail.models import Mail
from funding.money import Money
from funding.parties.models import Entity, TaxRegime
from funding.users.models import User
from tests import make
from tests.books import assert_agreed
from tests.donors.regular import Giver, promise, states
from tests.donors.taxpayers import ZOE
from tests.donors.test_pledge_pages import alice, get, hers, page_of, said, send, unfold
from tests.donors.test_regular_form import filled
from tests.donors.test_regular_form import send as give
from tests.sandbox.conftest import Sandbox

__all__ = ["alice", "hers"]
REX = "rex@reader.example"
CARD = Dedication(TributeKind.MEMORY, "Ulla Ås", "She counted cats.", "Rex Reader", REX)


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    cache.clear()


@pytest.fixture
def dogs(entity: Entity, general: Fund) -> Fund:
    return make.fund(entity, "Dogs and herders", slug="dogs", position=200)


def parted(general: Fund, dogs: Fund, first: int = 667, second: int = 333) -> dict[str, Any]:
    return {
        "amount_minor": first + second,
        "lines": ((general.pk, first), (dogs.pk, second)),
    }


def lines_of(gift: Gift | None) -> list[tuple[str, int, int]]:
    assert gift is not None
    rows = gift.lines.order_by("position")
    return list(rows.values_list("fund__name", "amount_minor", "cover_minor"))


def gifts_of(pledge: Pledge) -> list[Gift]:
    return list(Gift.objects.filter(instalment__pledge=pledge).order_by("pk"))


def check_now() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


# What the database refuses.


@contextmanager
def refused_by(constraint: str) -> Iterator[None]:
    """What is done in it is refused by this constraint, and nothing of it stays."""
    refusal = pytest.raises(IntegrityError)
    with refusal as raised, transaction.atomic():
        yield
        check_now()
    told: Any = raised.value.__cause__
    assert told.diag.constraint_name == constraint


def test_parts_make_the_whole_or_are_refused(general: Fund, dogs: Fund) -> None:
    pledge = pledges.start(promise(general, **parted(general, dogs)))
    with refused_by("pledgeshare_parts_make_the_whole"):
        PledgeShare.objects.filter(fund=dogs).update(amount_minor=334)
    with refused_by("pledgeshare_parts_make_the_whole"):
        Pledge.objects.update(amount_minor=1001)
    with refused_by("pledgeshare_parts_make_the_whole"):
        PledgeShare.objects.filter(fund=dogs).delete()
    with refused_by("pledgeshare_gives_money"):
        PledgeShare.objects.filter(fund=dogs).update(amount_minor=0)
    with refused_by("pledgeshare_once_per_fund"):
        PledgeShare.objects.update(fund=dogs)
    assert splits.of(pledge) == [(general.pk, 667), (dogs.pk, 333)]


def test_parts_of_an_instalment_make_the_whole_or_are_refused(
    general: Fund, dogs: Fund, giver: Giver
) -> None:
    giver.begins(general, **parted(general, dogs))
    with refused_by("instalmentshare_parts_make_the_whole"):
        InstalmentShare.objects.filter(fund=dogs).update(amount_minor=334)
    with refused_by("instalmentshare_parts_make_the_whole"):
        Instalment.objects.update(amount_minor=999)


def test_an_address_stays_only_until_the_first_gift(general: Fund) -> None:
    pledges.start(promise(general, tribute=CARD))
    name = "pledgetribute_keeps_an_address_until_the_first_gift"
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        PledgeTribute.objects.update(handed_at=clock.now())


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"lines": ((1, 500), (2, 500))}, FundClosed),
        ({"tribute": Dedication(TributeKind.HONOUR, "See www.spam.example")}, NotForACard),
    ],
)
def test_a_promise_that_cannot_be_writes_nothing(
    general: Fund, changed: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        pledges.start(promise(general, **changed))
    assert not Pledge.objects.exists()


def test_the_same_form_with_other_parts_or_words_is_refused(general: Fund, dogs: Fund) -> None:
    asked = promise(general, **parted(general, dogs), tribute=CARD)
    first = pledges.start(asked)
    assert pledges.start(asked).pk == first.pk
    for changed in (parted(general, dogs, 500, 500), {"tribute": None}):
        told = {"token": asked.token, **parted(general, dogs), "tribute": CARD, **changed}
        with pytest.raises(TokenReused):
            pledges.start(promise(general, **told))
    assert (Pledge.objects.count(), PledgeTribute.objects.count()) == (1, 1)


# Several funds.


def test_each_instalment_is_split_to_the_penny_by_the_rule_of_a_gift(
    general: Fund, dogs: Fund, giver: Giver, stripe: Sandbox
) -> None:
    pledge = giver.begins(general, **parted(general, dogs), cover_minor=41)
    giver.passes(pledge)
    giver.hears()
    first, second = gifts_of(pledge)
    assert lines_of(first) == [("General fund", 667, 27), ("Dogs and herders", 333, 14)]
    assert lines_of(second) == lines_of(first)
    giver.sweeps()
    assert_agreed(stripe)


def test_another_sum_keeps_the_parts_and_what_is_due_keeps_its_own(
    general: Fund, dogs: Fund, giver: Giver, stripe: Sandbox
) -> None:
    pledge = giver.begins(general, **parted(general, dogs))
    giver.plays(pledge, next=["insufficient_funds"])
    giver.passes(pledge)
    giver.hears()
    change = changes.change_amount(
        pledge_id=pledge.pk, amount=Money(2500, "EUR"), covers=False, actor="user:1"
    )
    assert turns.make(change.pk).state == "done"
    assert splits.of(pledge) == [(general.pk, 1668), (dogs.pk, 832)]
    other = changes.change_split(
        pledge_id=pledge.pk, lines=[(dogs.pk, 1), (general.pk, 1)], actor="user:1"
    )
    assert turns.make(other.pk).state == "done"
    assert other.before["shares"] == [[general.pk, 1668], [dogs.pk, 832]]
    assert other.after["shares"] == [[dogs.pk, 1250], [general.pk, 1250]]
    open_one = Instalment.objects.get(pledge=pledge, state="open")
    assert open_one.next_try_at is not None
    giver.until(open_one.next_try_at)
    giver.hears()
    giver.passes(pledge)
    giver.hears()
    giver.sweeps()
    split = [[(name, minor) for name, minor, _cover in lines_of(each)] for each in gifts_of(pledge)]
    assert split == [
        [("General fund", 667), ("Dogs and herders", 333)],
        [("General fund", 667), ("Dogs and herders", 333)],
        [("Dogs and herders", 1250), ("General fund", 1250)],
    ]
    text = Mail.objects.get(key=f"pledge:{pledge.pk}:change-{other.pk}").text
    assert "Dogs and herders €12.50" in " ".join(text.split())
    assert_agreed(stripe)


def test_a_sum_that_leaves_a_part_nothing_is_refused(
    general: Fund, dogs: Fund, giver: Giver
) -> None:
    pledge = giver.begins(general, **parted(general, dogs, 9999, 1))
    with pytest.raises(splits.PartTooSmall):
        changes.change_amount(
            pledge_id=pledge.pk, amount=Money(500, "EUR"), covers=False, actor="user:1"
        )
    assert not pledge.changes.exists()
    with pytest.raises(changes.NothingChanged):
        changes.change_split(
            pledge_id=pledge.pk, lines=[(dogs.pk, 1), (general.pk, 9999)], actor="user:1"
        )
    one = changes.change_fund(pledge_id=pledge.pk, fund_id=dogs.pk, actor="user:1")
    assert turns.make(one.pk).state == "done"
    pledge.refresh_from_db()
    assert (pledge.fund_id, splits.of(pledge)) == (dogs.pk, [(dogs.pk, 10_000)])


def test_a_sum_changed_in_the_dashboard_is_split_alike(
    general: Fund, dogs: Fund, giver: Giver, stripe: Sandbox
) -> None:
    pledge = giver.begins(general, **parted(general, dogs))
    plan = stripe.client().subscriptions.retrieve(pledge.subscription)
    item = plan["items"].data[0]
    price = {
        "currency": "eur",
        "product": item.price.product,
        "unit_amount": 3000,
        "recurring": {"interval": "month", "interval_count": 1},
    }
    stripe.client().subscriptions.update(
        pledge.subscription,
        {"items": [{"id": item.id, "price_data": price}], "proration_behavior": "none"},
    )
    giver.seconds(10)
    subscriptions.follow(pledge.pk)
    assert splits.of(pledge) == [(general.pk, 2001), (dogs.pk, 999)]


# In honour, in memory.


def test_every_gift_is_dedicated_and_the_card_goes_once(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    pledge = giver.begins(general, tribute=CARD)
    said_of = PledgeTribute.objects.get()
    assert (said_of.to_name, said_of.to_email, bool(said_of.handed_at)) == ("", "", True)
    giver.hears(again=True)
    giver.passes(pledge)
    giver.hears()
    first, second = Tribute.objects.order_by("pk")
    assert (first.card, second.card) == (CardState.WAITING, CardState.NONE)
    assert {each.honoree for each in (first, second)} == {"Ulla Ås"}
    giver.days(2, then=cards.sweep)
    assert Mail.objects.filter(to_address=REX).count() == 1
    assert Tribute.objects.filter(card=CardState.WAITING).count() == 0


def test_a_day_that_passed_before_the_first_money_is_the_day_it_comes(
    general: Fund, giver: Giver
) -> None:
    giver.jumps(dt.datetime(2027, 3, 14, 9, tzinfo=dt.UTC))
    day = clock.today("Etc/GMT+12")
    pledge = giver.starts(general, tribute=Dedication(
        TributeKind.HONOUR, "Ulla", "", "Rex", REX, day
    ))  # fmt: skip
    PledgeTribute.objects.update(send_on=day - dt.timedelta(days=9))
    giver.pays(pledge)
    giver.seconds(100)
    subscriptions.follow(pledge.pk)
    assert Tribute.objects.get().send_on == clock.today(general.entity.zone)


def test_a_page_that_was_left_forgets_who_was_to_get_the_card(general: Fund, giver: Giver) -> None:
    giver.starts(general, tribute=CARD)
    giver.seconds(4 * 3600)
    giver.sweeps()
    left = PledgeTribute.objects.get()
    assert (left.to_email, left.honoree) == ("", "Ulla Ås")
    assert not Tribute.objects.exists()


def test_what_comes_back_keeps_parts_and_dedication_and_sends_no_second_card(
    general: Fund, dogs: Fund, giver: Giver, stripe: Sandbox
) -> None:
    old = giver.begins(general, **parted(general, dogs), tribute=CARD)
    turns.make(changes.end(pledge_id=old.pk, actor="user:1").pk)
    follower = comebacks.begin(pledge_id=old.pk, actor="user:1")
    assert splits.of(follower) == [(general.pk, 667), (dogs.pk, 333)]
    (gift,) = gifts_of(follower)
    assert [name for name, _minor, _cover in lines_of(gift)] == ["General fund", "Dogs and herders"]
    assert Tribute.objects.get(gift=gift).card == CardState.NONE


# Gift Aid.


def test_a_declaration_covers_the_instalments_once_the_first_is_paid(
    general: Fund, giver: Giver
) -> None:
    Entity.objects.update(tax_regime=TaxRegime.UK_GIFT_AID, currency="GBP")
    general.entity.refresh_from_db()
    pledge = giver.starts(general, aid=ZOE)
    made = Declaration.objects.get()
    assert (made.pledge_id, made.scope, made.gift_id) == (pledge.pk, "all", None)
    other = make.gift(general, email="alice@donor.example", name="Alice Example")
    assert declarations.covering(other, made.given_on) is None
    refused = pytest.raises(IntegrityError, match="declaration_with_a_pledge_is_of_all")
    with refused, transaction.atomic():
        Declaration.objects.update(gift=other)
    giver.pays(pledge)
    giver.seconds(100)
    subscriptions.follow(pledge.pk)
    (gift,) = gifts_of(pledge)
    found = declarations.covering(gift, made.given_on)
    assert found is not None
    assert found.pk == made.pk
    assert gift in eligibility.unclaimed(general.entity)


# The form and the page.


def test_the_form_takes_parts_and_a_dedication_for_a_regular_gift(
    client: Client, giver: Giver, general: Fund, dogs: Fund
) -> None:
    typed = {
        f"part-{general.slug}": "60 %",
        "part-dogs": "40 %",
        "tribute": "honour",
        "honoree": "Ulla Ås",
        "card_name": "Rex",
        "card_email": REX,
    }
    form = filled(general, **typed)
    answer = give(client, form)
    assert answer.status_code == 303
    pledge = Pledge.objects.get()
    assert splits.of(pledge) == [(general.pk, 1500), (dogs.pk, 1000)]
    assert pledge.tribute.to_email == REX
    again = get(client, f"/give/?again={pledge.uuid}").text
    for kept in ('value="15.00"', 'value="10.00"', 'value="Ulla Ås"', f'value="{REX}"'):
        assert kept in again
    wrong = give(client, filled(general, **typed | {"part-dogs": "41 %"}))
    assert wrong.status_code == 422
    assert "The parts are 101 percent." in wrong.text
    assert 'value="41 %"' in wrong.text


def test_the_page_shows_the_parts_and_changes_them(
    hers: Client, alice: User, giver: Giver, general: Fund, dogs: Fund
) -> None:
    found = giver.begins(general, **parted(general, dogs), tribute=CARD)
    page = unfold(get(hers, page_of(found)))
    for told in ("€6.67", "€3.33", "Dogs and herders", "In memory of", "Ulla Ås"):
        assert told in page
    form = get(hers, page_of(found, "fund")).text
    assert 'name="part-dogs"' in form
    assert 'value="3.33"' in form
    wrong = send(hers, page_of(found, "fund"), **{f"part-{general.slug}": "6", "part-dogs": "5"})
    assert wrong.status_code == 422
    assert "The parts add up to €11.00, and the gift is €10.00." in wrong.text
    assert 'value="5"' in wrong.text
    done = send(
        hers, page_of(found, "fund"), **{f"part-{general.slug}": "10 %", "part-dogs": "90 %"}
    )
    page = said(hers, done)
    assert "The new fund stands." in page
    assert "General fund €6.67, Dogs and herders €3.33 became" in page
    assert splits.of(found) == [(general.pk, 100), (dogs.pk, 900)]
    assert "General fund and Dogs and herders" in unfold(get(hers, "/account/"))
    send(hers, page_of(found, "fund"), fund="dogs")
    found.refresh_from_db()
    assert splits.of(found) == [(dogs.pk, 1000)]
    assert states(found) == ["paid"]


@pytest.mark.parametrize("rubbish", ["\x00", "1e12", "999999999999", "٣", "%", "-1"])
def test_rubbish_beside_a_fund_is_a_sentence(
    hers: Client, giver: Giver, general: Fund, dogs: Fund, rubbish: str
) -> None:
    found = giver.starts(general)
    Pledge.objects.update(
        state="active", began_at=clock.now(), next_at=clock.now(), subscription="sub_x"
    )
    answer = send(
        hers, page_of(found, "fund"), **{f"part-{general.slug}": rubbish, "part-dogs": "5"}
    )
    assert answer.status_code == 422
