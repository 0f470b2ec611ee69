"""Goal: the demonstration is made once, by the product's rules, and its books balance."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from donors import gifts, receipts
from donors.models import Gift, GiftState
from funding.audit.models import Record
from funding.ledger import balances
from funding.ledger.models import Fund
from funding.mail.models import Mail
from funding.sandbox.demo import giving, hand, scenes, story
from funding.sandbox.demo.catalogue.gifts import VISITS
from tests import make
from tests.books import assert_agreed
from tests.sandbox.conftest import KEY, Sandbox


@pytest.fixture
def stage(committed: None, settings: Settings, tmp_path: Path) -> Iterator[Sandbox]:
    """A sandbox whose clock the product follows."""
    running = Sandbox(clock_file=tmp_path / "clock")
    settings.STRIPE_API_BASE, settings.STRIPE_SECRET_KEY = running.url, KEY
    settings.CLOCK_FILE = str(tmp_path / "clock")
    yield running
    running.close()


def present() -> dt.datetime:
    return dt.datetime.fromtimestamp(hand.true_now(), dt.UTC)


def test_a_story_broken_off_after_a_payment_goes_on_and_is_told_once(stage: Sandbox) -> None:
    now = present()
    story.begin(now)
    first = gifts.start(giving.wish(VISITS[0], "0"))
    gifts.checkout(first.pk)
    first.refresh_from_db()
    hand.pay(first.checkout, VISITS[0].card)  # And here everything was killed.
    assert story.tell(now)
    assert Gift.objects.count() == len(VISITS)
    states = set(Gift.objects.values_list("state", flat=True))
    assert states == set(GiftState.values)
    assert_agreed(stage)
    assert not story.tell(now)
    assert Gift.objects.count() == len(VISITS)
    _all_received_have_papers()
    for fund in Fund.objects.filter(is_treasury=False):
        assert balances.available(fund.pk).minor > 0


def _all_received_have_papers() -> None:
    assert receipts.sweep() == 0
    for gift in Gift.objects.filter(settled_at__isnull=False):
        assert Mail.objects.filter(cause=f"gift:{gift.pk}").exists()


def test_no_story_is_told_where_real_money_may_be(stage: Sandbox, settings: Settings) -> None:
    make.entity(is_illustrative=False)
    before = Gift.objects.count()
    with pytest.raises(scenes.NotHere, match="real entity"):
        story.tell(present())
    settings.STRIPE_SECRET_KEY = "sk_live_x"
    with pytest.raises(scenes.NotHere, match="sandbox"):
        story.tell(present())
    settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE = KEY, "https://api.stripe.com"
    with pytest.raises(scenes.NotHere, match="sandbox"):
        story.tell(present())
    assert Gift.objects.count() == before
    assert not Record.objects.filter(action="demo.finished").exists()
