"""A fund that has lived: gifts, fees, refunds, transfers and awards on days of one's choice."""

import datetime as dt
import itertools
from dataclasses import dataclass, field

from django.db import transaction

from funding import clock
from funding.ledger import book
from funding.ledger.book import Leg
from funding.ledger.models import Account, Fund, Kind, Reason
from funding.money import Money
from funding.parties.models import Entity, Organisation
from funding.site.models import FundReport
from funding.users.models import User
from grants import journals
from grants.models import Application, Award, AwardShare, Item, Motion, Project, Round
from tests import make
from tests.people import make_person

HASH = "a" * 64
_numbers = itertools.count(1)


@dataclass
class Life:
    """An entity with two funds, and what can happen to them."""

    entity: Entity
    funds: list[Fund]
    asel: User
    reversible: list[str] = field(default_factory=list)
    foreign: dict[int, tuple[Fund, int, int]] = field(default_factory=dict)

    @property
    def bank(self) -> str:
        return Account.objects.get(entity=self.entity, kind=Kind.BANK).code

    @property
    def clearing(self) -> str:
        return Account.objects.get(entity=self.entity, kind=Kind.CLEARING).code

    def post(self, key: str, reason: str, cause: str, day: dt.date, *legs: Leg) -> None:
        """An entry on a day."""
        with transaction.atomic():
            book.post(
                entity_id=self.entity.pk,
                key=key,
                reason=reason,
                cause=cause,
                actor="system",
                happened_on=day,
                legs=legs,
            )

    def gives(self, day: dt.date, minor: int, *funds: Fund, cover: int = 0) -> int:
        """One gift, the same sum to each fund; its number."""
        number = next(_numbers)
        legs = [
            leg
            for fund in funds
            for leg in (
                Leg(self.clearing, fund.pk, euro(minor + cover)),
                Leg("gifts", fund.pk, euro(-minor)),
                Leg("fee_cover", fund.pk, euro(-cover)),
            )
        ]
        self.post(f"gift:{number}:settle", Reason.GIFT, f"gift:{number}", day, *legs)
        self.reversible.append(f"gift:{number}:settle")
        return number

    def gives_pounds(
        self, day: dt.date, pence: int, worth: int, fund: Fund, *, known: dt.date | None = None
    ) -> int:
        """A foreign gift, whose value becomes known on a day or not yet."""
        number = next(_numbers)
        pounds = Money(pence, "GBP")
        self.post(
            f"gift:{number}:settle",
            Reason.GIFT,
            f"gift:{number}",
            day,
            Leg(self.clearing, fund.pk, pounds),
            Leg("gifts", fund.pk, -pounds),
        )
        if known is not None:
            self.post(
                f"gift:{number}:value",
                Reason.GIFT_VALUE,
                f"gift:{number}",
                known,
                Leg(self.clearing, fund.pk, -pounds),
                Leg("fx", fund.pk, pounds),
                Leg("fx", fund.pk, euro(-worth)),
                Leg(self.clearing, fund.pk, euro(worth - 30)),
                Leg("payment_fees", fund.pk, euro(30)),
            )
            self.foreign[number] = (fund, pence, worth)
        return number

    def gets_back(self, day: dt.date, minor: int, fund: Fund) -> None:
        """Money given back."""
        number = next(_numbers)
        self.post(
            f"refund:{number}:book",
            Reason.REFUND,
            f"gift:{number}",
            day,
            Leg("refunds", fund.pk, euro(minor)),
            Leg(self.clearing, fund.pk, euro(-minor)),
        )

    def gets_pounds_back(self, day: dt.date, gift: int, pence: int, cost: int, fund: Fund) -> None:
        """A part of a foreign gift given back, at the rate of that day."""
        pounds = Money(pence, "GBP")
        self.post(
            f"refund:{next(_numbers)}:book",
            Reason.REFUND,
            f"gift:{gift}",
            day,
            Leg("refunds", fund.pk, pounds),
            Leg("fx", fund.pk, -pounds),
            Leg("fx", fund.pk, euro(cost)),
            Leg(self.clearing, fund.pk, euro(-cost)),
        )

    def costs(self, day: dt.date, minor: int, fund: Fund, kind: str = "payment_fees") -> None:
        """A fee."""
        number = next(_numbers)
        place = self.bank if kind == "bank_fees" else self.clearing
        self.post(
            f"gift:{number}:fee",
            Reason.FEE,
            f"gift:{number}",
            day,
            Leg(kind, fund.pk, euro(minor)),
            Leg(place, fund.pk, euro(-minor)),
        )
        self.reversible.append(f"gift:{number}:fee")

    def brings_forward(self, day: dt.date, minor: int, fund: Fund) -> None:
        """What a fund had before these books."""
        number = next(_numbers)
        self.post(
            f"opening:{number}:book",
            Reason.OPENING,
            f"opening:{number}",
            day,
            Leg(self.bank, fund.pk, euro(minor)),
            Leg("brought_forward", fund.pk, euro(-minor)),
        )

    def moves(self, day: dt.date, minor: int, source: Fund, target: Fund) -> None:
        """A transfer between funds."""
        number = next(_numbers)
        self.post(
            f"transfer:{number}:book",
            Reason.TRANSFER,
            f"transfer:{number}",
            day,
            Leg("transfers", source.pk, euro(minor)),
            Leg(self.bank, source.pk, euro(-minor)),
            Leg(self.bank, target.pk, euro(minor)),
            Leg("transfers", target.pk, euro(-minor)),
        )

    def reverses(self, key: str, day: dt.date) -> None:
        """A mistake put right."""
        with transaction.atomic():
            book.reverse(
                key_of=key,
                key=f"{key}-undone",
                reason=Reason.REVERSAL,
                actor="system",
                happened_on=day,
            )

    def awards_to(self, day: dt.date, title: str, shares: dict[Fund, int]) -> Award:
        """Money promised to a project of this title."""
        award = _award(self.entity, self.asel, title, sum(shares.values()))
        legs = []
        for fund, minor in shares.items():
            AwardShare.objects.create(award=award, fund=fund, amount_minor=minor)
            legs += [
                Leg("committed", fund.pk, euro(-minor)),
                Leg("committed_contra", fund.pk, euro(minor)),
            ]
        self.post(f"award:{award.pk}:adopt", Reason.AWARD, f"award:{award.pk}", day, *legs)
        return award

    def falls_due(self, day: dt.date, award: Award, number: int, parts: dict[Fund, int]) -> None:
        """A payment is checked."""
        named = {fund.pk: minor for fund, minor in parts.items()}
        key = f"award:{award.pk}:due-{number}.1"
        self.post(key, Reason.AWARD_DUE, f"award:{award.pk}", day, *journals.due(named, "EUR"))

    def is_paid(self, day: dt.date, award: Award, number: int, parts: dict[Fund, int]) -> None:
        """A payment leaves the bank, without a fee."""
        legs = [
            leg
            for fund, minor in parts.items()
            for leg in (
                Leg("payable", fund.pk, euro(minor)),
                Leg(self.bank, fund.pk, euro(-minor)),
            )
        ]
        key = f"award:{award.pk}:paid-{number}"
        self.post(key, Reason.AWARD_PAID, f"award:{award.pk}", day, *legs)

    def is_cancelled(self, day: dt.date, award: Award, parts: dict[Fund, int]) -> None:
        """The rest is free again."""
        legs = [
            leg
            for fund, minor in parts.items()
            for leg in (
                Leg("committed", fund.pk, euro(minor)),
                Leg("committed_contra", fund.pk, euro(-minor)),
            )
        ]
        key = f"award:{award.pk}:cancelled-{next(_numbers)}"
        self.post(key, Reason.AWARD_CANCELLED, f"award:{award.pk}", day, *legs)

    def sends_back(self, day: dt.date, award: Award, parts: dict[Fund, int]) -> None:
        """Unspent money comes back."""
        legs = [
            leg
            for fund, minor in parts.items()
            for leg in (
                Leg(self.bank, fund.pk, euro(minor)),
                Leg("grants", fund.pk, euro(-minor)),
            )
        ]
        key = f"award:{award.pk}:returned-{next(_numbers)}"
        self.post(key, Reason.AWARD_RETURNED, f"award:{award.pk}", day, *legs)

    def report(self, fund: Fund | None, start: dt.date, end: dt.date) -> FundReport:
        """A report that is not asked for yet."""
        return FundReport(
            entity=self.entity,
            fund=fund,
            currency="EUR",
            starts_on=start,
            ends_on=end,
            asked_by=self.asel,
            asked_at=clock.now(),
            due_at=clock.now(),
        )


def euro(minor: int) -> Money:
    """So many cents."""
    return Money(minor, "EUR")


def life(**facts: object) -> Life:
    """An entity with an unrestricted fund and a smaller one, which have had nothing yet."""
    entity = make.entity()
    general = make.fund(entity, "General fund", position=1, **facts)
    snow = make.fund(entity, "Snow and rock", position=2, reserve_minor=12_345)
    return Life(entity, [general, snow], make_person("asel@example.org", "Asel"))


def _award(entity: Entity, applicant: User, title: str, minor: int) -> Award:
    now = clock.now()
    call, project = _call(entity), _project(title)
    application = Application.objects.create(
        round=call,
        project=project,
        applicant=applicant,
        minimum_minor=minor,
        ask_minor=minor,
        state="awarded",
        created_at=now,
        saved_at=now,
        submitted_at=now,
        submitted={},
        sha256=HASH,
        decided_at=now,
    )
    item = Item.objects.create(
        motion=_motion(call, applicant), application=application, amount_minor=minor,
        state="adopted",
    )  # fmt: skip
    return Award.objects.create(
        item=item,
        application=application,
        entity=entity,
        currency="EUR",
        amount_minor=minor,
        adopted_at=now,
        due_at=now,
    )


def _project(title: str) -> Project:
    body = Organisation.objects.create(name="Steppe Team", country="MN", created_at=clock.now())
    return Project.objects.create(
        slug=f"work-{next(_numbers)}",
        title=title,
        organisation=body,
        country="MN",
        theme_id="T1",
        area_id="research",
    )


def _call(entity: Entity) -> Round:
    now = clock.now()
    return Round.objects.create(
        slug=f"call-{next(_numbers)}",
        name="Call",
        entity=entity,
        currency="EUR",
        maximum_minor=10**9,
        opens_at=now - dt.timedelta(days=60),
        closes_at=now - dt.timedelta(days=30),
        decides_on=now.date(),
    )


def _motion(call: Round, by: User) -> Motion:
    now = clock.now()
    return Motion.objects.create(
        round=call,
        number=1,
        state="decided",
        put_by=by,
        created_at=now,
        put_at=now - dt.timedelta(days=6),
        closes_at=now,
        frozen={},
        sha256=HASH,
        decided_at=now,
        due_at=now,
    )
