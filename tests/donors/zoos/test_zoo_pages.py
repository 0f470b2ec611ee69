"""Goal: the pages of a zoo show what is, do what they say, and lose nothing that was typed."""

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from donors.models import Zoo
from donors.zoos import invitations, members
from funding.parties.models import Part
from funding.users.models import Role
from tests.donors.zoos import zoo_world
from tests.donors.zoos.test_zoos import picture
from tests.donors.zoos.zoo_world import joins, person
from tests.people import make_person, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def zoo(client: Client) -> Zoo:
    """Bob's zoo; Bob has signed in."""
    cache.clear()
    bob = person("bob")
    made = zoo_world.zoo(bob)
    sign_in(client, bob, factor=False)
    return made


def test_one_zoo_is_gone_to_at_once_and_of_several_one_chooses(client: Client, zoo: Zoo) -> None:
    assert client.get("/zoo/")["Location"] == f"/zoo/{zoo.uuid}/"
    second = zoo_world.zoo(name="Norrvik Djurpark")
    joins(second, members.of(zoo).get().user, Part.VIEWER)
    shown = client.get("/zoo/").content.decode()
    assert "Kuusiranta Zoo" in shown
    assert "Norrvik Djurpark" in shown
    assert "Your zoos" in client.get(f"/zoo/{zoo.uuid}/").content.decode()


def test_the_desk_is_on_the_way_of_those_who_act_for_a_zoo(client: Client, zoo: Zoo) -> None:
    assert 'href="/zoo/"' in client.get("/inbox/").content.decode()
    sign_in(client, make_person("eve@elsewhere.example"), factor=False)
    assert 'href="/zoo/"' not in client.get("/inbox/").content.decode()


def test_the_profile_is_saved_after_a_fresh_code_only(client: Client, zoo: Zoo) -> None:
    form = {
        "name": "Kuusiranta Zoo",
        "legal_name": "Kuusiranta ry",
        "country": "FI",
        "finance_email": "pay@kuusiranta.example",
        "vat_number": "FI1",
        "language": "sv",
    }
    place = f"/zoo/{zoo.uuid}/profile/save/"
    wrong = client.post(place, form)
    assert wrong.status_code == 422
    assert "VAT numbers of this country look otherwise" in wrong.content.decode()
    assert "Kuusiranta ry" in wrong.content.decode()
    bob = members.of(zoo).get().user
    sign_in(client, bob, factor=False, minutes_ago=6)
    assert client.post(place, form | {"vat_number": ""})["Location"].startswith(
        "/accounts/confirm/"
    )
    zoo.refresh_from_db()
    assert zoo.finance_email == "invoices@kuusiranta.example"
    sign_in(client, bob, factor=False)
    assert client.post(place, form | {"vat_number": ""}).status_code == 302
    zoo.refresh_from_db()
    assert (zoo.finance_email, zoo.legal_name) == ("pay@kuusiranta.example", "Kuusiranta ry")


def test_a_logo_is_taken_shown_and_taken_away(client: Client, zoo: Zoo) -> None:
    place = f"/zoo/{zoo.uuid}/logo/"
    bad = SimpleUploadedFile("x.png", b"no picture", content_type="image/png")
    assert client.post(place, {"logo": bad}).status_code == 422
    good = SimpleUploadedFile("x.png", picture((300, 100)), content_type="image/png")
    assert client.post(place, {"logo": good}).status_code == 302
    shown = client.get(f"/zoo/{zoo.uuid}/logo.png")
    assert (shown["Content-Type"], shown.content[:4]) == ("image/png", b"\x89PNG")
    client.post(place, {"remove": "1"})
    assert client.get(f"/zoo/{zoo.uuid}/logo.png").status_code == 404


def test_people_are_asked_changed_and_let_go_from_the_page(client: Client, zoo: Zoo) -> None:
    base = f"/zoo/{zoo.uuid}/people"
    assert client.post(f"{base}/invite/", {"email": "x", "part": "viewer"}).status_code == 422
    form = {"email": "fia@kuusiranta.example", "part": "finance"}
    assert client.post(f"{base}/invite/", form).status_code == 302
    asked = zoo.invitations.get(email=form["email"])
    assert "Take it back" in client.get(f"{base}/").content.decode()
    fia = joins(zoo, person("fia"), Part.FINANCE)
    again = client.post(f"{base}/invite/", form)
    assert again.status_code == 409
    assert "belongs to the zoo already" in again.content.decode()
    client.post(f"{base}/{fia.pk}/part/", {"part": "viewer"})
    fia.refresh_from_db()
    assert fia.part == Part.VIEWER
    client.post(f"{base}/{fia.pk}/remove/")
    assert members.of(zoo).count() == 1
    assert client.post(f"{base}/leave/").status_code == 409
    asked.refresh_from_db()
    assert asked.withdrawn_at is not None


def test_an_invitation_is_seen_and_taken_up(client: Client, zoo: Zoo) -> None:
    fia = person("fia")
    asked = invitations.invite(zoo_id=zoo.pk, email=fia.email, part=Part.FINANCE, actor="user:1")
    place = f"/zoo/invitations/{asked.uuid}/"
    assert client.get(place).status_code == 404
    sign_in(client, fia, factor=False)
    assert "You are invited" in client.get("/zoo/").content.decode()
    assert "Yes, I will" in client.get(place).content.decode()
    assert client.post(place)["Location"] == f"/zoo/{zoo.uuid}/"
    assert "has been used" in client.get(place).content.decode()
    assert client.post(place).status_code == 409
    # Finance sees the people and does not change them.
    assert "Ask somebody" not in client.get(f"/zoo/{zoo.uuid}/people/").content.decode()


def test_staff_write_a_zoo_down_and_ask_its_owner(client: Client) -> None:
    cache.clear()
    sign_in(client, make_person("pat@fund.example", "Pat", Role.OFFICER))
    form = {
        "name": "Tierpark Wolkenried",
        "country": "DE",
        "finance_email": "pay@wolkenried.example",
        "owner_email": "ida@wolkenried.example",
        "vat_number": "DE12",
        "language": "en",
    }
    assert client.post("/treasurer/zoos/new/", form).status_code == 422
    assert client.post("/treasurer/zoos/new/", form | {"vat_number": ""}).status_code == 302
    assert Zoo.objects.get().invitations.get().email == "ida@wolkenried.example"
    assert "Tierpark Wolkenried" in client.get("/treasurer/zoos/").content.decode()
