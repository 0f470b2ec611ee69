"""Gifts against the real Stripe library and the sandbox over HTTP."""

from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from pytest_django import Settings

from donors import gifts
from donors.models import Gift
from funding.ledger.models import Fund
from funding.parties.models import Entity
from tests import make
from tests.donors.regular import Giver
from tests.sandbox.conftest import DELAY_SECONDS, Sandbox


@pytest.fixture
def entity(committed: None) -> Entity:
    """Who receives."""
    return make.entity()


@pytest.fixture
def general(entity: Entity) -> Fund:
    """The fund that most gifts go to."""
    return make.fund(entity)


class Visitor:
    """A person at the payment page."""

    def __init__(self, stripe: Sandbox) -> None:
        self.stripe = stripe

    def pays(self, gift: Gift, card: str | None = None, **how: str) -> dict[str, Any]:
        """Go to the payment page of a gift and pay there. Tells what the page said."""
        gifts.checkout(gift.pk)
        gift.refresh_from_db()
        wanted = {"session": gift.checkout} | ({"card": card} if card else {}) | how
        return self.stripe.control("pay", **wanted)

    def waits(self, seconds: int = DELAY_SECONDS) -> None:
        """Let time pass at Stripe, so that values become known."""
        self.stripe.control("clock", advance_seconds=seconds)


@pytest.fixture
def visitor(stripe: Sandbox) -> Visitor:
    """Somebody who pays."""
    return Visitor(stripe)


@pytest.fixture
def giver(stripe: Sandbox, settings: Settings, tmp_path: Path) -> Giver:
    """Somebody who gives regularly; the counters that slow people down start anew."""
    cache.clear()
    return Giver(stripe, settings, tmp_path)
