"""The page of people: giving and ending roles, and requests about lost factors."""

import datetime as dt

import pytest
from django.test import Client

from funding import clock
from funding.audit.models import Record
from funding.mail.models import Mail
from funding.users import factors, roles
from funding.users.models import FactorReset, Role, Term, User
from tests.people import enrol, make_person, sign_in

FORM = {"email": "Tara@Fund.example", "name": "Tara  Lindqvist", "role": "treasurer"}


@pytest.fixture
def ada(client: Client, db: None) -> User:
    """An administrator with a fresh session."""
    person = make_person("ada@fund.example", "Ada", Role.ADMINISTRATOR)
    sign_in(client, person)
    return person


def today() -> dt.date:
    return clock.today("UTC")


def grant(client: Client, **more: object) -> str:
    """Send the form; the page after it."""
    form = FORM | {"starts_on": today().isoformat(), "ends_on": ""} | more
    return client.post("/people/grant/", form, follow=True).content.decode()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"email": "tara"}, "valid email"),
        ({"role": "king"}, "valid choice"),
        ({"starts_on": "soon"}, "valid date"),
        ({"ends_on": "2020-01-01"}, "before the first"),
    ],
)
def test_a_form_with_a_mistake_comes_back_filled_in_and_makes_nobody(
    client: Client, ada: User, wrong: dict[str, str], said: str
) -> None:
    shown = grant(client, **wrong)
    assert said in shown
    assert 'value="Tara  Lindqvist"' in shown
    assert User.objects.count() == 1
    assert not Mail.objects.exists()


def test_somebody_new_is_made_and_told(client: Client, ada: User) -> None:
    shown = grant(client)
    assert "Tara Lindqvist was told by mail" in shown
    tara = User.objects.get(email="tara@fund.example")
    assert tara.name == "Tara Lindqvist"
    assert roles.current(tara) == {Role.TREASURER}
    mail = Mail.objects.get()
    assert mail.to_address == tara.email
    assert "Treasurer. Sign in with a mailed code." in mail.subject
    assert Record.objects.get(action="role.granted").actor == f"user:{ada.pk}"


def test_the_same_again_is_refused_with_the_sentence(client: Client, ada: User) -> None:
    grant(client)
    assert "already" in grant(client)
    assert Term.objects.filter(role=Role.TREASURER).count() == 1
    assert Mail.objects.count() == 1


def test_a_role_is_ended_and_its_holder_told(client: Client, ada: User) -> None:
    grant(client)
    term = Term.objects.get(role=Role.TREASURER)
    client.post(f"/people/terms/{term.pk}/end/")
    assert not roles.holders(Role.TREASURER)
    assert Mail.objects.order_by("-pk")[0].subject == "Your role for the fund has ended: Treasurer."


def test_the_last_administrator_is_refused_and_hears_nothing(client: Client, ada: User) -> None:
    term = Term.objects.get()
    answer = client.post(f"/people/terms/{term.pk}/end/")
    assert answer.status_code == 409
    assert "last administrator" in answer.content.decode()
    assert roles.holders(Role.ADMINISTRATOR).get() == ada
    assert not Mail.objects.exists()


def test_people_are_found_by_name_role_and_time(client: Client, ada: User) -> None:
    grant(client)
    over = make_person("oskar@fund.example", "Oskar")
    Term.objects.create(
        user=over,
        role=Role.CHAIR,
        starts_on=today() - dt.timedelta(days=9),
        ends_on=today() - dt.timedelta(days=1),
        granted_by="test",
    )
    make_person("alice@donor.example", "Alice")

    def found(query: str) -> set[str]:
        shown = client.get(f"/people/?{query}").content.decode()
        return {name for name in ("Ada", "Tara", "Oskar", "Alice") if f"<bdi>{name}" in shown}

    # The strip above the page names who looks.
    assert found("") == {"Ada", "Tara"}
    assert found("when=ever") == {"Ada", "Tara", "Oskar"}
    assert found("role=treasurer") == {"Ada", "Tara"}
    assert found("role=chair&when=ever") == {"Ada", "Oskar"}
    assert found("q=alice") == {"Ada", "Alice"}
    assert found("role=king&q=alice") == {"Ada", "Tara"}


def test_the_list_can_be_taken_as_a_file(client: Client, ada: User) -> None:
    grant(client)
    answer = client.get("/people/?csv=1&role=treasurer")
    lines = answer.getvalue().decode("utf-8-sig").splitlines()
    assert lines == [
        "Name,E-mail,Role,First day,Last day",
        f"Tara Lindqvist,tara@fund.example,Treasurer,{today().isoformat()},",
    ]


def test_who_is_said_to_have_lost_a_factor_hears_of_it_at_once(client: Client, ada: User) -> None:
    dan = make_person("dan@fund.example", "Dan", Role.CHAIR)
    enrol(dan)
    for _twice in range(2):
        client.post(f"/people/{dan.pk}/lost-factor/", {"reason": "Rang me up"})
    assert Mail.objects.get().to_address == dan.email
    assert "says that you lost" in Mail.objects.get().subject
    empty = client.post(f"/people/{ada.pk}/lost-factor/", {"reason": "Mine"})
    assert empty.status_code == 409
    assert FactorReset.objects.count() == 1


def test_a_request_made_by_mistake_is_withdrawn_and_stays_in_the_log(
    client: Client, ada: User
) -> None:
    dan = make_person("dan@fund.example", "Dan", Role.CHAIR)
    enrol(dan)
    reset = factors.ask_reset(user_id=dan.pk, reason="Rang me up", by=ada)
    assert client.post(f"/people/resets/{reset.pk}/withdraw/")["Location"] == "/people/"
    assert not FactorReset.objects.exists()
    assert factors.has_any(dan)
    assert Record.objects.filter(action="factor.reset_withdrawn").count() == 1
    assert client.post(f"/people/resets/{reset.pk}/withdraw/").status_code == 404
    factors.withdraw_reset(reset_id=reset.pk, by=ada)
    assert Record.objects.filter(action="factor.reset_withdrawn").count() == 1


def test_what_was_done_is_not_withdrawn(client: Client, ada: User) -> None:
    dan = make_person("dan@fund.example", "Dan", Role.CHAIR)
    abe = make_person("abe@fund.example", "Abe", Role.ADMINISTRATOR)
    reset = factors.ask_reset(user_id=dan.pk, reason="Rang me up", by=abe)
    factors.do_reset(reset_id=reset.pk, by=ada)
    assert client.post(f"/people/resets/{reset.pk}/withdraw/").status_code == 409
    assert FactorReset.objects.get().done_by == ada
    with pytest.raises(factors.NotTheirs):
        factors.withdraw_reset(reset_id=reset.pk, by=dan)


def test_a_stranger_to_the_roles_changes_nothing_by_hand(client: Client, db: None) -> None:
    eve = make_person("eve@else.example", "Eve", Role.CHAIR)
    sign_in(client, eve)
    form = FORM | {"email": eve.email, "starts_on": today().isoformat()}
    assert client.post("/people/grant/", form).status_code == 404
    assert eve.terms.count() == 1
