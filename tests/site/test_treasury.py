"""Goal: the treasurer's desk says what the books say, and two people move money."""

import csv
import datetime as dt
import io
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from funding import waits
from funding.audit.models import Record
from funding.ledger import balances, funds, holds
from funding.ledger.models import Entry, Fund, Hold, Opening, Period, Transfer
from funding.money import Money
from funding.site import steps, treasury
from funding.users.models import Role, User
from tests.ledger import making
from tests.ledger.making import World
from tests.people import make_person, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> World:
    return making.world()


@pytest.fixture
def tara(client: Client, db: None) -> User:
    """A treasurer who has signed in."""
    person = make_person("tara@example.org", "Tara Lindqvist", Role.TREASURER)
    sign_in(client, person)
    return person


@pytest.fixture
def tom(db: None) -> Client:
    """Another treasurer, in a browser of his own."""
    other = Client()
    sign_in(other, make_person("tom@example.org", "Tom", Role.TREASURER))
    return other


def tom_himself() -> User:
    return User.objects.get(email="tom@example.org")


def state() -> list[Any]:
    """Everything that a refusal must leave alone."""
    tables = (Transfer, Opening, Period, Hold, Entry, Record)
    return [
        *Fund.objects.order_by("pk").values(),
        *Period.objects.order_by("pk").values(),
        *(table.objects.count() for table in tables),
    ]


def rows(client: Client, address: str, **asked: str) -> list[dict[str, str]]:
    text = client.get(address, {**asked, "csv": "1"}).getvalue().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def euro(minor: int) -> Money:
    return Money(minor, "EUR")


# The desk


def test_the_desk_says_where_the_money_lies(client: Client, tara: User, world: World) -> None:
    making.give(world, world.snow, 12_345)
    making.give(world, world.general, 7_500, currency="GBP")
    (books,) = treasury.books()
    assert books.stripe == [euro(12_345), Money(7_500, "GBP")]
    assert books.bank == [euro(0)]
    page = client.get("/treasurer/").text
    for words in ("€123.45", "£75.00, not yet changed", "£75.00 on its way", "Nothing."):
        assert words in page
    assert "overdrawn" not in page


def test_the_desk_leads_each_keeper_where_they_may_go(client: Client, tara: User) -> None:
    pages = {"payments", "gifts", "refunds", "transfers", "openings", "holds", "periods"}
    page = client.get("/treasurer/").text
    assert all(f'href="/treasurer/{name}/"' in page for name in pages)
    assert 'href="/setup/"' not in page
    other = Client()
    sign_in(other, make_person("ada@example.org", "Ada", Role.ADMINISTRATOR))
    page = other.get("/treasurer/").text
    assert 'href="/setup/"' in page
    assert 'href="/treasurer/payments/"' not in page


def test_an_overdrawn_fund_is_said_loudly_and_waits_for_the_treasurer(
    client: Client, tara: User, world: World
) -> None:
    making.give(world, world.snow, 5000)
    holds.place(fund_id=world.snow.pk, cause="motion:1", amount=euro(4000), actor="system")
    assert treasury.overdrawn(tara) == []
    making.pay_back(world, world.snow, 2000)
    (wait,) = treasury.overdrawn(tara)
    assert (wait.title, wait.look) == ("Snow is overdrawn by €10.00", "stop")
    page = client.get("/treasurer/").text
    assert "Snow is overdrawn by €10.00." in page
    assert 'class="state stop">overdrawn' in page
    assert "Overdrawn by €10.00." in client.get(wait.url).text
    pat = make_person("pat@example.org", "Pat", Role.OFFICER)
    assert not any("overdrawn" in each.title for each in waits.for_user(pat))


def test_the_desk_asks_as_much_for_ten_funds_as_for_two(
    client: Client, tara: User, world: World, count_queries: type
) -> None:
    with count_queries(connection) as two:
        client.get("/treasurer/")
    for number in range(8):
        making.fund(world.entity, f"Fund {number}x")
    with count_queries(connection) as ten:
        assert client.get("/treasurer/").status_code == 200
    # Each of the sources of what waits asks for the person's roles and for its own rows.
    assert len(two) == len(ten) <= 45


def test_the_desk_of_an_empty_installation(client: Client, tara: User) -> None:
    page = client.get("/treasurer/")
    assert page.status_code == 200
    assert "No receiving body has been set up yet." in page.text
    for address in ("new-fund", "transfers", "openings", "holds", "periods", "gifts", "refunds"):
        assert client.get(f"/treasurer/{address}/").status_code == 200, address


# Funds


def terms(**facts: Any) -> dict[str, Any]:
    return {
        "name": "Ice",
        "purpose": "For the cats of the ice.",
        "restriction": "unrestricted",
        "surplus": "",
        "fees_from": "",
        "is_open_to_gifts": "on",
        "position": "5",
    } | facts


def test_a_fund_is_opened_from_its_page(client: Client, tara: User, world: World) -> None:
    form = terms(entity=world.entity.pk, reserve="1,000")
    before = state()
    for status, sent, words in (
        (422, form, "without a separator for thousands"),
        (422, form | {"reserve": "", "name": "雪"}, "Write a word of Latin letters"),
        (422, form | {"reserve": "", "restriction": ""}, "This field is required."),
        (409, form | {"reserve": "", "restriction": "restricted"}, "Say what happens to money"),
        (409, form | {"reserve": "", "slug": world.snow.slug}, "with this address already"),
    ):
        answer = client.post("/treasurer/new-fund/", sent)
        assert answer.status_code == status
        assert words in answer.text, words
        assert state() == before
    answer = client.post("/treasurer/new-fund/", form | {"reserve": "10.50"}, follow=True)
    assert answer.redirect_chain[-1][0] == "/treasurer/fund/ice/"
    fund = Fund.objects.get(slug="ice")
    assert (fund.reserve_minor, fund.currency, fund.is_open_to_gifts) == (1050, "EUR", True)
    assert "Tara Lindqvist opened it" in answer.text


def test_a_reserve_above_what_is_free_is_refused_on_its_form(
    client: Client, tara: User, world: World
) -> None:
    making.give(world, world.snow, 1000)
    address, before = f"/treasurer/fund/{world.snow.slug}/reserve/", state()
    answer = client.post(address, {"reserve": "10.01"})
    assert answer.status_code == 409
    assert 'value="10.01"' in answer.text
    assert "Snow has €10.00 available" in answer.text
    assert client.post(address, {"reserve": "-1"}).status_code == 422
    assert state() == before
    answer = client.post(address, {"reserve": "10"}, follow=True)
    assert "set the reserve from €0.00 to €10.00" in answer.text
    assert balances.available(world.snow.pk) == euro(0)


def test_what_donors_read_is_not_changed_from_the_page(
    client: Client, tara: User, world: World
) -> None:
    making.give(world, world.snow, 1000)
    address = f"/treasurer/fund/{world.snow.slug}/change/"
    kept = {"restriction": "restricted", "surplus": world.snow.surplus, "name": "Snow"}
    before = state()
    answer = client.post(address, terms(**kept))
    assert answer.status_code == 409
    assert "Money was given to Snow on its present terms" in answer.text
    assert state() == before
    answer = client.post(address, terms(**kept, purpose=world.snow.purpose), follow=True)
    assert "changed what it says: position" in answer.text


def test_a_fund_is_closed_by_who_says_that_it_is_for_good(
    client: Client, tara: User, world: World
) -> None:
    address, before = f"/treasurer/fund/{world.snow.slug}/close/", state()
    client.post(address)
    assert state() == before
    client.post(address, {"sure": "on"})
    assert Fund.objects.get(pk=world.snow.pk).closed_on is not None
    before = state()
    client.post(address, {"sure": "on"})
    assert state() == before


# Transfers and opening balances


def move(world: World, **facts: Any) -> dict[str, Any]:
    return {
        "source": world.snow.pk,
        "target": world.general.pk,
        "place": world.clearing,
        "amount": "10",
        "reason": "The work is fully paid for.",
        "ground": "Its surplus sentence.",
    } | facts


def test_a_transfer_is_proposed_badly_and_nothing_moves(
    client: Client, tara: User, world: World
) -> None:
    other = making.world("OT")
    before = state()
    for status, facts, words in (
        (422, {"target": world.snow.pk}, "Choose another fund than the first."),
        (422, {"amount": "0"}, "Write a sum above nought."),
        (422, {"reason": ""}, "This field is required."),
        (422, {"source": world.treasury.pk}, "Select a valid choice."),
        (409, {"ground": " "}, "only with a lawful ground"),
        (409, {"target": other.general.pk}, "one organisation and one currency"),
        (409, {"place": other.clearing}, "a place of money there"),
    ):
        answer = client.post("/treasurer/transfers/propose/", move(world, **facts))
        assert answer.status_code == status, facts
        assert words in answer.text, words
        assert state() == before


def test_one_proposes_a_transfer_and_another_one_books_it(
    client: Client, tara: User, tom: Client, world: World
) -> None:
    making.give(world, world.snow, 1000)
    client.post("/treasurer/transfers/propose/", move(world))
    made = Transfer.objects.get()
    page = f"/treasurer/transfers/{made.pk}/"
    assert balances.available(world.snow.pk) == euro(1000)
    assert steps.waiting(tara) == []
    (wait,) = steps.waiting(tom_himself())
    assert wait.title == "Move €10.00 from Snow to General?"
    assert "Book the transfer" not in client.get(page).text
    before = state()
    for verb in ("book", "decline"):
        answer = client.post(f"{page}{verb}/")
        assert answer.status_code == 409
        assert "You proposed this transfer" in answer.text
    assert state() == before
    assert "Book the transfer of €10.00" in tom.get(page).text
    tom.post(f"{page}book/")
    assert balances.available(world.snow.pk) == euro(0)
    assert balances.available(world.general.pk) == euro(1000)
    before = state()
    assert tom.post(f"{page}book/").status_code == 409
    assert tom.post(f"{page}decline/").status_code == 409
    assert state() == before
    assert steps.waiting(tom_himself()) == []
    assert "Booked by Tom" in client.get(page).text


def test_a_transfer_that_the_fund_cannot_pay_stays_proposed(
    client: Client, tara: User, tom: Client, world: World
) -> None:
    client.post("/treasurer/transfers/propose/", move(world))
    made, before = Transfer.objects.get(), state()
    answer = tom.post(f"/treasurer/transfers/{made.pk}/book/")
    assert answer.status_code == 409
    assert "Snow has €0.00 available, and €10.00 is needed." in answer.text
    assert state() == before
    tom.post(f"/treasurer/transfers/{made.pk}/decline/")
    made.refresh_from_db()
    assert made.state == "declined"
    (row,) = rows(client, "/treasurer/transfers/", state="declined")
    assert (row["from"], row["sum"], row["decided_by"]) == (world.snow.slug, "10.00", "Tom")
    assert rows(client, "/treasurer/transfers/", state="booked") == []
    assert rows(client, "/treasurer/transfers/", fund=world.general.slug) == [row]


def test_one_brings_a_balance_forward_and_another_one_books_it(
    client: Client, tara: User, tom: Client, world: World
) -> None:
    form = {
        "fund": world.snow.pk,
        "place": world.bank,
        "amount": "12.50",
        "as_of": "2025-12-31",
        "reason": "=The old books, page 7.",
    }
    before = state()
    for facts, words in (
        ({"as_of": "2999-01-01"}, "This day has not come yet."),
        ({"amount": "12.505"}, "Write the amount without a separator"),
    ):
        answer = client.post("/treasurer/openings/propose/", form | facts)
        assert (answer.status_code, words in answer.text) == (422, True)
        assert state() == before
    client.post("/treasurer/openings/propose/", form)
    made = Opening.objects.get()
    page = f"/treasurer/openings/{made.pk}/"
    before = state()
    assert client.post(f"{page}book/").status_code == 409
    assert state() == before
    (wait,) = steps.waiting(tom_himself())
    assert wait.title == "Bring €12.50 forward in Snow?"
    tom.post(f"{page}book/")
    assert balances.available(world.snow.pk) == euro(1250)
    (row,) = rows(client, "/treasurer/openings/", state="booked")
    assert (row["sum"], row["as_of"]) == ("12.50", "2025-12-31")
    assert row["reason"] == "'=The old books, page 7."


def test_steps_are_filtered_by_the_day_of_their_proposal(
    client: Client, tara: User, world: World
) -> None:
    client.post("/treasurer/transfers/propose/", move(world))
    day = Transfer.objects.get().proposed_at.date()
    later = (day + dt.timedelta(days=1)).isoformat()
    span = {"start": day.isoformat(), "end": day.isoformat()}
    assert len(rows(client, "/treasurer/transfers/", **span)) == 1
    assert rows(client, "/treasurer/transfers/", start=later) == []


def test_every_step_asks_again_who_is_there(client: Client, tara: User, world: World) -> None:
    sign_in(client, tara, minutes_ago=6)
    slug, before = world.snow.slug, state()
    for address, sent in (
        ("new-fund", terms(entity=world.entity.pk)),
        (f"fund/{slug}/change", terms()),
        (f"fund/{slug}/reserve", {"reserve": "0"}),
        (f"fund/{slug}/close", {"sure": "on"}),
        ("transfers/propose", move(world)),
        ("openings/propose", {}),
        ("periods/open", {}),
    ):
        answer = client.post(f"/treasurer/{address}/", sent)
        assert answer.status_code == 302, address
        assert "reauthenticate" in answer["Location"]
    assert state() == before


def test_a_fund_made_by_rule_shows_its_reserve(client: Client, tara: User, world: World) -> None:
    making.give(world, world.general, 9000)
    funds.set_reserve(fund_id=world.general.pk, reserve=euro(2500), actor=f"user:{tara.pk}")
    page = client.get(f"/treasurer/fund/{world.general.slug}/").text
    for words in ("−25.00", "65.00", "90.00"):
        assert words in page
