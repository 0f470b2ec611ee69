"""Our books against Stripe's and the bank's: every difference named, and repaired where sure.

It needs no webhook: Stripe's account book is walked again, further back than usual, then its
balance is asked, and when something moved in between both are done again.
"""

import datetime as dt
import logging
from collections import Counter
from dataclasses import asdict
from typing import Final

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from funding import clock
from funding.alerts import alarms
from funding.alerts.alarms import Cause
from funding.alerts.models import Kind as Alarm
from funding.audit import log
from funding.errors import Refused
from funding.gateway import balance, movements, payouts, transactions
from funding.gateway.models import Movement, MovementState
from funding.ledger.models import Account
from funding.money import Money
from funding.site import comparing, webhooks
from funding.site.comparing import Difference
from funding.site.models import Reconciliation, StatementBalance
from funding.users.models import User

logger = logging.getLogger(__name__)

_BACK: Final = dt.timedelta(days=7)
_MOST_TRIES: Final = 3
_KEPT: Final = 400

WORDS: Final = {
    "gift_not_booked": gettext_lazy("Gift not booked"),
    "refund_not_booked": gettext_lazy("Refund not booked"),
    "payout_not_booked": gettext_lazy("Payout not booked"),
    "fee_not_booked": gettext_lazy("Fee not booked"),
    "movement_not_booked": gettext_lazy("Movement not booked"),
    "movement_missing": gettext_lazy("Booked, and not met at Stripe"),
    "amounts_differ": gettext_lazy("Another sum than Stripe’s"),
    "entry_without_movement": gettext_lazy("Entry without a line of Stripe’s"),
    "payout_does_not_add_up": gettext_lazy("Payout that does not add up"),
    "arrival_not_booked": gettext_lazy("Payout at the bank, not booked"),
    "payout_without_movement": gettext_lazy("Payout that left no trace"),
    "payout_unknown": gettext_lazy("Payout never asked after"),
    "payout_late": gettext_lazy("Payout that is late"),
    "in_transit_differs": gettext_lazy("Money in transit"),
    "bank_differs": gettext_lazy("Bank statement"),
    "balance_differs": gettext_lazy("Stripe’s balance"),
}


class NotRepairable(Refused):
    """The cause is not certain, or the difference is not there any more."""


def run(*, actor: str = "system") -> Reconciliation:
    """Compare everything, keep what differs, and sound or clear the alarm. Raises Unreachable."""
    begun = clock.now()
    theirs = _steady()
    found = comparing.differences(theirs)
    ours, waiting = comparing.clearing(), comparing.on_the_way()
    balances = {
        currency: [ours.get(currency, 0), waiting.get(currency, (0, 0))[0], theirs.get(currency, 0)]
        for currency in sorted(ours.keys() | theirs.keys())
    }
    with transaction.atomic():
        made = Reconciliation.objects.create(
            begun_at=begun,
            ended_at=clock.now(),
            actor=actor,
            balances=balances,
            differences=[asdict(each) for each in found[:_KEPT]],
            count=len(found),
        )
        _sound(found)
    return made


def nightly() -> None:
    """The comparison of every night."""
    run()


def last() -> Reconciliation | None:
    """The newest comparison."""
    return Reconciliation.objects.order_by("-ended_at", "-pk").first()


def differences_of(run_: Reconciliation) -> list[Difference]:
    """What differed then."""
    return [Difference(**each) for each in run_.differences]


def _steady() -> dict[str, int]:
    """Stripe's balance at a moment at which all that makes it up is known and followed."""
    transactions.walk(back=_BACK)
    webhooks.walk_movements()
    theirs = balance.fetch()
    for _try in range(_MOST_TRIES):
        if not webhooks.walk_movements():
            break
        theirs = balance.fetch()
    return theirs


def _sound(found: list[Difference]) -> None:
    counts = Counter(each.kind for each in found)
    causes = {
        f"reconcile:{kind}": Cause(
            _("Reconciling found: %(what)s (%(count)s).")
            % {"what": WORDS.get(kind, kind), "count": count},
            reverse("reconcile"),
        )
        for kind, count in counts.items()
    }
    if causes:
        logger.error("reconciling found kinds=%s", ",".join(sorted(counts)))
    alarms.match(
        kind=Alarm.BOOKS_DIFFER, causes=causes, why=_("The books agree again."), among="reconcile:"
    )


def repair(*, kind: str, subject: str, actor: str) -> bool:
    """Call the rule again that books such a thing. True when the difference is gone by it.

    Nothing is ever posted by hand. Refuses: NotRepairable; Unreachable.
    """
    newest = last()
    each = next(
        (
            each
            for each in (differences_of(newest) if newest else [])
            if (each.kind, each.subject) == (kind, subject) and each.repair
        ),
        None,
    )
    if each is None:
        raise NotRepairable(_("This difference is not there any more, or its cause is not sure."))
    log.record(actor=actor, action="reconcile.repair", subject=f"{kind}:{subject}"[:120])
    if each.repair == comparing.FETCH:
        transactions.fetch(subject)
    elif each.repair == comparing.PAYOUT:
        payouts.follow(subject)
    else:
        _follow_again(subject)
    after = run(actor=actor)
    return all((now.kind, now.subject) != (kind, subject) for now in differences_of(after))


def _follow_again(subject: str) -> None:
    movement = Movement.objects.get(stripe_id=subject)
    if movement.state == MovementState.BOOKED and not movement.entry_key:
        # It was marked as booked, and nothing stands for it: it must be looked at again.
        Movement.objects.filter(pk=movement.pk).update(state=MovementState.WAITING)
    movements.again(movement)
    movements.follow(movement.pk, webhooks.MOVEMENTS)


def enter(*, place: Account, day: dt.date, amount: Money, by: User) -> StatementBalance:
    """Keep what the statement of a bank account says at the end of a day."""
    made = StatementBalance.objects.create(
        place=place,
        day=day,
        currency=amount.currency,
        amount_minor=amount.minor,
        entered_by=by,
        entered_at=clock.now(),
    )
    log.record(
        actor=f"user:{by.pk}",
        action="statement.entered",
        subject=f"statement:{made.pk}",
        minor=amount.minor,
    )
    return made
