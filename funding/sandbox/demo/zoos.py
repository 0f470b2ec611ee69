"""Zoos come, promise, are invoiced, and pay: in full, short, or not yet."""

import datetime as dt
import uuid
from functools import partial
from typing import Final
from uuid import UUID

from django.db.models import Q

from donors import receipts
from donors.intake import lines, matching
from donors.intake.lines import Told
from donors.models import Contribution, Invoice, Receipt, Zoo
from donors.pools import matches, pools
from donors.pools.pools import Terms
from donors.zoos import accounts, contributions, invitations, invoices, zoos
from donors.zoos.contributions import Offer
from donors.zoos.payments import Paying
from funding import clock
from funding.ledger.models import Fund
from funding.money import Money
from funding.sandbox.demo import opening, people
from funding.sandbox.demo.catalogue.zoos import HOUSES, IBAN, MATCHED, House, Matched, Promised
from funding.sandbox.demo.scenes import Days, Scene
from funding.users.models import User

_NAMES: Final = UUID("7d0c52a6-1b43-4a4e-9b53-6f4b1c5a4f10")
_BANK: Final = "bank:main"


def scenes(days: Days) -> list[Scene]:
    """Each zoo, each of its promises, and each of its payments."""
    found = [Scene(300, _account)]
    for house in HOUSES:
        found.append(Scene(299, partial(_come, house)))
        for number, promised in enumerate(house.promised):
            ref = f"{house.key}:{number}"
            found.append(Scene(promised.days_ago, partial(_promise, house, promised, ref)))
            for days_ago, minor in promised.came:
                # The statement's day, however often the scene is begun.
                day = days.at(days_ago).date()
                found.append(Scene(days_ago, partial(_pay, ref, minor, day)))
    found += [Scene(each.days_ago, partial(_match, each)) for each in MATCHED]
    # What came by roads that ring for nobody here.
    found.append(Scene(0.01, _look))
    return found


def _account() -> None:
    accounts.write(
        entity_id=opening.entity().pk,
        holder=opening.entity().legal_name,
        bank="Norrviks Sparbank",
        iban=IBAN,
        bic="",
        actor=people.actor("tara"),
    )


def _come(house: House) -> None:
    if _zoo(house) is None:
        actor = people.actor("pat")
        zoos.found(profile=house.profile, owner_email=house.owner, actor=actor)
    zoo = _zoo(house)
    assert zoo is not None
    owner = User.objects.get(email=house.owner)
    asked = zoo.invitations.filter(Q(email=house.owner, accepted_at=None, withdrawn_at=None))
    if house.owner in people.ADDRESSES.values() and (found := asked.first()):
        invitations.accept(invitation_id=found.pk, by=owner)
        zoos.show(zoo_id=zoo.pk, is_shown=True, actor=people.actor("bob"))


def _promise(house: House, promised: Promised, ref: str) -> None:
    zoo, fund = _zoo(house), Fund.objects.get(slug=promised.fund)
    assert zoo is not None
    row = contributions.promise(
        zoo_id=zoo.pk,
        offer=Offer(
            token=_token(ref),
            entity_id=fund.entity_id,
            currency=promised.currency,
            amount_minor=promised.minor,
            pace=promised.pace,
            starts_on=clock.today(fund.entity.zone),
            fund_id=fund.pk,
            order_number=promised.order_number,
        ),
        actor=people.actor("bob"),
    )
    contributions.bill(row.pk)
    for invoice in row.invoices.all():
        invoices.make(invoice.pk)


def _pay(ref: str, minor: int, day: dt.date) -> None:
    invoice = Invoice.objects.get(contribution=Contribution.objects.get(form_token=_token(ref)))
    actor, name = people.actor("tara"), f"demo-{ref}-{minor}"
    line = lines.arrive(
        told=Told(
            place=_BANK,
            booked_on=day,
            amount=Money(minor, invoice.fund.currency),
            reference=name,
            payer_name=invoice.zoo.legal_name,
            text=invoice.reference,
        ),
        actor=actor,
    )
    is_own = invoice.currency == invoice.fund.currency
    matching.match(
        line_id=line.pk,
        kind="invoice",
        amount_minor=minor,
        what=Paying(invoice.pk, minor if is_own else invoice.amount_minor),
        actor=actor,
        token=_token(name),
    )
    for receipt in Receipt.objects.filter(gift__invoice_payment__invoice=invoice):
        receipts.make(receipt.pk)


def _match(matched: Matched) -> None:
    zoo = next(_zoo(house) for house in HOUSES if house.key == matched.house)
    fund = Fund.objects.get(slug=matched.fund)
    assert zoo is not None
    today = clock.today(fund.entity.zone)
    actor = people.actor("tara")
    made = pools.draft(
        zoo_id=zoo.pk,
        terms=Terms(
            token=_token(f"pool:{matched.house}:{matched.fund}"),
            fund_id=fund.pk,
            cap_minor=matched.cap_minor,
            pays=1,
            per=1,
            from_on=today,
            until_on=today + dt.timedelta(days=matched.lasts),
            is_named=True,
            order_number=matched.order_number,
        ),
        actor=actor,
    )
    pools.open_pool(pool_id=made.pk, actor=actor)


def _look() -> None:
    matches.sweep()


def _zoo(house: House) -> Zoo | None:
    return Zoo.objects.filter(organisation__name=house.profile.name).first()


def _token(ref: str) -> UUID:
    return uuid.uuid5(_NAMES, ref)
