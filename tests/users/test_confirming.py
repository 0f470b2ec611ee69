"""Asking again by mail: six digits, for ten minutes, five tries, this person, this browser."""

import re
import time

from django.test import Client

from funding.mail.models import Mail, MailState
from funding.users import access, confirming
from funding.users.models import User
from tests.mail.conftest import MailServer
from tests.people import enrol, make_person, sign_in
from tests.users.conftest import code_in, other_than

PAGE = "/accounts/confirm/"


def records(client: Client) -> list[str]:
    """What this session has proved, in order."""
    return [row["method"] for row in client.session["account_authentication_methods"]]


def ask(client: Client, server: MailServer) -> str:
    """Have a code mailed."""
    assert client.post(PAGE, {"next": "/account/"}).status_code == 200
    return code_in(server)


def test_strangers_sign_in_first(client: Client, db: None) -> None:
    assert client.get(PAGE)["Location"] == f"/accounts/login/?next={PAGE}"


def test_who_has_a_factor_is_asked_for_that(hers: Client, alice: User, server: MailServer) -> None:
    enrol(alice)
    assert hers.post(PAGE)["Location"].startswith("/accounts/2fa/reauthenticate/")
    assert server.received == []


def test_a_code_comes_by_mail_and_opens_what_was_asked_for(
    hers: Client, server: MailServer
) -> None:
    assert "Mail me a code" in hers.get(f"{PAGE}?next=/give/").content.decode()
    code = ask(hers, server)
    assert re.fullmatch(r"\d{6}", code)
    assert server.received[0]["To"] == "Alice Example <alice@donor.example>"
    answer = hers.post(PAGE, {"code": code, "next": "/give/"})
    assert (answer.status_code, answer["Location"]) == (302, "/give/")
    assert records(hers) == ["code", "confirmed"]


def test_a_code_may_be_typed_with_spaces(hers: Client, server: MailServer) -> None:
    code = ask(hers, server)
    assert hers.post(PAGE, {"code": f" {code[:3]} {code[3:]} "}).status_code == 302


def test_nobody_is_sent_on_to_another_site(hers: Client, server: MailServer) -> None:
    code = ask(hers, server)
    answer = hers.post(PAGE, {"code": code, "next": "https://evil.example/"})
    assert answer["Location"] == "/account/"


def test_a_code_works_once(hers: Client, server: MailServer) -> None:
    code = ask(hers, server)
    assert hers.post(PAGE, {"code": code}).status_code == 302
    again = hers.post(PAGE, {"code": code})
    assert again.status_code == 422
    assert "does not work any more" in again.content.decode()
    assert records(hers) == ["code", "confirmed"]


def test_five_wrong_tries_and_the_right_one_is_too_late(hers: Client, server: MailServer) -> None:
    code = ask(hers, server)
    for left in (4, 3, 2, 1):
        answer = hers.post(PAGE, {"code": other_than(code)})
        assert answer.status_code == 422
        assert f"{left} more tries" in answer.content.decode() or left == 1
    assert "one more try" in answer.content.decode()
    hers.post(PAGE, {"code": other_than(code)})
    late = hers.post(PAGE, {"code": code})
    assert "does not work any more" in late.content.decode()
    assert records(hers) == ["code"]


def test_after_ten_minutes_it_has_run_out(hers: Client, server: MailServer) -> None:
    code = ask(hers, server)
    session = hers.session
    session["confirming"] = session["confirming"] | {"at": time.time() - 601}
    session.save()
    assert hers.post(PAGE, {"code": code}).status_code == 422
    assert records(hers) == ["code"]


def test_a_new_code_ends_the_one_before(hers: Client, server: MailServer) -> None:
    first = ask(hers, server)
    second = ask(hers, server)
    assert hers.post(PAGE, {"code": first}).status_code == 422 or first == second
    assert hers.post(PAGE, {"code": second}).status_code == 302


def test_the_code_of_another_person_or_browser_opens_nothing(
    hers: Client, alice: User, server: MailServer
) -> None:
    code = ask(hers, server)
    eve, elsewhere = Client(), Client()
    sign_in(eve, make_person("eve@else.example"), factor=False)
    sign_in(elsewhere, alice, factor=False)
    ask(eve, server)
    for client in (eve, elsewhere):
        assert client.post(PAGE, {"code": code}).status_code == 422
        assert records(client) == ["code"]


def test_a_hash_taken_from_one_person_fits_no_other(hers: Client, server: MailServer) -> None:
    code = ask(hers, server)
    eve = Client()
    sign_in(eve, make_person("eve@else.example"), factor=False)
    session = eve.session
    session["confirming"] = hers.session["confirming"]
    session.save()
    assert eve.post(PAGE, {"code": code}).status_code == 422


def test_codes_are_not_asked_for_without_end(hers: Client, server: MailServer) -> None:
    for _time in range(confirming.ASKED.times):
        ask(hers, server)
    answer = hers.post(PAGE)
    assert answer.status_code == 429
    assert len(server.received) == confirming.ASKED.times


def test_wrong_tries_are_counted_over_all_browsers_of_a_person(
    alice: User, server: MailServer
) -> None:
    tried = 0
    code, status = "", 422
    while status != 429:
        client = Client()
        sign_in(client, alice, factor=False)
        code = ask(client, server)
        for _try in range(confirming.TRIES):
            status = client.post(PAGE, {"code": other_than(code)}).status_code
            if status == 429:
                break
            tried += 1
    assert tried <= confirming.TRIED.times
    assert client.post(PAGE, {"code": code}).status_code == 429
    assert records(client) == ["code"]


def test_the_code_is_in_no_table(hers: Client, server: MailServer) -> None:
    code = ask(hers, server)
    mail = Mail.objects.get()
    assert mail.state == MailState.SENT
    assert code not in f"{mail.subject}{mail.text}{mail.html}"
    assert code not in str(hers.session.items())


def test_a_server_that_takes_no_mail_is_said_so(hers: Client, server: MailServer) -> None:
    server.rcpt = ["550 no such mailbox"]
    answer = hers.post(PAGE)
    assert answer.status_code == 503
    assert "could not be mailed" in answer.content.decode()
    assert "confirming" not in hers.session


def test_the_record_is_what_fresh_looks_for() -> None:
    assert "confirmed" in access.MAILED
