"""Which cards were refused: told by webhooks, or found by asking; and pages that are closed.

A page on which many cards are refused, or one many times, is closed at Stripe. As ever in three
beats: that it is to be closed is committed, Stripe is asked, and that it is closed is committed.
"""

import datetime as dt
import logging
from typing import Final

from django.db import transaction
from django.db.models import F, Q, QuerySet

from donors import gifts, pledges, settlements, subscriptions
from donors.brake import episodes, origins
from donors.brake.judging import CARDS_A_PAGE, weight
from donors.models.brake import Origin, RefusedCard
from donors.models.gifts import Gift
from donors.models.pledges import Pledge
from funding import clock, jobs
from funding.gateway import invoices, payments, refusals
from funding.gateway.client import Missing, Rejected, Unreachable
from funding.gateway.refusals import Refusal

logger = logging.getLogger(__name__)

_LEASE: Final = dt.timedelta(minutes=2)
_LAST_LOOK: Final = gifts.PAGE_LIVES + dt.timedelta(minutes=5)


def note(charge_id: str) -> None:
    """Take a refused charge down, if it is one of ours. Refuses: Unreachable."""
    try:
        refusal = refusals.of_charge(charge_id)
    except Missing:
        return
    if refusal is None:
        return
    origin = _origin_of(refusal)
    if origin is not None:
        take_down(origin_id=origin.pk, found=[refusal])


def _origin_of(refusal: Refusal) -> Origin | None:
    rows = Origin.objects.all()
    if gift := settlements.by_reference(refusal.reference):
        return rows.filter(gift=gift).first()
    if not refusal.payment_intent:
        return None
    found = rows.filter(gift__payment_intent=refusal.payment_intent).first()
    if found is None and (invoice := invoices.of_payment(refusal.payment_intent)):
        pledge = pledges.by_reference(invoices.fetch(invoice).reference)
        # Once it has begun, its card is kept, and its instalments are tried by Stripe.
        found = rows.filter(pledge=pledge, pledge__began_at__isnull=True).first()
    return found


def take_down(*, origin_id: int, found: list[Refusal]) -> int:
    """Count refused cards of one form, each once. Returns how many were new."""
    with transaction.atomic():
        origin = Origin.objects.select_for_update().get(pk=origin_id)
        new = 0
        for refusal in found:
            _row, is_new = RefusedCard.objects.get_or_create(
                charge=refusal.charge,
                defaults={
                    "origin": origin,
                    "card": origins.card_of(refusal.fingerprint),
                    "refused_at": refusal.refused_at,
                },
            )
            new += is_new
        cards = origin.refused.values("card").distinct().count()
        is_enough = weight(origin.refused.count(), cards) >= CARDS_A_PAGE
        if is_enough and origin.closing_at is None:
            origin.closing_at = origin.due_at = clock.now()
            origin.save(update_fields=["closing_at", "due_at"])
            jobs.after_commit("donors.tasks.close_page", origin.pk)
    if new:
        episodes.judge(origin)
    return new


def close_page(origin_id: int) -> bool:
    """Close the payment page of a form at Stripe. Harmless when repeated. Refuses: Unreachable."""
    origin = Origin.objects.select_related("gift", "pledge").get(pk=origin_id)
    if origin.closing_at is None or origin.closed_at is not None:
        return False
    given = _given(origin)
    if given.checkout:
        try:
            payments.expire_page(given.checkout)
        except (Rejected, Missing):
            logger.info("the page of origin %s was over already", origin_id)
    rows = Origin.objects.filter(pk=origin_id, closed_at__isnull=True)
    is_ours = bool(rows.update(closed_at=clock.now(), due_at=None))
    if isinstance(given, Gift):
        gifts.follow(given.pk)
    else:
        subscriptions.follow(given.pk)
    return is_ours


def _given(origin: Origin) -> Gift | Pledge:
    given = origin.gift or origin.pledge
    assert given is not None
    return given


def waiting() -> QuerySet[Origin]:
    """The forms whose refused cards are still to be asked for, or whose page is to be closed."""
    return Origin.objects.filter(due_at__isnull=False)


def sweep(*, limit: int = 200) -> int:
    """Ask what no webhook told, and close what is to be closed. Returns how many moved."""
    due = waiting().filter(due_at__lte=clock.now()).order_by("due_at", "pk")
    return sum(_sweep_one(pk) for pk in list(due.values_list("pk", flat=True)[:limit]))


def _sweep_one(origin_id: int) -> int:
    now = clock.now()
    rows = Origin.objects.filter(pk=origin_id)
    claimed = rows.filter(due_at__lte=now).update(due_at=now + _LEASE, attempts=F("attempts") + 1)
    if not claimed:
        return 0
    try:
        moved = _look(origin_id)
    except (Missing, Rejected, Unreachable) as error:
        rows.update(error=f"{type(error).__name__}: {error}"[:2000])
        wait = dt.timedelta(minutes=2 ** min(rows.get().attempts, 7))
        rows.filter(due_at__isnull=False).update(due_at=clock.now() + wait)
        return 0
    rows.exclude(error="").update(error="")
    return moved


def _look(origin_id: int) -> int:
    origin = Origin.objects.select_related("gift", "pledge").get(pk=origin_id)
    if origin.closing_at is not None and origin.closed_at is None:
        return int(close_page(origin_id))
    given = _given(origin)
    found = []
    if isinstance(given, Gift) and given.settled_at is None and given.checkout:
        payment_intent = given.payment_intent or payments.fetch_page(given.checkout).payment_intent
        found = refusals.of_payment(payment_intent) if payment_intent else []
    last = origin.created_at + _LAST_LOOK
    is_over = clock.now() >= last or not _is_open(given)
    Origin.objects.filter(pk=origin_id).update(due_at=None if is_over else last)
    # Whoever is to be closed now asks for it after this, so that it is not forgotten.
    return take_down(origin_id=origin_id, found=found) if found else 0


def _is_open(given: Gift | Pledge) -> bool:
    open_rows = gifts.waiting() if isinstance(given, Gift) else subscriptions.waiting()
    return open_rows.filter(Q(pk=given.pk)).exists()
