"""Enrolling, showing, and losing a second factor, as a browser without scripts does it."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from funding.mail.models import Mail
from funding.users import factors
from funding.users.models import Role, User
from tests.people import enrol, make_person, sign_in
from tests.users.conftest import app_code

ADD = "/accounts/2fa/totp/activate/"
CODES = "/accounts/2fa/recovery-codes/"
AGAIN = "/accounts/2fa/reauthenticate/"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def tara(committed: None) -> User:
    """Real commits: allauth notes a new factor in the session once it is committed."""
    return make_person("tara@fund.example", "Tara", Role.TREASURER, Role.ADMINISTRATOR)


@pytest.fixture
def alice(committed: None) -> User:
    """She gives and holds no role."""
    return make_person("alice@donor.example", "Alice Example")


def methods(client: Client) -> list[str]:
    return [row["method"] for row in client.session["account_authentication_methods"]]


def add_app(client: Client) -> str:
    """Go through enrolment; the secret."""
    shown = client.get(ADD).content.decode()
    found = re.search(r"<code[^>]*>([A-Z2-7 ]+)</code>", shown)
    assert found
    secret = found[1].replace(" ", "")
    assert "data:image/svg+xml" in shown
    answer = client.post(ADD, {"code": app_code(secret)})
    assert answer["Location"] == CODES
    return secret


def test_staff_without_a_factor_reach_nothing_that_needs_a_role(client: Client, tara: User) -> None:
    sign_in(client, tara, factor=False)
    for address in ("/inbox/", "/people/", "/admin/", "/admin/users/user/"):
        answer = client.get(address)
        assert answer["Location"] == f"/accounts/2fa/?next={address.replace('/', '%2F')}", address
    assert client.get("/account/").status_code == 200


def test_nor_do_they_with_one_that_this_session_has_not_shown(client: Client, tara: User) -> None:
    enrol(tara)
    sign_in(client, tara, factor=False)
    for address in ("/inbox/", "/people/", "/admin/"):
        assert client.get(address)["Location"].startswith(AGAIN), address


def test_enrolment_opens_the_desk_and_shows_recovery_codes(client: Client, tara: User) -> None:
    sign_in(client, tara, factor=False)
    secret = add_app(client)
    assert methods(client) == ["code", "mfa"]
    shown = client.get(CODES).content.decode()
    assert len(re.findall(r"<code>\d{8}</code>", shown)) == 10
    assert client.get("/inbox/").status_code == 200
    stored = Authenticator.objects.get(type="totp").data["secret"]
    assert secret not in stored
    assert factors.unseal(stored) == secret
    assert "authenticator app was added" in Mail.objects.get().subject


def test_a_wrong_code_enrols_nothing(client: Client, tara: User) -> None:
    sign_in(client, tara, factor=False)
    client.get(ADD)
    answer = client.post(ADD, {"code": "000000"})
    assert "not the code" in answer.content.decode()
    assert not Authenticator.objects.exists()
    assert methods(client) == ["code"]


def test_a_session_left_open_enrols_nothing_without_a_fresh_code(hers: Client, alice: User) -> None:
    sign_in(hers, alice, factor=False, minutes_ago=6)
    assert hers.get(ADD)["Location"].startswith("/accounts/confirm/")
    assert hers.get("/accounts/2fa/webauthn/add/")["Location"].startswith("/accounts/confirm/")
    hers.post(ADD, {"code": "000000"})
    assert not Authenticator.objects.exists()


def test_a_second_factor_is_added_only_by_who_shows_the_first(client: Client, tara: User) -> None:
    enrol(tara)
    sign_in(client, tara, factor=False)
    assert client.get("/accounts/2fa/webauthn/add/")["Location"].startswith(AGAIN)
    assert client.get(CODES).status_code in {302, 404}


def test_secrets_and_codes_are_in_no_cache_on_the_way(client: Client, tara: User) -> None:
    sign_in(client, tara, factor=False)
    assert "no-store" in client.get(ADD)["Cache-Control"]


def test_a_recovery_code_stands_in_once(client: Client, tara: User) -> None:
    sign_in(client, tara, factor=False)
    add_app(client)
    code = re.findall(r"<code>(\d{8})</code>", client.get(CODES).content.decode())[0]
    elsewhere = Client()
    sign_in(elsewhere, tara, factor=False)
    assert elsewhere.post(AGAIN, {"code": code, "next": "/inbox/"})["Location"] == "/inbox/"
    assert elsewhere.get("/inbox/").status_code == 200
    third = Client()
    sign_in(third, tara, factor=False)
    assert third.post(AGAIN, {"code": code}).status_code == 200
    assert third.get("/inbox/").status_code == 302


def test_the_last_factor_of_staff_cannot_be_taken_off(client: Client, tara: User) -> None:
    enrol(tara, SECRET)
    sign_in(client, tara)
    client.post(AGAIN, {"code": app_code(SECRET)})
    off = "/accounts/2fa/totp/deactivate/"
    shown = client.get(off)
    assert "one app or passkey stays" in shown.content.decode()
    client.post(off)
    assert factors.has_any(tara)


def test_a_donor_may_take_theirs_off_and_hears_of_it(hers: Client, alice: User) -> None:
    secret = add_app(hers)
    hers.post(AGAIN, {"code": app_code(secret, 0)})
    hers.post("/accounts/2fa/totp/deactivate/")
    assert not Authenticator.objects.exists()
    assert [mail.subject for mail in Mail.objects.order_by("pk")] == [
        "An authenticator app was added to your account.",
        "The authenticator app was taken off.",
    ]


def test_nobody_sees_or_removes_the_passkey_of_another(
    hers: Client, alice: User, tara: User
) -> None:
    key = Authenticator.objects.create(
        user=tara, type=Authenticator.Type.WEBAUTHN, data={"name": "Key", "credential": {}}
    )
    for what in ("remove", "edit"):
        address = f"/accounts/2fa/webauthn/keys/{key.pk}/{what}/"
        assert hers.get(address).status_code == 404
        assert hers.post(address, {"name": "Mine"}).status_code == 404
    assert Authenticator.objects.filter(pk=key.pk).exists()


def test_money_asks_again_after_five_minutes(client: Client, tara: User) -> None:
    enrol(tara, SECRET)
    eve = make_person("eve@else.example")
    form = {"email": eve.email, "role": "officer", "starts_on": "2026-01-01", "name": ""}
    sign_in(client, tara, minutes_ago=4.9)
    assert client.post("/people/grant/", form | {"role": "chair"})["Location"] == "/people/"
    sign_in(client, tara, minutes_ago=5.1)
    asked = client.post("/people/grant/", form)
    assert asked["Location"].startswith(AGAIN)
    assert eve.terms.count() == 1

    # The right answer does what was typed before it was asked for.
    again = client.post(asked["Location"], {"code": app_code(SECRET), "next": "/people/grant/"})
    assert again["Location"] == "/people/"
    assert {term.role for term in eve.terms.all()} == {"chair", "officer"}


def test_a_mailed_code_does_not_stand_in_for_a_factor_that_there_is(
    client: Client, tara: User
) -> None:
    enrol(tara)
    sign_in(client, tara, minutes_ago=6)
    session = client.session
    session["account_authentication_methods"] += [{"method": "code", "at": 9e12}]
    session["account_authentication_methods"] += [{"method": "confirmed", "at": 9e12}]
    session.save()
    assert client.post("/people/grant/")["Location"].startswith(AGAIN)


def test_the_records_of_one_person_are_nothing_to_another(client: Client, tara: User) -> None:
    ada = make_person("ada@fund.example", "Ada", Role.ADMINISTRATOR)
    sign_in(client, tara)
    session = client.session
    session["account_authentication_methods_user"] = str(ada.pk)
    session.save()
    assert client.get("/people/").status_code == 302


def test_who_lost_a_factor_hears_when_it_is_asked_and_when_it_is_done(
    client: Client, tara: User
) -> None:
    ada = make_person("ada@fund.example", "Ada", Role.ADMINISTRATOR)
    lost = make_person("dan@fund.example", "Dan", Role.CHAIR)
    enrol(lost)
    sign_in(client, ada)
    client.post(f"/people/{lost.pk}/lost-factor/", {"reason": "Rang me up"})
    other = Client()
    sign_in(other, tara)
    shown = other.get("/inbox/").content.decode()
    assert "Take away a lost second factor" in shown
    assert "Take away a lost second factor" not in client.get("/inbox/").content.decode()
    found = re.search(r'action="(/people/resets/\d+/)"', other.get("/people/").content.decode())
    assert found
    assert client.post(found[1]).status_code == 409
    assert factors.has_any(lost)
    assert other.post(found[1])["Location"] == "/people/"
    assert not factors.has_any(lost)
    other.post(found[1])
    assert [(mail.to_address, mail.subject) for mail in Mail.objects.order_by("pk")] == [
        (lost.email, "An administrator says that you lost your second factor."),
        (lost.email, "Two administrators took your second factor away."),
    ]
