"""Goal: a card goes once, to whom the giver named, once money came; then it is forgotten."""

import datetime as dt
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.test import Client
from pypdf import PdfReader

from donors import cards, refunds, tributes
from donors.cards import MOST_FROM_ONE, MOST_TO_ONE
from donors.models import CardState, Gift, Tribute, TributeKind, UnwantedCards
from donors.tributes import CardGone, Dedication, NotForACard
from funding import clock
from funding.audit.models import Record
from funding.ledger.models import Fund
from funding.mail import links, outbox
from funding.mail.models import Attachment, Mail, MailState
from tests import books, make
from tests.clocks import clock_at  # noqa: F401 -- a fixture
from tests.donors.conftest import Visitor
from tests.donors.test_give_pages import unfold
from tests.ledger.racing import together
from tests.sandbox.conftest import Sandbox

REX = "rex@reader.example"
Move = Callable[[dt.datetime], None]


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    cache.clear()


def dedication(**facts: Any) -> Dedication:
    told: dict[str, Any] = {
        "kind": TributeKind.MEMORY,
        "honoree": "Ulla Ås",
        "words": "She counted\ncats in snow.",
        "to_name": "Rex Reader",
        "to_email": REX,
    }
    return Dedication(**told | facts)


def promised(fund: Fund, **facts: Any) -> Gift:
    more = {key: facts.pop(key) for key in ("email", "name") if key in facts}
    return make.gift(fund, tribute=dedication(**facts), **more)


def received(visitor: Visitor, fund: Fund, **facts: Any) -> Gift:
    gift = promised(fund, **facts)
    visitor.pays(gift)
    visitor.waits()
    from donors import gifts

    gifts.follow(gift.pk)
    gift.refresh_from_db()
    assert gift.settled_at
    return gift


def card(gift: Gift) -> Tribute:
    return Tribute.objects.get(gift=gift)


def cards_mailed() -> list[Mail]:
    return list(Mail.objects.filter(cause__startswith="tribute:").order_by("pk"))


# What is refused.


@pytest.mark.parametrize(
    "facts",
    [
        {"words": "See https://casino.example"},
        {"words": "www.casino.example"},
        {"words": "a\nb\nc\nd\ne\nf\ng"},
        {"honoree": "win@casino.example"},
        {"to_name": "http://x"},
        {"send_on": dt.date(2020, 1, 1)},
        {"send_on": dt.date(2999, 1, 1)},
    ],
)
def test_addresses_in_words_and_days_out_of_reach_are_not_for_a_card(
    general: Fund, facts: dict[str, Any]
) -> None:
    with pytest.raises(NotForACard):
        promised(general, **facts)
    assert Gift.objects.count() == Tribute.objects.count() == Record.objects.count() == 0


@pytest.mark.parametrize(
    ("card_state", "address", "ended"),
    [
        ("sent", REX, True),
        ("stopped", REX, True),
        ("left", REX, True),
        ("waiting", "", False),
        ("none", REX, False),
    ],
)
def test_the_database_keeps_an_address_only_while_a_card_waits(
    general: Fund, card_state: str, address: str, ended: bool
) -> None:
    gift = promised(general)
    rows = Tribute.objects.filter(gift=gift)
    told = "tribute_keeps_an_address_while_it_waits"
    with pytest.raises(IntegrityError, match=told), transaction.atomic():
        rows.update(card=card_state, to_email=address, ended_at=clock.now() if ended else None)
    assert rows.get().to_email == REX


def test_no_card_goes_before_the_money_is_here(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = promised(general)
    assert cards.sweep() == 0
    assert cards_mailed() == []
    assert card(gift).card == CardState.WAITING


def test_no_card_goes_before_its_day(
    general: Fund,
    visitor: Visitor,
    stripe: Sandbox,
    clock_at: Move,  # noqa: F811
) -> None:
    day = clock.today("UTC") + dt.timedelta(days=9)
    gift = received(visitor, general, send_on=day)
    assert cards.sweep() == 0
    clock_at(dt.datetime.combine(day, dt.time(4), dt.UTC))
    assert cards.sweep() == 0
    clock_at(dt.datetime.combine(day, dt.time(9), dt.UTC))
    assert cards.sweep() == 1
    assert card(gift).card == CardState.SENT


@pytest.mark.parametrize("hour", [22, 23, 0, 4, 12])
def test_a_card_without_a_day_is_due_at_once_at_every_hour(
    general: Fund,
    hour: int,
    clock_at: Move,  # noqa: F811
) -> None:
    """Of two places one has tomorrow already at some of them; nobody waits for its morning."""
    clock_at(dt.datetime(2027, 1, 20, hour, 30, tzinfo=dt.UTC))
    today = clock.today(general.entity.zone)
    at_once, chosen = card(promised(general)), card(promised(general, send_on=today))
    assert (at_once.send_on, chosen.send_on) == (today, today)
    assert at_once.due_at <= clock.now()
    morning = dt.datetime.combine(today, dt.time(7), dt.UTC)
    assert abs(chosen.due_at - max(morning, clock.now())) < dt.timedelta(minutes=1)


def test_a_gift_given_back_sends_no_card_and_its_address_is_forgotten(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    day = clock.today("UTC") + dt.timedelta(days=99)
    gift = received(visitor, general, send_on=day)
    asked = refunds.request(
        gift_id=gift.pk, amount_minor=gift.gross_minor, reason="Asked.", actor="user:1"
    )
    refunds.send(asked.pk)
    assert cards.sweep() == 1
    assert (card(gift).card, card(gift).to_email, card(gift).to_hash) == ("left", "", "")
    assert cards_mailed() == []
    books.assert_agreed(stripe)


def test_while_a_refund_is_under_way_the_card_waits(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    refunds.request(gift_id=gift.pk, amount_minor=500, reason="Asked.", actor="user:1")
    assert cards.sweep() == 0
    assert card(gift).card == CardState.WAITING
    assert cards_mailed() == []


def test_a_card_whose_gift_was_never_paid_is_given_up_and_forgotten(
    general: Fund,
    clock_at: Move,  # noqa: F811
) -> None:
    gift = promised(general)
    Gift.objects.filter(pk=gift.pk).update(state="failed", ended_at=clock.now())
    assert cards.sweep() == 0
    clock_at(clock.now() + dt.timedelta(days=8))
    assert cards.sweep() == 1
    assert (card(gift).card, card(gift).to_email) == (CardState.LEFT, "")


def test_the_reader_of_an_address_can_want_no_cards(
    client: Client, general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    first = received(visitor, general)
    assert cards.sweep() == 1
    address = f"/tribute/{links.sign(cards.REFUSE, str(card(first).uuid))}/"
    assert client.get("/tribute/nothing/").status_code == 410
    assert client.get(address).status_code == 200
    assert UnwantedCards.objects.count() == 0
    for _twice in range(2):
        assert "no further card" in client.post(address).content.decode()
    assert UnwantedCards.objects.count() == 1
    second = received(visitor, general, to_email=REX.upper(), email="other@donor.example")
    assert cards.sweep() == 1
    assert card(second).card == CardState.LEFT
    assert len(cards_mailed()) == 1


def test_no_address_gets_many_cards_in_a_month(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    given = [
        received(visitor, general, email=f"d{number}@donor.example")
        for number in range(MOST_TO_ONE + 1)
    ]
    together(2, lambda _number: cards.sweep())
    cards.sweep()
    assert len(cards_mailed()) == MOST_TO_ONE
    assert sorted(card(gift).card for gift in given) == ["left"] + ["sent"] * MOST_TO_ONE


def test_no_giver_sends_many_cards_in_a_day(
    general: Fund,
    visitor: Visitor,
    stripe: Sandbox,
    clock_at: Move,  # noqa: F811
) -> None:
    for number in range(MOST_FROM_ONE + 1):
        received(visitor, general, to_email=f"r{number}@reader.example")
    cards.sweep()
    assert len(cards_mailed()) == MOST_FROM_ONE
    clock_at(clock.now() + dt.timedelta(days=1, hours=1))
    cards.sweep()
    assert len(cards_mailed()) == MOST_FROM_ONE + 1


def test_a_card_that_has_left_is_neither_changed_nor_stopped(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    cards.sweep()
    before = Tribute.objects.values().get()
    with pytest.raises(CardGone):
        tributes.change(tribute_id=card(gift).pk, dedication=dedication(words="X"), actor="user:1")
    with pytest.raises(CardGone):
        tributes.stop(tribute_id=card(gift).pk, actor="user:1")
    assert Tribute.objects.values().get() == before


# Races.


def test_workers_at_once_send_one_card(general: Fund, visitor: Visitor, stripe: Sandbox) -> None:
    gift = received(visitor, general)
    pk, version = card(gift).pk, card(gift).version
    done = together(4, lambda _number: cards.send(pk, version=version, files=[]))
    assert sorted(cast(list[int], done)) == [0, 0, 0, 1]
    assert len(cards_mailed()) == 1


def test_a_card_changed_while_it_was_laid_out_does_not_go_as_it_was(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    old = card(gift).version
    tributes.change(tribute_id=card(gift).pk, dedication=dedication(words="New."), actor="user:1")
    assert cards.send(card(gift).pk, version=old, files=[]) == 0
    assert cards_mailed() == []
    assert cards.sweep() == 1
    assert "New." in cards_mailed()[0].text


# How it goes.


def test_the_card_carries_the_names_and_words_and_never_the_sum(
    client: Client, general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    gift = received(visitor, general)
    assert cards.sweep() == 1
    assert cards.sweep() == 0
    (mail,) = cards_mailed()
    assert (mail.to_address, mail.to_name, mail.subject) == (REX, "Rex Reader", "A card for you")
    paper = Attachment.objects.get(mail=mail)
    reader = PdfReader(io.BytesIO(bytes(paper.content)))
    printed = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    assert len(reader.pages) == 1
    for said in (mail.text, mail.html, printed):
        assert "Ulla Ås" in said
        assert "She counted" in said
        assert "Alice Example" in said
        assert "25.50" not in said
        assert "alice@donor.example" not in said
    assert cards.REFUSE in mail.text
    assert "No more cards, please" in mail.html
    facts = Record.objects.filter(action__startswith="tribute.").values_list("facts", flat=True)
    assert "Ulla" not in str(list(facts))
    assert REX not in str(list(facts))
    page = unfold(cast(HttpResponse, client.get(f"/give/thanks/?gift={gift.uuid}")))
    assert "In memory of <bdi>Ulla Ås</bdi>. The card has been sent." in page
    assert "Rex" not in page


def test_what_is_written_on_a_card_stays_text(
    general: Fund, visitor: Visitor, stripe: Sandbox
) -> None:
    received(visitor, general, words="<b>bold</b> & 'co'", honoree="<i>Ulla</i>")
    assert cards.sweep() == 1
    (mail,) = cards_mailed()
    assert "<b>bold</b> & 'co'" in mail.text
    assert "<b>bold" not in mail.html
    assert "<i>Ulla" not in mail.html


def test_the_address_is_forgotten_everywhere(
    general: Fund,
    visitor: Visitor,
    stripe: Sandbox,
    clock_at: Move,  # noqa: F811
) -> None:
    gift = received(visitor, general)
    cards.sweep()
    assert (card(gift).to_email, card(gift).to_name) == ("", "")
    assert card(gift).to_hash
    clock_at(clock.now() + cards.FORGOTTEN_AFTER + dt.timedelta(days=1))
    # Not yet sent, so not yet forgotten.
    assert cards.sweep() == 0
    Mail.objects.update(state=MailState.SENT, sent_at=clock.now())
    assert cards.sweep() == 1
    assert cards.sweep() == 0
    (mail,) = cards_mailed()
    assert (mail.to_address, mail.to_name, mail.text, mail.html) == ("", "", "", "")
    assert not Attachment.objects.filter(mail=mail).exists()
    assert card(gift).to_hash == ""
    assert outbox.waiting().count() == 0


def test_a_card_of_long_names_in_many_scripts_is_one_page(tmp_path: Path) -> None:
    from funding.documents import rendering
    from tests.documents.conftest import make_snapshot

    said = {
        "entity": make_snapshot()["entity"],
        "kind": "honour",
        "honoree": "Бат-Эрдэнэ Дорж " * 7,
        "words": "\n".join(["Łukasz Żółw 山田花子 محمد رضایی, Wolfeschlegelsteinh"] * 6),
        "giver": "Zoë O'Brien-Smith",
        "funds": ["General fund", "Dogs and herders"],
        "on": "2026-11-27",
        "document": {"identifier": "0f" * 16, "issued_at": "2026-03-15T06:00:00+00:00"},
    }
    content = rendering.pdf("card", said, "en")
    reader = PdfReader(io.BytesIO(content))
    assert len(reader.pages) == 1
    assert re.search("Illustrative|Manul Fund", reader.pages[0].extract_text())
