"""Goal: whoever gave reads where every penny went, and nobody else does."""

import itertools
from dataclasses import replace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from donors import settlements
from donors.models import Gift
from funding import clock
from funding.gateway.payments import Payment, Value
from funding.ledger import trace
from funding.ledger.models import Fund, Reason
from funding.money import Money
from funding.site import following
from funding.site.following import Trail
from funding.users.models import User
from grants.models import Award, Project
from tests import make
from tests.ledger import making
from tests.ledger.making import DAY
from tests.ledger.tracing import Books
from tests.people import make_person, sign_in
from tests.site.report_world import Life

pytestmark = pytest.mark.django_db

ALICE = "alice@donor.example"
_numbers = itertools.count(1)


@pytest.fixture
def books() -> Books:
    return Books(making.world())


@pytest.fixture
def snow(books: Books) -> Fund:
    return books.world.snow


@pytest.fixture
def alice() -> User:
    return make_person(ALICE, "Alice Example")


def given(fund: Fund, minor: int, fee: int | None, *, email: str = ALICE) -> Gift:
    """A gift that is here, and whose fee is known unless it is None."""
    gift = make.gift(fund, lines=((fund.pk, minor),), email=email)
    value = None if fee is None else (Money(minor, "EUR"), Money(fee, "EUR"))
    return settled(gift, value)


def settled(gift: Gift, value: tuple[Money, Money] | None) -> Gift:
    """The gift after Stripe told that it is paid, and what it was worth and cost."""
    number = next(_numbers)
    payment = Payment(
        id=f"pi_{number}",
        status="succeeded",
        reference=str(gift.uuid),
        amount=gift.gross,
        is_paid=True,
        charge=f"ch_{number}",
        paid_at=clock.now(),
        method="Card ending 4242",
        trouble="",
        value=None,
    )
    if value is not None:
        payment = replace(payment, value=Value(f"txn_{number}", *value))
    return settlements.settle(gift_id=gift.pk, payment=payment)


def awarded(books: Books, title: str, minor: int, fund: Fund, *, public: bool = True) -> Award:
    """An award to a project of this title, which has a public page unless said otherwise."""
    asel = User.objects.filter(email="asel@example.org").first()
    life = Life(books.world.entity, [fund], asel or make_person("asel@example.org", "Asel"))
    award = life.awards_to(DAY, title, {fund: minor})
    if public:
        Project.objects.filter(application__award=award).update(published_at=clock.now())
    return award


def trail(*gifts: Gift) -> Trail:
    """The one trail of these gifts after tracing, every penny of it in its place."""
    while trace.sweep():
        pass
    (found,) = following.follow(gifts)
    holds(found)
    return found


def holds(found: Trail) -> None:
    """The sums are those of the lines, and nothing is lost or there twice."""
    parts = found.awarded, found.fees, found.back, found.costs, found.waiting, found.tracing
    assert found.given == sum(parts, start=Money(0, found.currency))
    assert all(part.minor >= 0 for part in parts)
    told = sum(line.sum.minor for line in found.lines if line.sum)
    assert told == sum(line.sum.minor for line in found.left if line.sum)
    assert told == (found.waiting + found.tracing).minor


def sums(found: Trail) -> dict[str, int]:
    """The sums that are not nought, in cents."""
    names = ("given", "awarded", "fees", "back", "costs", "waiting", "tracing")
    return {name: minor for name in names if (minor := getattr(found, name).minor)}


def words(found: Trail) -> str:
    return "\n".join(line.words for line in [*found.lines, *found.left])


def test_a_gift_that_nobody_drew_on_waits_less_its_fee(snow: Fund) -> None:
    gift = given(snow, 4000, 85)
    assert sums(trail(gift)) == {"given": 4000, "fees": 85, "waiting": 3915}


def test_two_awards_have_their_lines_and_what_was_paid_of_them(books: Books, snow: Fund) -> None:
    gift = given(snow, 4000, 85)
    first = awarded(books, "Dogs with herders", 2240, snow)
    books.pay(f"award:{first.pk}", snow, 1000)
    awarded(books, "Ranger course", 1275, snow, public=False)
    found = trail(gift)
    assert sums(found) == {
        "given": 4000, "awarded": 3515, "fees": 85, "waiting": 400,
    }  # fmt: skip
    dogs, rangers = (line for line in found.lines if line.paid is not None)
    assert dogs.project is not None
    assert dogs.project.title == "Dogs with herders"
    assert (dogs.sum, dogs.paid) == (Money(-2240, "EUR"), Money(1000, "EUR"))
    assert dogs.promised == Money(1240, "EUR")
    assert rangers.project is None
    assert "not public yet" in rangers.words


def test_what_was_given_back_is_told_whether_spent_or_not(books: Books, snow: Fund) -> None:
    gift, other = given(snow, 4000, 85), given(snow, 4000, 85)
    awarded(books, "Dogs", 3000, snow)
    books.refund(f"gift:{gift.pk}", snow, 1500)
    assert sums(trail(gift)) == {
        "given": 4000, "awarded": 2415, "fees": 85, "back": 1500,
    }  # fmt: skip
    # What had been spent of it, others made good.
    assert sums(trail(other)) == {
        "given": 4000, "awarded": 585, "fees": 85, "waiting": 3330,
    }  # fmt: skip


def test_a_refund_that_came_again_is_the_givers_money_again(books: Books, snow: Fund) -> None:
    gift = given(snow, 4000, 85)
    books.refund(f"gift:{gift.pk}", snow, 1500)
    books.refund(f"gift:{gift.pk}", snow, -1500, Reason.REFUND_RETURNED)
    assert sums(trail(gift)) == {"given": 4000, "fees": 85, "waiting": 3915}


def test_a_refund_before_the_fee_is_known_is_being_traced_with_the_rest(
    books: Books, snow: Fund
) -> None:
    gift = given(snow, 4000, None)
    books.refund(f"gift:{gift.pk}", snow, 1000)
    assert sums(trail(gift)) == {"given": 4000, "back": 1000, "tracing": 3000}
    (found,) = following.follow([gift])
    assert "Being traced" in words(found)


def test_a_refund_that_tracing_has_not_seen_waits_for_it(books: Books, snow: Fund) -> None:
    gift = given(snow, 4000, 85)
    trail(gift)
    books.refund(f"gift:{gift.pk}", snow, 1000)
    (found,) = following.follow([gift])
    holds(found)
    assert sums(found) == {"given": 4000, "fees": 85, "waiting": 3915}
    assert sums(trail(gift))["back"] == 1000


def test_a_dispute_takes_no_more_from_a_gift_than_it_brought(books: Books, snow: Fund) -> None:
    gift, other = given(snow, 4000, 85), given(snow, 4000, 85)
    books.refund(f"gift:{gift.pk}", snow, 5500, Reason.DISPUTE)
    assert sums(trail(gift)) == {"given": 4000, "fees": 85, "back": 3915}
    # The fund pays the rest with the next money that it has.
    assert sums(trail(other)) == {
        "given": 4000, "fees": 85, "costs": 1585, "waiting": 2330,
    }  # fmt: skip


def test_money_that_moved_is_followed_into_the_other_fund(books: Books, snow: Fund) -> None:
    gift, general = given(snow, 4000, 85), books.world.general
    books.transfer("transfer:7", snow, general, 3000)
    awarded(books, "Dogs", 500, general)
    found = trail(gift)
    assert sums(found) == {"given": 4000, "awarded": 500, "fees": 85, "waiting": 3415}
    assert "€30.00 moved from Snow to another fund" in words(found)
    assert "Still in General" in words(found)
    assert "Still in Snow" in words(found)


def test_a_foreign_gift_is_on_its_way_and_then_stands_at_its_value(snow: Fund) -> None:
    gift = make.gift(snow, lines=((snow.pk, 2000),), currency="GBP", email=ALICE)
    settled(gift, None)
    trace.sweep()
    assert following.follow([gift]) == []
    gift.refresh_from_db()
    value = Value("txn_pounds", Money(2310, "EUR"), Money(60, "EUR"))
    payment = Payment(
        id=gift.payment_intent,
        status="succeeded",
        reference=str(gift.uuid),
        amount=gift.gross,
        is_paid=True,
        charge=gift.charge,
        paid_at=clock.now(),
        method="Card ending 4242",
        trouble="",
        value=value,
    )
    settlements.settle(gift_id=gift.pk, payment=payment)
    assert sums(trail(gift)) == {"given": 2310, "fees": 60, "waiting": 2250}


def test_of_two_gifts_into_one_fund_the_older_is_awarded_first(books: Books, snow: Fund) -> None:
    first, second = given(snow, 1000, 50), given(snow, 1000, 50)
    awarded(books, "Dogs", 1200, snow)
    assert sums(trail(first)) == {"given": 1000, "awarded": 950, "fees": 50}
    assert sums(trail(second)) == {"given": 1000, "awarded": 250, "fees": 50, "waiting": 700}
    both = trail(first, second)
    assert sums(both) == {"given": 2000, "awarded": 1200, "fees": 100, "waiting": 700}
    assert "2 gifts received, Snow" in words(both)


def test_what_an_award_sends_back_waits_again(books: Books, snow: Fund) -> None:
    gift = given(snow, 4000, 85)
    award = awarded(books, "Dogs", 2000, snow)
    books.pay(f"award:{award.pk}", snow, 2000)
    books.come_back(f"award:{award.pk}", snow, 500)
    found = trail(gift)
    assert sums(found) == {"given": 4000, "awarded": 1500, "fees": 85, "waiting": 2415}
    assert "€5.00 came back unspent from Dogs" in words(found)


def test_a_fee_that_another_fund_bears_takes_nothing_from_the_gift(books: Books) -> None:
    general = books.world.general
    dogs = making.fund(books.world.entity, "Dogs and herders", fees_from=general)
    assert sums(trail(given(dogs, 4000, 85))) == {"given": 4000, "waiting": 4000}


def test_costs_of_the_fund_itself_have_their_line(books: Books, snow: Fund) -> None:
    gift = given(snow, 4000, 85)
    books.cost("payout:1", snow, 15)
    found = trail(gift)
    assert sums(found) == {"given": 4000, "fees": 85, "costs": 15, "waiting": 3900}
    assert "Cost of the fund itself, Snow" in words(found)


def test_the_pages_say_it_in_words_with_a_drawing_and_a_table(
    client: Client, alice: User, books: Books, snow: Fund
) -> None:
    gift = given(snow, 4000, 85)
    awarded(books, "Dogs with herders", 2240, snow)
    trace.sweep()
    sign_in(client, alice, factor=False)
    assert reverse("account_money") in client.get(reverse("account")).content.decode()
    for address in (
        reverse("account_money"),
        reverse("account_gift", kwargs={"uuid": gift.uuid}),
    ):
        page = client.get(address).content.decode()
        assert "€22.40 has been awarded to one project. €16.75 is still waiting." in page
        assert "−22.40" in page
        assert "promised, not paid yet" in page
        assert page.count('role="img"') == 2
        assert "How we know." in page
        assert len(page) < 30_000


def test_a_person_without_gifts_is_shown_how_to_give(client: Client, alice: User) -> None:
    sign_in(client, alice, factor=False)
    page = client.get(reverse("account_money")).content.decode()
    assert "No gift of a confirmed address" in page
    assert reverse("donors:give") in page


def test_a_gift_on_its_way_has_a_page_that_says_so(client: Client, alice: User, snow: Fund) -> None:
    gift = make.gift(snow, lines=((snow.pk, 2000),), currency="GBP", email=ALICE)
    settled(gift, None)
    sign_in(client, alice, factor=False)
    page = client.get(reverse("account_gift", kwargs={"uuid": gift.uuid})).content.decode()
    assert "It is on its way" in page
    all_gifts = client.get(reverse("account_money")).content.decode()
    assert "Your gift is on its way" in all_gifts
    assert "its value not known yet" in all_gifts


def test_somebody_elses_gift_and_one_that_was_never_paid_are_not_there(
    client: Client, alice: User, snow: Fund
) -> None:
    theirs = given(snow, 4000, 85, email="bob@donor.example")
    unpaid = make.gift(snow, email=ALICE)
    sign_in(client, alice, factor=False)
    for gift in (theirs, unpaid):
        address = reverse("account_gift", kwargs={"uuid": gift.uuid})
        assert client.get(address).status_code == 404
    assert "No gift of a confirmed address" in client.get(reverse("account_money")).content.decode()


def test_an_address_that_is_not_confirmed_shows_nothing(client: Client, snow: Fund) -> None:
    stranger = make_person(ALICE, "Alice Example", verified=False)
    gift = given(snow, 4000, 85)
    sign_in(client, stranger, factor=False)
    address = reverse("account_gift", kwargs={"uuid": gift.uuid})
    assert client.get(address).status_code == 404
    assert "No gift of a confirmed address" in client.get(reverse("account_money")).content.decode()


def test_more_gifts_and_awards_ask_the_database_no_more_often(
    client: Client, alice: User, books: Books, snow: Fund
) -> None:
    sign_in(client, alice, factor=False)
    # The first page asks for the person's language, and the browser keeps it.
    client.get(reverse("account"))

    def asked() -> int:
        while trace.sweep():
            pass
        with CaptureQueriesContext(connection) as questions:
            assert client.get(reverse("account_money")).status_code == 200
        return len(questions)

    given(snow, 4000, 85)
    awarded(books, "Dogs", 1000, snow)
    few = asked()
    for number in range(9):
        given(snow, 4000, 85)
        awarded(books, f"Work {number}", 3000, snow)
    assert asked() == few
