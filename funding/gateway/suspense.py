"""Money not yet understood: a person says what it is, and above the limit a second one agrees."""

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.gateway import entries
from funding.gateway.models import Meaning, Movement, MovementState, Resolution, ResolutionState
from funding.ledger import accounts, book, periods
from funding.ledger.book import Leg
from funding.ledger.models import Fund, Reason
from funding.users import second
from funding.users.models import User


class NotInSuspense(Refused):
    """It was explained before, or somebody's word on it waits already."""


class WrongFund(Refused):
    """The fund cannot take or bear it."""


@transaction.atomic
def propose(*, movement_id: int, meaning: str, fund_id: int, reason: str, by: User) -> Resolution:
    """Say what a movement in suspense is. Up to the limit it is booked at once.

    Refuses: NotInSuspense, WrongFund.
    """
    movement = Movement.objects.select_for_update(no_key=True).get(pk=movement_id)
    live = movement.resolutions.exclude(state=ResolutionState.DECLINED)
    if movement.state != MovementState.SUSPENSE or live.exists():
        raise NotInSuspense(_("Somebody has explained this money already."))
    fund = Fund.objects.get(pk=fund_id)
    _must_fit(movement, fund, meaning)
    now = clock.now()
    needs_second = abs(movement.net_minor) > settings.REFUND_LIMIT_MINOR
    made = Resolution.objects.create(
        movement=movement,
        meaning=meaning,
        fund=fund,
        reason=reason.strip(),
        needs_second=needs_second,
        state=ResolutionState.PROPOSED if needs_second else ResolutionState.BOOKED,
        proposed_by=by,
        proposed_at=now,
        decided_at=None if needs_second else now,
    )
    _note(made, by, "proposed" if needs_second else "booked")
    if not needs_second:
        _book(made, by)
    return made


def approve(*, resolution_id: int, by: User) -> Resolution:
    """Agree as the second person; it is booked. Refuses: SecondPersonNeeded."""
    return _decide(resolution_id, by, ResolutionState.BOOKED)


def decline(*, resolution_id: int, by: User) -> Resolution:
    """Turn it down as the second person; the money stays in suspense."""
    return _decide(resolution_id, by, ResolutionState.DECLINED)


@transaction.atomic
def _decide(resolution_id: int, by: User, state: ResolutionState) -> Resolution:
    made = Resolution.objects.select_for_update().get(pk=resolution_id)
    is_open = made.state == ResolutionState.PROPOSED
    second.must_decide(by, proposed_by=f"user:{made.proposed_by_id}", is_open=is_open)
    made.state, made.decided_by, made.decided_at = state, by, clock.now()
    made.save(update_fields=["state", "decided_by", "decided_at"])
    _note(made, by, state.value)
    if state == ResolutionState.BOOKED:
        _book(made, by)
    return made


def _must_fit(movement: Movement, fund: Fund, meaning: str) -> None:
    entity = entries.owner()
    if fund.is_treasury or fund.entity_id != entity.pk or fund.closed_on is not None:
        raise WrongFund(_("Choose an open fund of the body whose Stripe account this is."))
    if fund.currency != movement.currency:
        raise WrongFund(_("Choose a fund in %s.") % movement.currency)
    if meaning == Meaning.INCOME and movement.net_minor < 0:
        raise WrongFund(_("Money that went out is no income."))


def _book(made: Resolution, by: User) -> None:
    movement, fund = made.movement, made.fund
    entity = entries.owner()
    treasury, clearing = entries.treasury_of(entity).pk, accounts.clearing_of(entity.pk)
    account = "other_income" if made.meaning == Meaning.INCOME else "payment_fees"
    net = movement.net
    book.post(
        entity_id=entity.pk,
        key=f"resolution:{made.pk}:book",
        reason=Reason.RESOLVED,
        cause=f"movement:{movement.pk}",
        actor=f"user:{by.pk}",
        happened_on=periods.open_day(entity_id=entity.pk, day=clock.today(entity.zone)),
        legs=[
            Leg("suspense", treasury, net),
            Leg(clearing, treasury, -net),
            Leg(clearing, fund.pk, net),
            Leg(account, fund.pk, -net),
        ],
    )
    movement.state = MovementState.BOOKED
    movement.save(update_fields=["state"])
    entries.clear_alarm(movement, made.reason)


def _note(made: Resolution, by: User, verb: str) -> None:
    log.record(
        actor=f"user:{by.pk}",
        action=f"suspense.{verb}",
        subject=f"movement:{made.movement_id}",
        meaning=made.meaning,
        fund=made.fund_id,
    )
