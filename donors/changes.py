"""What a donor may change in a pledge: checked, and written down with what was before it.

A change takes effect at Stripe and here, or in neither: `turns.make` does it, at once or when
Stripe answers again.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from donors import instalments, pledges, rhythms, splits, turns
from donors.fees import LIMITS, cover_for
from donors.gifts import open_funds
from donors.models import (
    ChangeKind,
    ChangeState,
    EndedWhy,
    Pledge,
    PledgeChange,
    PledgeState,
    Rhythm,
)
from funding import clock, jobs
from funding.documents import paper
from funding.errors import Refused
from funding.money import Money

LONGEST_PAUSE: Final = dt.timedelta(days=366)
# A skipped instalment must have fallen away before the pause for it ends.
_AFTER_IT_FELL_DUE: Final = dt.timedelta(days=1)


class NotRunning(Refused):
    """The pledge has not begun, or it is over."""


class ChangeUnderWay(Refused):
    """Another change of this pledge has not been done yet."""


class NothingChanged(Refused):
    """It is so already."""


class OutOfRange(Refused):
    """A sum, a day or a pause that the fund does not offer."""


class Behind(Refused):
    """An instalment has not been paid, and that comes first."""


def change_amount(
    *, pledge_id: int, amount: Money, covers: bool, actor: str, rhythm: Rhythm | None = None
) -> PledgeChange:
    """Another sum, and if wanted another rhythm, from the next instalment on.

    Refuses: NotRunning, ChangeUnderWay, NothingChanged, OutOfRange, Behind.
    """
    limit = LIMITS[amount.currency]
    if amount < limit.minimum or limit.maximum < amount:
        sentence = _("From %(least)s to %(most)s each time.")
        told = {
            "least": limit.minimum.text(paper.locale()),
            "most": limit.maximum.text(paper.locale()),
        }
        raise OutOfRange(sentence % told)
    cover = cover_for(amount) if covers else Money(0, amount.currency)
    after: dict[str, Any] = {"amount_minor": amount.minor, "cover_minor": cover.minor}
    if rhythm is not None:
        after["rhythm"] = rhythm.value
    kind = ChangeKind.AMOUNT if rhythm is None else ChangeKind.RHYTHM

    def check(pledge: Pledge) -> None:
        after["shares"] = splits.as_kept(splits.scaled(splits.of(pledge), amount.minor))
        if amount.currency != pledge.currency:
            raise OutOfRange(_("A pledge keeps its currency."))
        if rhythm is not None and pledge.state != PledgeState.ACTIVE:
            _refuse_unless_active(pledge)
        if all(as_it_stands(pledge)[name] == value for name, value in after.items()):
            raise NothingChanged(_("It is so already."))

    return _ask(pledge_id, kind, actor, after, check)


def change_day(*, pledge_id: int, day: int, actor: str) -> PledgeChange:
    """The next instalment and those after it on another day of the month, from 1 to 28.

    Refuses: NotRunning, ChangeUnderWay, NothingChanged, OutOfRange, Behind.
    """
    if day not in rhythms.DAYS:
        raise OutOfRange(_("Choose a day from 1 to 28, which every month has."))
    pledge = Pledge.objects.select_related("entity").get(pk=pledge_id)
    zone = ZoneInfo(pledge.entity.zone)
    if pledge.next_at is None:
        raise NotRunning(not_running())
    next_at = pledge.next_at.astimezone(zone)
    moved = rhythms.moved(next_at.date(), day=day, today=clock.today(pledge.entity.zone))
    wanted = dt.datetime.combine(moved, next_at.time(), zone)

    def check(locked: Pledge) -> None:
        _refuse_unless_active(locked)
        if next_at.day == day:
            raise NothingChanged(_("It is so already."))

    return _ask(pledge_id, ChangeKind.DAY, actor, {"next_at": wanted.isoformat()}, check)


def change_fund(*, pledge_id: int, fund_id: int, actor: str) -> PledgeChange:
    """Later instalments go to another fund. Stripe need not know.

    Refuses: NotRunning, ChangeUnderWay, NothingChanged, FundClosed.
    """
    return change_split(pledge_id=pledge_id, lines=[(fund_id, 1)], actor=actor)


def change_split(*, pledge_id: int, lines: splits.Lines, actor: str) -> PledgeChange:
    """Later instalments go to these funds, in these parts. Stripe need not know.

    Refuses: NotRunning, ChangeUnderWay, NothingChanged, FundClosed, PartTooSmall.
    """
    after: dict[str, Any] = {"fund_id": lines[0][0]}

    def check(pledge: Pledge) -> None:
        parts = splits.scaled(lines, pledge.amount_minor)
        if sorted(parts) == sorted(splits.of(pledge)):
            raise NothingChanged(_("It is so already."))
        open_funds([fund for fund, _minor in parts], pledge.entity_id)
        after["shares"] = splits.as_kept(parts)

    return _ask(pledge_id, ChangeKind.FUND, actor, after, check)


def skip(*, pledge_id: int, actor: str) -> PledgeChange:
    """The next instalment is left out. Refuses: NotRunning, ChangeUnderWay, Behind."""
    next_at = Pledge.objects.values_list("next_at", flat=True).get(pk=pledge_id)
    if next_at is None:
        raise NotRunning(not_running())
    until = next_at + _AFTER_IT_FELL_DUE
    return _ask(pledge_id, ChangeKind.SKIP, actor, _until(until), _refuse_unless_active)


def pause(*, pledge_id: int, until: dt.date, actor: str) -> PledgeChange:
    """Nothing is taken before a day. Refuses: NotRunning, ChangeUnderWay, OutOfRange, Behind."""
    pledge = Pledge.objects.select_related("entity").get(pk=pledge_id)
    zone = ZoneInfo(pledge.entity.zone)
    ends = dt.datetime.combine(until, dt.time(0), zone)

    def check(locked: Pledge) -> None:
        if locked.state != PledgeState.PAUSED:
            _refuse_unless_active(locked)
        if locked.next_at is not None and ends <= locked.next_at:
            sentence = _("The next instalment is due on %s. Choose a later day.")
            raise OutOfRange(sentence % locked.next_at.astimezone(zone).date().isoformat())
        if ends > clock.now() + LONGEST_PAUSE:
            raise OutOfRange(_("A pause is at most a year. You can end it and begin it again."))

    return _ask(pledge_id, ChangeKind.PAUSE, actor, _until(ends), check)


def resume(*, pledge_id: int, actor: str) -> PledgeChange:
    """A pause ends now. Refuses: NotRunning, ChangeUnderWay, NothingChanged."""

    def check(pledge: Pledge) -> None:
        if pledge.state != PledgeState.PAUSED:
            raise NothingChanged(_("It is so already."))

    return _ask(pledge_id, ChangeKind.RESUME, actor, {}, check)


def retry(*, pledge_id: int, actor: str) -> PledgeChange:
    """The payment that failed is tried again now. Refuses: NotRunning, ChangeUnderWay,
    NothingChanged.
    """
    instalment = instalments.open_of(Pledge.objects.get(pk=pledge_id))
    if instalment is None:
        raise NothingChanged(_("Nothing is open: every instalment is paid or on its way."))
    after = {"invoice": instalment.invoice, "instalment": instalment.pk}
    return _ask(pledge_id, ChangeKind.RETRY, actor, after)


def end(
    *, pledge_id: int, actor: str, why: EndedWhy = EndedWhy.GIVER, reason: str = ""
) -> PledgeChange:
    """It is over, at once and for good; nothing more is taken. The fund says for which reason.

    Refuses: NotRunning. A change that was not done yet is given up for it.
    """
    with transaction.atomic():
        pledge = pledges.lock(pledge_id)
        under_way = pledge.changes.select_for_update().filter(state=ChangeState.ASKED).first()
        if under_way is not None and under_way.kind == ChangeKind.END:
            return under_way
        if under_way is not None:
            turns.give_up(under_way, _("The pledge was ended."))
        after = {"why": why.value} | ({"reason": reason} if reason else {})
        # News of the end may close the instalment here before its page is closed at Stripe.
        if open_one := instalments.open_of(pledge):
            after["invoice"] = open_one.invoice
        return _ask(pledge_id, ChangeKind.END, actor, after)


def _ask(
    pledge_id: int,
    kind: ChangeKind,
    actor: str,
    after: dict[str, Any],
    check: Callable[[Pledge], None] | None = None,
) -> PledgeChange:
    with transaction.atomic():
        pledge = pledges.lock(pledge_id)
        if not pledge.is_running:
            raise NotRunning(not_running())
        if pledge.changes.filter(state=ChangeState.ASKED).exists():
            sentence = _("Your last change is still being made. Please try again in a minute.")
            raise ChangeUnderWay(sentence)
        if check is not None:
            check(pledge)
        change = PledgeChange.objects.create(
            pledge=pledge,
            kind=kind,
            before=as_it_stands(pledge),
            after=after,
            actor=actor,
            created_at=clock.now(),
            due_at=clock.now(),
        )
        jobs.after_commit("donors.tasks.make_change", change.pk)
    return change


def as_it_stands(pledge: Pledge) -> dict[str, Any]:
    """What a change may alter, to be kept beside what it became."""
    return {
        "amount_minor": pledge.amount_minor,
        "cover_minor": pledge.cover_minor,
        "rhythm": pledge.rhythm,
        "fund_id": pledge.fund_id,
        "shares": splits.as_kept(splits.of(pledge)),
        "next_at": pledge.next_at.isoformat() if pledge.next_at else None,
        "resumes_at": pledge.resumes_at.isoformat() if pledge.resumes_at else None,
        "method": pledge.method,
        "state": pledge.state,
    }


def _refuse_unless_active(pledge: Pledge) -> None:
    if pledge.state == PledgeState.BEHIND:
        raise Behind(
            _("An instalment has not been paid yet. Put that right first, or end the pledge.")
        )
    if pledge.state != PledgeState.ACTIVE:
        raise Behind(_("The pledge is paused. Let it go on first."))


def not_running() -> str:
    """The sentence for whoever would change a pledge that is over."""
    return _("This pledge is not running any more, so nothing of it can be changed.")


def _until(instant: dt.datetime) -> dict[str, Any]:
    return {"resumes_at": instant.isoformat()}
