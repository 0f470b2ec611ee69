"""A person who gives regularly, Stripe's calendar, and the news of it."""

import datetime as dt
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pytest_django import Settings

from donors import pledges, subscriptions
from donors.models import Instalment, Pledge, Rhythm
from donors.pledges import Promise
from funding import jobs
from funding.ledger.models import Fund
from funding.mail.models import Mail
from funding.site import webhooks
from tests.sandbox.conftest import DELAY_SECONDS, Sandbox


def promise(fund: Fund, **facts: Any) -> Promise:
    """EUR 10.00 every month from Alice."""
    told: dict[str, Any] = {
        "token": uuid.uuid4(),
        "entity_id": fund.entity_id,
        "fund_id": fund.pk,
        "rhythm": Rhythm.MONTHLY,
        "currency": "EUR",
        "amount_minor": 1000,
        "cover_minor": 0,
        "name": "Alice Example",
        "email": "alice@donor.example",
        "message": "",
        "news": False,
        "language": "en",
    }
    return Promise(**told | facts)


class Giver:
    """Begins pledges, lets time pass on both sides, and hears what Stripe says."""

    def __init__(self, stripe: Sandbox, settings: Settings, folder: Path) -> None:
        self.stripe, self._settings, self._file = stripe, settings, folder / "clock"
        self._heard: set[str] = set()
        settings.CLOCK_FILE = str(self._file)
        self._tell()

    def starts(self, fund: Fund, **facts: Any) -> Pledge:
        """Sends the form, and stands on the page of Stripe."""
        pledge = pledges.start(promise(fund, **facts))
        pledges.checkout(pledge.pk)
        pledge.refresh_from_db()
        return pledge

    def pays(self, pledge: Pledge, **how: str) -> dict[str, Any]:
        """Pays on the page. Tells what the page said."""
        return self.stripe.control("pay", session=pledge.checkout, **how)

    def begins(self, fund: Fund, *, pays: dict[str, str] | None = None, **facts: Any) -> Pledge:
        """A pledge that runs, with its first instalment valued if that is by card."""
        pledge = self.starts(fund, **facts)
        said = self.pays(pledge, **(pays or {}))
        assert said["state"] in ("succeeded", "processing"), said
        self.seconds(DELAY_SECONDS)
        return subscriptions.follow(pledge.pk)

    def plays(self, pledge: Pledge, **how: Any) -> None:
        """What the bank will say next: `next=["insufficient_funds"]`, or `card_ends=[1, 2030]`."""
        pledge.refresh_from_db()
        self.stripe.control(f"subscriptions/{pledge.subscription}", **how)

    def seconds(self, number: int) -> None:
        """Time passes at Stripe and here; nobody looks."""
        self.stripe.control("clock", advance_seconds=number)
        self._tell()

    def days(self, number: int, *, then: Callable[[], object] | None = None) -> None:
        """Days pass one by one, each ended by what is done daily."""
        for _day in range(number):
            self.stripe.control("clock", advance_days=1)
            self.seconds(DELAY_SECONDS)
            if then is not None:
                then()

    def until(self, instant: dt.datetime) -> None:
        """Time passes until an instant and the two hours after it in which money is taken."""
        self.stripe.control("clock", set=int(instant.timestamp()) + 7200)
        self.seconds(DELAY_SECONDS)

    def passes(self, pledge: Pledge) -> None:
        """Time passes until the next instalment has been asked for; nobody looks."""
        plan = self.stripe.client().subscriptions.retrieve(pledge.subscription)
        end = plan["items"].data[0].current_period_end
        self.until(dt.datetime.fromtimestamp(end, dt.UTC))

    def jumps(self, instant: dt.datetime) -> None:
        """To an instant at which nothing was owed yet."""
        self.stripe.control("clock", jump=int(instant.timestamp()))
        self._tell()

    def hears(self, *, again: bool = False) -> int:
        """Handles every event that was not heard yet, or all of them again."""
        if again:
            self._heard.clear()
        found = list(self.stripe.client().events.list({"limit": 100}).auto_paging_iter())
        new = [each for each in reversed(found) if each.id not in self._heard]
        for each in new:
            self._heard.add(each.id)
            if follow := webhooks.TABLE.get(each.type):
                follow(each.data.object.id)
        return len(new)

    def sweeps(self) -> None:
        """Nobody tells anything; the rounds look at what is due."""
        for _round in range(5):
            if not jobs.sweep_once():
                return

    def charges(self, currency: str = "eur") -> int:
        """All that Stripe has charged."""
        of = self.stripe.control("books")["currencies"]
        return int(of[currency]["charges"]) if currency in of else 0

    def _tell(self) -> None:
        now = self.stripe.control("clock")["now"]
        self._file.write_text(str(round(now - time.time())))


def states(pledge: Pledge) -> list[str]:
    """Of the instalments, the first one first."""
    rows = Instalment.objects.filter(pledge=pledge).order_by("due_on", "pk")
    return list(rows.values_list("state", flat=True))


def told(pledge: Pledge) -> list[str]:
    """What was mailed about a pledge: 'begun', 'failed-3-1', in the order of the outbox."""
    rows = Mail.objects.filter(cause=f"pledge:{pledge.pk}").order_by("pk")
    return [key.split(":", 2)[2] for key in rows.values_list("key", flat=True)]
