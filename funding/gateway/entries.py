"""What the Treasury books of Stripe's account book: payouts, reserves, fees, and the unknown.

A movement tells when money leaves or enters Stripe's balance, so those two legs come from it
alone; when it is at the bank is told by the payout. Each is booked once, in any order.
"""

import datetime as dt
from collections.abc import Callable
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from funding.alerts import alarms
from funding.alerts.models import Kind as Alarm
from funding.audit import log
from funding.errors import Refused
from funding.gateway.models import Movement, MovementState, Payout
from funding.ledger import accounts, book, funds, periods
from funding.ledger.book import Leg
from funding.ledger.models import Account, Fund, Kind, Reason
from funding.money import Money
from funding.parties.models import Entity

Rule = Callable[[Movement, Entity], tuple[Reason, list[Leg]] | None]


class NoOwner(Refused):
    """It is not clear whose Stripe account this is."""


class NoBank(Refused):
    """Nobody has said where payouts arrive."""


def owner() -> Entity:
    """The entity whose Stripe account the key opens. Raises NoOwner unless exactly one is."""
    found = Account.objects.filter(kind=Kind.CLEARING).values_list("entity_id", flat=True)
    ids = set(found)
    if len(ids) != 1:
        sentence = _("%s bodies have an account at Stripe, and one key serves one of them.")
        raise NoOwner(sentence % len(ids))
    return Entity.objects.get(pk=ids.pop())


def treasury_of(entity: Entity) -> Fund:
    """The technical fund in which money moves between its places."""
    return Fund.objects.get(entity=entity, is_treasury=True)


def bank_of(entity: Entity) -> str:
    """The code of the bank account to which Stripe pays out: the entity's first. Raises NoBank."""
    places = Account.objects.filter(entity=entity, kind=Kind.BANK).order_by("code")
    code = places.values_list("code", flat=True).first()
    if code is None:
        raise NoBank(_("%s has no bank account here, and Stripe pays out.") % entity.legal_name)
    return code


def _sent(movement: Movement, entity: Entity) -> tuple[Reason, list[Leg]] | None:
    """A payout leaves the balance, or comes back to it."""
    is_back = movement.amount_minor > 0
    legs = _moved(entity, movement.amount)
    fee = _fee(movement, entity, movement.fee) if movement.fee_minor else []
    if fee is None:
        return None
    return (Reason.PAYOUT_RETURNED if is_back else Reason.PAYOUT), legs + fee


def _kept_back(movement: Movement, entity: Entity) -> tuple[Reason, list[Leg]] | None:
    """Stripe keeps money back for a time, or lets it go: ours all the while."""
    return Reason.RESERVE, _moved(entity, movement.net)


def _charged(movement: Movement, entity: Entity) -> tuple[Reason, list[Leg]] | None:
    """What Stripe takes for itself, or gives back of it."""
    legs = _fee(movement, entity, -movement.net)
    return None if legs is None else (Reason.STRIPE_FEE, legs)


# reporting category -> what the Treasury books. None: it cannot, and it goes to suspense.
RULES: Final[dict[str, Rule]] = {
    "payout": _sent,
    "payout_reversal": _sent,
    "risk_reserved_funds": _kept_back,
    "fee": _charged,
}


def _moved(entity: Entity, amount: Money) -> list[Leg]:
    treasury, clearing = treasury_of(entity).pk, accounts.clearing_of(entity.pk)
    return [Leg(clearing, treasury, amount), Leg("in_transit", treasury, -amount)]


def _fee(movement: Movement, entity: Entity, fee: Money) -> list[Leg] | None:
    fund = funds.bears_costs(entity_id=entity.pk, currency=movement.currency)
    if fund is None:
        return None
    clearing = accounts.clearing_of(entity.pk)
    return [Leg("payment_fees", fund.pk, fee), Leg(clearing, fund.pk, -fee)]


@transaction.atomic
def book_movement(pk: int) -> None:
    """Book a movement by the Treasury's rules, once. What they cannot say goes to suspense."""
    movement, entity = _locked(pk), owner()
    if movement.state not in {MovementState.WAITING, MovementState.STUCK}:
        return
    if not (movement.amount_minor or movement.fee_minor):
        _stand(movement, MovementState.BOOKED, "")
        return
    told = RULES[movement.category](movement, entity)
    if told is None:
        _suspend(movement, entity)
        return
    reason, legs = told
    _post(movement, entity, reason, legs)
    _stand(movement, MovementState.BOOKED, f"movement:{movement.pk}:book")


@transaction.atomic
def suspend(pk: int) -> None:
    """Book a movement that nobody knows as money not yet understood, and sound the alarm."""
    movement = _locked(pk)
    if movement.state in {MovementState.WAITING, MovementState.STUCK}:
        _suspend(movement, owner())


def _suspend(movement: Movement, entity: Entity) -> None:
    if not movement.net_minor:
        _stand(movement, MovementState.BOOKED, "")
        return
    treasury, clearing = treasury_of(entity).pk, accounts.clearing_of(entity.pk)
    legs = [Leg(clearing, treasury, movement.net), Leg("suspense", treasury, -movement.net)]
    _post(movement, entity, Reason.SUSPENSE, legs)
    _stand(movement, MovementState.SUSPENSE, f"movement:{movement.pk}:book")
    alarms.sound(
        kind=Alarm.MOVEMENT_UNKNOWN,
        subject=f"movement:{movement.pk}",
        sentence=_("Stripe moved %(sum)s as “%(category)s”, and nobody here knows why.")
        % {"sum": movement.net.text(), "category": movement.category},
        page=reverse("suspense", kwargs={"pk": movement.pk}),
    )


@transaction.atomic
def understand(pk: int) -> int:
    """Take a movement out of suspense that its owner has booked after all. 1 when it was there."""
    movement, entity = _locked(pk), owner()
    if movement.state != MovementState.SUSPENSE:
        return 0
    if movement.resolutions.exclude(state="declined").exists():
        # A person has said what it is: both cannot be true, and reconciling shows it.
        return 0
    key = movement.entry_key
    book.reverse(
        key_of=key,
        key=f"movement:{movement.pk}:understood",
        reason=Reason.RESOLVED,
        actor="system",
        happened_on=_day(entity, movement.created_at),
    )
    _stand(movement, MovementState.BOOKED, "")
    clear_alarm(movement, _("What it belongs to is known now."))
    return 1


def clear_alarm(movement: Movement, why: str) -> None:
    """The money is understood."""
    alarms.clear(kind=Alarm.MOVEMENT_UNKNOWN, subject=f"movement:{movement.pk}", why=why)


def book_arrival(payout: Payout, instant: dt.datetime, *, verb: str) -> None:
    """Book in the open transaction that a payout is at the bank, or left it again.

    `verb` is 'arrived' or 'returned'. A repeat books nothing.
    """
    entity = owner()
    treasury, bank = treasury_of(entity).pk, bank_of(entity)
    amount = payout.amount if verb == "arrived" else -payout.amount
    reason = Reason.PAYOUT_ARRIVED if verb == "arrived" else Reason.PAYOUT_RETURNED
    book.post(
        entity_id=entity.pk,
        key=f"payout:{payout.pk}:{verb}",
        reason=reason,
        cause=f"payout:{payout.pk}",
        actor="stripe",
        happened_on=_day(entity, instant),
        legs=[Leg(bank, treasury, amount), Leg("in_transit", treasury, -amount)],
    )


def _locked(pk: int) -> Movement:
    return Movement.objects.select_for_update(no_key=True).get(pk=pk)


def _post(movement: Movement, entity: Entity, reason: Reason, legs: list[Leg]) -> None:
    book.post(
        entity_id=entity.pk,
        key=f"movement:{movement.pk}:book",
        reason=reason,
        cause=f"movement:{movement.pk}",
        actor="stripe",
        happened_on=_day(entity, movement.created_at),
        legs=legs,
    )
    log.record(
        actor="stripe",
        action=f"movement.{reason.value}",
        subject=f"movement:{movement.pk}",
        minor=movement.net_minor,
        currency=movement.currency,
    )


def _stand(movement: Movement, state: MovementState, key: str) -> None:
    movement.state, movement.entry_key, movement.error = state, key, ""
    movement.save(update_fields=["state", "entry_key", "error"])


def _day(entity: Entity, instant: dt.datetime) -> dt.date:
    day = instant.astimezone(ZoneInfo(entity.zone)).date()
    return periods.open_day(entity_id=entity.pk, day=day)
