"""Goal: a name stands in public only with a gift whose giver asked, and goes when they say so."""

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import IntegrityError, connections, transaction

from donors import gifts, public_names
from donors.models import Dispute, Donor, Gift, Pledge, PublicName, PublicNameChange, Refund
from donors.public_names import Barred, NotAName, ReasonMissing, Shown, Supporter
from funding import clock
from funding.audit.models import Record
from funding.ledger.models import Fund
from funding.money import Money
from tests import make
from tests.donors import regular
from tests.donors.stating import at, disputed, given, given_back
from tests.ledger.racing import together

ALICE = Shown("Alice of Oslo")


@contextmanager
def refused(name: str) -> Iterator[None]:
    """The database refuses it by a rule of this name."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        yield
    cause = caught.value.__cause__
    assert isinstance(cause, psycopg.Error)
    assert cause.diag.constraint_name == name


@pytest.fixture
def general(db: None) -> Fund:
    return make.fund(make.entity(), slug="general")


def shown(fund: Fund, name: Shown | None = ALICE, minor: int = 2500, **facts: object) -> Gift:
    return given(fund, minor, at("2026-03-14"), shown=name, **facts)


def names(fund: Fund | None = None) -> list[str]:
    """What strangers see."""
    return [each.name for each in public_names.latest(limit=9, fund_id=fund.pk if fund else None)]


def nothing_was_written() -> bool:
    return not PublicName.objects.exists() and not Gift.objects.exists()


# What is refused.


@pytest.mark.parametrize(
    "name",
    ["", "  ", "...", "12", "a" * 61, "Alice\u202eolso", "A\u200blice", "A\nB", "A\x07", " Alice",
     "https://x.example", "www.casino", "me@x.example", "cats.example", "See cats.example now"],
)  # fmt: skip
def test_what_is_no_name_is_refused_with_the_whole_gift(general: Fund, name: str) -> None:
    with pytest.raises(NotAName):
        make.gift(general, shown=Shown(name))
    assert nothing_was_written()


@pytest.mark.parametrize("name", ["J. R. Ek", "山田花子", "محمد", "Łucja i Zoë", "O’Neil & Sons"])
def test_names_of_all_kinds_may_stand(general: Fund, name: str) -> None:
    shown(general, Shown(name))
    assert names() == [name]


@pytest.mark.parametrize(
    "name",
    ["Alice\u202eolso", "A\u200blice", "A\nB", " Alice", "www.casino", "a@b", "cats.example"],
)
def test_the_database_refuses_what_is_no_name(general: Fund, name: str) -> None:
    gift = make.gift(general)
    with refused("publicname_is_a_name_on_one_line"):
        PublicName.objects.create(gift=gift, is_shown=True, name=name)


def test_the_database_holds_name_and_consent_together(general: Fund) -> None:
    gift = make.gift(general)
    with refused("publicname_stands_only_while_shown"):
        PublicName.objects.create(gift=gift, is_shown=True, name="")
    with refused("publicname_stands_only_while_shown"):
        PublicName.objects.create(gift=gift, is_shown=False, name="Alice")
    with refused("publicname_stands_only_while_shown"):
        PublicName.objects.create(gift=gift, is_shown=False, with_sum=True)
    with refused("publicname_is_of_one_thing"):
        PublicName.objects.create(is_shown=True, name="Alice")
    barred = {"barred_at": clock.now(), "barred_by": "user:1", "barred_why": "A joke."}
    with refused("publicname_barred_is_hidden_and_says_why"):
        PublicName.objects.create(gift=gift, is_shown=True, name="Alice", **barred)
    with refused("publicname_barred_is_hidden_and_says_why"):
        PublicName.objects.create(gift=gift, **barred | {"barred_why": ""})


def test_what_was_done_with_a_name_stays_written(general: Fund) -> None:
    change = PublicNameChange.objects.get(public_name__gift=shown(general))
    with refused("publicnamechange_stays"):
        PublicNameChange.objects.update(new_name="Mallory")
    with refused("publicnamechange_stays"):
        PublicNameChange.objects.update(old_name="", new_name="", why="erased")
    with refused("publicnamechange_stays"):
        change.delete()


def test_nobody_who_was_removed_is_shown(general: Fund) -> None:
    gift = shown(general, None)
    Donor.objects.filter(pk=gift.donor_id).update(
        erased_at=clock.now(), name="Erased donor", email=""
    )
    with refused("publicname_of_somebody"):
        public_names.choose(thing=gift, shown=ALICE, actor="user:1")
    assert names() == []


def test_removing_somebody_takes_their_name_at_once(general: Fund) -> None:
    gift = shown(general)
    Donor.objects.filter(pk=gift.donor_id).update(
        erased_at=clock.now(), name="Erased donor", email=""
    )
    assert names() == names(general) == []
    for _time in range(2):
        public_names.forget([gift.donor_id])
    row, change = PublicName.objects.get(), PublicNameChange.objects.get()
    assert (row.is_shown, row.name) == (False, "")
    assert (change.old_name, change.new_name, change.why) == ("", "", "erased")


# Silence shows nothing, and one gift says nothing about another.


def test_only_gifts_whose_giver_asked_are_shown(general: Fund) -> None:
    shown(general, None)
    assert names() == []
    shown(general, ALICE)
    shown(general, None)
    assert names() == names(general) == ["Alice of Oslo"]
    assert names(make.fund(general.entity, slug="other")) == []
    assert PublicName.objects.count() == 1


def test_the_month_is_shown_and_the_sum_only_when_asked_for(general: Fund) -> None:
    other = make.fund(general.entity, "Dogs", slug="dogs")
    shown(general, Shown("With", with_sum=True), 2000, cover_minor=50)
    given(general, 300, at("2026-03-15"), (other.pk, 200), shown=Shown("Both", with_sum=True))
    given(general, 900, at("2026-03-31", 23), shown=Shown("Without"))
    rows = {each.name: each for each in public_names.latest(limit=9)}
    first = at("2026-03-01").date()
    assert rows["With"] == Supporter("With", first, Money(2000, "EUR"))
    assert rows["Both"].sum == Money(500, "EUR")
    assert rows["Without"].sum is None
    # Near midnight it is the month of whoever receives.
    assert rows["Without"].month == at("2026-04-01").date()
    assert [each.sum for each in public_names.latest(limit=9, fund_id=other.pk)] == [
        Money(200, "EUR")
    ]


def test_gifts_that_are_not_here_for_good_are_not_shown(general: Fund) -> None:
    make.gift(general, shown=ALICE)
    assert names() == []
    back = shown(general)
    assert names() == ["Alice of Oslo"]
    given_back(back, 100)
    assert names() == []
    taken = shown(general, Shown("Bo"), email="bo@x.example")
    asked = Refund.objects.create(
        gift=shown(general, Shown("Cy"), email="cy@x.example"), amount_minor=5, reason="Asked.",
        requested_by="user:1", state="requested", created_at=clock.now(), due_at=clock.now(),
    )  # fmt: skip
    assert names() == ["Bo"]
    Refund.objects.filter(pk=asked.pk).update(state="failed")
    assert set(names()) == {"Bo", "Cy"}
    disputed(taken, -100, at("2026-04-01"))
    assert Dispute.objects.filter(gift=taken).exists()
    assert names() == ["Cy"]
    Gift.objects.filter(public_name__name="Cy").update(
        final_at=None, value_minor=None, fee_minor=None, value_currency="", balance_transaction=""
    )
    assert names() == []


# Choosing afterwards.


def test_a_choice_is_made_changed_and_taken_back_with_each_value(general: Fund) -> None:
    gift = shown(general, None)
    steps = [None, ALICE, ALICE, Shown("Al", with_sum=True), None, None, ALICE]
    for step in steps:
        public_names.choose(thing=gift, shown=step, actor="user:7")
        assert names() == ([step.name] if step else [])
    told = public_names.history(gift).values_list("step", "old_name", "new_name", "new_with_sum")
    assert list(told) == [
        ("shown", "", "Alice of Oslo", False),
        ("hidden", "Al", "", False),
        ("changed", "Alice of Oslo", "Al", True),
        ("shown", "", "Alice of Oslo", False),
    ]
    log = Record.objects.filter(action__startswith="name.", subject=f"gift:{gift.pk}")
    assert log.filter(actor="user:7").count() == 4
    assert "Alice" not in str(list(log.values()))


def test_a_regular_gift_shows_its_name_with_each_instalment(general: Fund) -> None:
    from donors import pledges

    pledge = pledges.start(regular.promise(general, shown=Shown("Al", with_sum=True)))
    first, second = shown(general, None), shown(general, None)
    for gift in (first, second):
        with transaction.atomic():
            public_names.hand_over(pledge, gift)
        _instalment(pledge, gift)
    assert names() == ["Al", "Al"]
    # Changed, it holds for what comes; taken away, it goes from what came as well.
    public_names.choose(thing=pledge, shown=ALICE, actor="user:1")
    assert names() == ["Al", "Al"]
    public_names.choose(thing=pledge, shown=None, actor="user:1")
    assert names() == []
    third = shown(general, None)
    public_names.hand_over(pledge, third)
    assert public_names.of(third) is None


def _instalment(pledge: Pledge, gift: Gift) -> None:
    pledge.instalments.create(
        gift=gift, invoice=f"in_{gift.pk}", told_at=clock.now(), created_at=clock.now(),
        due_on=at("2026-03-14").date(), fund=pledge.fund,
        currency="EUR", amount_minor=gift.amount_minor, state="paid", ended_at=clock.now(),
    )  # fmt: skip


def test_a_name_that_is_abuse_is_taken_away_with_a_reason(general: Fund) -> None:
    from donors import pledges

    pledge = pledges.start(regular.promise(general, shown=Shown("Four letters")))
    gift, sibling = shown(general, Shown("Four letters")), shown(general, Shown("Four letters"))
    _instalment(pledge, gift)
    _instalment(pledge, sibling)
    with pytest.raises(ReasonMissing):
        public_names.bar(gift_id=gift.pk, why=" ", actor="user:1")
    assert names() == ["Four letters", "Four letters"]
    for _time in range(2):
        public_names.bar(gift_id=gift.pk, why="A joke.", actor="user:1")
    assert names() == []
    assert PublicNameChange.objects.filter(step="barred", why="A joke.").count() == 3
    for thing in (gift, pledge):
        with pytest.raises(Barred):
            public_names.choose(thing=thing, shown=ALICE, actor="user:2")
        public_names.choose(thing=thing, shown=None, actor="user:2")
    public_names.allow(gift_id=gift.pk, actor="user:1")
    assert names() == []
    public_names.choose(thing=gift, shown=ALICE, actor="user:2")
    assert names() == ["Alice of Oslo"]


# At once, and twice.


def test_the_same_form_twice_is_one_name(general: Fund) -> None:
    wish = make.wish(general, shown=ALICE)
    assert gifts.start(wish) == gifts.start(wish)
    assert PublicNameChange.objects.count() == 1


def test_two_who_choose_at_once_leave_one_row(committed: None) -> None:
    gift = shown(make.fund(make.entity(), slug="general"), None)
    results = together(
        6, lambda number: public_names.choose(thing=gift, shown=Shown(f"Al {number}x"), actor="a")
    )
    assert not [each for each in results if isinstance(each, Exception)]
    assert PublicName.objects.count() == 1
    changes = list(public_names.history(gift).order_by("pk"))
    # Each found the name that the one before it had left.
    pairs = itertools.pairwise(changes)
    assert all(before.new_name == after.old_name for before, after in pairs)


def test_without_the_lock_two_would_write_the_same_row(committed: None) -> None:
    gift, both = shown(make.fund(make.entity(), slug="general"), None), threading.Barrier(2)

    def unlocked(number: int) -> None:
        found = public_names.of(gift) or PublicName(gift=gift)
        both.wait(timeout=10)
        found.is_shown, found.name = True, f"Al {number}x"
        found.save()

    results = together(2, unlocked)
    connections.close_all()
    assert sum(isinstance(each, IntegrityError) for each in results) == 1


def test_what_is_taken_away_while_an_instalment_comes_is_not_shown_by_it(committed: None) -> None:
    from donors import pledges

    general = make.fund(make.entity(), slug="general")
    pledge = pledges.start(regular.promise(general, shown=ALICE))
    gift = shown(general, None)

    def deed(number: int) -> None:
        if number:
            public_names.choose(thing=pledge, shown=None, actor="user:1")
            return
        with transaction.atomic():
            locked = pledges.lock(pledge.pk)
            public_names.hand_over(locked, gift)
            _instalment(locked, gift)

    assert together(2, deed) == [None, None]
    assert names() == []
