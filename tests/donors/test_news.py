"""News goes to those who asked for it, and one click ends it."""

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from donors import consents, donors, news
from donors.models import Consent, Donor, Purpose
from funding import clock
from funding.audit.models import Record
from funding.mail import links, outbox
from funding.mail.models import Mail
from tests.mail.conftest import MailServer
from tests.mail.conftest import server as server

ITEM = news.Item("News of spring", "Three manuls were seen.", "https://fund.example.org/n/", "en")


@pytest.fixture
def alice(db: None) -> Donor:
    cache.clear()
    return donors.find_or_create(name="Alice", email="alice@donor.example", language="sv")


def tell(donor: Donor) -> Mail:
    return news.mail(donor_id=donor.pk, key="spring", cause="digest:1", items=[ITEM], entity={})


def link(donor: Donor) -> str:
    return f"/news/stop/{links.sign(news.STOP, str(donor.pk))}/"


def test_nobody_gets_news_who_did_not_ask_or_took_it_back(alice: Donor) -> None:
    with pytest.raises(news.NotAskedFor):
        tell(alice)
    consents.record_from_form(alice, Purpose.NEWS)
    assert news.stop(donor_id=alice.pk, actor="donor:1")
    with pytest.raises(news.NotAskedFor):
        tell(alice)
    assert not Mail.objects.exists()


@pytest.mark.parametrize("token", ["x", "a:b:c", ""])
def test_a_link_that_is_not_ours_stops_nothing(client: Client, alice: Donor, token: str) -> None:
    consents.record_from_form(alice, Purpose.NEWS)
    assert client.post(f"/news/stop/{token}/").status_code in {404, 410}
    other = links.sign("repair", str(alice.pk))
    assert client.post(f"/news/stop/{other}/").status_code == 410
    assert news.wants(alice)


def test_looking_at_the_link_stops_nothing(client: Client, alice: Donor) -> None:
    consents.record_from_form(alice, Purpose.NEWS)
    assert client.get(link(alice)).status_code == 200
    assert news.wants(alice)


def test_a_click_takes_the_consent_back_once(alice: Donor) -> None:
    consents.record_from_form(alice, Purpose.NEWS)
    # As mail programs do it: from nowhere, with no cookie and no token of a form.
    program = Client(enforce_csrf_checks=True)
    for _ in range(2):
        answer = program.post(link(alice), {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
    assert [row.is_given for row in Consent.objects.order_by("pk")] == [True, False]
    assert Record.objects.filter(action="news.stopped").count() == 1
    consents.record_from_form(alice, Purpose.NEWS)
    assert news.wants(alice)


def test_news_says_where_it_is_stopped_and_keeps_no_signature(
    alice: Donor, server: MailServer, settings: Settings
) -> None:
    settings.SITE_URL = "https://a-rather-long-name-of-a-fund.example.org"
    consents.record_from_form(alice, Purpose.NEWS)
    mail = tell(alice)
    assert tell(alice) == mail
    assert "Du får det här mejlet" in mail.text
    assert outbox.deliver(mail.pk)
    sent = server.received[0]
    assert sent["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = sent["List-Unsubscribe"].strip("<>")
    assert address.startswith(f"{settings.SITE_URL}/news/stop/")
    token = address.split("/")[-2]
    assert news.donor_of(token) == alice.pk
    stored = Mail.objects.get(pk=mail.pk)
    assert token not in f"{stored.text}{stored.html}{stored.stop_url}"
    text = sent.get_body(("plain",))
    assert text is not None
    assert token.partition(":")[0] in text.get_content()


def test_a_receipt_is_no_news(alice: Donor) -> None:
    mail = outbox.queue(
        key="x:1",
        cause="x",
        to_address=alice.email,
        to_name="",
        template="notice",
        context={"sentence": "A.", "at": clock.now()},
    )
    assert mail.stop_url == ""
