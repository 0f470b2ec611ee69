"""The treasurer brings a file and sees it taken in; every page of it on a phone and on a desk."""

import re
import uuid

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from donors import receipts
from donors.intake import matching
from donors.models import Gift
from funding.imports import running
from funding.imports.models import Import
from funding.users.models import Role
from tests.donors.intake import desk as making
from tests.donors.intake import files
from tests.donors.intake.desk import TARA, Desk
from tests.donors.intake.test_statements import BO, two
from tests.journeys.conftest import Site
from tests.looks import faults_in_every_view
from tests.people import make_person, sign_in

pytestmark = pytest.mark.browser

LIST = b"Who,Given on,How much\nBo Ek,2026-03-14,25.50\nEva Lund,2026-03-15,40\n"


@pytest.fixture
def tara(site: Site, page: Page) -> Page:
    """A treasurer's window."""
    client = Client()
    sign_in(client, make_person("tara@fund.example", "Tara Lindqvist", Role.TREASURER))
    name = settings.SESSION_COOKIE_NAME
    cookie = {"name": name, "value": client.cookies[name].value, "url": site.url}
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    return page


def work() -> None:
    """What the worker does when it is rung for."""
    for pk in Import.objects.values_list("pk", flat=True):
        running.work(pk)


def test_a_list_of_gifts_is_brought_named_looked_at_and_taken_in(tara: Page) -> None:
    desk = making.desk()
    tara.goto("/treasurer/")
    tara.get_by_role("link", name="Bank and files").click()
    tara.get_by_role("link", name="Bring a file").click()
    tara.get_by_label("What is in it").select_option("Gifts and their donors")
    tara.get_by_label("Fund", exact=True).select_option(label=str(desk.general))
    upload = {"name": "old-gifts.csv", "mimeType": "text/csv", "buffer": LIST}
    tara.get_by_label("The file").set_input_files(upload)  # type: ignore[arg-type]
    tara.get_by_role("button", name="Look at it").click()
    for label, column in (("Day on which", "Given on"), ("Donor", "Who"), ("Sum", "How much")):
        tara.get_by_label(re.compile(f"^{label}")).first.select_option(column)
    tara.get_by_role("button", name="Read it so").click()
    expect(tara.get_by_text("being read")).to_be_visible()
    work()
    tara.get_by_role("button", name="Take all 2 new rows in").click()
    work()
    expect(tara.get_by_text("taken in", exact=True)).to_be_visible()
    assert Gift.objects.count() == 2
    assert desk.free() == 6550
    desk.assert_sound()


def _everything(desk: Desk) -> list[str]:
    """The addresses of the intake with something on each."""
    line = desk.line(12000, payer_iban=BO, reference="R-0", payer_name="Бат-Эрдэнэ Дорж")
    matching.match(
        line_id=line.pk,
        kind="gift",
        amount_minor=7000,
        what=desk.giver(7000),
        actor=TARA,
        token=uuid.uuid4(),
    )
    like = desk.line(7000, payer_iban=BO, text="A long word of thanks " * 12)
    files.taken(desk, "statement", two(desk))
    checked = files.bring(desk, "gifts", LIST.replace(b"Who,Given on,How much", b"name,day,amount"))
    wrong = files.bring(desk, "gifts", b"name,day,amount\nBo,soon,x\n")
    named = running.start(
        kind="donors",
        entity_id=desk.entity.pk,
        name="people.csv",
        content=b"a,b\n1,2\n",
        options={"place": desk.bank},
        actor=TARA,
    )
    gift = desk.gift()
    receipts.sweep()
    return [
        "/treasurer/intake/",
        "/treasurer/intake/gift/",
        "/treasurer/intake/files/",
        *(f"/treasurer/intake/lines/{each.pk}/" for each in (line, like)),
        *(f"/treasurer/intake/files/{each.uuid}/" for each in (checked, wrong, named)),
        f"/treasurer/gifts/{gift.uuid}/",
    ]


def test_axe_finds_nothing_on_the_pages_of_the_intake(tara: Page) -> None:
    troubles = []
    for address in _everything(making.desk()):
        answer = tara.goto(address)
        if answer is None or answer.status != 200:
            troubles.append(f"{address}: {answer and answer.status}")
        troubles += faults_in_every_view(tara)
    assert troubles == []
