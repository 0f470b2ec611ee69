"""Goal: nothing is agreed to by silence, each answer keeps its words, the last stands."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from donors import consents, donors
from donors.consents import AddressMissing, Choices
from donors.models import Consent, Donor, Purpose
from funding import clock
from funding.audit.models import Record
from funding.ledger.models import Fund
from tests import make
from tests.ledger.racing import together
from tests.people import make_person, sign_in

ALICE = "alice@donor.example"


def choose(*agreed: Purpose, address: str = "") -> int:
    choices = Choices(frozenset(agreed), address)
    return consents.answer(addresses=[ALICE], choices=choices, actor="user:1")


def answers() -> list[tuple[str, bool]]:
    return list(Consent.objects.order_by("pk").values_list("purpose", "is_given"))


@pytest.fixture
def alice(general: Fund) -> Donor:
    return make.gift(general).donor


def test_a_card_without_an_address_is_refused_and_nothing_is_written(alice: Donor) -> None:
    with pytest.raises(AddressMissing):
        choose(Purpose.NEWS, Purpose.POST, address=" \n")
    assert answers() == []
    alice.refresh_from_db()
    assert alice.postal_address == ""


def test_the_database_keeps_what_was_said(alice: Donor) -> None:
    choose(Purpose.NEWS)
    row = Consent.objects.get()
    for change in ({"is_given": False}, {"wording": "Other words."}, {"purpose": "name"}):
        with pytest.raises(IntegrityError, match="stays as it was given"), transaction.atomic():
            Consent.objects.filter(pk=row.pk).update(**change)
    with pytest.raises(IntegrityError, match="consent_purpose_is_known"):
        Consent.objects.create(
            donor=alice, purpose="x", is_given=True, wording="x", recorded_at=clock.now()
        )


def test_many_who_answer_at_once_are_one_answer(alice: Donor) -> None:
    results = together(6, lambda _: choose(Purpose.NEWS))
    assert sorted(results, key=str) == [0, 0, 0, 0, 0, 1]
    assert answers() == [("news", True)]


def test_only_what_changes_is_a_further_answer_and_the_last_one_stands(alice: Donor) -> None:
    assert choose(Purpose.NEWS, Purpose.PROJECTS) == 2
    assert choose(Purpose.NEWS, Purpose.PROJECTS) == 0
    assert choose(Purpose.PROJECTS) == 1
    assert answers() == [("news", True), ("projects", True), ("news", False)]
    assert not consents.may(donor_id=alice.pk, purpose=Purpose.NEWS)
    assert consents.may(donor_id=alice.pk, purpose=Purpose.PROJECTS)
    assert not consents.may(donor_id=alice.pk, purpose=Purpose.POST)
    kept = Consent.objects.filter(purpose=Purpose.NEWS).values_list("wording", flat=True)
    assert set(kept) == {"Send me news of the projects, a few times a year."}
    facts = list(
        Record.objects.filter(action__startswith="consent.").values_list("facts", flat=True)
    )
    assert facts == [{"purpose": each} for each in ("news", "projects", "news")]


def test_an_address_is_kept_only_while_cards_are_wanted(alice: Donor) -> None:
    choose(Purpose.POST, address="ul. Śnieżna 8 m. 3\nNorrwik")
    alice.refresh_from_db()
    assert alice.postal_address == "ul. Śnieżna 8 m. 3\nNorrwik"
    choose(address="ul. Śnieżna 8 m. 3")
    alice.refresh_from_db()
    assert alice.postal_address == ""


def test_the_form_of_a_gift_says_yes_once_and_never_no(general: Fund) -> None:
    make.gift(general, news=True)
    make.gift(general, news=False)
    make.gift(general, news=True)
    assert answers() == [("news", True)]


def test_two_addresses_of_a_person_agree_together(general: Fund) -> None:
    make.gift(general, news=True)
    make.gift(general, email="alice@work.example")
    both = [ALICE, "alice@work.example"]
    assert consents.standing(both) == frozenset()
    consents.answer(addresses=both, choices=Choices(frozenset({Purpose.NEWS}), ""), actor="user:1")
    assert consents.standing(both) == {Purpose.NEWS}
    assert Consent.objects.count() == 2


def test_a_currency_that_is_none_is_refused_by_the_database(alice: Donor) -> None:
    donors.prefer(addresses=[ALICE], currency="SEK", actor="user:1")
    alice.refresh_from_db()
    assert alice.currency == "SEK"
    with (
        connection.cursor() as cursor,
        pytest.raises(IntegrityError, match="donor_currency_is_iso"),
    ):
        cursor.execute("UPDATE donors_donor SET currency = 'kr'")


@pytest.mark.parametrize(
    ("sent", "status", "said"),
    [
        ({"agreed": ["post"]}, 409, "Write the address to which a card can go."),
        ({"agreed": ["everything"]}, 422, "everything"),
        ({"currency": "QQQ"}, 422, "Choose a currency from the list."),
    ],
)
def test_what_cannot_be_is_said_on_the_page(
    general: Fund, client: Client, sent: dict[str, Any], status: int, said: str
) -> None:
    sign_in(client, make_person(ALICE, "Alice Example"), factor=False)
    make.gift(general)
    answer = client.post("/account/choices/", sent)
    assert answer.status_code == status
    assert said in answer.content.decode()
    assert answers() == []


def test_a_donor_chooses_and_the_giving_form_starts_in_that_currency(
    general: Fund, client: Client
) -> None:
    sign_in(client, make_person(ALICE, "Alice Example"), factor=False)
    make.gift(general)
    sent = {"agreed": ["news", "post"], "address": "Norrvik 1", "currency": "SEK"}
    assert client.post("/account/choices/", sent).status_code == 302
    assert consents.standing([ALICE]) == {Purpose.NEWS, Purpose.POST}
    page = client.get("/account/choices/").content.decode()
    assert page.count("checked") == 2
    assert "agreed" in page
    assert 'value="SEK" selected' in client.get("/give/").content.decode()
    assert 'value="GBP" selected' in client.get("/give/?currency=GBP").content.decode()
    assert 'value="EUR" selected' in Client().get("/give/").content.decode()


def test_an_address_that_is_not_verified_shows_and_changes_nothing(
    general: Fund, client: Client
) -> None:
    make.gift(general, news=True)
    user = make_person("eve@donor.example", "Eve")
    user.email = "eve@donor.example"
    sign_in(client, user, factor=False)
    assert "nothing to agree to" in client.get("/account/choices/").content.decode()
    client.post("/account/choices/", {"agreed": []})
    assert answers() == [("news", True)]
