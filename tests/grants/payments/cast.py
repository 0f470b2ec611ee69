"""An award from two funds, its people, and the three steps of a payment."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from funding import clock
from funding.ledger import book
from funding.ledger.book import Leg
from funding.ledger.models import Account, Entry, Fund, Kind, Reason
from funding.money import Money
from funding.parties.models import Entity, Organisation
from funding.users.models import Role, User
from grants import disbursements, endings, payees, screenings
from grants.disbursements import Payment
from grants.models import (
    Application,
    Award,
    AwardShare,
    Cancellation,
    Disbursement,
    Item,
    Motion,
    Project,
    Return,
    Round,
    ScreeningResult,
)
from tests import make
from tests.people import make_person

IBAN = "SE45 5000 0000 0583 9825 7466"
OTHER_IBAN = "DE89 3704 0044 0532 0130 00"
HASH = "a" * 64
# What each fund has been given.
GIVEN = 100_000


@dataclass
class Stage:
    """Everybody and everything that a payment needs."""

    entity: Entity
    funds: list[Fund]
    award: Award
    asel: User
    pat: User
    paul: User
    dan: User
    tara: User
    eve: User

    @property
    def bank(self) -> str:
        """The code of the entity's bank account."""
        return Account.objects.get(entity=self.entity, kind=Kind.BANK).code

    def banked(self, **facts: Any) -> str:
        """Asel enters an account; its fingerprint."""
        wanted: dict[str, Any] = {"holder": "Steppe Team", "iban": IBAN, "by": self.asel} | facts
        return payees.enter_bank_details(award_id=self.award.pk, **wanted).sha256

    def requested(self, minor: int = 30_000, **facts: Any) -> Disbursement:
        """Asel asks for a payment, with bank details if there are none."""
        if not self.award.bank_details.exists():
            self.banked()
        wanted: dict[str, Any] = {
            "amount_minor": minor,
            "purpose": "Camera traps",
            "by": self.asel,
        } | facts
        return disbursements.request(award_id=self.award.pk, **wanted)

    def checked(self, row: Disbursement, **facts: Any) -> Disbursement:
        """Pat, the officer, checks it."""
        wanted: dict[str, Any] = {"bank_sha256": row.bank_sha256, "by": self.pat} | facts
        return disbursements.check(disbursement_id=row.pk, **wanted)

    def screened(self, by: User | None = None, **facts: Any) -> None:
        """Pat looks the payee up and finds nothing."""
        wanted: dict[str, Any] = {
            "names": "Steppe Team\nAsel Example",
            "list_name": "Example list",
            "list_date": clock.today("UTC"),
            "result": ScreeningResult.NO_MATCH,
            "note": "Looked up both names.",
            "by": by or self.pat,
        }
        screenings.record(award_id=self.award.pk, **wanted | facts)

    def payment(self, row: Disbursement, **facts: Any) -> Payment:
        """What the bank did."""
        told: dict[str, Any] = {
            "paid_on": clock.today(self.entity.zone),
            "place": self.bank,
            "sent": Money(row.amount_minor, "EUR"),
            "rate": "",
            "fee_minor": 1_500,
            "reference": "SEB 4711",
        }
        return Payment(**told | facts)

    def released(self, row: Disbursement, by: User | None = None, **facts: Any) -> Disbursement:
        """Tara, the treasurer, releases it."""
        seen = facts.pop("bank_sha256", row.bank_sha256)
        return disbursements.release(
            disbursement_id=row.pk,
            bank_sha256=seen,
            payment=self.payment(row, **facts),
            by=by or self.tara,
        )

    def cancelled(self, by: User | None = None, **facts: Any) -> Cancellation:
        """Pat cancels what was not asked for."""
        wanted: dict[str, Any] = {"reason": "The work is done.", "by": by or self.pat}
        return endings.cancel_rest(award_id=self.award.pk, **wanted | facts)

    def returned(self, minor: int = 10_000, **facts: Any) -> Return:
        """Tara writes down that money came back."""
        wanted: dict[str, Any] = {
            "amount_minor": minor,
            "returned_on": clock.today(self.entity.zone),
            "place": self.bank,
            "reference": f"BACK {Return.objects.count()}",
            "by": self.tara,
        }
        return endings.record_return(award_id=self.award.pk, **wanted | facts)

    def paid(self, minor: int = 30_000) -> Disbursement:
        """A payment that has gone through all its steps."""
        row = self.checked(self.requested(minor))
        self.screened()
        return self.released(row)


def stage(shares: tuple[int, ...] = (70_000, 30_000), **facts: Any) -> Stage:
    """Funds with money, an award of EUR 1,000 from them, and the cast with its roles."""
    entity = make.entity()
    funds = [make.fund(entity, f"Fund {at}", position=at, **facts) for at, _ in enumerate(shares)]
    asel = make_person("asel@example.org", "Asel")
    made = award(entity, asel, sum(shares))
    for fund, minor in zip(funds, shares, strict=True):
        AwardShare.objects.create(award=made, fund=fund, amount_minor=minor)
        give(fund, GIVEN)
    adopt(made, funds, shares)
    return Stage(
        entity=entity,
        funds=funds,
        award=made,
        asel=asel,
        pat=make_person("pat@example.org", "Pat", Role.OFFICER),
        paul=make_person("paul@example.org", "Paul", Role.OFFICER, Role.TREASURER),
        dan=make_person("dan@example.org", "Dan", Role.CHAIR),
        tara=make_person("tara@example.org", "Tara", Role.TREASURER),
        eve=make_person("eve@example.org", "Eve"),
    )


def give(fund: Fund, minor: int) -> None:
    """Money comes into a fund, or below zero leaves it, as a gift and a refund would move it."""
    clearing = Account.objects.get(entity=fund.entity, kind=Kind.CLEARING).code
    # Far above the numbers of real gifts, which have rules of their own.
    number = 1_000_000_000 + Entry.objects.count()
    legs = [
        Leg(clearing, fund.pk, Money(minor, "EUR")),
        Leg("gifts" if minor > 0 else "refunds", fund.pk, Money(-minor, "EUR")),
    ]
    _post(fund.entity, f"gift:{number}:x", Reason.GIFT, f"gift:{number}", legs)


def adopt(award: Award, funds: list[Fund], shares: tuple[int, ...]) -> None:
    """The entry that promises it."""
    legs = [
        Leg(account, fund.pk, Money(sign * minor, "EUR"))
        for fund, minor in zip(funds, shares, strict=True)
        for account, sign in (("committed", -1), ("committed_contra", 1))
    ]
    _post(award.entity, f"award:{award.pk}:adopt", Reason.AWARD, f"award:{award.pk}", legs)


def _post(entity: Entity, key: str, reason: str, cause: str, legs: list[Leg]) -> None:
    with transaction.atomic():
        book.post(
            entity_id=entity.pk,
            key=key,
            reason=reason,
            cause=cause,
            actor="system",
            happened_on=clock.today(entity.zone),
            legs=legs,
        )


def award(entity: Entity, applicant: User, minor: int, slug: str = "steppe") -> Award:
    """An award without shares or entries, and all that leads to it."""
    now = clock.now()
    body = Organisation.objects.create(name="Steppe Team", country="MN", created_at=now)
    project = Project.objects.create(
        slug=slug, title="Steppe", organisation=body, theme_id="T1", area_id="research"
    )
    call = Round.objects.create(
        slug=f"call-{slug}",
        name="Call",
        entity=entity,
        currency="EUR",
        maximum_minor=10**7,
        opens_at=now - dt.timedelta(days=60),
        closes_at=now - dt.timedelta(days=30),
        decides_on=now.date(),
        asks_interests=False,
    )
    application = _application(call, project, applicant, minor)
    motion = Motion.objects.create(
        round=call,
        number=1,
        state="decided",
        put_by=applicant,
        created_at=now,
        put_at=now - dt.timedelta(days=6),
        closes_at=now,
        frozen={},
        sha256=HASH,
        decided_at=now,
        due_at=now,
    )
    item = Item.objects.create(
        motion=motion, application=application, amount_minor=minor, state="adopted"
    )
    return Award.objects.create(
        item=item,
        application=application,
        entity=entity,
        currency="EUR",
        amount_minor=minor,
        adopted_at=now,
        due_at=now,
    )


def _application(call: Round, project: Project, applicant: User, minor: int) -> Application:
    now = clock.now()
    return Application.objects.create(
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
