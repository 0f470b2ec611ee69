"""Signing in, up and out as a browser without scripts does it, against real mail."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import Resolver404, resolve

from funding.users.models import Role, User
from tests.mail.conftest import MailServer
from tests.people import enrol, make_person
from tests.users.conftest import app_code, code_in, other_than

LOGIN = "/accounts/login/"
TYPE = "/accounts/login/code/confirm/"
ANOTHER = "/accounts/login/code/"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def page(client: Client, address: str) -> str:
    """A page's text, without its form tokens, which differ every time."""
    shown = client.get(address).content.decode()
    return re.sub(r'(name="csrfmiddlewaretoken" value|nonce)="[^"]*"', "", shown)


def begin(client: Client, server: MailServer, email: str = "alice@donor.example") -> str:
    """Ask for a code; the code."""
    assert client.post(LOGIN, {"login": email})["Location"] == TYPE
    return code_in(server)


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_a_code_comes_by_mail_and_signs_in(client: Client, alice: User, server: MailServer) -> None:
    code = begin(client, server)
    said = page(client, TYPE)
    assert "alice@donor.example" in said
    assert "only in this browser" in said
    assert server.received[0]["To"] == "alice@donor.example"
    assert not is_in(client)
    assert client.post(TYPE, {"code": code})["Location"] == "/account/"
    records = client.session["account_authentication_methods"]
    assert [(row["method"], row["email"]) for row in records] == [("code", alice.email)]
    assert client.get("/account/").status_code == 200


def test_small_letters_and_missing_dashes_do_not_matter(
    client: Client, alice: User, server: MailServer
) -> None:
    code = begin(client, server, "Alice@Donor.Example")
    client.post(TYPE, {"code": code.lower().replace("-", " ")})
    assert is_in(client)


def test_a_wrong_code_is_said_so_and_the_right_one_still_works(
    client: Client, alice: User, server: MailServer
) -> None:
    code = begin(client, server)
    answer = client.post(TYPE, {"code": other_than(code)})
    assert "not the code" in answer.content.decode()
    assert not is_in(client)
    client.post(TYPE, {"code": code})
    assert is_in(client)


def test_after_five_wrong_ones_a_new_code_is_needed(
    client: Client, alice: User, server: MailServer
) -> None:
    code = begin(client, server)
    for _time in range(5):
        answer = client.post(TYPE, {"code": other_than(code)})
    assert answer["Location"] == ANOTHER
    assert "too often" in page(client, ANOTHER)
    assert client.post(TYPE, {"code": code})["Location"] == ANOTHER
    assert not is_in(client)


def test_a_code_works_once_and_for_fifteen_minutes(
    client: Client, alice: User, server: MailServer
) -> None:
    code = begin(client, server)
    other = Client()
    late = begin(other, server)
    session = other.session
    session["account_login"] = _older(session["account_login"], 901)
    session.save()
    assert other.post(TYPE, {"code": late})["Location"] == ANOTHER
    assert "for fifteen minutes" in page(other, ANOTHER)
    assert not is_in(other)
    client.post(TYPE, {"code": code})
    client.post("/accounts/logout/")
    assert client.post(TYPE, {"code": code})["Location"] == ANOTHER
    assert not is_in(client)


def _older(state: Any, seconds: int) -> Any:
    """What allauth keeps of a sign-in that has begun, as if it had begun earlier."""
    if not isinstance(state, dict):
        return state
    return {
        key: value - seconds if key == "at" else _older(value, seconds)
        for key, value in state.items()
    }


def test_another_code_can_be_sent_and_the_first_one_stops_working(
    client: Client, alice: User, server: MailServer
) -> None:
    first = begin(client, server)
    assert "Send another code" in page(client, TYPE)
    assert client.post(TYPE, {"action": "resend"})["Location"] == TYPE
    second = code_in(server)
    assert first != second
    client.post(TYPE, {"code": first})
    assert not is_in(client)
    client.post(TYPE, {"code": second})
    assert is_in(client)


def test_an_unknown_address_is_told_the_same_and_gets_no_mail(
    client: Client, alice: User, server: MailServer
) -> None:
    begin(client, server)
    known = page(client, TYPE)
    stranger = Client()
    assert stranger.post(LOGIN, {"login": "nobody@else.example"})["Location"] == TYPE
    unknown = page(stranger, TYPE)
    assert unknown.replace("nobody@else.example", "alice@donor.example") == known
    assert [mail["To"] for mail in server.received] == ["alice@donor.example"]
    assert stranger.post(TYPE, {"code": code_in(server)}).status_code == 200
    assert not is_in(stranger)


def test_a_code_typed_in_another_browser_is_sent_back_and_told_why(
    client: Client, alice: User, server: MailServer
) -> None:
    code = begin(client, server)
    phone = Client()
    assert phone.get(TYPE)["Location"] == ANOTHER
    assert phone.post(TYPE, {"code": code})["Location"] == ANOTHER
    assert not is_in(phone)
    assert "only in the browser in which you asked for it" in page(phone, ANOTHER)


def test_the_way_to_where_one_wanted_to_go_is_kept(
    client: Client, alice: User, server: MailServer
) -> None:
    where = client.get("/inbox/")["Location"]
    assert where == f"{LOGIN}?next=/inbox/"
    answer = client.post(where, {"login": alice.email, "next": "/inbox/"})
    answer = client.post(answer["Location"], {"code": code_in(server), "next": "/inbox/"})
    assert answer["Location"] == "/inbox/"


@pytest.mark.parametrize("place", ["https://evil.example/", "//evil.example/", "javascript:x"])
def test_and_leads_to_no_other_site(
    client: Client, alice: User, server: MailServer, place: str
) -> None:
    client.post(LOGIN, {"login": alice.email, "next": place})
    answer = client.post(TYPE, {"code": code_in(server), "next": place})
    assert answer["Location"] == "/account/"


def test_a_closed_account_stays_closed(client: Client, alice: User, server: MailServer) -> None:
    alice.is_active = False
    alice.save()
    client.post(LOGIN, {"login": alice.email})
    if server.received:
        client.post(TYPE, {"code": code_in(server)})
    assert not is_in(client)


def test_a_session_ends_when_the_account_is_closed(hers: Client, alice: User) -> None:
    assert hers.get("/account/").status_code == 200
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert hers.get("/account/").status_code == 302


def test_with_the_mail_server_down_the_page_says_so(
    client: Client, alice: User, server: MailServer
) -> None:
    server.rcpt = ["451 later"]
    answer = client.post(LOGIN, {"login": alice.email})
    assert answer.status_code == 503
    assert "could not be mailed" in answer.content.decode()
    begin(client, server)


def test_codes_are_not_mailed_to_one_address_without_end(
    client: Client, alice: User, server: MailServer
) -> None:
    answers = [Client().post(LOGIN, {"login": alice.email}) for _time in range(5)]
    assert len(server.received) == 3
    assert "too often" in answers[-1].content.decode()


def test_a_new_account_begins_with_a_code_too(client: Client, server: MailServer, db: None) -> None:
    answer = client.post("/accounts/signup/", {"email": "Asel@Steppe.example"})
    place = answer["Location"]
    assert place == "/accounts/confirm-email/"
    assert not is_in(client)
    answer = client.post(place, {"code": code_in(server)})
    assert answer["Location"] == "/account/"
    user = User.objects.get()
    assert (user.email, user.has_usable_password()) == ("asel@steppe.example", False)
    assert user.joined_at is not None
    assert EmailAddress.objects.get().verified
    assert is_in(client)


def test_a_known_address_that_signs_up_gets_a_mail_and_the_page_says_nothing(
    client: Client, alice: User, server: MailServer
) -> None:
    stranger, newcomer = Client(), Client()
    answer = stranger.post("/accounts/signup/", {"email": alice.email})
    other = newcomer.post("/accounts/signup/", {"email": "new@else.example"})
    assert answer["Location"] == other["Location"]
    assert page(stranger, answer["Location"]).replace(alice.email, "new@else.example") == page(
        newcomer, other["Location"]
    )
    assert [mail["Subject"] for mail in server.received] == [
        "You have an account here",
        "Your code",
    ]
    assert User.objects.filter(email=alice.email).count() == 1
    assert not is_in(stranger)


def test_signing_out_takes_a_button_and_forgets_the_session(hers: Client, alice: User) -> None:
    assert hers.get("/accounts/logout/").status_code == 200
    assert is_in(hers)
    old = hers.cookies["sessionid"].value
    assert hers.post("/accounts/logout/").status_code == 302
    assert hers.get("/account/").status_code == 302
    hers.cookies["sessionid"] = old
    assert hers.get("/account/").status_code == 302


def test_staff_show_their_second_step_before_they_are_in(
    client: Client, server: MailServer, db: None
) -> None:
    tara = make_person("tara@fund.example", "Tara", Role.TREASURER)
    enrol(tara, SECRET)
    code = begin(client, server, tara.email)
    second = client.post(TYPE, {"code": code})["Location"]
    assert second == "/accounts/2fa/authenticate/"
    assert not is_in(client)
    wrong = client.post(second, {"code": other_than(app_code(SECRET))})
    assert "not the code" in wrong.content.decode()
    assert not is_in(client)
    typed = app_code(SECRET)
    assert client.post(second, {"code": typed})["Location"] == "/inbox/"
    methods = [row["method"] for row in client.session["account_authentication_methods"]]
    assert methods == ["code", "mfa"]
    assert client.get("/inbox/").status_code == 200

    elsewhere = Client()
    elsewhere.post(TYPE, {"code": begin(elsewhere, server, tara.email)})
    replayed = elsewhere.post(second, {"code": typed})
    assert replayed.status_code == 200
    assert not is_in(elsewhere)


@pytest.mark.parametrize(
    "address",
    ["password/reset/", "password/change/", "password/set/", "login/password/", "email/add/"],
)
def test_there_is_no_page_for_passwords_or_further_addresses(address: str) -> None:
    with pytest.raises(Resolver404):
        resolve(f"/accounts/{address}")
