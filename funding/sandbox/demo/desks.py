"""What waits at the desks when the story ends: a refund, a transfer, a report to print."""

import datetime as dt
from functools import partial

from donors import refunds
from donors.models import Gift, Refund
from funding.ledger import transfers
from funding.ledger.models import Fund, Transfer
from funding.money import Money
from funding.sandbox.demo import opening, people
from funding.sandbox.demo.catalogue.entity import DOGS, GENERAL
from funding.sandbox.demo.scenes import Days, Scene
from funding.site import reports

_ZOO = "gifts@wolkenried.example"


def scenes(days: Days) -> list[Scene]:
    """The last days of the story."""
    return [
        Scene(6.5, propose_transfer),
        Scene(5.5, ask_refund),
        Scene(0.5, partial(make_report, days)),
    ]


def ask_refund() -> None:
    """More than one person may give back alone, so it waits for a second one."""
    gift = Gift.objects.filter(donor__email=_ZOO, settled_at__isnull=False).latest("settled_at")
    if not Refund.objects.filter(gift=gift).exists():
        refunds.request(
            gift_id=gift.pk,
            amount_minor=100_000,
            reason="The zoo had meant to give the quarter in three parts.",
            actor=people.actor("tara"),
        )


def propose_transfer() -> None:
    """The committee wants more for dogs; a second treasurer has to book it."""
    if not Transfer.objects.exists():
        transfers.propose(
            source_id=Fund.objects.get(slug=GENERAL).pk,
            target_id=Fund.objects.get(slug=DOGS).pk,
            place="bank:main",
            amount=Money(50_000, "EUR"),
            reason="For the second valley, as the committee talked about in its last call.",
            by=people.one("tara").pk,
        )


def make_report(days: Days) -> None:
    """The treasurer prints the general fund's report up to the end of last month."""
    entity = opening.entity()
    last = days.at(0).date().replace(day=1) - dt.timedelta(days=1)
    report = reports.ask(
        entity_id=entity.pk,
        fund_id=Fund.objects.get(slug=GENERAL).pk,
        currency=entity.currency,
        starts_on=dt.date(last.year, 1, 1),
        ends_on=last,
        by=people.one("tara"),
    )
    if report.document is None:
        reports.make(report.pk)
