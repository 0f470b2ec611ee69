"""The story, step by step. Every step is found done when it is begun a second time."""

import datetime as dt
import uuid
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user_model

from donors import fees, gifts, receipts, refunds
from donors.models import Gift, GiftState, Receipt, ReceiptState, Refund, RefundState
from funding import clock
from funding.audit import log
from funding.audit.models import Record
from funding.ledger import accounts, balances, openings, periods
from funding.ledger.models import Account, Fund, Kind, Opening, Period
from funding.mail import outbox
from funding.money import Money
from funding.parties.models import Entity
from funding.sandbox.demo import catalogue, hand
from funding.sandbox.demo.catalogue import Visit

_NAMES = UUID("6f2c1c0e-5d0b-4a0e-9d5e-0e6b8f6b2b11")
_DONE = "demo.finished"
_MINUTES = dt.timedelta(minutes=3)
_PAGE_LEFT = gifts.PAGE_LIVES + dt.timedelta(minutes=5)


class NotHere(Exception):
    """This is no place for invented gifts."""


def tell(present: dt.datetime) -> bool:
    """Make the demonstration, or go on with one that was broken off. False: all was there.

    `present` is the true present instant, at which the story ends.
    """
    _refuse_real_money()
    if Record.objects.filter(action=_DONE).exists():
        return False
    first = present - dt.timedelta(days=catalogue.VISITS[0].days_ago + 2)
    if not Gift.objects.exists():
        hand.jump(int(first.timestamp()))
    entity = _entity(first, dt.date(present.year - 1, 12, 31))
    for number, visit in enumerate(catalogue.VISITS):
        _wait_until(present - dt.timedelta(days=visit.days_ago, hours=(number * 5) % 11))
        _visit(entity, visit, str(number))
    hand.jump(hand.true_now())
    balances.fold()
    log.record(actor="system", action=_DONE, subject="demo:1")
    return True


def _refuse_real_money() -> None:
    host = urlsplit(settings.STRIPE_API_BASE).hostname
    if host not in {"localhost", "127.0.0.1"} or not settings.STRIPE_SECRET_KEY.startswith(
        "sk_test"
    ):
        raise NotHere("Demonstration data are made against the sandbox on this machine only.")
    if Entity.objects.filter(is_illustrative=False).exists():
        raise NotHere("This database has a real entity, so no demonstration is made in it.")


def _wait_until(instant: dt.datetime) -> None:
    if instant > clock.now():
        hand.jump(int(instant.timestamp()) + 1)


def _entity(opened: dt.datetime, brought_on: dt.date) -> Entity:
    facts = dict(catalogue.ENTITY)
    entity, is_new = Entity.objects.get_or_create(slug=facts.pop("slug"), defaults=facts)
    if is_new or not Account.objects.filter(code="bank:main").exists():
        for kind, slug, name in (
            (Kind.CLEARING, "stripe", "Stripe"),
            (Kind.BANK, "main", "Norrviks Sparbank"),
        ):
            if not Account.objects.filter(code=f"{kind}:{slug}").exists():
                accounts.open_place(entity_id=entity.pk, kind=kind, slug=slug, name=name)
    _funds(entity, min(opened.date(), brought_on))
    _openings(entity, brought_on)
    return entity


def _funds(entity: Entity, opened_on: dt.date) -> None:
    Fund.objects.get_or_create(
        slug="treasury",
        defaults={
            "entity": entity, "name": "Treasury", "purpose": "Moves between places of money.",
            "restriction": "unrestricted", "currency": entity.currency, "is_treasury": True,
            "is_open_to_gifts": False, "opened_on": opened_on, "position": 900,
        },
    )  # fmt: skip
    for facts in catalogue.FUNDS:
        Fund.objects.get_or_create(
            slug=facts["slug"],
            defaults=facts
            | {"entity": entity, "currency": entity.currency, "opened_on": opened_on},
        )


def _openings(entity: Entity, day: dt.date) -> None:
    year = day.year + 1
    if not Period.objects.filter(entity=entity).exists():
        periods.open_period(
            entity_id=entity.pk,
            name=f"{year}",
            starts_on=dt.date(year, 1, 1),
            ends_on=dt.date(year, 12, 31),
            actor="system",
        )
    treasurer, officer = (_person(*each) for each in (catalogue.TREASURER, catalogue.OFFICER))
    for slug, minor in catalogue.OPENINGS:
        fund = Fund.objects.get(slug=slug)
        opening = Opening.objects.filter(fund=fund).first() or openings.propose(
            fund_id=fund.pk,
            place="bank:main",
            amount=Money(minor, fund.currency),
            as_of=day,
            reason="Brought over from the accounts kept before this ledger.",
            by=treasurer,
        )
        if opening.state == "proposed":
            openings.book(opening_id=opening.pk, by=officer)


def _person(email: str, name: str) -> int:
    users = get_user_model().objects
    user = users.filter(email=email).first() or users.create_user(email, name=name)
    return int(user.pk)


def _visit(entity: Entity, visit: Visit, ref: str) -> None:
    gift = gifts.start(_wish(entity, visit, ref))
    if gift.state == GiftState.PENDING:
        gifts.checkout(gift.pk)
        gift.refresh_from_db()
    if not visit.pays:
        return
    if gift.final_at is None and gift.state != GiftState.FAILED:
        _pay(gift, visit)
    gift.refresh_from_db()
    if gift.settled_at is None:
        return
    _paper(gift)
    if visit.give_back and not gift.refunds.filter(state=RefundState.SUCCEEDED).exists():
        _give_back(gift, visit.give_back)


def _wish(entity: Entity, visit: Visit, ref: str) -> gifts.Wish:
    fund = Fund.objects.get(slug=visit.fund)
    amount = Money(visit.minor, visit.currency)
    return gifts.Wish(
        token=uuid.uuid5(_NAMES, ref),
        entity_id=entity.pk,
        lines=((fund.pk, visit.minor),),
        currency=visit.currency,
        cover_minor=fees.cover_for(amount).minor if visit.cover else 0,
        name=visit.name,
        email=visit.email,
        is_anonymous=visit.anonymous,
        message=visit.message,
        news=False,
        language="en",
    )


def _pay(gift: Gift, visit: Visit) -> None:
    # A story that was broken off may have paid already and not have heard of it.
    gift = gifts.follow(gift.pk)
    if gift.state == GiftState.PENDING:
        hand.pay(gift.checkout, visit.card)
        gift = gifts.follow(gift.pk)
    _wait_until(clock.now() + (_PAGE_LEFT if gift.state == GiftState.PENDING else _MINUTES))
    gifts.follow(gift.pk)


def _paper(gift: Gift) -> None:
    for receipt in Receipt.objects.filter(gift=gift).exclude(state=ReceiptState.NOT_NEEDED):
        receipts.make(receipt.pk)
    outbox.send_due()


def _give_back(gift: Gift, minor: int) -> None:
    _wait_until(clock.now() + dt.timedelta(days=1))
    refund = Refund.objects.filter(gift=gift).first() or refunds.request(
        gift_id=gift.pk,
        amount_minor=minor,
        reason="The donor had meant to give less and wrote to us.",
        actor=f"user:{_person(*catalogue.TREASURER)}",
    )
    refunds.send(refund.pk)
    _wait_until(clock.now() + _MINUTES)
    refund.refresh_from_db()
    if refund.stripe_id:
        refunds.follow(refund.stripe_id)
    _paper(gift)
