"""A zoo from its invitation to its certificate: promised, paid short, reminded, paid."""

import datetime as dt
import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader
from pytest_django.fixtures import Settings

from donors.intake import matching
from donors.models import Invoice, InvoiceState, Pace
from donors.zoos import invoices, overdue
from donors.zoos.payments import Paying
from funding import clock
from funding.documents import register
from funding.mail import outbox
from funding.mail.models import Mail
from funding.site import followed
from funding.users.models import Role
from tests.donors.intake import desk as making
from tests.donors.intake.desk import TARA, Desk
from tests.donors.zoos import invoicing, zoo_world
from tests.journeys.conftest import Site
from tests.looks import faults_in_every_view
from tests.mail.conftest import MailServer
from tests.mail.conftest import server as server
from tests.people import make_person, sign_in
from tests.users.conftest import code_in

pytestmark = pytest.mark.browser

BOB = "bob@kuusiranta.example"


@pytest.fixture
def window(browser: Browser, site: Site) -> Iterator[Page]:
    """A window on a desk; every page is looked at on a phone as well."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=site.url)
    yield context.new_page()
    context.close()


def heading(window: Page, words: str) -> None:
    """This page is on show, and good for everybody in every look."""
    expect(window.get_by_role("heading", level=1)).to_have_text(words)
    assert faults_in_every_view(window) == []


def test_a_zoo_from_its_invitation_to_its_certificate(
    window: Page, site: Site, settings: Settings, tmp_path: Path, server: MailServer
) -> None:
    desk = making.desk()
    invoicing.account(desk)
    zoo_world.zoo()
    join(window, server)
    profile_and_people(window)
    promise(window)
    made = Invoice.objects.get()
    invoices.make(made.pk)
    window.reload()
    expect(window.get_by_role("link", name=str(made.document))).to_be_visible()
    pay(desk, made, 48_000)
    window.reload()
    expect(window.get_by_role("main")).to_contain_text("€480.00 has come, €20.00 is open")
    later(settings, tmp_path, made.due_on + dt.timedelta(days=8))
    assert overdue.remind() == 1
    assert "€20.00" in Mail.objects.get(key__contains=":reminder-").text
    pay(desk, made, 2_000)
    window.reload()
    heading(window, "Kuusiranta Zoo")
    expect(window.get_by_role("main")).to_contain_text("paid")
    on_paper_first(window, desk, made)
    made.refresh_from_db()
    assert made.state == InvoiceState.PAID
    invoice_page(window, made)
    money(window)
    certificate(window, tmp_path, made)
    give_once(window)
    treasurers_view(window, site, made)


def join(window: Page, server: MailServer) -> None:
    """Follow the mailed link, sign in with the invited address, and say yes."""
    outbox.send_due()
    mail = Mail.objects.get(to_address=BOB)
    link = re.search(r"\S+/zoo/invitations/\S+", mail.text)
    assert link
    window.goto(link.group())
    window.get_by_label("E-mail").fill(BOB)
    window.get_by_role("button", name="Mail me a code").click()
    window.get_by_label("Code").fill(code_in(server))
    window.get_by_role("button", name="Go on").click()
    heading(window, "Act for Kuusiranta Zoo")
    window.get_by_role("button", name="Yes, I will").click()
    heading(window, "Kuusiranta Zoo")


def profile_and_people(window: Page) -> None:
    """What papers print, and somebody who sees to them."""
    window.get_by_role("link", name="Profile").click()
    heading(window, "Profile")
    window.get_by_label("Who sees to invoices").fill("Fia Salo")
    window.get_by_role("button", name="Save").click()
    expect(window.get_by_role("status")).to_contain_text("That is what papers print from now on.")
    window.get_by_role("link", name="Kuusiranta Zoo").click()
    window.get_by_role("link", name="People").click()
    window.get_by_label("E-mail").fill("fia@kuusiranta.example")
    window.get_by_role("button", name="Ask by mail").click()
    expect(window.get_by_role("main")).to_contain_text("fia@kuusiranta.example")
    heading(window, "People")
    window.get_by_role("link", name="Kuusiranta Zoo").click()


def promise(window: Page) -> None:
    """EUR 500, with an order number."""
    window.get_by_label("How much each time").fill("500")
    window.get_by_label("Fund", exact=True).select_option(index=1)
    window.get_by_label("Your order number, if you have one").fill("PO-7731")
    window.get_by_role("button", name="Promise it").click()
    expect(window.get_by_role("status")).to_contain_text("Thank you.")
    heading(window, "Kuusiranta Zoo")


def invoice_page(window: Page, made: Invoice) -> None:
    """What came of it, in two parts."""
    window.get_by_role("link", name=str(made.document)).click()
    heading(window, f"Invoice {made.document}")
    expect(window.get_by_role("main")).to_contain_text("€480.00")
    expect(window.get_by_role("button", name=re.compile("by card"))).to_have_count(0)
    window.get_by_role("link", name="Kuusiranta Zoo").click()


def money(window: Page) -> None:
    """Where it went: nobody was awarded anything yet."""
    window.get_by_role("link", name="Where it went").click()
    heading(window, "Where the zoo’s money went")
    expect(window.get_by_role("main")).to_contain_text("The zoo has given €500.00.")
    window.get_by_role("link", name="Kuusiranta Zoo").click()


def certificate(window: Page, folder: Path, made: Invoice) -> None:
    """Asked for, made by the worker, and read."""
    window.get_by_role("link", name="Certificates and statements").click()
    heading(window, "Certificates and statements")
    # The two payments may lie on both sides of a new year.
    window.get_by_label("Which days").select_option("days")
    window.locator("summary").click()
    window.get_by_label("First day").fill(str(made.issued_on))
    window.get_by_label("Last day").fill(str(clock.today("UTC")))
    window.get_by_role("button", name="Make it").click()
    expect(window.get_by_role("status")).to_contain_text("Asked for.")
    assert followed.sweep() == 1
    window.goto(window.url)
    with window.expect_download() as loading:
        window.get_by_role("link", name=re.compile("^Certificate, ")).click()
    loading.value.save_as(folder / "certificate.pdf")
    shown = " ".join(PdfReader(folder / "certificate.pdf").pages[0].extract_text().split())
    assert "Kuusirannan Eläintarha Oy" in shown
    assert "gave €500.00" in shown
    heading(window, "Certificates and statements")
    window.get_by_role("link", name="Kuusiranta Zoo").click()


def on_paper_first(window: Page, desk: Desk, made: Invoice) -> None:
    """The next year's promise as a pro-forma, and the order number that finance gave for it."""
    later_on = clock.today("UTC") + dt.timedelta(days=40)
    invoicing.promised(desk, made.zoo, pace=Pace.YEARLY, starts_on=later_on)
    window.reload()
    window.get_by_role("link", name="Pro-forma of the promise of €500.00").click()
    heading(window, "Pro-forma")
    window.get_by_role("button", name="Make the pro-forma").click()
    expect(window.get_by_role("main")).to_contain_text("Being made.")
    assert register.render_due()
    expect(window.get_by_role("link", name="-P-")).to_be_visible()
    window.get_by_label("Your order number").fill("PO-7731")
    window.get_by_role("button", name="Write it down").click()
    expect(window.get_by_role("status")).to_contain_text("has this number")
    heading(window, "Pro-forma")
    window.get_by_role("link", name="Kuusiranta Zoo").click()


def give_once(window: Page) -> None:
    """The income of an event, by invoice."""
    window.get_by_role("link", name="Give the income of an event").click()
    heading(window, "Give once")
    window.get_by_label("How much").fill("1480")
    window.get_by_label("Fund", exact=True).select_option(index=1)
    window.get_by_role("button", name="Give it").click()
    expect(window.get_by_role("status")).to_contain_text("Thank you.")
    expect(window.get_by_role("button", name="Pay €1,480.00 by card")).to_be_visible()
    assert faults_in_every_view(window) == []


def pay(desk: Desk, made: Invoice, minor: int) -> None:
    """So much comes by bank, and the treasurer says what it is."""
    line = desk.line(minor, text=made.reference)
    matching.match(
        line_id=line.pk,
        kind="invoice",
        amount_minor=minor,
        what=Paying(made.pk, minor),
        actor=TARA,
        token=uuid.uuid4(),
    )


def later(settings: Settings, folder: Path, day: dt.date) -> None:
    """Move the product's clock to noon of a day."""
    offset = dt.datetime.combine(day, dt.time(12), dt.UTC) - clock.now()
    (folder / "clock").write_text(str(round(offset.total_seconds())))
    settings.CLOCK_FILE = str(folder / "clock")


def treasurers_view(window: Page, site: Site, made: Invoice) -> None:
    """The staff's pages of it."""
    client = Client()
    sign_in(client, make_person("tara@fund.example", "Tara", Role.TREASURER))
    cookie = client.cookies["sessionid"]
    window.context.clear_cookies()
    window.context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": site.url}])
    for place, title in (
        ("/treasurer/zoos/", "Zoos"),
        (f"/treasurer/zoos/{made.zoo.uuid}/", "Kuusiranta Zoo"),
        (f"/treasurer/zoos/{made.zoo.uuid}/invoices/{made.pk}/", str(made.document)),
        (
            f"/treasurer/zoos/{made.zoo.uuid}/promises/{made.contribution_id}/pro-forma/",
            "Pro-forma",
        ),
        (f"/treasurer/zoos/{made.zoo.uuid}/papers/", "Certificates and statements"),
    ):
        window.goto(place)
        heading(window, title)
