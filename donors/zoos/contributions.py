"""What a zoo promises: written down, given a fund, invoiced in its rhythm, ended."""

import datetime as dt
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from donors import rhythms
from donors.models import Contribution, ContributionState, Pace, Zoo
from donors.zoos import invoices, proformas, words
from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.ledger.models import Fund
from funding.money import EXPONENTS
from funding.parties.models import Entity

# Of these zoos give; what comes in another one than the fund's is worth what the bank makes of it.
CURRENCIES: Final = "EUR GBP USD SEK NOK DKK CHF CZK PLN JPY KRW CAD AUD KWD".split()
_MONTHS: Final = {Pace.QUARTERLY: 3, Pace.YEARLY: 12}
_AHEAD: Final = dt.timedelta(days=366 * 2)
_ZONES: Final = dt.timedelta(days=1)


class NotAPromise(Refused):
    """It promises nothing, in no currency, or for no purpose that the fund could keep to."""


class NotProposed(Refused):
    """It has a fund already, or has ended."""


class HasEnded(Refused):
    """Nothing of it is asked for any more."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a zoo offers. Without a fund its own words say what it is for."""

    token: UUID
    entity_id: int
    currency: str
    amount_minor: int
    pace: Pace
    starts_on: dt.date
    fund_id: int | None = None
    wish: str = ""
    order_number: str = ""


def promise(*, zoo_id: int, offer: Offer, actor: str) -> Contribution:
    """Write a promise down. With a fund it runs; without one the treasurer finds one first.

    The same token twice is the same promise. Refuses: NotAPromise.
    """
    if found := Contribution.objects.filter(form_token=offer.token).first():
        return _same(found, zoo_id, offer)
    wish = words.one_line(offer.wish, 500)
    must_be_one(offer, wish)
    try:
        with transaction.atomic():
            return _write(zoo_id, offer, wish, actor)
    except IntegrityError:
        if found := Contribution.objects.filter(form_token=offer.token).first():
            return _same(found, zoo_id, offer)
        raise


def _write(zoo_id: int, offer: Offer, wish: str, actor: str) -> Contribution:
    zoo = Zoo.objects.select_for_update(no_key=True).get(pk=zoo_id)
    fund = None if offer.fund_id is None else _fund(offer.entity_id, offer.fund_id)
    made = Contribution.objects.create(
        form_token=offer.token,
        zoo=zoo,
        entity_id=offer.entity_id,
        fund=fund,
        wish=wish,
        currency=offer.currency,
        amount_minor=offer.amount_minor,
        pace=offer.pace,
        order_number=words.one_line(offer.order_number, 60),
        state=ContributionState.RUNNING if fund else ContributionState.PROPOSED,
        starts_on=offer.starts_on,
        next_on=offer.starts_on if fund else None,
        created_at=clock.now(),
        created_by=actor,
    )
    log.record(
        actor=actor,
        action="contribution.promised",
        subject=f"contribution:{made.pk}",
        minor=made.amount_minor,
        currency=made.currency,
    )
    return made


def _same(found: Contribution, zoo_id: int, offer: Offer) -> Contribution:
    there = (found.zoo_id, found.currency, found.amount_minor, found.pace)
    if there != (zoo_id, offer.currency, offer.amount_minor, offer.pace):
        raise NotAPromise(_("This form was sent before with other content. Open it again."))
    return found


@transaction.atomic
def give_fund(*, contribution_id: int, fund_id: int, actor: str) -> Contribution:
    """Say which fund keeps the words of a proposal; invoices fall due from then on.

    Refuses: NotProposed, NotAPromise.
    """
    row = lock(contribution_id)
    if row.fund_id == fund_id:
        return row
    if row.state != ContributionState.PROPOSED:
        raise NotProposed(_("This promise has a fund already, or has ended."))
    row.fund = _fund(row.entity_id, fund_id)
    row.state, row.next_on = ContributionState.RUNNING, row.starts_on
    row.save(update_fields=["fund", "state", "next_on"])
    log.record(
        actor=actor,
        action="contribution.given_a_fund",
        subject=f"contribution:{row.pk}",
        fund=fund_id,
    )
    return row


@transaction.atomic
def set_order(*, contribution_id: int, order_number: str, actor: str) -> Contribution:
    """Write down the zoo's order number, for the invoices to come; again: nothing.

    What has been issued keeps the one that it says. Refuses: HasEnded.
    """
    row = lock(contribution_id)
    number = words.one_line(order_number, 60)
    if row.state == ContributionState.ENDED:
        raise HasEnded(_("This promise has ended. Ask us for another invoice instead."))
    if row.order_number == number:
        return row
    row.order_number = number
    row.save(update_fields=["order_number"])
    log.record(actor=actor, action="contribution.order_set", subject=f"contribution:{row.pk}")
    return row


@transaction.atomic
def end(*, contribution_id: int, actor: str) -> Contribution:
    """Ask for nothing more; again: nothing. What is out stays open until it is cancelled."""
    row = lock(contribution_id)
    if row.state == ContributionState.ENDED:
        return row
    _end(row)
    proformas.void(row, actor=actor)
    log.record(actor=actor, action="contribution.ended", subject=f"contribution:{row.pk}")
    return row


def sweep(*, limit: int = 100) -> int:
    """Issue what is due today. Returns how many invoices that made.

    A promise that slept catches up by one invoice at each round, none is left out.
    """
    moved = 0
    for entity in Entity.objects.order_by("pk"):
        running = Contribution.objects.filter(entity=entity, state=ContributionState.RUNNING)
        due = running.filter(next_on__lte=clock.today(entity.zone))
        for pk in list(due.order_by("next_on", "pk").values_list("pk", flat=True)[:limit]):
            moved += int(bill(pk))
    return moved


@transaction.atomic
def bill(contribution_id: int) -> bool:
    """Issue the next invoice if its day has come, and move on to the one after.

    False when nothing was due, it is paused, or no account is known that it could print.
    """
    row = lock(contribution_id)
    if row.state != ContributionState.RUNNING:
        return False
    if row.next_on is None or row.next_on > clock.today(row.entity.zone):
        return False
    if invoices.issue(row, period_on=row.next_on) is None:
        return False
    if row.pace == Pace.ONCE:
        _end(row)
    else:
        row.next_on = day_after(row)
        row.save(update_fields=["next_on"])
    return True


def day_after(row: Contribution) -> dt.date:
    """The day of its rhythm that follows its next one.

    Counted from the first day, so that the 31st comes back after a shorter month.
    """
    assert row.next_on is not None
    first, last = row.starts_on, row.next_on
    passed = (last.year - first.year) * 12 + last.month - first.month
    return rhythms.months_after(first, passed + _MONTHS[Pace(row.pace)])


def lock(contribution_id: int) -> Contribution:
    """The promise, locked for the rest of the transaction."""
    return Contribution.objects.select_for_update(no_key=True).get(pk=contribution_id)


def _end(row: Contribution) -> None:
    row.state, row.next_on, row.ended_at = ContributionState.ENDED, None, clock.now()
    row.paused_at, row.paused_why = None, ""
    row.save(update_fields=["state", "next_on", "ended_at", "paused_at", "paused_why"])


def must_be_one(offer: Offer, wish: str) -> None:
    """Refuses what promises nothing: NotAPromise."""
    if offer.currency not in CURRENCIES or offer.currency not in EXPONENTS:
        raise NotAPromise(_("Choose a currency from the list."))
    if offer.amount_minor <= 0:
        raise NotAPromise(_("Write a sum above zero."))
    if offer.fund_id is None and not wish:
        raise NotAPromise(_("Choose a fund, or write what the money is for."))
    today = clock.today(Entity.objects.get(pk=offer.entity_id).zone)
    # A zoo west of the body still lives the day before.
    if not today - _ZONES <= offer.starts_on <= today + _AHEAD:
        raise NotAPromise(_("The first invoice is issued today or within two years."))


def _fund(entity_id: int, fund_id: int) -> Fund:
    rows = Fund.objects.filter(entity_id=entity_id, is_treasury=False, closed_on=None)
    fund = rows.filter(pk=fund_id).first()
    if fund is None:
        raise NotAPromise(_("This fund is closed, or another body's. Choose another."))
    return fund
