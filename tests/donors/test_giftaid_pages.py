"""Gift Aid on the giving form, on the giver's own page, and at the treasurer's desk."""

import uuid
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.test import Client

from donors.models import Claim, Declaration, Gift
from funding.mail.models import Mail
from funding.users import guests
from funding.users.models import Role
from tests import make
from tests.donors import taxpayers
from tests.donors.taxpayers import Society
from tests.people import make_person, sign_in
from tests.sandbox.conftest import Sandbox

WHO = {"first_name": "Zoë", "last_name": "O'Brien", "house": "12", "postcode": "eh12 6ts"}


@pytest.fixture
def society(committed: None) -> Society:
    cache.clear()
    return taxpayers.society()


def form(society: Society, **changes: str) -> dict[str, str]:
    return {
        "token": str(uuid.uuid4()),
        "shown": "GBP",
        "choice": "",
        "amount": "20",
        "currency": "GBP",
        "fund": society.general.slug,
        "name": "Zoë O'Brien",
        "email": "zoe@donor.example",
        "message": "",
        "gift_aid": "all",
    } | changes


def give(client: Client, told: dict[str, str]) -> Any:
    return client.post("/give/", told)


def test_the_form_offers_it_for_a_british_body_alone(client: Client, society: Society) -> None:
    page = client.get("/give/").content.decode()
    assert "it is my responsibility to pay any difference" in page
    society.general.entity.tax_regime = "none"
    society.general.entity.save()
    assert "Gift Aid, for UK taxpayers" not in client.get("/give/").content.decode()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (WHO | {"postcode": "12345"}, "Write a UK postcode"),
        (WHO | {"house": ""}, "Write first name, last name"),
        (WHO | {"last_name": "x" * 36}, "at most 35"),
        (WHO | {"gift_aid": "some"}, "Choose one of these."),
        (WHO | {"rhythm": "monthly", "gift_aid": "one"}, "A regular gift is many gifts."),
    ],
)
def test_what_cannot_be_declared_is_refused_and_nothing_moves(
    client: Client, stripe: Sandbox, society: Society, changes: dict[str, str], says: str
) -> None:
    answer = give(client, form(society, **changes))
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert Gift.objects.count() == Declaration.objects.count() == 0


def test_a_body_that_does_not_claim_it_takes_no_declaration(
    client: Client, stripe: Sandbox, society: Society
) -> None:
    other = make.fund(make.entity())
    answer = give(client, form(society, fund=other.slug, **WHO))
    assert answer.status_code == 422
    assert "does not claim Gift Aid." in answer.content.decode()
    assert Gift.objects.count() == Declaration.objects.count() == 0


def test_a_form_declares_with_its_gift_and_once(
    client: Client, stripe: Sandbox, society: Society
) -> None:
    told = form(society, **WHO)
    for _twice in range(2):
        assert give(client, told).status_code == 303
    made = Declaration.objects.get()
    assert (made.gift, made.channel, made.postcode) == (Gift.objects.get(), "form", "EH12 6TS")
    assert Mail.objects.count() == 0


def test_a_giver_declares_and_ends_it_on_a_page_of_their_own(
    client: Client, society: Society
) -> None:
    society.gift()
    zoe = guests.ensure("zoe@donor.example", "Zoë")
    EmailAddress.objects.filter(user=zoe).update(verified=True)
    sign_in(client, zoe)
    assert "/account/gift-aid/" in client.get("/account/").content.decode()
    assert "Royal Manul Society" in client.get("/account/gift-aid/").content.decode()
    refused = client.post("/account/gift-aid/", WHO | {"postcode": "1"})
    assert refused.status_code == 409
    assert Declaration.objects.count() == 0
    for _twice in range(2):
        assert client.post("/account/gift-aid/", WHO).status_code == 302
    made = Declaration.objects.get()
    sign_in(client, make_person("eve@x.example"))
    assert client.post(f"/account/gift-aid/{made.pk}/end/").status_code == 404
    sign_in(client, zoe)
    assert client.post(f"/account/gift-aid/{made.pk}/end/").status_code == 302
    assert Declaration.objects.get().cancelled_on == society.today


def test_the_treasurer_takes_a_claim_from_its_gifts_to_its_money(
    client: Client, society: Society
) -> None:
    gift = society.gift()
    sign_in(client, make_person("tara@x.example", "Tara", Role.TREASURER))
    here = "/treasurer/gift-aid/"
    nothing = client.post(f"{here}{society.entity.slug}/gather/")
    assert nothing.status_code == 409
    assert "No gift can be claimed" in nothing.content.decode()
    told = WHO | {"channel": "oral", "scope": "all", "given_on": str(society.today)}
    assert client.post(f"/treasurer/gifts/{gift.uuid}/declaration/", told).status_code == 302
    assert Mail.objects.filter(cause__startswith="declaration:").count() == 1
    assert "£25.00" in client.get(here).content.decode()
    assert client.post(f"{here}{society.entity.slug}/gather/").status_code == 302
    claim = Claim.objects.get()
    page = f"{here}{claim.pk}/"
    assert "O&#x27;Brien" in client.get(page).content.decode()
    schedule = client.get(f"{page}schedule/1.ods")
    assert schedule.content[:2] == b"PK"
    assert client.get(f"{page}schedule/2.ods").status_code == 404
    assert client.post(f"{page}send/", {"reference": "HMRC 1"}).status_code == 302
    money = {"amount": "25.01", "paid_on": str(society.today), "place": society.bank}
    assert client.post(f"{page}pay/", money | {"bank_reference": "P1"}).status_code == 409
    money["amount"] = "25"
    assert client.post(f"{page}pay/", money | {"bank_reference": "P1"}).status_code == 302
    assert Claim.objects.get().state == "paid"
    assert client.post(f"{page}drop/").status_code == 409
