"""What was taken over from another system, in the windows of those who see it."""

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from donors import earlier_pledges
from donors.models import EarlierPledge
from funding.imports.models import Import
from funding.users.models import Role
from grants.models import Award
from tests.donors.intake import desk as making
from tests.donors.intake import files
from tests.donors.test_earlier_pledges import earlier, link
from tests.grants.test_takeovers import money, row
from tests.grants.test_takeovers import taken as taken_over
from tests.journeys.conftest import Site
from tests.looks import faults_in_every_view
from tests.people import make_person, sign_in

pytestmark = pytest.mark.browser


def signed_in(page: Page, site: Site, *roles: Role) -> str:
    """A treasurer's window, and how the log names them."""
    client = Client()
    person = make_person("tara@fund.example", "Tara Lindqvist", *roles)
    sign_in(client, person)
    name = settings.SESSION_COOKIE_NAME
    cookie = {"name": name, "value": client.cookies[name].value, "url": site.url}
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    return f"user:{person.pk}"


def test_a_giver_of_another_system_goes_on_and_another_says_no(page: Page, site: Site) -> None:
    desk = making.desk()
    first = earlier(desk.general)
    other = earlier(desk.general, 1, email="bo@donor.example", method="", rhythm="yearly")
    signed_in(page, site, Role.TREASURER)
    page.goto("/treasurer/pledges/")
    page.get_by_role("link", name="Those taken over from another system").click()
    assert faults_in_every_view(page) == []
    page.get_by_role("button", name="Ask all 2 who were not asked").click()
    expect(page.get_by_text("2 will be asked by mail.")).to_be_visible()
    while earlier_pledges.sweep():
        pass
    page.reload()
    expect(page.get_by_text("asked", exact=True).first).to_be_visible()
    page.context.clear_cookies()
    page.goto(link(other))
    assert faults_in_every_view(page) == []
    page.get_by_role("button", name="No, do not go on").click()
    expect(page.get_by_role("heading", name="It does not go on.")).to_be_visible()
    assert faults_in_every_view(page) == []
    page.goto(link(first))
    page.get_by_role("link", name="Go on with it").click()
    expect(page.get_by_label("E-mail", exact=True)).to_have_value("alice@donor.example")
    expect(page.get_by_label("Every month")).to_be_checked()
    states = dict(EarlierPledge.objects.values_list("reference", "state"))
    assert states == {"OLD-0": "invited", "OLD-1": "ended"}


def test_an_award_of_another_system_says_where_it_came_from(page: Page, site: Site) -> None:
    desk = making.desk()
    money(desk, 1_200_000)
    actor = signed_in(page, site, Role.TREASURER)
    batch = files.bring(desk, "awards", files.table([row(desk, 2)]))
    Import.objects.filter(pk=batch.pk).update(started_by=actor)
    page.goto(f"/treasurer/intake/files/{batch.uuid}/")
    expect(page.get_by_text("so another treasurer or administrator")).to_be_visible()
    assert faults_in_every_view(page) == []
    taken_over(desk, row(desk, 1))
    page.goto(f"/awards/{Award.objects.get().pk}/")
    expect(page.get_by_text("Promised before this fund kept its books here")).to_be_visible()
    assert faults_in_every_view(page) == []
