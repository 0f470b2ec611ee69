"""What the bank tells: a statement with two transfers, of which one is understood."""

import datetime as dt
import uuid
from functools import partial

from donors import receipts
from donors.intake import matching
from donors.intake.targets import Giver
from donors.models import BankLine
from funding.imports import running
from funding.imports.models import Import, State
from funding.ledger.models import Fund
from funding.sandbox.demo import opening, people
from funding.sandbox.demo.catalogue.entity import DOGS
from funding.sandbox.demo.scenes import Days, Scene

_NAME = "statement.csv"
_TABLE = """Date,Amount,Currency,Reference,Name,Account,Text
{day},180.00,EUR,NSB-20481,Gunnel Sjöholm,SE4550000000058398257466,For the herders' dogs
{day},75.00,EUR,NSB-20482,H. Aaltonen,FI2112345600000785,manul
"""
# One token for each step, so that a story that is taken up again finds it made.
_GIFT = uuid.UUID("5f0c5a52-2d57-4f3c-8d0a-3f8f0c1b7a11")


def scenes(days: Days) -> list[Scene]:
    """Two weeks before the end."""
    return [Scene(13.5, partial(bring, days.at(14.5).date())), Scene(13.4, explain)]


def bring(day: dt.date) -> None:
    """Tara brings the file, looks at it, and takes it in."""
    tara = people.actor("tara")
    batch = Import.objects.filter(name=_NAME).first() or running.start(
        kind="statement",
        entity_id=opening.entity().pk,
        name=_NAME,
        content=_TABLE.format(day=day.isoformat()).encode(),
        options={"place": "bank:main", "dates": "dmy"},
        actor=tara,
    )
    while batch.state != State.DONE:
        if batch.state == State.MAPPING:
            running.name_columns(import_id=batch.pk, mapping=batch.mapping, actor=tara)
        elif batch.state == State.READING:
            running.read(batch.pk)
        elif batch.state == State.CHECKING:
            running.check_some(batch.pk)
        elif batch.state == State.CHECKED:
            running.accept(import_id=batch.pk, actor=tara)
        elif batch.state == State.BOOKING:
            running.take_in(batch.pk)
        else:
            raise RuntimeError(f"The statement stands still: {batch.state}, {batch.said}")
        batch.refresh_from_db()


def explain() -> None:
    """The first line is a gift; of the second nobody knows yet whose it is."""
    line = BankLine.objects.get(reference="NSB-20481")
    if line.left_minor:
        fund = Fund.objects.get(slug=DOGS)
        matching.match(
            line_id=line.pk,
            kind="gift",
            amount_minor=line.left_minor,
            what=Giver("Gunnel Sjöholm", "gunnel@donor.example", ((fund.pk, line.left_minor),)),
            actor=people.actor("tara"),
            token=_GIFT,
        )
    receipts.sweep()
