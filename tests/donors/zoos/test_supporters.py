"""Goal: a zoo is seen by everybody only when its owner wants it, and never with a sum."""

import pytest
from django.core.cache import cache
from django.test import Client

from donors.models import Zoo
from donors.zoos import members, zoos
from funding.audit.models import Record
from tests.donors.intake.desk import Desk
from tests.donors.zoos import zoo_world
from tests.donors.zoos.invoicing import desk as desk
from tests.donors.zoos.invoicing import invoice
from tests.donors.zoos.test_payments import pays
from tests.donors.zoos.test_zoos import picture
from tests.donors.zoos.zoo_world import person
from tests.people import sign_in


@pytest.fixture
def zoo(client: Client, desk: Desk) -> Zoo:
    """Bob's zoo, which has given EUR 500 and has a logo."""
    cache.clear()
    made = zoo_world.zoo(person("bob"))
    zoos.set_logo(zoo_id=made.pk, content=picture((64, 32)), actor="user:1")
    pays(desk.line(50_000), invoice(desk, made), 50_000)
    return made


def test_nobody_is_shown_who_did_not_want_it(client: Client, zoo: Zoo) -> None:
    assert "Kuusiranta" not in client.get("/supporters/").content.decode()
    assert client.get(f"/supporters/{zoo.uuid}.png").status_code == 404


def test_an_owner_shows_it_and_takes_it_away_again(client: Client, zoo: Zoo) -> None:
    sign_in(client, members.of(zoo).get().user, factor=False)
    for _ in range(2):
        client.post(f"/zoo/{zoo.uuid}/show/", {"show": "1"})
    assert Record.objects.filter(action="zoo.shown").count() == 1
    shown = Client().get("/supporters/").content.decode()
    assert "Kuusiranta Zoo" in shown
    assert "Finland" in shown
    for secret in ("500", "Oy", "kuusiranta.example", "FI00000000", "Rantatie"):
        assert secret not in shown.partition("<main")[2].partition("</main>")[0]
    assert Client().get(f"/supporters/{zoo.uuid}.png").content[:4] == b"\x89PNG"
    client.post(f"/zoo/{zoo.uuid}/show/", {"show": "0"})
    assert "Kuusiranta" not in Client().get("/supporters/").content.decode()
    assert Client().get(f"/supporters/{zoo.uuid}.png").status_code == 404


@pytest.mark.django_db
def test_a_wish_alone_is_no_support() -> None:
    made = zoo_world.zoo()
    zoos.show(zoo_id=made.pk, is_shown=True, actor="user:1")
    assert not zoos.supporters().exists()
