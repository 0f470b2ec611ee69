"""A round with funds, applications and a committee, and the steps of a decision."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from funding import clock
from funding.ledger import balances
from funding.ledger.balances import FundFigures
from funding.ledger.models import Entry, Fund
from funding.parties.models import Entity, Organisation
from funding.users.models import Role, User
from grants import decisions, motions, votes
from grants.models import (
    Application,
    Award,
    Choice,
    Declaration,
    Item,
    Motion,
    Project,
    Recusal,
    Round,
    RoundFund,
    Vote,
)
from grants.motions import Proposal
from tests import make
from tests.grants.payments.cast import give
from tests.people import make_person

HASH = "c" * 64


@dataclass
class Table:
    """Everybody and everything that a decision needs."""

    entity: Entity
    funds: list[Fund]
    round: Round
    asel: User
    carol: User
    dan: User
    dora: User
    members: list[User]
    pat: User
    tara: User
    eve: User
    applications: list[Application] = field(default_factory=list)

    def apply(self, title: str = "Steppe", minor: int = 100_000, **facts: Any) -> Application:
        """An application that was sent in; by default a half of it is its minimum, and no member
        has an interest in it."""
        declared = facts.pop("declared", True)
        found = application(self.round, facts.pop("by", self.asel), title, minor, **facts)
        self.applications.append(found)
        if declared:
            none_declared(found, self.members)
        return found

    def propose(self, *parts: Mapping[int, int], by: User | None = None, **facts: Any) -> Motion:
        """A draft: the first application gets the first parts, by the fund's place, and so on."""
        wanted = facts.pop("applications", self.applications)
        told: dict[str, Any] = {
            "text": "That these be funded.",
            "closes_at": clock.now() + dt.timedelta(days=5),
            "proposals": [
                Proposal(
                    each.pk, {self.funds[at].pk: minor for at, minor in part.items()}, "Sound."
                )
                for each, part in zip(wanted, parts, strict=False)
            ],
        }
        return motions.draft(round_id=self.round.pk, by=by or self.dan, **told | facts)

    def put(self, *parts: Mapping[int, int], **facts: Any) -> Motion:
        """A motion that is open."""
        motion = self.propose(*parts, **facts)
        return motions.put(motion_id=motion.pk, by=facts.get("by") or self.dan)

    def vote(self, motion: Motion, *choices: str, people: list[User] | None = None) -> None:
        """The members vote in turn, the same on every item that they are not out of."""
        for person, choice in zip(people or self.members, choices, strict=False):
            for item in motion.items.order_by("pk"):
                if not Recusal.objects.filter(application=item.application_id, member=person):
                    votes.cast(item_id=item.pk, choice=Choice(choice), by=person)

    def decided(self, *parts: Mapping[int, int]) -> Motion:
        """A motion that everybody voted for."""
        motion = self.put(*parts)
        self.vote(motion, *["for"] * len(self.members))
        return decisions.close(motion_id=motion.pk)

    def figures(self, at: int = 0) -> FundFigures:
        """What a fund has."""
        return balances.figures([self.funds[at].pk])[self.funds[at].pk]

    def moved(self) -> dict[str, Any]:
        """Everything that a refused step must leave alone."""
        return {
            "entries": Entry.objects.count(),
            "figures": [self.figures(at) for at in range(len(self.funds))],
            "motions": list(Motion.objects.order_by("pk").values("state", "sha256", "text")),
            "items": list(Item.objects.order_by("pk").values("state", "amount_minor")),
            "votes": sorted(Vote.objects.values_list("item", "member", "choice")),
            "recusals": Recusal.objects.count(),
            "awards": Award.objects.count(),
            "applications": sorted(Application.objects.values_list("pk", "state")),
        }


def table(*minors: int, envelopes: tuple[int, ...] = (), seats: int = 5) -> Table:
    """Funds with this much money, a round over them, and a committee with one chair or more."""
    entity = make.entity()
    wealth = minors or (200_000, 100_000)
    funds = [make.fund(entity, f"Fund {at}", position=at) for at, _ in enumerate(wealth)]
    for fund, minor in zip(funds, wealth, strict=True):
        if minor:
            give(fund, minor)
    now = clock.now()
    call = Round.objects.create(
        slug="call",
        name="Round 2027",
        entity=entity,
        call="Work for the manul.",
        criteria="Need and sense.",
        currency="EUR",
        maximum_minor=10**7,
        opens_at=now - dt.timedelta(days=60),
        closes_at=now - dt.timedelta(days=30),
        decides_on=now.date(),
        published_at=now - dt.timedelta(days=60),
    )
    for fund, minor in zip(funds, envelopes or (10**7,) * len(funds), strict=True):
        RoundFund.objects.create(round=call, fund=fund, envelope_minor=minor)
    dan = make_person("dan@example.org", "Dan", Role.CHAIR)
    carol = make_person("carol@example.org", "Carol", Role.COMMITTEE)
    others = [
        make_person(f"member{at}@example.org", f"Member {at}", Role.COMMITTEE)
        for at in range(3, seats + 1)
    ]
    return Table(
        entity=entity,
        funds=funds,
        round=call,
        asel=make_person("asel@example.org", "Asel"),
        carol=carol,
        dan=dan,
        dora=make_person("dora@example.org", "Dora"),
        members=[dan, carol, *others],
        pat=make_person("pat@example.org", "Pat", Role.OFFICER),
        tara=make_person("tara@example.org", "Tara", Role.TREASURER),
        eve=make_person("eve@example.org", "Eve"),
    )


def none_declared(found: Application, members: Iterable[User]) -> None:
    """Each of these has said that they have no interest in it; its applicant says nothing."""
    Declaration.objects.bulk_create(
        Declaration(application=found, member=each, interest="none", declared_at=clock.now())
        for each in members
        if each.pk != found.applicant_id
    )


def application(call: Round, by: User, title: str, minor: int, **facts: Any) -> Application:
    """An application that was sent in, with its project."""
    now = clock.now()
    named = {"name": "Steppe Team", "country": "MN"}
    body = Organisation.objects.filter(**named).first()
    body = body or Organisation.objects.create(**named, created_at=now)
    project = Project.objects.create(
        slug=f"project-{Project.objects.count()}",
        title=title,
        summary="Camera traps in winter.",
        organisation=body,
        country="MN",
        theme_id="T1",
        area_id="research",
        ends_on=dt.date(2027, 10, 31),
    )
    return Application.objects.create(
        **{
            "round": call,
            "project": project,
            "applicant": by,
            "minimum_minor": minor // 2,
            "ask_minor": minor,
            "state": "submitted",
            "created_at": now,
            "saved_at": now,
            "submitted_at": now,
            "submitted": {},
            "sha256": HASH,
        }
        | facts
    )
