"""Another card or account for a pledge: given on a page of Stripe's, charged from then on."""

import datetime as dt
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from donors import changes, pledges, turns
from donors.changes import NotRunning
from donors.gifts import PAGE_LIVES
from donors.models import ChangeKind, ChangeState, PledgeChange
from funding import clock
from funding.errors import Refused
from funding.gateway import subscriptions as gateway
from funding.gateway.client import Missing, Rejected, Unreachable

_LOOK_AGAIN: Final = dt.timedelta(minutes=10)


def new_method(*, pledge_id: int, actor: str, return_url: str) -> str:
    """The address of a page on which the donor gives another card or account.

    Refuses: NotRunning, Unreachable.
    """
    with transaction.atomic():
        pledge = pledges.lock(pledge_id)
        if not pledge.is_running:
            raise NotRunning(changes.not_running())
        now = clock.now()
        change = PledgeChange.objects.create(
            pledge=pledge,
            kind=ChangeKind.METHOD,
            before=changes.as_it_stands(pledge),
            actor=actor,
            state=ChangeState.OPENED,
            created_at=now,
            checkout_expires_at=now + PAGE_LIVES,
            due_at=now + _LOOK_AGAIN,
        )
    separator = "&" if "?" in return_url else "?"
    page = gateway.open_setup(
        key=f"change:{change.uuid}:setup",
        reference=str(change.uuid),
        customer=pledge.customer,
        currency=pledge.currency,
        return_url=f"{return_url}{separator}card={change.uuid}",
        expires_at=now + PAGE_LIVES,
        language=pledge.language,
    )
    PledgeChange.objects.filter(pk=change.pk).update(checkout=page.id, checkout_url=page.url)
    return page.url


def follow_setup(change_id: int) -> PledgeChange:
    """See whether a new card was given, and charge it from now on; try what is open at once.

    Refuses: Unreachable.
    """
    change = PledgeChange.objects.get(pk=change_id)
    if change.state != ChangeState.OPENED:
        return turns.make(change_id)
    if not change.checkout:
        if change.checkout_expires_at and change.checkout_expires_at < clock.now():
            _close(change_id)
        return change
    page = gateway.fetch_page(change.checkout)
    method = gateway.method_set_up(page.setup) if page.status == "complete" else ""
    if method:
        _take_up(change_id, method)
        change = turns.make(change_id)
        _try_open_one(change)
    elif page.status == "expired":
        _close(change_id)
    return change


@transaction.atomic
def _take_up(change_id: int, method: str) -> None:
    """The card is there: from here on it is a change like others."""
    row = PledgeChange.objects.values_list("pledge_id", flat=True).get(pk=change_id)
    pledge = pledges.lock(row)
    change = PledgeChange.objects.select_for_update(of=("self",)).get(pk=change_id)
    if change.state != ChangeState.OPENED:
        return
    if not pledge.is_running:
        turns.give_up(change, changes.not_running())
        return
    if pledge.changes.filter(state=ChangeState.ASKED).exists():
        return  # The sweep comes back when that one is done.
    change.state, change.after = ChangeState.ASKED, {"method_id": method}
    change.due_at = clock.now()
    change.save(update_fields=["state", "after", "due_at"])


@transaction.atomic
def _close(change_id: int) -> None:
    change = PledgeChange.objects.select_for_update(of=("self",)).get(pk=change_id)
    if change.state == ChangeState.OPENED:
        turns.give_up(change, _("The page was left."))


def _try_open_one(change: PledgeChange) -> None:
    if change.state != ChangeState.DONE:
        return
    try:
        asked = changes.retry(pledge_id=change.pledge_id, actor=change.actor)
    except Refused:
        return  # Nothing is open.
    turns.make(asked.pk)


def follow_setup_page(session_id: str) -> bool:
    """Follow the new card behind a page. False when it is not one of ours."""
    change = PledgeChange.objects.filter(checkout=session_id).first()
    if change is None:
        return False
    follow_setup(change.pk)
    return True


def waiting() -> QuerySet[PledgeChange]:
    """The pages for a new card that were opened and not finished."""
    return PledgeChange.objects.filter(state=ChangeState.OPENED)


def sweep(*, limit: int = 200) -> int:
    """See what came of every page that is due. Returns how many have ended."""
    now = clock.now()
    due = waiting().filter(due_at__lte=now).order_by("due_at", "pk")
    return sum(_sweep_one(pk) for pk in list(due.values_list("pk", flat=True)[:limit]))


def _sweep_one(change_id: int) -> int:
    now = clock.now()
    rows = waiting().filter(pk=change_id, due_at__lte=now)
    if not rows.update(due_at=now + _LOOK_AGAIN):
        return 0
    try:
        return int(follow_setup(change_id).state != ChangeState.OPENED)
    except (Unreachable, Missing, Rejected):
        return 0
