"""The pages of those who keep the money, with something on each: phone and desk, day and night."""

import datetime as dt

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser

from donors import disputes, evidence, gifts, receipts, refunds, warnings
from donors.models import Dispute, EarlyWarning, Gift
from funding import clock
from funding.alerts import alarms
from funding.alerts.models import Alert
from funding.ledger import holds, openings, periods, transfers
from funding.ledger.models import Account, Fund
from funding.mail.models import Mail, MailState
from funding.money import Money
from funding.users.models import Role, User
from tests import make
from tests.journeys.conftest import Site
from tests.looks import faults_in_every_view
from tests.people import make_person, sign_in

pytestmark = pytest.mark.browser
LISTS = (
    *(
        "",
        "gifts/",
        "refunds/",
        "cards/",
        "disputes/",
        "transfers/",
        "openings/",
        "holds/",
        "periods/",
        "new-fund/",
    ),
    *("alerts/?state=all", "stuck/", "health/"),
)
EUR = "EUR"


@pytest.fixture
def tara(site: Site) -> User:
    """A treasurer who also administers, as in a small fund."""
    roles = (Role.TREASURER, Role.ADMINISTRATOR)
    return make_person("tara@fund.example", "Tara Lindqvist-Oyelaran", *roles)


@pytest.fixture
def addresses(site: Site, tara: User) -> list[str]:
    """Every page, with gifts in several states, and steps that wait."""
    tom = make_person("tom@fund.example", "Tom Abernathy", Role.TREASURER)
    entity = make.entity()
    general = make.fund(entity, slug="general")
    snow = make.fund(entity, "Snow", slug="snow", restriction="restricted", surplus="To general.")
    place = Account.objects.get(entity=entity, kind="bank").pk
    mixed = _paid(site, general, snow, name="Бат-Эрдэнэ Дорж", message="For the cats.")
    large = _paid(site, general, lines=((general.pk, 90_000),), email="large@x.example")
    make.gift(snow, email="promised@x.example")
    _promised_by_debit(site, snow, email="debit@x.example")
    _give_back(mixed, 1000, tara)
    _give_back(large, 90_000, tom)
    # Then more goes back than is free, and the fund says so.
    holds.place(fund_id=snow.pk, cause="motion:1", amount=Money(1500, EUR), actor="system")
    _give_back(mixed, 4000, tara)
    move = transfers.propose(
        source_id=general.pk,
        target_id=snow.pk,
        place=place,
        amount=Money(10_000, EUR),
        reason="To fill it.",
        by=tom.pk,
    )
    brought = openings.propose(
        fund_id=snow.pk,
        place=place,
        amount=Money(10_000, EUR),
        as_of=dt.date(2025, 12, 31),
        reason="The old books.",
        by=tara.pk,
    )
    year = (dt.date(2026, 1, 1), dt.date(2026, 12, 31))
    periods.open_period(
        entity_id=entity.pk, name="2026", starts_on=year[0], ends_on=year[1], actor="test"
    )
    _trouble(mixed)
    setup = ("", "organisation/", f"organisation/{entity.slug}/")
    return [
        *(f"/treasurer/{name}" for name in LISTS),
        *(f"/treasurer/gifts/{each.uuid}/" for each in Gift.objects.all()),
        "/treasurer/gifts/?q=nobody",
        "/treasurer/fund/snow/",
        *_banks(site, general),
        *(f"/treasurer/alerts/{each.pk}/" for each in Alert.objects.all()),
        f"/treasurer/transfers/{move.pk}/",
        f"/treasurer/openings/{brought.pk}/",
        *(f"/setup/{name}" for name in setup),
    ]


def _banks(site: Site, fund: Fund) -> list[str]:
    """A dispute to answer, one that was lost, and a warning: their pages."""
    open_one, lost, warned = (
        _paid(site, fund, name="Zoë O’Brien-Smith", email=f"bank{number}@x.example")
        for number in range(3)
    )
    first = site.stripe.control("disputes", charge=open_one.charge)["id"]
    second = site.stripe.control("disputes", charge=lost.charge, amount=1000)["id"]
    site.stripe.control(f"disputes/{second}", status="lost")
    for each in (first, second):
        disputes.follow(each)
    warnings.follow(site.stripe.control("warnings", charge=warned.charge)["id"])
    waits, _lost = Dispute.objects.order_by("pk")
    paper = evidence.Paper("uncategorized_file", "letter.pdf", b"%PDF-")
    evidence.write(
        dispute_id=waits.pk, texts={"uncategorized_text": "A gift."}, papers=[paper], actor="user:1"
    )
    return [
        *(f"/treasurer/disputes/{each.uuid}/" for each in Dispute.objects.all()),
        *(f"/treasurer/disputes/{waits.uuid}/{step}/" for step in ("submit", "accept")),
        *(f"/treasurer/gifts/{each.uuid}/" for each in (open_one, lost, warned)),
        *(f"/treasurer/warnings/{each.uuid}/" for each in EarlyWarning.objects.all()),
    ]


def _trouble(gift: Gift) -> None:
    """An alert of each look, and something stuck that may be left."""
    for number in (1, 2, 3):
        alarms.sound(
            kind="payout_failed", subject=f"payout:{number}", sentence="It came back.", page="/"
        )
    alarms.clear(kind="payout_failed", subject="payout:1", why="It was paid.")
    closed = Alert.objects.get(subject="payout:2")
    alarms.close(alert_id=closed.pk, why="The bank was asked.", actor="user:1")
    Mail.objects.filter(cause=f"gift:{gift.pk}").update(
        state=MailState.BOUNCED, sent_at=clock.now(), error="5.1.1 550 User unknown"
    )


def _paid(site: Site, *funds: Fund, **facts: object) -> Gift:
    gift = make.gift(*funds, **facts)
    gifts.checkout(gift.pk)
    gift.refresh_from_db()
    site.stripe.control("pay", session=gift.checkout)
    site.stripe.control("clock", advance_seconds=100)
    gift = gifts.follow(gift.pk)
    receipts.sweep()
    return gift


def _promised_by_debit(site: Site, *funds: Fund, **facts: object) -> None:
    """A debit on its way whose mandate has ended."""
    gift = make.gift(*funds, **facts)
    gifts.checkout(gift.pk)
    gift.refresh_from_db()
    site.stripe.control("pay", session=gift.checkout, account="AT611904300234573201")
    gift = gifts.follow(gift.pk)
    site.stripe.control(f"mandates/{gift.mandate}", status="inactive")
    gifts.follow(gift.pk)


def _give_back(gift: Gift, minor: int, by: User) -> None:
    made = refunds.request(
        gift_id=gift.pk, amount_minor=minor, reason="The donor asked.", actor=f"user:{by.pk}"
    )
    refunds.send(made.pk)


def test_axe_finds_nothing_and_no_page_scrolls_sideways(
    browser: Browser, site: Site, tara: User, addresses: list[str]
) -> None:
    client, troubles = Client(), []
    sign_in(client, tara)
    name = settings.SESSION_COOKIE_NAME
    context = browser.new_context(base_url=site.url)
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": site.url}])
    page = context.new_page()
    for address in addresses:
        answer = page.goto(address)
        if answer is None or answer.status != 200:
            troubles.append(f"{address}: {answer and answer.status}")
        troubles += faults_in_every_view(page)
    page.goto("/treasurer/")
    assert "Snow is overdrawn by" in page.content()
    context.close()
    assert troubles == []
