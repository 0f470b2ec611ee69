"""A round with money behind it, and applications in it in any state."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from funding import clock
from funding.ledger.models import Fund
from funding.parties.models import Entity
from funding.users.models import Role, User
from grants import applications, rounds
from grants.applicants import Body
from grants.applications import Content
from grants.budgets import Line
from grants.models import Application, LineSource, Round
from grants.terms import Terms
from tests import make
from tests.people import make_person

TEAM = Body("Өмнөговь нохой", "MN", "9011234567", "https://team.example/")
LINES = (
    Line("goods", "Vaccine, 180 doses", 180, 1_050),
    Line("pay", "Two vets, 24 days", 24, 13_000),
    Line("travel", "Fuel 燃料", 1, 140_000, LineSource.OTHER),
)


def written(**facts: Any) -> Content:
    """All that an application needs: EUR 5,010 asked for, EUR 1,400 from elsewhere."""
    told: dict[str, Any] = {
        "title": "Guard dogs with herders",
        "theme": "T3",
        "area": "raising-awareness",
        "summary": "We vaccinate the dogs of 61 herder families.",
        "methods": "Two visits to every family; doses and dogs are counted.",
        "country": "MN",
        "province": "Sükhbaatar",
        "starts_on": dt.date(2027, 3, 1),
        "ends_on": dt.date(2027, 10, 31),
        "minimum_minor": 350_000,
        "minimum_reason": "With less we reach only half of the families.",
        "lines": LINES,
    }
    return Content(**told | facts)


@dataclass
class Stage:
    """A round, and the people around it."""

    entity: Entity
    fund: Fund
    round: Round
    asel: User
    pat: User
    carol: User
    eve: User

    def started(self, by: User | None = None, **facts: Any) -> Application:
        """A draft with a title and nothing else."""
        told: dict[str, Any] = {
            "uuid": uuid.uuid4(),
            "round_id": self.round.pk,
            "content": Content("Guard dogs", "T3", "raising-awareness", body=TEAM),
            "by": by or self.asel,
        }
        return applications.start(**told | facts)

    def saved(self, draft: Application, by: User | None = None, **facts: Any) -> Application:
        """The draft with all that it needs."""
        names = ("version", "typed", "tab")
        how: dict[str, Any] = {name: facts.pop(name) for name in names if name in facts}
        how.setdefault("version", draft.version)
        return applications.save(
            application_id=draft.pk,
            content=written(**facts),
            by=by or self.asel,
            **how,
        )

    def sent(self, by: User | None = None, **facts: Any) -> Application:
        """One that the committee has before it."""
        draft = self.saved(self.started(by), by, **facts)
        return self.submitted(draft, by)

    def submitted(self, draft: Application, by: User | None = None) -> Application:
        """Send a draft as it is."""
        return applications.submit(
            application_id=draft.pk, version=draft.version, by=by or self.asel
        )

    def closes(self, ago: dt.timedelta, grace_minutes: int = 0) -> None:
        """Let the round have closed so long ago."""
        end = clock.now() - ago
        Round.objects.filter(pk=self.round.pk).update(
            opens_at=end - dt.timedelta(days=50), closes_at=end, grace_minutes=grace_minutes
        )


def terms(fund: Fund, **facts: Any) -> Terms:
    """A round that has been open for a week and stays so for another fifty days."""
    now = clock.now().replace(microsecond=0)
    told: dict[str, Any] = {
        "name": "Small grants 2027",
        "call": "For work in the range countries.",
        "criteria": "What it does for the manul, and whether it can be done.",
        "maximum_minor": 1_000_000,
        "opens_at": now - dt.timedelta(days=7),
        "closes_at": now + dt.timedelta(days=50),
        "grace_minutes": 0,
        "decides_on": (now + dt.timedelta(days=100)).date(),
        "envelopes": ((fund.pk, 3_000_000),),
    }
    return Terms(**told | facts)


def stage() -> Stage:
    """An open round of EUR 10,000 at most, drawing on one fund."""
    entity = make.entity()
    fund = make.fund(entity)
    pat = make_person("pat@example.org", "Pat", Role.OFFICER)
    call = rounds.create(entity_id=entity.pk, terms=terms(fund), by=pat)
    return Stage(
        entity=entity,
        fund=fund,
        round=rounds.publish(round_id=call.pk, by=pat),
        asel=make_person("asel@example.org", "Асель Дорж"),
        pat=pat,
        carol=make_person("carol@example.org", "Carol", Role.COMMITTEE),
        eve=make_person("eve@example.org", "Eve"),
    )
