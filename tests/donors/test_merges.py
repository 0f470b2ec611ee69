"""Goal: two donors who are one person are brought together whole, and parted again exactly."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from donors import consents, email_changes, merge_news, merges, receipts, statements
from donors.consents import Choices
from donors.intake import donor_rows
from donors.merges import HasDeclared, NotAPerson, NotAsItWas, NotTwo, ReasonMissing, UnderWay
from donors.models import (
    Consent,
    Declaration,
    Donor,
    Gift,
    Merge,
    Pledge,
    PledgeState,
    Purpose,
    Receipt,
)
from funding import clock
from funding.audit.models import Record
from funding.documents.models import DocumentState
from funding.errors import Refused
from funding.gateway.client import Unreachable
from funding.ledger.models import Entry, Fund, Posting
from funding.parties.models import Organisation
from funding.users.models import Role
from tests import make
from tests.books import assert_agreed
from tests.donors.intake.desk import Desk
from tests.donors.regular import Giver
from tests.donors.stating import at, given
from tests.ledger.racing import together
from tests.people import make_person, sign_in
from tests.sandbox.conftest import Sandbox

ALICE, WORK = "alice@donor.example", "alice@work.example"


def bring(kept: Donor, gone: Donor, why: str = "She wrote so from both.") -> Merge:
    return merges.merge(kept_id=kept.pk, gone_id=gone.pk, why=why, actor="user:2")


def part(made: Merge) -> Merge:
    return merges.undo(merge_id=made.pk, actor="user:2")


def books() -> list[Any]:
    """Every row of money, as it is."""
    gifts = Gift.objects.order_by("pk").values_list("pk", "amount_minor", "state", "donor_name")
    return [*gifts, *Posting.objects.order_by("pk").values_list(), Entry.objects.count()]


def of(donor: Donor) -> dict[str, list[int]]:
    """What belongs to a donor."""
    return {
        name: sorted(model.objects.filter(donor=donor).values_list("pk", flat=True))
        for name, model in merges.MOVES.items()
    }


@pytest.fixture
def kept(general: Fund) -> Donor:
    return given(general, 1000, at("2025-03-01")).donor


@pytest.fixture
def gone(general: Fund, kept: Donor) -> Donor:
    del kept
    donor = given(general, 2000, at("2025-03-02"), email=WORK, news=True).donor
    given(general, 500, at("2025-03-03"), email=WORK)
    return donor


def test_every_relation_to_a_donor_moves_or_stays_on_purpose() -> None:
    fields = Donor._meta.get_fields(include_hidden=True)
    related = {each.related_model for each in fields if each.auto_created and each.is_relation}
    assert related == {*merges.MOVES.values(), *merges.STAYS}


def test_what_cannot_be_brought_together_is_refused_and_nothing_moves(
    general: Fund, kept: Donor, gone: Donor
) -> None:
    user = make_person("zoe@donor.example", "Zoe")
    make.gift(general, email=user.email)
    zoo = Organisation.objects.create(name="A zoo", country="SE", created_at=clock.now())
    body = Donor.objects.create(name="A zoo", organisation=zoo, created_at=clock.now())
    before = of(kept), of(gone), books()
    cases: list[tuple[Donor, Donor, str, type[Refused]]] = [
        (kept, kept, "x", NotTwo),
        (kept, gone, "  ", ReasonMissing),
        (kept, Donor(pk=10**9), "x", NotTwo),
    ]
    cases += [(kept, body, "x", NotAPerson), (body, kept, "x", NotAPerson)]
    for one, other, why, refusal in cases:
        with pytest.raises(refusal):
            bring(one, other, why)
    email_changes.ask(user=user, old_email=user.email, new_email="z@new.example", language="en")
    with pytest.raises(UnderWay):
        bring(kept, Donor.objects.get(email=user.email))
    assert (of(kept), of(gone), books()) == before
    assert not Merge.objects.exists()
    assert not Record.objects.filter(action="donor.merged").exists()


@pytest.mark.parametrize("whose", [0, 1])
def test_those_who_declared_gift_aid_stay_as_they_are(kept: Donor, gone: Donor, whose: int) -> None:
    today = clock.today("Europe/London")
    Declaration.objects.create(
        donor=(kept, gone)[whose],
        entity=kept.gifts.get().entity,
        scope="all",
        channel="form",
        wording="I am a taxpayer.",
        first_name="Alice",
        last_name="Example",
        house="1",
        postcode="X",
        given_on=today,
        covers_from=today,
        recorded_at=clock.now(),
        recorded_by="user:1",
    )
    before = of(kept), of(gone), books()
    with pytest.raises(HasDeclared):
        bring(kept, gone)
    assert (of(kept), of(gone), books()) == before


def test_a_donor_that_was_brought_in_is_in_no_second_merge(
    general: Fund, kept: Donor, gone: Donor
) -> None:
    third = make.gift(general, email="third@donor.example").donor
    bring(kept, gone)
    for one, other in ((third, gone), (gone, third)):
        with pytest.raises(NotTwo):
            bring(one, other)


def test_the_database_refuses_what_is_given_to_one_that_leads_elsewhere(
    kept: Donor, gone: Donor
) -> None:
    bring(kept, gone)
    with pytest.raises(IntegrityError, match="brought together"), transaction.atomic():
        Gift.objects.filter(donor=kept).update(donor=gone)
    with pytest.raises(IntegrityError, match="brought together"), transaction.atomic():
        Consent.objects.filter(donor=kept).update(donor=gone)


def test_what_is_entered_by_hand_or_in_a_table_goes_to_the_one_that_is_kept(
    general: Fund, kept: Donor, gone: Donor
) -> None:
    bring(kept, gone)
    with transaction.atomic():
        assert donor_rows.found_or_made([(WORK, "Alice Example", "en")]) == [kept]
    desk = Desk(general.entity, general)
    assert desk.gift(donor_id=gone.pk).donor == kept


def test_many_who_bring_them_together_at_once_make_one_merge(kept: Donor, gone: Donor) -> None:
    results = together(6, lambda _: bring(kept, gone).pk)
    assert len(set(results)) == 1
    assert Merge.objects.count() == 1
    assert Record.objects.filter(action="donor.merged").count() == 1


def test_both_ways_at_once_only_one_is_done(kept: Donor, gone: Donor) -> None:
    pairs = [(kept, gone), (gone, kept)] * 3
    together(6, lambda number: bring(*pairs[number]))
    assert Merge.objects.count() == 1


def test_gifts_begun_meanwhile_belong_to_the_one_that_is_kept(
    general: Fund, kept: Donor, gone: Donor
) -> None:
    def work(number: int) -> None:
        if number == 3:
            bring(kept, gone)
        else:
            make.gift(general, email=WORK)

    results = together(7, work)
    assert [each for each in results if each is not None] == []
    assert of(gone) == {name: [] for name in merges.MOVES}
    assert Gift.objects.filter(donor=kept).count() == 3 + 6
    assert make.gift(general, email=WORK).donor == kept


def test_merging_moves_rows_and_no_money_and_parting_moves_exactly_them_back(
    general: Fund, kept: Donor, gone: Donor
) -> None:
    before_kept, before_gone, money = of(kept), of(gone), books()
    made = bring(kept, gone)
    assert of(gone) == {name: [] for name in merges.MOVES}
    assert {name: len(ids) for name, ids in of(kept).items()} == {
        "gifts": 3, "pledges": 0, "consents": 1, "earlier_pledges": 0,
    }  # fmt: skip
    assert made.moved == before_gone
    assert books() == money
    assert consents.may(donor_id=kept.pk, purpose=Purpose.NEWS)
    later = make.gift(general, email=WORK)
    part(made)
    part(made)
    assert of(gone) == before_gone
    before_kept["gifts"] = sorted([*before_kept["gifts"], later.pk])
    assert of(kept) == before_kept
    assert make.gift(general, email=WORK).donor == gone
    again = bring(kept, gone)
    assert again.pk != made.pk


def test_receipts_stay_with_their_gifts_through_a_merge_and_back(kept: Donor, gone: Donor) -> None:
    receipts.sweep()
    rows = Receipt.objects.order_by("pk")
    before = list(rows.values_list("gift", "state", "document__number", "document__sha256"))
    assert len({number for _gift, _state, number, _sha in before}) == 3
    made = bring(kept, gone)
    assert rows.filter(gift__donor=kept).count() == 3
    part(made)
    assert rows.filter(gift__donor=gone).count() == 2
    now = list(rows.values_list("gift", "state", "document__number", "document__sha256"))
    assert now == before


def test_many_who_part_them_at_once_part_them_once(kept: Donor, gone: Donor) -> None:
    made = bring(kept, gone)
    results = together(6, lambda _: part(made).pk)
    assert set(results) == {made.pk}
    assert Record.objects.filter(action="donor.parted").count() == 1


def test_what_has_moved_on_is_not_parted(general: Fund, kept: Donor, gone: Donor) -> None:
    made = bring(kept, gone)
    third = make.gift(general, email="third@donor.example").donor
    further = bring(third, kept)
    with pytest.raises(NotAsItWas):
        part(made)
    part(further)
    part(made)
    assert Merge.objects.filter(undone_at__isnull=True).count() == 0


def test_something_that_is_not_there_any_more_leaves_all_as_it_was(
    general: Fund, kept: Donor, gone: Donor
) -> None:
    made = bring(kept, gone)
    third = make.gift(general, email="third@donor.example").donor
    Gift.objects.filter(pk=made.moved["gifts"][0]).update(donor=third)
    before = of(kept)
    with pytest.raises(NotAsItWas):
        part(made)
    gone.refresh_from_db()
    assert gone.merged_into_id == kept.pk
    assert of(kept) == before


def test_the_latest_answer_of_both_stands_and_comes_apart_again(
    general: Fund, kept: Donor, gone: Donor
) -> None:
    choices = Choices(frozenset(), "")
    consents.answer(
        addresses=[ALICE], choices=Choices(frozenset({Purpose.NEWS}), ""), actor="user:1"
    )
    consents.answer(addresses=[ALICE], choices=choices, actor="user:1")
    made = bring(kept, gone)
    assert not consents.may(donor_id=kept.pk, purpose=Purpose.NEWS)
    part(made)
    assert consents.may(donor_id=gone.pk, purpose=Purpose.NEWS)


def test_a_statement_of_the_one_that_was_brought_in_counts_no_more(
    general: Fund, kept: Donor, gone: Donor
) -> None:
    period = {"begins_on": at("2025-01-01").date(), "ends_on": at("2025-12-31").date()}
    row = statements.order(donor=gone, entity=general.entity, actor="user:1", **period)
    assert statements.make(row.pk)
    bring(kept, gone)
    row.refresh_from_db()
    assert row.document is not None
    assert row.document.state == DocumentState.VOID
    both = statements.order(donor=kept, entity=general.entity, actor="user:1", **period)
    assert statements.make(both.pk)
    both.refresh_from_db()
    assert both.document is not None
    assert both.document.snapshot["sums"][0]["total_minor"] == 3500


def test_two_that_run_go_on_each_with_its_own_customer(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    one, other = giver.begins(general), giver.begins(general, email=WORK)
    bring(one.donor, other.donor)
    giver.passes(one)
    giver.hears()
    for pledge in (one, other):
        before = pledge.customer
        pledge.refresh_from_db()
        assert (pledge.state, pledge.customer) == (PledgeState.ACTIVE, before)
        assert pledge.instalments.count() == 2
    assert Pledge.objects.filter(donor=one.donor).count() == 2
    assert set(Gift.objects.values_list("donor", flat=True)) == {one.donor_id}
    assert_agreed(stripe)


def test_stripe_writes_to_whom_the_pledges_are_now_and_is_told_until_it_hears(
    general: Fund, giver: Giver, stripe: Sandbox
) -> None:
    one, other = giver.begins(general), giver.begins(general, email=WORK)

    def written_to(pledge: Pledge) -> str:
        return str(stripe.client().customers.retrieve(pledge.customer).email)

    stripe.control("faults", api=[{"kind": "error_after", "probability": 1.0}])
    made = bring(one.donor, other.donor)
    with pytest.raises(Unreachable):
        merge_news.tell(made.pk)
    assert merge_news.sweep() == 0
    made.refresh_from_db()
    assert made.error
    stripe.control("faults", clear=True)
    giver.seconds(600)
    swept = together(3, lambda _number: merge_news.sweep())
    assert sorted(map(str, swept)) == ["0", "0", "1"]
    assert not merge_news.waiting().exists()
    assert (written_to(one), written_to(other)) == (ALICE, ALICE)
    assert merge_news.tell(made.pk) is False
    part(made)
    assert merge_news.sweep() == 1
    assert (written_to(one), written_to(other)) == (ALICE, WORK)


def test_without_a_pledge_there_is_nothing_to_tell(kept: Donor, gone: Donor) -> None:
    assert bring(kept, gone).due_at is None
    assert not merge_news.waiting().exists()


def test_the_treasurer_finds_looks_brings_together_and_parts(
    kept: Donor, gone: Donor, client: Client
) -> None:
    sign_in(client, make_person("tara@cast.example", "Tara", Role.TREASURER))
    found = client.get("/treasurer/merges/", {"q": "alice"}).content.decode()
    assert WORK in found
    assert ALICE in found
    pair = {"kept": kept.pk, "gone": gone.pk}
    shown = client.get("/treasurer/merges/preview/", pair).content.decode()
    assert "€25.00" in shown
    refused = client.post("/treasurer/merges/do/", pair)
    assert (refused.status_code, Merge.objects.count()) == (409, 0)
    client.post("/treasurer/merges/do/", pair | {"why": "Same card."})
    made = Merge.objects.get()
    assert "together" in client.get("/treasurer/merges/").content.decode()
    client.post(f"/treasurer/merges/{made.pk}/undo/")
    made.refresh_from_db()
    assert made.undone_at is not None
    assert made.undone_at <= clock.now()
