"""The giving form and the thank-you page, as a visitor without scripts meets them."""

import datetime as dt
import re
import uuid
from collections.abc import Mapping
from typing import cast

import pytest
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings

from donors import finding, gifts, public_names, returning
from donors.fees import LIMITS, cover_for
from donors.models import Consent, Gift
from donors.public_names import Shown
from funding import clock, limits
from funding.ledger.models import Entry, Fund
from funding.money import Money
from funding.parties.models import Entity
from tests import make
from tests.donors.conftest import Visitor
from tests.sandbox.conftest import Sandbox


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    cache.clear()


@pytest.fixture
def dogs(entity: Entity, general: Fund) -> Fund:
    """A restricted fund whose fees are borne by the general one."""
    return make.fund(
        entity,
        "Dogs and herders",
        slug="dogs",
        purpose="Vaccination of herding dogs.",
        restriction="restricted",
        surplus="What is left over goes to the general fund.",
        fees_from=general,
        position=200,
    )


def filled(fund: Fund, /, **changes: str) -> dict[str, str]:
    """What a browser sends for EUR 25.00 to this fund."""
    return {
        "token": str(uuid.uuid4()),
        "shown": "EUR",
        "choice": "25.00",
        "amount": "",
        "currency": "EUR",
        "fund": fund.slug,
        "name": "Alice Example",
        "email": "alice@donor.example",
        "message": "",
    } | changes


def send(client: Client, form: Mapping[str, str]) -> HttpResponse:
    return cast(HttpResponse, client.post("/give/", form))


def unfold(page: HttpResponse) -> str:
    return re.sub(r"\s+", " ", page.text)


# The empty form.


def test_the_form_shows_each_fund_with_its_purpose_surplus_and_who_bears_the_fee(
    client: Client, general: Fund, dogs: Fund
) -> None:
    page = unfold(cast(HttpResponse, client.get("/give/")))
    assert "Vaccination of herding dogs." in page
    assert "What is left over goes to the general fund." in page
    assert "Payment fees are borne by General fund, not by this fund." in page
    assert "Payment fees are a cost of this fund." in page
    assert "Manul Fund Example Foundation" in page


def test_the_form_needs_few_queries_however_many_funds(
    client: Client, entity: Entity, general: Fund, count_queries: type
) -> None:
    for number in range(8):
        make.fund(entity, f"Fund {number}")
    with count_queries(connection) as captured:
        assert client.get("/give/").status_code == 200
    # One of them asks what is matched at the moment.
    assert len(captured) <= 4


@pytest.mark.parametrize("currency", list(LIMITS))
def test_an_address_can_choose_fund_amount_and_currency(
    client: Client, general: Fund, dogs: Fund, currency: str
) -> None:
    page = client.get(f"/give/?fund=dogs&currency={currency}&amount=7777").text
    assert re.search(r'value="dogs" checked', page)
    assert f'<option value="{currency}" selected>' in page
    assert re.search(r'name="amount"[^>]*value="7777(\.00)?"', page)


def test_nonsense_in_the_address_is_passed_over(client: Client, general: Fund) -> None:
    page = client.get("/give/?fund=%00&currency=BTC&amount=-1e9&again=xx").text
    assert f'value="{general.slug}" checked' in page
    assert '<option value="EUR" selected>' in page


def test_closed_funds_and_the_treasury_cannot_be_chosen(
    client: Client, stripe: Sandbox, entity: Entity, general: Fund
) -> None:
    closed = make.fund(entity, "Closed", is_open_to_gifts=False)
    assert closed.slug not in client.get("/give/").text
    for slug in (closed.slug, Fund.objects.get(is_treasury=True).slug):
        answer = send(client, filled(general, fund=slug))
        assert answer.status_code == 422
        assert "Choose one of these funds." in answer.text
    assert Gift.objects.count() == 0


def test_the_form_is_not_kept_by_any_cache(client: Client, general: Fund) -> None:
    assert "no-store" in client.get("/give/")["Cache-Control"]
    assert "no-store" in send(client, filled(general, name=""))["Cache-Control"]


# Sending it.


def test_a_full_form_leads_to_the_payment_page(
    client: Client, stripe: Sandbox, general: Fund
) -> None:
    answer = send(
        client,
        filled(
            general,
            cover="on",
            shows_name="on",
            shown_name=" Alice\u202e of\tOslo ",
            news="on",
            message="For the  cats\r\n\tyes",
        ),
    )
    gift = Gift.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, gift.checkout_url)
    assert gift.checkout_url.startswith(stripe.url)
    assert (gift.amount_minor, gift.cover_minor) == (2500, cover_for(Money(2500, "EUR")).minor)
    assert public_names.shown_of(gift) == Shown("Alice of Oslo")
    assert gift.message == "For the cats\nyes"
    assert Consent.objects.get().is_given
    assert Entry.objects.count() == 0


def test_what_is_written_counts_before_what_is_chosen(
    client: Client, stripe: Sandbox, general: Fund
) -> None:
    send(client, filled(general, amount="25,50"))
    assert Gift.objects.get().amount_minor == 2550


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"choice": ""}, "amount", "Choose an amount, or write one."),
        ({"amount": "ten"}, "amount", "Write the amount in digits"),
        ({"amount": "1,000"}, "amount", "without a separator for thousands: 1000"),
        ({"amount": "5.005"}, "amount", "without a separator for thousands"),
        ({"amount": "5.0051"}, "amount", "EUR has two decimals."),
        ({"amount": "-5"}, "amount", "The smallest gift by card is €3.00."),
        ({"amount": "2.99"}, "amount", "The smallest gift by card is €3.00."),
        ({"amount": "10000.01"}, "amount", "we take up to €10,000.00 at a time"),
        ({"amount": "9" * 40}, "amount", "Write the amount in digits"),
        ({"currency": "JPY", "amount": "499"}, "amount", "The smallest gift by card is ¥500."),
        ({"currency": "JPY", "amount": "500.5"}, "amount", "JPY has no decimals."),
        ({"currency": "NOK", "amount": "29"}, "amount", "by card is NOK 30.00."),
        ({"currency": "DKK", "amount": "19.99"}, "amount", "by card is DKK 20.00."),
        ({"currency": "CHF", "amount": "2"}, "amount", "by card is CHF 3.00."),
        ({"currency": "BTC"}, "currency", "Choose a currency from the list."),
        ({"currency": "GBP"}, "amount", "The amounts on show were in another currency."),
        ({"name": " \u202e\t"}, "name", "Write your name"),
        ({"name": "x" * 201}, "name", "at most 200 characters"),
        ({"email": "alice"}, "email", "Write an e-mail address such as"),
        ({"email": ""}, "email", "The receipt is sent there."),
        ({"message": "x" * 501}, "message", "at most 500 characters"),
        ({"fund": "nowhere"}, "fund", "Choose one of these funds."),
    ],
)
def test_a_mistake_is_named_linked_and_nothing_typed_is_lost(
    client: Client, general: Fund, changes: dict[str, str], field: str, sentence: str
) -> None:
    sent = filled(general, cover="on", message="Kept words", email="kept@donor.example") | changes
    answer = send(client, sent)
    page = unfold(answer)
    assert answer.status_code == 422
    assert page.count(sentence) == 2
    assert f'href="#id_{field}"' in page
    assert f'id="id_{field}"' in page
    for name in {"name", "email", "message"} - {field}:
        assert sent[name] in page
    assert re.search(r'name="cover" checked', page)
    assert Gift.objects.count() == 0


@pytest.mark.parametrize("currency", LIMITS)
def test_a_gift_is_begun_in_every_currency_that_is_offered(
    client: Client, stripe: Sandbox, general: Fund, currency: str
) -> None:
    amount = LIMITS[currency].suggested[0]
    answer = send(client, filled(general, currency=currency, shown=currency, choice=amount.plain()))
    assert answer.status_code == 303
    gift = Gift.objects.get()
    assert gift.gross == amount
    assert [gift] == list(finding.gifts(amount.plain()))


def test_amounts_of_a_new_currency_are_shown_when_the_old_ones_no_longer_fit(
    client: Client, general: Fund
) -> None:
    page = send(client, filled(general, currency="SEK")).text
    assert 'name="shown" value="SEK"' in page
    assert re.search(r'data-currency="SEK" aria-label="SEK">', page)
    assert re.search(r'data-currency="EUR" aria-label="EUR" disabled hidden>', page)
    assert 'value="25.00" checked' not in page


def test_markup_in_a_form_is_shown_as_text(client: Client, general: Fund) -> None:
    evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    page = send(client, filled(general, name=evil, message=f"</textarea>{evil}", email="no")).text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert page.count("&lt;script&gt;") == 2


def test_a_line_break_in_a_name_never_reaches_a_mail(
    client: Client, stripe: Sandbox, general: Fund
) -> None:
    send(client, filled(general, name="Eve\r\nBcc: all@donor.example\x00\x07"[:-2]))
    assert Gift.objects.get().donor_name == "Eve Bcc: all@donor.example"


def test_the_same_form_sent_twice_is_one_gift_and_one_payment_page(
    client: Client, stripe: Sandbox, general: Fund
) -> None:
    form = filled(general)
    first, second = send(client, form), send(client, form)
    assert first["Location"] == second["Location"]
    assert Gift.objects.count() == 1


def test_the_same_form_sent_after_the_payment_leads_to_the_thanks(
    client: Client, visitor: Visitor, general: Fund
) -> None:
    form = filled(general)
    send(client, form)
    gift = Gift.objects.get()
    visitor.pays(gift)
    gifts.follow(gift.pk)
    answer = send(client, form)
    assert answer.status_code == 303
    assert answer["Location"] == returning.thanks_url(gift)
    assert Gift.objects.count() == 1


def test_the_same_token_with_another_amount_is_asked_about_and_then_a_gift_of_its_own(
    client: Client, stripe: Sandbox, general: Fund
) -> None:
    form = filled(general)
    send(client, form)
    answer = send(client, form | {"amount": "40"})
    assert answer.status_code == 409
    assert "Nothing was taken." in answer.text
    assert Gift.objects.count() == 1
    token = re.search(r'name="token" value="([0-9a-f-]{36})"', answer.text)
    assert token is not None
    assert token[1] != form["token"]
    assert send(client, form | {"amount": "40", "token": token[1]}).status_code == 303
    assert Gift.objects.count() == 2


def test_an_equal_gift_within_ten_minutes_asks_again(
    client: Client, visitor: Visitor, general: Fund
) -> None:
    send(client, filled(general))
    gift = Gift.objects.get()
    visitor.pays(gift)
    gifts.follow(gift.pk)
    Gift.objects.update(created_at=clock.now() - dt.timedelta(minutes=4))
    answer = send(client, filled(general, email="Alice@Donor.example", message="Kept words"))
    page = unfold(answer)
    assert answer.status_code == 409
    assert "You gave €25.00 to General fund 4 minutes ago. Give it again?" in page
    assert "Kept words" in page
    assert 'name="confirm" value="1"' in page
    assert Gift.objects.count() == 1
    assert send(client, filled(general, confirm="1")).status_code == 303
    assert Gift.objects.count() == 2


def test_an_equal_gift_that_is_not_paid_is_not_called_given(
    client: Client, stripe: Sandbox, general: Fund
) -> None:
    send(client, filled(general))
    page = unfold(send(client, filled(general)))
    assert "You began to give €25.00 to General fund a minute ago. We have not received it" in page


@pytest.mark.parametrize(
    "changes", [{"amount": "26"}, {"email": "bob@donor.example"}, {"fund": "dogs"}]
)
def test_another_gift_is_not_asked_about(
    client: Client, stripe: Sandbox, general: Fund, dogs: Fund, changes: dict[str, str]
) -> None:
    send(client, filled(general))
    assert send(client, filled(general) | changes).status_code == 303


def test_without_stripe_the_form_comes_back_filled_and_the_same_gift_goes_on_later(
    client: Client, stripe: Sandbox, settings: Settings, general: Fund
) -> None:
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    form = filled(general, message="Kept words")
    answer = send(client, form)
    assert answer.status_code == 503
    assert "The payment page cannot be reached at the moment. Nothing was taken." in answer.text
    assert "Kept words" in answer.text
    assert form["token"] in answer.text
    settings.STRIPE_API_BASE = stripe.url
    assert send(client, form).status_code == 303
    assert Gift.objects.count() == 1


def test_a_form_without_its_cookie_is_refused_in_words(general: Fund) -> None:
    answer = Client(enforce_csrf_checks=True).post("/give/", filled(general))
    assert answer.status_code == 403
    assert "The form was too old" in answer.text
    assert Gift.objects.count() == 0


def test_too_many_forms_from_one_address_are_put_off(client: Client, general: Fund) -> None:
    for _ in range(limits.GIVE_BY_ADDRESS.times):
        assert send(client, filled(general, name="")).status_code == 422
    answer = send(client, filled(general))
    assert answer.status_code == 429
    assert "Try again in 10 minutes." in answer.text
    assert Gift.objects.count() == 0
    assert client.get("/give/").status_code == 200


def test_too_many_gifts_for_one_mail_address_are_put_off(
    client: Client, stripe: Sandbox, general: Fund
) -> None:
    for number in range(limits.GIVE_BY_EMAIL.times):
        answer = send(client, filled(general, amount=str(30 + number)))
        assert answer.status_code == 303
    assert send(client, filled(general, amount="60")).status_code == 429
    assert Gift.objects.count() == limits.GIVE_BY_EMAIL.times


# Coming back from the payment page.


def test_leaving_the_payment_page_brings_the_form_back_filled(
    client: Client, stripe: Sandbox, general: Fund, dogs: Fund
) -> None:
    form = filled(dogs, amount="31.40", cover="on", message="Kept words")
    first = send(client, form)
    gift = Gift.objects.get()
    page = client.get(f"/give/?again={gift.uuid}").text
    for kept in ("31.40", "Kept words", "Alice Example", "alice@donor.example"):
        assert kept in page
    assert re.search(r'value="dogs" checked', page)
    assert form["token"] not in page
    same = form | {"token": str(uuid.uuid4()), "again": str(gift.uuid)}
    assert send(client, same)["Location"] == first["Location"]
    assert Gift.objects.count() == 1
    assert send(client, same | {"amount": "40"}).status_code == 303
    assert Gift.objects.count() == 2


def test_a_gift_that_is_paid_old_or_unknown_fills_no_form(
    client: Client, visitor: Visitor, general: Fund
) -> None:
    gift = make.gift(general)
    Gift.objects.update(created_at=clock.now() - dt.timedelta(hours=25))
    assert "alice@donor.example" not in client.get(f"/give/?again={gift.uuid}").text
    Gift.objects.update(created_at=clock.now())
    assert "alice@donor.example" in client.get(f"/give/?again={gift.uuid}").text
    visitor.pays(gift)
    gifts.follow(gift.pk)
    assert "alice@donor.example" not in client.get(f"/give/?again={gift.uuid}").text
    assert client.get(f"/give/?again={uuid.uuid4()}").status_code == 200
