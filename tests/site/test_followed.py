"""Goal: a certificate says what a zoo gave and paid for, and none that counts is wrong."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from donors import followers, statements
from donors.models import Donor, Gift, Statement, Zoo
from donors.statements import PeriodImpossible
from funding.documents.models import Document, DocumentState
from funding.documents.register import find
from funding.ledger.models import Fund
from funding.parties.models import Entity, Part
from funding.site import followed
from funding.site.followed import NotAnOrganisation, NothingToFollow
from funding.site.models import FollowedGift, FollowedKind, FollowedPaper, PaperState
from funding.users.models import Role
from tests import make
from tests.clocks import clock_at as clock_at
from tests.donors.stating import at, could_not, disputed, given, given_back
from tests.donors.test_statements import ALICE
from tests.donors.zoos import zoo_world
from tests.donors.zoos.zoo_world import joins, person
from tests.ledger.making import DAY
from tests.ledger.racing import together
from tests.people import make_person, sign_in
from tests.site.report_world import Life

YEAR = (dt.date(2025, 1, 1), dt.date(2025, 12, 31))
ClockAt = Callable[[dt.datetime], None]


@pytest.fixture
def general(db: None) -> Fund:
    return make.fund(make.entity(), "General fund")


@pytest.fixture
def zoo(db: None) -> Zoo:
    return zoo_world.zoo()


def gave(zoo: Zoo, fund: Fund, minor: int, day: str = "2025-03-01", **facts: object) -> Gift:
    """The zoo gave so much on a day; its value is known."""
    gift = given(fund, minor, at(day), **facts)
    donor = Donor.objects.get(organisation=zoo.organisation_id)
    Gift.objects.filter(pk=gift.pk).update(donor=donor, donor_name=donor.name)
    gift.refresh_from_db()
    return gift


def ordered(gift: Gift, kind: FollowedKind = FollowedKind.CERTIFICATE) -> FollowedPaper:
    return followed.order(
        kind=kind,
        donor=gift.donor,
        entity=gift.entity,
        begins_on=YEAR[0],
        ends_on=YEAR[1],
        actor="user:1",
    )


def made(gift: Gift, kind: FollowedKind = FollowedKind.CERTIFICATE) -> FollowedPaper:
    """The paper as the worker made it, every penny of it in its place."""
    row = ordered(gift, kind)
    assert followed.make(row.pk)
    row.refresh_from_db()
    assert row.state == PaperState.DONE
    adds_up(row)
    return row


def snapshot(row: FollowedPaper) -> dict[str, Any]:
    assert row.document is not None
    told: dict[str, Any] = row.document.snapshot
    return told


def adds_up(row: FollowedPaper) -> None:
    names = ("awarded_minor", "fees_minor", "costs_minor", "waiting_minor", "tracing_minor")
    for trail in snapshot(row)["trails"]:
        assert trail["worth_minor"] == sum(trail[name] for name in names)
        assert trail["worth_minor"] == sum(each["minor"] for each in trail["worth"])
        moved = sum(line["minor"] or 0 for line in trail["lines"])
        assert moved == sum(line["minor"] for line in trail["left"])


def awarded(fund: Fund, title: str, minor: int) -> None:
    Life(fund.entity, [fund], make_person("asel@example.org", "Asel")).awards_to(
        DAY, title, {fund: minor}
    )


def states() -> list[str]:
    rows = Document.objects.filter(template="certificate").order_by("pk")
    return list(rows.values_list("state", flat=True))


def test_nothing_given_is_no_paper_and_a_person_gets_no_certificate(
    zoo: Zoo, general: Fund
) -> None:
    gift = gave(zoo, general, 50_000, "2024-03-01")
    with pytest.raises(NothingToFollow):
        ordered(gift)
    with pytest.raises(NotAnOrganisation):
        ordered(given(general, 1_000, at("2025-03-01")))
    with pytest.raises(PeriodImpossible):
        followed.order(
            kind=FollowedKind.TRAIL,
            donor=gift.donor,
            entity=gift.entity,
            begins_on=YEAR[1],
            ends_on=YEAR[0],
            actor="user:1",
        )
    assert not FollowedPaper.objects.exists()


def test_the_database_refuses_two_rows_and_one_that_is_done_without_its_paper(
    zoo: Zoo, general: Fund
) -> None:
    row = ordered(gave(zoo, general, 50_000))
    with pytest.raises(IntegrityError, match="followedpaper_done_has"), transaction.atomic():
        FollowedPaper.objects.filter(pk=row.pk).update(state=PaperState.DONE)
    with pytest.raises(IntegrityError, match="followedgift_counts_money"), transaction.atomic():
        FollowedGift.objects.create(paper=row, version=1, gift=Gift.objects.get(), left_minor=0)
    row.pk = None
    with pytest.raises(IntegrityError, match="followedpaper_once"), transaction.atomic():
        row.save()


def test_it_says_what_was_given_and_what_it_paid_for(zoo: Zoo, general: Fund) -> None:
    gift = gave(zoo, general, 50_000)
    gave(zoo, general, 25_000, "2025-04-01")
    gave(zoo, general, 99_000, "2026-01-02")
    awarded(general, "Dens before winter", 60_000)
    told = snapshot(made(gift))
    assert told["donor"]["name"] == "Kuusirannan Eläintarha Oy"
    assert told["donor"]["association"] == "European Association of Zoos and Aquaria (EAZA)"
    assert told["sums"] == [
        {"currency": "EUR", "minor": 75_000, "gift_count": 2, "unvalued_minor": 0}
    ]
    (trail,) = told["trails"]
    assert (trail["awarded_minor"], trail["waiting_minor"]) == (60_000, 15_000)


def test_what_was_paid_in_other_money_stands_with_its_worth(zoo: Zoo, general: Fund) -> None:
    gift = gave(zoo, general, 50_000)
    gave(zoo, general, 20_000, currency="CZK")
    told = snapshot(made(gift))
    assert [(each["currency"], each["minor"]) for each in told["sums"]] == [
        ("CZK", 20_000),
        ("EUR", 50_000),
    ]
    (trail,) = told["trails"]
    # The bank made 200.00 of it in these tests.
    assert trail["worth"] == [
        {"currency": "CZK", "minor": 20_000},
        {"currency": "EUR", "minor": 50_000},
    ]


def test_the_same_facts_are_the_same_document_and_the_same_bytes(zoo: Zoo, general: Fund) -> None:
    gift = gave(zoo, general, 50_000)
    first = made(gift)
    again = made(gift)
    assert (first.document, again.version) == (again.document, 1)
    assert first.document is not None
    assert again.document is not None
    assert bytes(first.document.content or b"") == bytes(again.document.content or b"")
    assert not followed.make(first.pk)


def test_a_refund_replaces_it_by_itself_and_the_new_one_says_so(zoo: Zoo, general: Fund) -> None:
    gift = gave(zoo, general, 50_000)
    first = made(gift).document
    assert first is not None
    refund = given_back(gift, 20_000)
    row = FollowedPaper.objects.get()
    assert row.state == PaperState.WAITING
    assert followed.sweep() == 1
    row.refresh_from_db()
    adds_up(row)
    assert snapshot(row)["replaces"] == first.name
    assert snapshot(row)["sums"][0]["minor"] == 30_000
    assert states() == [DocumentState.REPLACED, DocumentState.VALID]
    found = find(first.verify_code)
    assert found is not None
    assert found.replaced_by == row.document
    could_not(refund)
    followed.sweep()
    row.refresh_from_db()
    assert snapshot(row)["sums"][0]["minor"] == 50_000
    assert states() == [DocumentState.REPLACED, DocumentState.REPLACED, DocumentState.VALID]
    assert followed.sweep() == 0


def test_nothing_left_makes_it_void_and_money_that_comes_again_a_new_one(
    zoo: Zoo, general: Fund
) -> None:
    gift = gave(zoo, general, 50_000)
    row = made(gift)
    disputed(gift, -50_000, at("2026-02-01"))
    assert followed.sweep() == 1
    assert states() == [DocumentState.VOID]
    row.refresh_from_db()
    assert row.state == PaperState.DONE
    with pytest.raises(NothingToFollow):
        ordered(gift)
    disputed(gift, 50_000, at("2026-03-01"))
    made(gift)
    assert states() == [DocumentState.VOID, DocumentState.VALID]


def test_a_refund_of_a_gift_of_other_days_changes_nothing(zoo: Zoo, general: Fund) -> None:
    gift, other = gave(zoo, general, 50_000), gave(zoo, general, 9_000, "2024-02-02")
    made(gift)
    given_back(other, 9_000)
    assert followed.sweep() == 0
    assert states() == [DocumentState.VALID]


def test_without_the_follower_a_refund_would_leave_a_certificate_that_lies(
    zoo: Zoo, general: Fund, without_papers: None
) -> None:
    gift = gave(zoo, general, 50_000)
    made(gift)
    given_back(gift, 20_000)
    assert followed.sweep() == 0
    assert states() == [DocumentState.VALID]


@pytest.fixture
def without_papers() -> Iterator[None]:
    """The control: nobody tells papers."""
    follower = followers.FOLLOWERS.pop("papers")
    yield
    followers.register("papers", follower)


@pytest.mark.parametrize("_round", range(3))
def test_a_refund_while_it_is_made_leaves_one_that_is_true(committed: None, _round: int) -> None:
    general = make.fund(make.entity(), "General fund")
    gift = gave(zoo_world.zoo(), general, 50_000)
    row = ordered(gift)
    together(2, lambda number: followed.make(row.pk) if number else given_back(gift, 20_000))
    FollowedPaper.objects.update(due_at=row.asked_at)
    followed.sweep()
    row.refresh_from_db()
    assert row.state == PaperState.DONE
    assert snapshot(row)["sums"][0]["minor"] == 30_000
    adds_up(row)
    assert states().count(DocumentState.VALID) == 1


def test_many_who_ask_and_make_at_once_get_one_document(committed: None) -> None:
    gift = gave(zoo_world.zoo(), make.fund(make.entity(), "General fund"), 50_000)
    together(6, lambda _: followed.make(ordered(gift).pk))
    followed.sweep()
    assert FollowedPaper.objects.get().version == 1
    assert states() == [DocumentState.VALID]


def test_with_nothing_left_it_ends_with_a_sentence_and_is_no_failure(
    client: Client, zoo: Zoo, general: Fund
) -> None:
    gift = gave(zoo, general, 50_000)
    row = ordered(gift)
    refund = given_back(gift, 50_000)
    for _time in range(3):
        assert followed.sweep() == 0
        row.refresh_from_db()
        assert (row.state, row.error, row.attempts) == (PaperState.EMPTY, "", 1)
    assert not followed.failed().exists()
    assert states() == []
    bob = person("bob")
    joins(zoo, bob, Part.OWNER)
    sign_in(client, bob, factor=False)
    page = client.get(f"/zoo/{zoo.uuid}/papers/").text
    assert "There is nothing left to show." in page
    assert "could not be made" not in page
    # Its money comes again after all, and it is asked for again.
    could_not(refund)
    gift.refresh_from_db()
    made(gift)


def test_a_worker_that_dies_five_times_is_told_and_can_begin_again(zoo: Zoo, general: Fund) -> None:
    row = ordered(gave(zoo, general, 50_000))
    FollowedPaper.objects.update(attempts=5)
    assert followed.sweep() == 0
    assert list(followed.failed()) == [row]
    for _ in range(2):
        followed.retry(pk=row.pk, actor="user:2")
    assert followed.sweep() == 1


def test_the_statement_of_a_zoo_has_its_address(zoo: Zoo, general: Fund) -> None:
    gift = gave(zoo, general, 50_000)
    row = statements.order(
        donor=gift.donor, entity=gift.entity, begins_on=YEAR[0], ends_on=YEAR[1], actor="user:1"
    )
    assert statements.make(row.pk)
    row.refresh_from_db()
    assert row.document is not None
    assert row.document.snapshot["donor"] == {
        "name": "Kuusirannan Eläintarha Oy",
        "address": ["Rantatie 1", "00000 Kuusiranta"],
        "country": "FI",
        "registration_number": "0000000-0",
    }


def test_owners_ask_and_viewers_download_on_the_desk(client: Client, general: Fund) -> None:
    bob, asel = person("bob"), person("asel")
    zoo = zoo_world.zoo(bob)
    joins(zoo, asel, Part.VIEWER)
    place = f"/zoo/{zoo.uuid}/papers/"
    sign_in(client, bob, factor=False)
    assert "nothing to put on paper" in client.get(place).content.decode()
    assert client.post(f"{place}ask/", {"period": "2025"}).status_code == 302
    gave(zoo, general, 50_000)
    assert client.post(f"{place}ask/", {"period": "2025"}).status_code == 422
    assert client.post(f"{place}ask/", {"period": "\0", "kind": "\0"}).status_code == 422
    bad = client.post(f"{place}ask/", {"kind": "trail", "period": "2024"})
    assert bad.status_code in (409, 422)
    for kind in ("certificate", "statement", "trail"):
        assert client.post(f"{place}ask/", {"kind": kind, "period": "2025"}).status_code == 302
    assert "being made" in client.get(place).content.decode()
    followed.sweep()
    statements.sweep()
    sign_in(client, asel, factor=False)
    shown = client.get(place).content.decode()
    assert "Make it" not in shown
    for row in FollowedPaper.objects.all():
        address = f"{place}{row.kind}/{row.pk}/1.pdf"
        assert address in shown
        assert client.get(address).content[:5] == b"%PDF-"
        assert client.get(f"{place}{row.kind}/{row.pk}/9.pdf").status_code == 404
    statement = Statement.objects.get()
    assert client.get(f"{place}statement/{statement.pk}/1.pdf").content[:5] == b"%PDF-"
    sign_in(client, make_person("tara@fund.example", "Tara", Role.TREASURER))
    desk = f"/treasurer/zoos/{zoo.uuid}/papers/"
    assert f"{desk}statement/{statement.pk}/1.pdf" in client.get(desk).content.decode()
    assert client.get(f"{desk}statement/{statement.pk}/1.pdf").content[:5] == b"%PDF-"
    assert client.post(f"{desk}ask/", {"kind": "trail", "period": "2025"}).status_code == 302


def test_no_zoo_reaches_the_papers_of_another(client: Client, general: Fund) -> None:
    other = zoo_world.zoo(person("bob"), name="Another")
    mine = zoo_world.zoo(person("eve"), name="Mine")
    row = made(gave(other, general, 50_000))
    sign_in(client, person("eve"), factor=False)
    for zoo in (other, mine):
        place = f"/zoo/{zoo.uuid}/papers/certificate/{row.pk}/1.pdf"
        assert client.get(place).status_code == 404


def test_the_zoos_money_is_followed_on_its_desk(client: Client, general: Fund) -> None:
    zoo = zoo_world.zoo(person("bob"))
    sign_in(client, person("bob"), factor=False)
    place = f"/zoo/{zoo.uuid}/money/"
    assert "Nothing has come yet." in client.get(place).content.decode()
    gift = gave(zoo, general, 50_000)
    awarded(general, "Dens before winter", 20_000)
    made(gift)
    shown = client.get(place).content.decode()
    assert "The zoo has given €500.00." in shown
    assert "€200.00 has been awarded to one project. €300.00 is still waiting." in shown
    assert place in client.get(f"/zoo/{zoo.uuid}/").content.decode()


def test_a_donor_gets_the_same_on_paper(client: Client, general: Fund) -> None:
    sign_in(client, make_person(ALICE, "Alice Example"), factor=False)
    assert client.post("/account/papers/ask/", {"period": "2025"}).status_code == 302
    gift = given(general, 1_000, at("2025-03-01"))
    assert client.post("/account/papers/ask/", {"period": "x"}).status_code == 422
    assert client.post("/account/papers/ask/", {"period": "2025"}).status_code == 302
    followed.sweep()
    row = FollowedPaper.objects.get()
    assert row.donor == gift.donor
    address = f"/account/papers/{row.pk}/1.pdf"
    assert address in client.get("/account/papers/").content.decode()
    assert client.get(address).content[:5] == b"%PDF-"
    assert "/account/papers/" in client.get("/account/money/").content.decode()
    sign_in(client, make_person("eve@donor.example", "Eve"), factor=False)
    assert client.get(address).status_code == 404


def test_entities_have_papers_of_their_own(zoo: Zoo, general: Fund) -> None:
    gift = gave(zoo, general, 50_000)
    other = make.fund(make.entity(slug="other", series="OT"), "Elsewhere")
    gave(zoo, other, 7_000)
    assert snapshot(made(gift))["sums"][0]["minor"] == 50_000
    assert Entity.objects.count() == 2
