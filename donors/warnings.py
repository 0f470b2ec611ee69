"""Early fraud warnings: an issuer calls a payment fraud before anybody disputes it.

No money has moved. Giving the gift back now costs nothing but the gift; a dispute would cost its
fee as well, and count against us.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from donors import disputes, refunds, settlements
from donors.disputes import NeedsAReason
from donors.models import EarlyWarning, WarningState
from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.gateway import disputes as gateway
from funding.gateway.disputes import WarningFacts


class AlreadyDecided(Refused):
    """Somebody decided on this warning before, or there is nothing left to decide."""


def follow(warning_id: str) -> bool:
    """Look a warning up at Stripe and keep what it says. False when it is not about us."""
    facts = gateway.fetch_warning(warning_id)
    gift_id = disputes.gift_of(facts.charge)
    if gift_id is None:
        return False
    _take_down(gift_id, facts)
    return True


@transaction.atomic
def _take_down(gift_id: int, facts: WarningFacts) -> None:
    gift = settlements.lock(gift_id)
    warning, is_new = EarlyWarning.objects.select_for_update().get_or_create(
        stripe_id=facts.id,
        defaults={
            "gift": gift,
            "fraud_type": facts.fraud_type,
            "warned_at": facts.created_at,
            "is_actionable": facts.is_actionable,
        },
    )
    # Stripe never makes one actionable again.
    warning.is_actionable = warning.is_actionable and facts.is_actionable
    if not warning.is_actionable and warning.state == WarningState.OPEN:
        warning.state, warning.decided_at = WarningState.ENDED, clock.now()
    warning.save()
    if is_new:
        log.record(
            actor="stripe", action="warning.came", subject=f"gift:{gift.pk}", warning=warning.pk
        )


@transaction.atomic
def refund(*, warning_id: int, why: str, actor: str) -> EarlyWarning:
    """Give back all that is left of the gift. Refuses: AlreadyDecided, and what refunds refuse."""
    warning = _lock_open(warning_id, why)
    made = refunds.request(
        gift_id=warning.gift_id,
        amount_minor=refunds.left_of(settlements.lock(warning.gift_id)),
        reason=why,
        actor=actor,
    )
    warning.refund = made
    return _decide(warning, WarningState.REFUNDED, why, actor)


@transaction.atomic
def keep(*, warning_id: int, why: str, actor: str) -> EarlyWarning:
    """Keep the gift and risk a dispute. Refuses: AlreadyDecided, NeedsAReason."""
    return _decide(_lock_open(warning_id, why), WarningState.KEPT, why, actor)


def _lock_open(warning_id: int, why: str) -> EarlyWarning:
    if not why.strip():
        raise NeedsAReason(_("Write why. It is kept with the warning."))
    gift_id = EarlyWarning.objects.values_list("gift_id", flat=True).get(pk=warning_id)
    settlements.lock(gift_id)
    warning = EarlyWarning.objects.select_for_update(of=("self",)).get(pk=warning_id)
    if warning.state != WarningState.OPEN:
        raise AlreadyDecided(_("This warning was decided before, or its cause has ended."))
    return warning


def _decide(warning: EarlyWarning, state: WarningState, why: str, actor: str) -> EarlyWarning:
    warning.state, warning.decided_by, warning.decided_at = state, actor, clock.now()
    warning.decided_why = why.strip()[:400]
    warning.save()
    log.record(
        actor=actor,
        action=f"warning.{state}",
        subject=f"gift:{warning.gift_id}",
        warning=warning.pk,
        why=warning.decided_why,
    )
    return warning


def look_around() -> None:
    """Follow the disputes and warnings of late that nobody has told of."""
    disputes.look_around(follow)
