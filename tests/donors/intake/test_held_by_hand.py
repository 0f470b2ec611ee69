"""Goal: odd gifts past Stripe are held as well, and go back by the bank's own line."""

import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from donors import acceptance, donors, verdicts
from donors.intake import matching, offline
from donors.intake.matching import NotUndone
from donors.intake.targets import Giver
from donors.models import (
    AcceptanceTerms,
    BankLine,
    Gift,
    GiftState,
    HeldGift,
    HeldState,
    HeldWhy,
    Means,
    RefundState,
)
from funding.money import Money
from funding.site.mail_samples import SAMPLES
from funding.users.models import Role, User
from tests.donors.intake.desk import TARA, Desk
from tests.people import make_person, sign_in

LARGE = 1_500_000


@pytest.fixture
def two(desk: Desk) -> list[User]:
    return [make_person(f"t{number}@x.example", f"T{number}", Role.TREASURER) for number in (1, 2)]


def matched(desk: Desk, line: BankLine) -> HeldGift:
    """The whole line is a gift of Bo's, and it is held."""
    part = matching.match(
        line_id=line.pk,
        kind="gift",
        amount_minor=line.left_minor,
        what=desk.giver(line.left_minor),
        actor=TARA,
        token=uuid.uuid4(),
    )
    return HeldGift.objects.get(gift_id=int(part.target.partition(":")[2]))


def decided(held: HeldGift, verdict: str, two: list[User]) -> None:
    made = verdicts.propose(held_id=held.pk, verdict=verdict, reason="Unclear.", by=two[0])
    if made.needs_second:
        verdicts.confirm(verdict_id=made.pk, by=two[1])


def test_a_large_transfer_is_held_and_accepted(desk: Desk, two: list[User]) -> None:
    held = matched(desk, desk.line(LARGE))
    assert held.reasons == [HeldWhy.LIMIT]
    assert (desk.free(), desk.at_bank(), desk.in_suspense()) == (0, LARGE, LARGE)
    desk.assert_sound()
    decided(held, "accept", two)
    gift = Gift.objects.get()
    assert (gift.state, gift.receipts.count()) == (GiftState.SETTLED, 1)
    assert (desk.free(), desk.at_bank(), desk.in_suspense()) == (LARGE, LARGE, 0)
    desk.assert_sound()


def test_a_declined_transfer_ends_when_the_bank_shows_it_leaving(
    desk: Desk, two: list[User]
) -> None:
    held = matched(desk, desk.line(LARGE))
    decided(held, "decline", two)
    assert held.gift.refunds.get().state == RefundState.REQUESTED
    assert desk.free() == 0
    out = desk.line(-LARGE, payer_name="BO EK", text="Back")
    assert matching.accept_certain(actor=TARA) == 1
    held.refresh_from_db()
    assert (held.state, held.gift.state) == (HeldState.RETURNED, GiftState.FAILED)
    assert (desk.free(), desk.at_bank(), desk.in_suspense()) == (0, 0, 0)
    with pytest.raises(NotUndone):
        matching.undo(part_id=out.parts.get().pk, why="Wrong.", actor=TARA)
    desk.assert_sound()


def test_foreign_money_is_held_and_goes_either_way(desk: Desk, two: list[User]) -> None:
    for verdict in ("accept", "decline"):
        slip = desk.slip(lines=((desk.general.pk, 2_000_000),), currency="GBP",
                         value=Money(2_300_000, "EUR"))  # fmt: skip
        held = HeldGift.objects.get(gift=offline.record(slip=slip, actor=TARA))
        desk.assert_sound()
        decided(held, verdict, two)
    desk.assert_sound()
    assert (desk.free(), desk.in_suspense()) == (2_300_000, 2_000_000)


def test_cash_of_nobody_and_money_of_no_sender_are_held(desk: Desk, two: list[User]) -> None:
    nobody = donors.find_or_create(name="In the box", email="", language="en")
    cash = desk.slip(donor_id=nobody.pk, lines=((desk.general.pk, 100_001),), means=Means.CASH)
    assert HeldGift.objects.get(gift=offline.record(slip=cash, actor=TARA)).reasons == ["cash"]
    known = desk.slip(lines=((desk.general.pk, 100_001),), means=Means.CASH)
    assert offline.record(slip=known, actor=TARA).state == GiftState.SETTLED
    line = desk.line(500, payer_name="", payer_iban="")
    held = matched(desk, line)
    assert held.reasons == [HeldWhy.UNKNOWN]
    decided(held, "accept", two)
    assert desk.free() == 100_501
    desk.assert_sound()


def test_a_held_gift_that_was_a_mistake_is_undone(desk: Desk) -> None:
    line = desk.line(LARGE)
    held = matched(desk, line)
    matching.undo(part_id=line.parts.get().pk, why="Not a gift.", actor=TARA)
    held.refresh_from_db()
    assert (held.gift.state, desk.in_suspense(), desk.free()) == (GiftState.FAILED, LARGE, 0)
    desk.assert_sound()
    again = matched(desk, line)
    assert again.pk != held.pk
    desk.assert_sound()


def test_a_gift_that_an_invoice_asked_for_is_not_held(desk: Desk) -> None:
    slip = desk.slip(lines=((desk.general.pk, LARGE),), is_asked=True)
    assert offline.record(slip=slip, actor=TARA).state == GiftState.SETTLED
    assert isinstance(desk.giver(), Giver)


def test_the_same_slip_twice_is_held_once(desk: Desk) -> None:
    slip = desk.slip(lines=((desk.general.pk, LARGE),))
    made = [offline.record(slip=slip, actor=TARA) for _again in range(2)]
    assert made[0].pk == made[1].pk
    assert HeldGift.objects.count() == 1
    desk.assert_sound()


def test_the_pages_hold_decide_and_tell(desk: Desk, two: list[User]) -> None:
    clients = []
    for user in two:
        client = Client()
        sign_in(client, user)
        clients.append(client)
    held = matched(desk, desk.line(LARGE))
    page = reverse("donors:held_gifts")
    text = clients[0].get(page).content.decode()
    assert "Larger than the limit" in text
    assert "€15,000.00" in text
    propose = reverse("donors:held_propose", kwargs={"pk": held.pk})
    for rubbish in ({}, {"verdict": "perhaps"}, {"verdict": "decline"}, {"verdict": "accept\0"}):
        assert clients[0].post(propose, rubbish).status_code == 409
    assert clients[0].post(propose, {"verdict": "accept"}).status_code == 302
    assert "Another treasurer" in clients[0].get(page).content.decode()
    made = held.verdicts.get()
    confirm = reverse("donors:held_confirm", kwargs={"pk": made.pk})
    assert clients[0].post(confirm).status_code == 409
    assert "Agree about" in clients[1].get(page).content.decode()
    assert "Accept €15,000.00?" in clients[1].get(reverse("inbox")).content.decode()
    assert clients[1].post(confirm).status_code == 302
    assert clients[1].post(confirm).status_code == 409
    assert "Accepted" in clients[1].get(page).content.decode()
    assert "Accept €15,000.00?" not in clients[1].get(reverse("inbox")).content.decode()


def test_administrators_say_what_is_held(desk: Desk) -> None:
    ada = Client()
    sign_in(ada, make_person("ada@x.example", "Ada", Role.ADMINISTRATOR))
    url = reverse("donors:acceptance_terms", args=[desk.entity.slug])
    said: dict[str, Any] = {"limit": "500", "days": "30", "cash": "50", "words": "nur für"}
    assert "10000.00" in ada.get(url).content.decode()
    for wrong in (
        {"limit": "٥٠٠x"},
        {"limit": "-1"},
        {"days": "0"},
        {"cash": "1" * 30},
        {"limit": ""},
    ):
        answer = ada.post(url, said | wrong)
        assert answer.status_code in {409, 422}
        assert "nur für" in answer.content.decode()
    assert not AcceptanceTerms.objects.exists()
    for _again in range(2):
        assert ada.post(url, said).status_code == 302
    terms = AcceptanceTerms.objects.get()
    assert (terms.limit_minor, terms.days, terms.cash_minor) == (50_000, 30, 5_000)
    assert "are held" in ada.get(reverse("setup")).content.decode()
    assert acceptance.terms_of(desk.entity.pk) == terms
    slip = desk.slip(lines=((desk.general.pk, 50_001),))
    assert offline.record(slip=slip, actor=TARA).state == GiftState.HELD
    assert {"gift_held", "gift_declined"} <= {each.template for each in SAMPLES}
