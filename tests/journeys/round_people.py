"""A product for the whole journey of a round: its people, its pots, its clock and its windows."""

import datetime as dt
import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page

from funding import clock
from funding.ledger import balances, openings
from funding.ledger.balances import FundFigures
from funding.ledger.models import Account, Fund, Kind, Posting, Restriction
from funding.money import Money
from funding.parties.models import Entity
from funding.users.models import Role, User
from grants import scopes
from grants.models import Application, Award, Motion, Round
from grants.scopes import Scope
from tests import make
from tests.looks import OF_THE_LOOK, faults
from tests.people import make_person, sign_in

# What is in each pot before anybody asks, in cents, and what its givers want it for.
POTS = (
    ("General fund", 2_000_000, None),
    ("Mongolia fund", 1_400_000, Scope(countries=frozenset({"MN"}))),
    ("Kyrgyz fund", 600_000, Scope(countries=frozenset({"KG"}))),
    ("Knowledge fund", 900_000, Scope(themes=frozenset({"T1"}))),
    ("Herders fund", 500_000, Scope(themes=frozenset({"T3"}))),
)
VIEWS: Any = ((390, "light", None), (1280, "dark", OF_THE_LOOK))
MEMBERS = ("Dan", "Carol", "Pema", "Nadia", "Omar", "Ines", "Yuki")


@dataclass
class Tale:
    """Everybody and everything, and how far it has come."""

    browser: Browser
    url: str
    folder: Path
    entity: Entity
    funds: dict[str, Fund]
    people: dict[str, User]
    began: dt.datetime
    applications: list[Application] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    @property
    def members(self) -> list[User]:
        """The seven of the committee."""
        return [self.people[name] for name in MEMBERS]

    @property
    def round(self) -> Round:
        """The round, as it stands now."""
        return Round.objects.get()

    @property
    def motion(self) -> Motion:
        """The motion that was put first."""
        return Motion.objects.get(number=1)

    @property
    def award(self) -> Award:
        """The award whose way is walked to its end."""
        return Award.objects.get(application=self.applications[0])

    def on(self, days: float) -> dt.datetime:
        """An instant so many days after the beginning."""
        return self.began + dt.timedelta(days=days)

    def at(self, instant: dt.datetime) -> None:
        """Move the product's clock there."""
        settings.CLOCK_FILE = None
        offset = round((instant - clock.now()).total_seconds())
        place = self.folder / f"clock-{offset}"
        place.write_text(str(offset))
        settings.CLOCK_FILE = str(place)

    @contextmanager
    def held(self, instant: dt.datetime) -> Iterator[None]:
        """The product's clock stays in the second before this instant, however slow a page is."""
        before, place, over = settings.CLOCK_FILE, self.folder / "held", threading.Event()
        self._hold(place, instant)
        settings.CLOCK_FILE = str(place)

        def keep() -> None:
            while not over.wait(0.05):
                self._hold(place, instant)

        keeper = threading.Thread(target=keep, daemon=True)
        keeper.start()
        yield
        over.set()
        keeper.join()
        settings.CLOCK_FILE = before

    def _hold(self, place: Path, instant: dt.datetime) -> None:
        fresh = self.folder / "fresh"
        fresh.write_text(str(math.floor(instant.timestamp() - time.time())))
        fresh.replace(place)

    def local(self, instant: dt.datetime) -> str:
        """What is typed into a field of an hour, by the clock of the receiving body."""
        return f"{instant.astimezone(ZoneInfo(self.entity.zone)):%Y-%m-%dT%H:%M}"

    @contextmanager
    def window(self, name: str, width: int = 1280) -> Iterator[Page]:
        """A window in which this person has signed in. What its scripts complain of fails."""
        context = self.browser.new_context(
            viewport={"width": width, "height": 900}, base_url=self.url, accept_downloads=True
        )
        context.add_cookies([self._session(name)])
        page = context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        context.close()
        assert complaints == []

    def _session(self, name: str) -> Any:
        client, person = Client(), self.people[name]
        sign_in(client, person, factor=person.terms.exists())
        cookie = settings.SESSION_COOKIE_NAME
        return {"name": cookie, "value": client.cookies[cookie].value, "url": self.url}

    def look(self, page: Page, called: str) -> None:
        """Keep what axe complains of and what is too wide, on a phone by day, a desk by night.

        Each kind of page is looked at once in each state that is named.
        """
        if called in self.seen:
            return
        self.seen.add(called)
        size = page.viewport_size or {"width": 1280, "height": 900}
        for width, scheme, rules in VIEWS:
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)
            self.faults += [f"{called}: {each}" for each in faults(page, rules=rules)]
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(size)

    def figures(self) -> dict[str, FundFigures]:
        """What the product says that each pot has, holds and has promised."""
        found = balances.figures([fund.pk for fund in self.funds.values()])
        return {name: found[fund.pk] for name, fund in self.funds.items()}

    def together(self) -> int:
        """What the first motion proposes in all."""
        return sum(self.motion.items.values_list("amount_minor", flat=True))

    def free(self) -> dict[str, int]:
        """What the journal says each pot has in its places of money."""
        return {name: balance(fund) for name, fund in self.funds.items()}


def balance(fund: Fund) -> int:
    """What lies in bank and clearing for a fund, added up from the postings alone."""
    rows = Posting.objects.filter(fund=fund, account__kind__in=(Kind.BANK, Kind.CLEARING))
    return sum(rows.values_list("amount_minor", flat=True))


def told(browser: Browser, url: str, folder: Path) -> Tale:
    """A body with five pots with money in them, seven members and everybody else."""
    entity = make.entity()
    people = cast()
    tale = Tale(browser, url, folder, entity, {}, people, clock.now().replace(microsecond=0))
    for at, (name, minor, scope) in enumerate(POTS):
        facts: dict[str, Any] = {"position": at}
        if scope is not None:
            facts |= {"restriction": Restriction.RESTRICTED, "surplus": "To the general fund."}
        tale.funds[name] = made = make.fund(entity, name, **facts)
        if scope is not None:
            scopes.write(fund_id=made.pk, scope=scope, reason="Letters kept.", by=people["Tara"])
        filled(tale, made, minor)
    return tale


def filled(tale: Tale, fund: Fund, minor: int) -> None:
    """Two people bring the balance of the old books forward."""
    opening = openings.propose(
        fund_id=fund.pk,
        place=Account.objects.get(entity=tale.entity, kind=Kind.BANK).code,
        amount=Money(minor, "EUR"),
        as_of=tale.began.date() - dt.timedelta(days=30),
        reason="Old books.",
        by=tale.people["Tara"].pk,
    )
    openings.book(opening_id=opening.pk, by=tale.people["Tove"].pk)


def cast() -> dict[str, User]:
    """The seven of the committee, two officers, two treasurers, twelve who ask."""
    roles: dict[str, tuple[Role, ...]] = dict.fromkeys(MEMBERS, (Role.COMMITTEE,))
    roles |= {"Dan": (Role.CHAIR,), "Pat": (Role.OFFICER,), "Paul": (Role.OFFICER,)}
    roles |= {"Tara": (Role.TREASURER,), "Tove": (Role.TREASURER,), "Asel": ()}
    roles |= {f"Applicant {at}": () for at in range(2, 13)}
    return {name: make_person(address(name), name, *held) for name, held in roles.items()}


def address(name: str) -> str:
    """Everybody writes from a house of their own, but for the one member with a tie to a team."""
    word = name.lower().replace(" ", "")
    return f"{word}@{'applicant2' if name == 'Carol' else word}.example"


def press(page: Page, label: str) -> None:
    """Press the button of this name, and wait for what comes."""
    page.get_by_role("button", name=label, exact=True).first.click()
    page.wait_for_load_state()


def fill(page: Page, values: dict[str, str]) -> None:
    """Type into fields by their names."""
    for name, value in values.items():
        page.locator(f"[name='{name}']:not([type=hidden])").first.fill(value)
