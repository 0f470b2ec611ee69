"""`manage.py first_administrator EMAIL`: opens an empty installation, and no other."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from funding.audit.models import Record
from funding.users import guests, roles
from funding.users.models import Role, Term, User
from tests.mail.conftest import MailServer
from tests.people import make_person
from tests.users.conftest import code_in

pytestmark = pytest.mark.django_db
ADDRESS = "ada@fund.example"


def run(*words: str) -> str:
    said = io.StringIO()
    call_command("first_administrator", *words, stdout=said)
    return said.getvalue()


@pytest.mark.parametrize("word", ["ada", "ada@", "", "a b@fund.example"])
def test_what_is_no_address_is_refused(word: str) -> None:
    with pytest.raises(CommandError, match="not an e-mail address"):
        run(word)
    assert not User.objects.exists()


def test_the_first_one_is_made_and_can_sign_in(client: Client, server: MailServer) -> None:
    assert run(" Ada@Fund.example", "--name", "Ada") == (
        f"{ADDRESS} is administrator. Sign in with a mailed code.\n"
    )
    user = User.objects.get()
    assert (user.email, user.name, user.has_usable_password()) == (ADDRESS, "Ada", False)
    assert roles.current(user) == {Role.ADMINISTRATOR}
    assert Record.objects.get().actor == "command"
    client.post("/accounts/login/", {"login": ADDRESS})
    answer = client.post("/accounts/login/code/confirm/", {"code": code_in(server)})
    assert answer["Location"] == "/inbox/"


def test_the_same_again_changes_nothing() -> None:
    run(ADDRESS)
    assert "already" in run(ADDRESS)
    assert "already" in run(ADDRESS.upper(), "--again")
    assert Term.objects.count() == User.objects.count() == 1


def test_another_one_is_refused_while_there_is_one() -> None:
    run(ADDRESS)
    with pytest.raises(CommandError, match="There is an administrator"):
        run("eve@else.example")
    assert User.objects.count() == 1


def test_unless_it_is_known_that_nobody_can_sign_in_any_more() -> None:
    run(ADDRESS)
    run("abe@fund.example", "--again")
    assert roles.holders(Role.ADMINISTRATOR).count() == 2


def test_whoever_gave_before_keeps_their_name_and_a_closed_account_is_opened() -> None:
    user = guests.ensure(ADDRESS, "Ada the donor")
    User.objects.filter(pk=user.pk).update(is_active=False)
    run(ADDRESS, "--name", "Ada")
    user.refresh_from_db()
    assert (user.name, user.is_active) == ("Ada the donor", True)


def test_an_administrator_whose_term_is_to_come_is_none_yet() -> None:
    make_person("abe@fund.example", "Abe", Role.TREASURER)
    run(ADDRESS)
    assert roles.holders(Role.ADMINISTRATOR).get().email == ADDRESS
