"""What pages tell of a pledge: how it stands, what is taken next, and what was changed."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from donors import instalments, means, methods, outlooks, pledge_mails, rhythms, splits, tributes
from donors.fees import LIMITS
from donors.forms.giving import read_uuid
from donors.models import (
    ChangeKind,
    ChangeState,
    GiftState,
    Instalment,
    InstalmentState,
    Pledge,
    PledgeChange,
    PledgeState,
    Receipt,
    ReceiptState,
    Rhythm,
)
from donors.pledge_mails import EACH
from funding import clock, limits
from funding.gateway.client import Missing, Rejected, Unreachable
from funding.money import Money

# How loud it is said, and what; nothing where there is nothing to say.
Said = tuple[int, str] | None
_SHOWN: Final = 200
# The noun of a rhythm, where 'every month' would not read: 'EUR 10.00 a month'.
A: Final = {
    Rhythm.MONTHLY: gettext_lazy("a month"),
    Rhythm.QUARTERLY: gettext_lazy("every three months"),
    Rhythm.YEARLY: gettext_lazy("a year"),
}


@dataclass(frozen=True, slots=True)
class Changed:
    """A change with what was before it and what is after, for a template to put into words."""

    change: PledgeChange
    was: dict[str, Any]
    now: dict[str, Any]

    @property
    def is_by_link(self) -> bool:
        """Whether it was asked for without signing in."""
        return self.change.actor.startswith("donor:")

    @property
    def is_ours(self) -> bool:
        """Whether the fund or a bank was the cause, not the donor."""
        return self.change.after.get("why", "giver") != "giver"


def facts(pledge: Pledge) -> dict[str, Any]:
    """How a pledge stands, for any page that shows it."""
    return {
        "pledge": pledge,
        "zone": pledge.entity.zone,
        "cover": Money(pledge.cover_minor, pledge.currency),
        "each": EACH[Rhythm(pledge.rhythm)],
        "a": A[Rhythm(pledge.rhythm)],
        "next_on": outlooks.next_on(pledge),
        "taken_on": outlooks.taken_on(pledge),
        "resumes_on": outlooks.day(pledge, pledge.resumes_at),
        "is_skip": outlooks.is_skip(pledge),
        "shares": splits.shown(pledge) if pledge.shares.all() else [],
        "dedication": tributes.of_pledge(pledge),
    }


def instalments_of(pledge: Pledge) -> list[Instalment]:
    """Its instalments, the newest first, with their gifts and the receipts of those."""
    papers = Receipt.objects.filter(state=ReceiptState.ISSUED).select_related("document")
    rows = pledge.instalments.select_related("gift", "fund").prefetch_related(
        Prefetch("gift__receipts", papers.order_by("version"), to_attr="papers")
    )
    return list(rows.order_by("-due_on", "-pk")[:_SHOWN])


def unpaid(pledge: Pledge, rows: Iterable[Instalment]) -> Instalment | None:
    """The newest of these that failed and can still be put right."""
    if not pledge.is_running:
        return None
    return next((row for row in rows if _has_failed(row)), None)


def _has_failed(row: Instalment) -> bool:
    if row.state != InstalmentState.OPEN:
        return False
    if row.gift is not None and row.gift.state == GiftState.PENDING:
        return False
    return bool(row.attempts or row.trouble or row.asks_giver)


def changes_of(pledge: Pledge) -> list[Changed]:
    """What was changed, the newest first. A page for a new card that was left changed nothing."""
    left = {"kind": ChangeKind.METHOD, "state": ChangeState.REFUSED}
    rows = pledge.changes.exclude(state=ChangeState.OPENED).exclude(**left)
    changes = list(rows.order_by("-pk")[:_SHOWN])
    told = [each for row in changes for each in (row.before, {**row.before, **row.after})]
    funds = splits.names_of(told)
    return [
        Changed(
            change=row,
            was=_standing(pledge, row.before, funds),
            now=_standing(pledge, {**row.before, **row.after}, funds),
        )
        for row in changes
    ]


def _standing(pledge: Pledge, told: dict[str, Any], funds: dict[int, str]) -> dict[str, Any]:
    return {
        "amount": Money(told["amount_minor"] + told["cover_minor"], pledge.currency),
        "each": EACH[Rhythm(told["rhythm"])],
        "fund": splits.words(pledge, told, funds),
        "next_on": _day(pledge, told["next_at"]),
        "resumes_on": _day(pledge, told["resumes_at"]),
        "method": told["method"],
    }


def _day(pledge: Pledge, text: str | None) -> dt.date | None:
    return outlooks.day(pledge, dt.datetime.fromisoformat(text) if text else None)


def thanks(pledge: Pledge) -> dict[str, Any]:
    """What the page says to which the payment page leads: how the first instalment stands."""
    rows = pledge.instalments.select_related("gift").order_by("due_on", "pk")
    is_open = pledge.state == PledgeState.STARTED and clock.now() < pledge.checkout_expires_at
    return facts(pledge) | {
        "lines": splits.shown(pledge),
        "whole": pledge.gross,
        "first": rows.first(),
        "can_go_on": is_open and bool(pledge.checkout_url),
        "again_url": pledge_mails.again_url(pledge),
    }


def proposals(pledge: Pledge) -> dict[str, Any]:
    """What a page may propose in place of an end, and when gifts fall due after the next."""
    rhythm, half = Rhythm(pledge.rhythm), Money(pledge.amount_minor // 2, pledge.currency)
    a_year = Money(pledge.amount_minor * rhythms.per_year(rhythm), pledge.currency)
    limit = LIMITS[pledge.currency]
    is_active = pledge.state == PledgeState.ACTIVE
    return {
        "half": half if half >= limit.minimum else None,
        "a_year": a_year if rhythm != Rhythm.YEARLY and a_year <= limit.maximum else None,
        "can_pause": is_active and rhythm != Rhythm.YEARLY,
        "can_skip": is_active,
        "after_next_on": outlooks.after(pledge, 1),
        "unpaid": unpaid(pledge, [row for row in [instalments.open_of(pledge)] if row]),
        "on_its_way": pledge.instalments.filter(
            state=InstalmentState.OPEN, gift__state=GiftState.PENDING
        ).exists(),
    }


def came_of_card(pledge: Pledge, asked: str) -> Said:
    """Follow the page for a new card that the donor comes back from, and say what came of it."""
    uuid = read_uuid(asked)
    change = pledge.changes.filter(uuid=uuid, kind=ChangeKind.METHOD).first() if uuid else None
    if change is None or not limits.hit(limits.FOLLOW_BY_GIFT, str(pledge.uuid)):
        return None
    try:
        change = methods.follow_setup(change.pk)
    except (Unreachable, Missing, Rejected):
        return messages.INFO, not_yet()
    if change.state == ChangeState.DONE:
        return _came_of_open_one(change)
    if change.state == ChangeState.REFUSED:
        return messages.WARNING, _("No other card or account was taken over. All is as it was.")
    if change.state == ChangeState.ASKED or change.checkout == "":
        return messages.INFO, not_yet()
    return messages.INFO, _("No card or account was given. All is as it was.")


def _came_of_open_one(change: PledgeChange) -> Said:
    """A new card is charged from now on, and what was open was tried with it at once."""
    pledge = Pledge.objects.get(pk=change.pledge_id)
    method = means.said(pledge.method) or _("the new card or account")
    open_one = instalments.open_of(pledge)
    if open_one is None:
        return messages.SUCCESS, _("Your gifts are taken by %s from now on.") % method
    if open_one.asks_giver:
        sentence = _("It is %s from now on. Your bank wants to hear from you about the open gift.")
    else:
        sentence = _("It is %s from now on. The gift that is open did not go through with it yet.")
    return messages.WARNING, sentence % method


def came_of_retry(change: PledgeChange) -> Said:
    """What a payment that was tried again came to."""
    tried = Instalment.objects.select_related("gift").get(pk=change.after["instalment"])
    if tried.state == InstalmentState.PAID:
        return messages.SUCCESS, _("It went through. Thank you. The receipt follows by mail.")
    if tried.gift is not None and tried.gift.state == GiftState.PENDING:
        return messages.SUCCESS, _("The bank was asked. A direct debit takes some days.")
    return messages.INFO, _("The bank was asked once more and has not answered yet.")


def why_not(change: PledgeChange) -> str:
    """Why a change was refused, for the donor."""
    if change.kind != ChangeKind.RETRY:
        return _("The payment service did not make the change. All is as it was.")
    open_one = Instalment.objects.get(pk=change.after["instalment"])
    if open_one.asks_giver:
        return _("Your bank wants to hear from you first: confirm the payment on its page.")
    return _("The bank said no again. Nothing was taken. Another card or account may do.")


def not_yet() -> str:
    """What is said while the payment service cannot be reached."""
    return _(
        "The payment service cannot be reached at the moment. It is written down and done as "
        "soon as it answers; nothing is lost, and you need not do anything."
    )


def no_page() -> str:
    """What is said when the page for a new card cannot be made."""
    return _("The page for your card cannot be reached at the moment. Please try again later.")


def say(said: Said, request: HttpRequest) -> None:
    """Put it on the next page that is shown."""
    if said is not None:
        messages.add_message(request, *said)
