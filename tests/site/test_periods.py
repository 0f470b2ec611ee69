"""Goal: holds are only read, and a period is closed once and for good."""

import pytest
from django.test import Client

from funding.ledger import holds
from funding.ledger.models import Period
from funding.users.models import User
from tests.ledger import making
from tests.ledger.making import World
from tests.site.test_treasury import euro, rows, state
from tests.site.test_treasury import tara as tara
from tests.site.test_treasury import world as world

pytestmark = pytest.mark.django_db


def test_holds_are_listed_and_only_read(client: Client, tara: User, world: World) -> None:
    making.give(world, world.snow, 1000)
    place = holds.place(fund_id=world.snow.pk, cause="motion:7", amount=euro(300), actor="system")
    holds.release(hold_id=place.pk, actor="system")
    holds.place(fund_id=world.snow.pk, cause="motion:8", amount=euro(100), actor="system")
    assert {row["for"] for row in rows(client, "/treasurer/holds/")} == {"motion:7", "motion:8"}
    (held,) = rows(client, "/treasurer/holds/", state="held", fund=world.snow.slug)
    assert (held["for"], held["sum"]) == ("motion:8", "1.00")
    assert "motion:7" in client.get("/treasurer/holds/", {"state": "released"}).text
    assert client.post("/treasurer/holds/").status_code == 405


def test_a_period_is_opened_and_closed_once_and_for_good(
    client: Client, tara: User, world: World
) -> None:
    form = {
        "entity": world.entity.pk,
        "name": "2026",
        "starts_on": "2026-01-01",
        "ends_on": "2026-12-31",
    }
    before = state()
    answer = client.post("/treasurer/periods/open/", form | {"ends_on": "2025-12-31"})
    assert (answer.status_code, state()) == (422, before)
    client.post("/treasurer/periods/open/", form)
    period, before = Period.objects.get(), state()
    answer = client.post("/treasurer/periods/open/", form | {"name": "again"})
    assert answer.status_code == 409
    assert "shares days with another one" in answer.text
    address = f"/treasurer/periods/{period.pk}/close/"
    client.post(address)
    assert state() == before
    client.post(address, {"sure": "on"})
    assert "Closed by Tara Lindqvist" in client.get("/treasurer/periods/").text
    before = state()
    assert client.post(address, {"sure": "on"}).status_code == 409
    assert state() == before
    assert rows(client, "/treasurer/periods/")[0]["name"] == "2026"
