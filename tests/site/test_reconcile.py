"""Goal: each kind of difference is found, named, and repaired where its cause is certain."""

import datetime as dt
import json

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse

from donors import gifts
from donors.models import Gift
from funding import clock, jobs
from funding.alerts.models import Alert
from funding.audit.models import Record
from funding.gateway.client import Unreachable
from funding.gateway.models import Cursor, Movement, MovementState, Payout
from funding.ledger import book
from funding.ledger.book import Leg
from funding.ledger.models import Account, Entry, Fund, Posting
from funding.ledger.verify import verify
from funding.money import Money
from funding.parties.models import Entity
from funding.site import reconcile, tasks, webhooks
from funding.site.models import Reconciliation
from funding.users.models import Role, User
from tests import make
from tests.books import assert_agreed
from tests.conftest import as_root
from tests.donors.conftest import Visitor
from tests.people import make_person, sign_in
from tests.sandbox.conftest import Sandbox

AT_ONCE = "4000000000000077"
NET = 2550 - 63


@pytest.fixture
def entity(committed: None) -> Entity:
    """Who receives."""
    return make.entity()


@pytest.fixture
def general(entity: Entity) -> Fund:
    """The fund that most gifts go to."""
    return make.fund(entity)


@pytest.fixture
def visitor(stripe: Sandbox) -> Visitor:
    """Somebody who pays."""
    return Visitor(stripe)


@pytest.fixture
def tara(committed: None) -> User:
    """The treasurer."""
    return make_person("tara@fund.example", "Tara", Role.TREASURER)


@pytest.fixture
def gift(general: Fund, visitor: Visitor) -> Gift:
    """A gift that is paid, and of which nobody has told us."""
    made = make.gift(general)
    visitor.pays(made, card=AT_ONCE)
    visitor.waits()
    return made


def kinds() -> list[str]:
    """What a comparison finds now."""
    return sorted(each["kind"] for each in reconcile.run().differences)


def by_hand(entity: Entity, key: str, *legs: Leg) -> None:
    """An entry that should not be there."""
    with transaction.atomic():
        book.post(
            entity_id=entity.pk,
            key=key,
            reason="reversal",
            cause="test:1",
            actor="test",
            happened_on=clock.today("UTC"),
            legs=legs,
        )


def places(entity: Entity) -> tuple[str, str, int]:
    """Its clearing, its bank and its Treasury."""
    codes = dict(Account.objects.filter(entity=entity).values_list("kind", "code"))
    return codes["clearing"], codes["bank"], Fund.objects.get(entity=entity, is_treasury=True).pk


def test_with_no_webhook_at_all_it_comes_right_and_agrees(gift: Gift, stripe: Sandbox) -> None:
    stripe.control("payouts", automatic=True)
    stripe.control("clock", advance_days=1)
    assert kinds() == []
    gift.refresh_from_db()
    assert gift.final_at is not None
    assert Posting.objects.filter(account__kind="bank").get().amount_minor == NET
    assert not Alert.objects.exists()
    assert_agreed(stripe)


def test_a_gift_whose_value_is_not_told_is_on_its_way_and_no_difference(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    made = make.gift(general)
    visitor.pays(made)
    gifts.follow(made.pk)
    newest = reconcile.run()
    assert newest.differences == []
    assert newest.balances == {"EUR": [2550, 2550, 0]}


def test_a_gift_not_booked_is_found_and_repaired(
    gift: Gift, general: Fund, stripe: Sandbox
) -> None:
    Gift.objects.filter(pk=gift.pk).update(amount_minor=1)
    assert kinds() == ["balance_differs", "gift_not_booked"]
    opened = Alert.objects.filter(kind="books_differ", closed_at__isnull=True)
    assert opened.count() == 2
    Gift.objects.filter(pk=gift.pk).update(amount_minor=2550)
    subject = Movement.objects.get().stripe_id
    assert reconcile.repair(kind="gift_not_booked", subject=subject, actor="user:1")
    assert Record.objects.filter(action="reconcile.repair").count() == 1
    assert opened.count() == 0
    assert_agreed(stripe)


def test_a_repair_twice_or_of_nothing_is_refused_and_nothing_moves(
    gift: Gift, stripe: Sandbox
) -> None:
    assert kinds() == []
    before = Entry.objects.count()
    with pytest.raises(reconcile.NotRepairable):
        reconcile.repair(
            kind="gift_not_booked", subject=Movement.objects.get().stripe_id, actor="user:1"
        )
    assert Entry.objects.count() == before
    assert not Record.objects.filter(action="reconcile.repair").exists()


@pytest.mark.parametrize(
    ("wanted", "kind"),
    [
        ({"reporting_category": "fee", "type": "stripe_fee", "amount": -350}, "fee_not_booked"),
        (
            {"reporting_category": "risk_reserved_funds", "type": "reserve_hold", "amount": -50},
            "movement_not_booked",
        ),
    ],
)
def test_what_the_treasury_did_not_book_is_found_and_repaired(
    general: Fund, stripe: Sandbox, wanted: dict[str, object], kind: str
) -> None:
    stripe.control("movements", **wanted)
    other = make.entity()
    webhooks.walk_movements()
    assert kind in kinds()
    # There was a second body with an account at Stripe, so that nobody knew whose it is.
    Account.objects.filter(entity=other, kind="clearing").delete()
    subject = Movement.objects.get().stripe_id
    assert reconcile.repair(kind=kind, subject=subject, actor="user:1")
    assert_agreed(stripe)


def test_a_payout_not_booked_is_found_and_repaired(
    gift: Gift, entity: Entity, stripe: Sandbox
) -> None:
    webhooks.walk_movements()
    stripe.control("payouts", automatic=True)
    other = make.entity()
    found = kinds()
    assert {"payout_not_booked", "balance_differs", "in_transit_differs"} <= set(found)
    Account.objects.filter(entity=other, kind="clearing").delete()
    subject = Movement.objects.get(category="payout").stripe_id
    assert reconcile.repair(kind="payout_not_booked", subject=subject, actor="user:1")
    assert kinds() == []


def test_a_line_that_no_walk_met_is_found_and_fetched(gift: Gift, stripe: Sandbox) -> None:
    stripe.control("movements", reporting_category="fee", type="stripe_fee", amount=-350)
    webhooks.walk_movements()
    subject = Movement.objects.get(category="charge").stripe_id
    as_root("DELETE FROM gateway_movement WHERE category = 'charge'")
    Cursor.objects.update(reached_at=clock.now() + dt.timedelta(days=30))
    assert kinds() == ["movement_missing"]
    assert reconcile.repair(kind="movement_missing", subject=subject, actor="user:1")
    assert Movement.objects.get(category="charge").stripe_id == subject
    assert kinds() == []


def test_another_sum_than_stripes_is_found_and_not_repaired(gift: Gift, stripe: Sandbox) -> None:
    webhooks.walk_movements()
    as_root("UPDATE gateway_movement SET amount_minor = 2650, net_minor = 2587")
    assert kinds() == ["amounts_differ"]
    with pytest.raises(reconcile.NotRepairable):
        reconcile.repair(
            kind="amounts_differ", subject=Movement.objects.get().stripe_id, actor="user:1"
        )


def test_an_entry_for_which_stripe_moved_nothing_is_found(
    entity: Entity, general: Fund, stripe: Sandbox
) -> None:
    clearing, bank, treasury = places(entity)
    wrong = Money(500, "EUR")
    by_hand(entity, "test:1:wrong", Leg(clearing, treasury, wrong), Leg(bank, treasury, -wrong))
    assert kinds() == ["balance_differs", "entry_without_movement"]
    with transaction.atomic():
        book.reverse(
            key_of="test:1:wrong",
            key="test:1:right",
            reason="reversal",
            actor="test",
            happened_on=clock.today("UTC"),
        )
    assert kinds() == []


def test_an_arrival_that_was_not_booked_is_found_and_repaired(
    gift: Gift, entity: Entity, stripe: Sandbox
) -> None:
    stripe.control("payouts", automatic=True)
    webhooks.walk_movements()
    # As if a hand had set the state and nothing had been booked.
    Payout.objects.update(status="paid")
    stripe.control("payouts/" + Payout.objects.get().stripe_id, status="paid")
    found = reconcile.run()
    assert [each["kind"] for each in found.differences] == []
    assert Payout.objects.get().arrived_at is not None


def test_a_payout_that_does_not_add_up_is_found(gift: Gift, stripe: Sandbox) -> None:
    stripe.control("payouts", automatic=True)
    stripe.control("clock", advance_days=1)
    assert kinds() == []
    Movement.objects.filter(category="charge").update(payout=None)
    assert kinds() == ["payout_does_not_add_up"]


def test_a_payout_that_is_late_is_found(gift: Gift, stripe: Sandbox) -> None:
    made = stripe.control("payouts", automatic=True)
    webhooks.walk_movements()
    assert kinds() == []
    Payout.objects.create(
        stripe_id="po_old",
        status="in_transit",
        currency="EUR",
        amount_minor=1,
        is_automatic=True,
        created_at=clock.now() - dt.timedelta(days=20),
        arrival_on=(clock.now() - dt.timedelta(days=18)).date(),
        listed_at=None,
        is_reconciled=False,
        told_at=clock.now(),
    )
    Movement.objects.filter(category="charge").update(payout=Payout.objects.get(stripe_id="po_old"))
    assert {"payout_late", "payout_without_movement", "in_transit_differs"} == set(kinds())
    assert made["id"]


@pytest.mark.parametrize(("entered", "found"), [(NET, []), (NET - 1, ["bank_differs"])])
def test_the_bank_is_compared_with_what_was_entered(
    gift: Gift, entity: Entity, stripe: Sandbox, tara: User, entered: int, found: list[str]
) -> None:
    stripe.control("payouts", automatic=True)
    stripe.control("clock", advance_days=1)
    assert kinds() == []
    _clearing, bank, _treasury = places(entity)
    reconcile.enter(
        place=Account.objects.get(code=bank),
        day=clock.today("UTC") + dt.timedelta(days=1),
        amount=Money(entered, "EUR"),
        by=tara,
    )
    assert kinds() == found


def test_when_stripe_does_not_answer_nothing_is_said_to_agree(gift: Gift, stripe: Sandbox) -> None:
    stripe.control(
        "faults", api=[{"kind": "error_before", "probability": 1, "path": "/v1/balance"}]
    )
    with pytest.raises(Unreachable):
        reconcile.run()
    assert not Reconciliation.objects.exists()


def test_the_command_says_so_and_its_exit_tells(
    gift: Gift, stripe: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("reconcile")
    assert "agree to the penny" in capsys.readouterr().out
    as_root("UPDATE gateway_movement SET amount_minor = 2650, net_minor = 2587")
    with pytest.raises(SystemExit):
        call_command("reconcile", json=True)
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["kind"], told["ours"], told["theirs"]) == ("amounts_differ", NET, NET + 100)


def test_it_is_done_each_night() -> None:
    assert jobs.NIGHTLY["reconcile"] is reconcile.nightly


def test_verify_finds_a_movement_whose_entry_says_otherwise(general: Fund, stripe: Sandbox) -> None:
    stripe.control("movements", reporting_category="fee", type="stripe_fee", amount=-350)
    webhooks.walk_movements()
    assert [each for each in verify() if not each.is_notice] == []
    as_root("UPDATE gateway_movement SET amount_minor = -351, net_minor = -351")
    assert [each.invariant for each in verify() if not each.is_notice] == [
        "movement_is_booked_for_its_net"
    ]
    as_root("UPDATE gateway_movement SET amount_minor = -350, net_minor = -350")
    Movement.objects.update(entry_key="movement:0:book")
    assert [each.invariant for each in verify() if not each.is_notice] == ["movement_has_its_entry"]
    Movement.objects.update(state=MovementState.SUSPENSE)
    assert "suspense_is_what_movements_say" in [each.invariant for each in verify()]


def test_the_page_repairs_with_a_fresh_factor_only(
    client: Client, gift: Gift, stripe: Sandbox, tara: User
) -> None:
    Gift.objects.filter(pk=gift.pk).update(amount_minor=1)
    sign_in(client, tara, minutes_ago=10)
    client.post(reverse("reconcile_run"))
    tasks.compare_books(f"user:{tara.pk}")
    page = client.get(reverse("reconcile")).content.decode()
    assert "Gift not booked" in page
    assert "Repair it" in page
    Gift.objects.filter(pk=gift.pk).update(amount_minor=2550)
    told = {"kind": "gift_not_booked", "subject": Movement.objects.get().stripe_id}
    client.post(reverse("reconcile_repair"), told)
    assert not Entry.objects.exists()
    sign_in(client, tara)
    assert client.post(reverse("reconcile_repair"), told).status_code == 302
    assert "agree to the penny" in client.get(reverse("reconcile")).content.decode()
    assert client.post(reverse("reconcile_repair"), told).status_code == 409


@pytest.mark.parametrize("amount", ["", "x", "12,345.678"])
def test_a_statement_that_makes_no_sense_comes_back_with_its_mistake(
    client: Client, entity: Entity, tara: User, amount: str
) -> None:
    sign_in(client, tara)
    _clearing, bank, _treasury = places(entity)
    told = {"place": bank, "day": clock.today("UTC").isoformat(), "amount": amount}
    assert client.post(reverse("reconcile_statement"), told).status_code == 422
    assert "error" in client.post(reverse("reconcile_statement"), told).content.decode()


def test_a_statement_below_nought_is_taken(client: Client, entity: Entity, tara: User) -> None:
    sign_in(client, tara)
    _clearing, bank, _treasury = places(entity)
    told = {"place": bank, "day": clock.today("UTC").isoformat(), "amount": "-12.50"}
    answer = client.post(reverse("reconcile_statement"), told, follow=True)
    assert "another balance" in answer.content.decode()


def test_a_payout_page_ties_to_the_penny_and_is_a_file(
    client: Client, gift: Gift, stripe: Sandbox, tara: User
) -> None:
    stripe.control("payouts", automatic=True)
    stripe.control("clock", advance_days=1)
    webhooks.walk_movements()
    sign_in(client, tara)
    payout = Payout.objects.get()
    page = reverse("payout", kwargs={"pk": payout.pk})
    assert "to the penny" in client.get(page).content.decode()
    answer = client.get(page, {"csv": "1"})
    assert "24.87" in b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert payout.stripe_id in client.get(reverse("payout_list")).content.decode()
    Movement.objects.filter(category="charge").update(payout=None)
    assert "more or less" in client.get(page).content.decode()
    assert ", at the bank on " in client.get(page).text
    stripe.control(f"payouts/{payout.stripe_id}", status="failed")
    webhooks.walk_movements()
    assert ", not at the bank" in client.get(page).text
    assert "came back" in client.get(reverse("payout_list")).text


def test_the_page_claims_nothing_of_a_bank_that_nobody_asked(
    client: Client, gift: Gift, stripe: Sandbox, tara: User
) -> None:
    reconcile.run()
    sign_in(client, tara)
    place = Account.objects.get(kind="bank")
    page = client.get(reverse("reconcile")).content.decode()
    assert "What the bank says was never entered." in page
    assert f"{place.name}, " in page
    told = {"place": place.code, "day": "2026-11-01", "amount": "0"}
    assert client.post(reverse("reconcile_statement"), told).status_code == 302
    page = client.get(reverse("reconcile")).content.decode()
    assert "Our books, Stripe’s and the bank’s agree to the penny." in page
