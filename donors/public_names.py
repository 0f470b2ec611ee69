"""Names in public: shown with a gift whose giver asked for it, and with no other.

`public` is the one place that says what strangers see. Everything else keeps a giver's choice,
gift by gift: nothing is shown by silence, nothing on one gift says anything about another, and
what is taken away is gone at once.
"""

import datetime as dt
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from donors.models import (
    Dispute,
    DisputeStatus,
    Gift,
    GiftLine,
    GiftState,
    NameStep,
    Pledge,
    PublicName,
    PublicNameChange,
    Refund,
    RefundState,
)
from donors.models.public_names import LINK, MOST_NAME_LETTERS, UNSEEN
from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.money import Money

_UNSEEN: Final = re.compile(UNSEEN)
_LINK: Final = re.compile(LINK, re.IGNORECASE)
_GONE: Final = "erased"
_UNDER_WAY: Final = [RefundState.REQUESTED, RefundState.PENDING]
_OVER: Final = [DisputeStatus.WON, DisputeStatus.PREVENTED, DisputeStatus.WARNING_CLOSED]


class NotAName(Refused):
    """This cannot stand in public as a name."""


class NotAsked(Refused):
    """Nobody says that whoever gave asked for it."""


class Barred(Refused):
    """The fund does not show a name with this gift."""


class ReasonMissing(Refused):
    """Nobody wrote why."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a giver asks for: the name as it is to be shown, and whether the sum stands by it."""

    name: str
    with_sum: bool = False


@dataclass(frozen=True, slots=True)
class Supporter:
    """What a stranger sees of one gift. The day is the first of its month."""

    name: str
    month: dt.date
    sum: Money | None


def check(shown: Shown) -> None:
    """Refuses: NotAName, for nothing, too much, what cannot be seen, and links."""
    name = shown.name
    if not any(letter.isalpha() for letter in name):
        raise NotAName(_("Write the name as it is to be shown."))
    if len(name) > MOST_NAME_LETTERS:
        raise NotAName(_("Write a name of at most 60 letters."))
    if _UNSEEN.search(name) or name != name.strip():
        raise NotAName(_("This name holds signs that cannot be seen. Please type it anew."))
    if _LINK.search(name):
        raise NotAName(
            _("A web or e-mail address cannot stand here. After a full stop goes a space.")
        )


# What strangers see.


def public() -> QuerySet[PublicName]:
    """The names that stand in public, of the last gift first.

    Of gifts that are here for good, of which nothing went back or is about to, and which nobody
    disputes; of nobody who was removed.
    """
    refunds = Refund.objects.filter(gift=OuterRef("gift"), state__in=_UNDER_WAY)
    disputes = Dispute.objects.filter(gift=OuterRef("gift")).exclude(status__in=_OVER)
    return (
        PublicName.objects.filter(
            ~Exists(refunds),
            ~Exists(disputes),
            is_shown=True,
            barred_at__isnull=True,
            gift__state=GiftState.SETTLED,
            gift__final_at__isnull=False,
            gift__refunded_minor=0,
            gift__withdrawn_minor=0,
            gift__donor__erased_at__isnull=True,
            gift__donor__organisation__isnull=True,
        )
        .select_related("gift__entity")
        .order_by("-gift__settled_at", "-gift_id")
    )


def latest(*, limit: int, fund_id: int | None = None) -> list[Supporter]:
    """The last supporters who want to be seen, of one fund or of all.

    The sum is what was given to that fund, or in all, without what was added for the fee.
    """
    lines = GiftLine.objects.filter(fund=fund_id) if fund_id else GiftLine.objects.none()
    rows = public().prefetch_related(Prefetch("gift__lines", lines, to_attr="here"))
    if fund_id is not None:
        rows = rows.filter(gift__lines__fund=fund_id)
    return [_supporter(row) for row in rows[:limit]]


def _supporter(row: PublicName) -> Supporter:
    gift: Any = row.gift
    day = gift.settled_at.astimezone(ZoneInfo(gift.entity.zone)).date()
    minor = sum(line.amount_minor for line in gift.here) or gift.amount_minor
    return Supporter(
        row.name, day.replace(day=1), Money(minor, gift.currency) if row.with_sum else None
    )


# What givers choose.


def of(thing: Gift | Pledge) -> PublicName | None:
    """What was chosen for a gift or a regular gift, if anything ever was."""
    return PublicName.objects.filter(_is_of(thing)).first()


def shown_of(thing: Gift | Pledge) -> Shown | None:
    """The name that is to be shown with it; None where none is."""
    row = of(thing)
    return Shown(row.name, row.with_sum) if row is not None and row.is_shown else None


def history(thing: Gift | Pledge) -> QuerySet[PublicNameChange]:
    """What was done with its name, the last first."""
    key = "public_name__gift" if isinstance(thing, Gift) else "public_name__pledge"
    return PublicNameChange.objects.filter(**{key: thing}).order_by("-pk")


def _is_of(thing: Gift | Pledge) -> Q:
    return Q(gift=thing) if isinstance(thing, Gift) else Q(pledge=thing)


def write_down(
    thing: Gift | Pledge, shown: Shown | None, *, actor: str = "", asked_words: str = ""
) -> None:
    """Note, in the transaction that makes it, that a name is shown with it; nothing for None.

    A gift by hand needs words on how and when its giver asked. Refuses: NotAName, NotAsked.
    """
    if shown is None:
        return
    check(shown)
    words = asked_words.strip()
    if isinstance(thing, Gift) and thing.is_by_hand and not words:
        raise NotAsked(_("Write how and when the giver asked for the name to be shown."))
    row = PublicName(**{"gift" if isinstance(thing, Gift) else "pledge": thing})
    _save(row, shown, NameStep.SHOWN, actor or f"donor:{thing.donor_id}", why=words[:200])


def hand_over(pledge: Pledge, gift: Gift) -> None:
    """Show with an instalment's new gift what is shown with its pledge.

    In the transaction that makes the gift, with the pledge locked. It refuses nothing.
    """
    write_down(gift, shown_of(pledge))


@transaction.atomic
def choose(*, thing: Gift | Pledge, shown: Shown | None, actor: str) -> PublicName | None:
    """Show this name with it, or none. Said again, it changes nothing.

    What is chosen for a regular gift holds for what comes; taken away, it is taken away from
    the gifts that came of it as well. Refuses: NotAName, Barred.
    """
    if shown is not None:
        check(shown)
    row = _locked(thing)
    if row.barred_at is not None and shown is not None:
        raise Barred(_("The fund does not show a name with this gift. Please write to us."))
    if row.pk is None and shown is None:
        return None
    before = Shown(row.name, row.with_sum) if row.is_shown else None
    if shown != before:
        step = NameStep.CHANGED if shown and before else NameStep.SHOWN
        _save(row, shown, step if shown else NameStep.HIDDEN, actor)
    if shown is None and isinstance(thing, Pledge):
        _hide(PublicName.objects.filter(gift__instalment__pledge=thing), actor)
    return row


@transaction.atomic
def hide_all(donors: Collection[int], *, actor: str) -> None:
    """Show no name with anything that these donors gave or give."""
    _hide(PublicName.objects.filter(Q(gift__donor__in=donors) | Q(pledge__donor__in=donors)), actor)


def _hide(rows: QuerySet[PublicName], actor: str) -> None:
    shown = rows.filter(is_shown=True).select_for_update(of=("self",), no_key=True)
    for row in shown.order_by("pk"):
        _save(row, None, NameStep.HIDDEN, actor)


# What the fund does not show.


@transaction.atomic
def bar(*, gift_id: int, why: str, actor: str) -> None:
    """Show no name with this gift any more, nor with the regular gift that it is part of.

    Done twice it is done once. Refuses: ReasonMissing.
    """
    if not why.strip():
        raise ReasonMissing(_("Write why. It is kept, and whoever gave can read it."))
    for row in _with_siblings(gift_id):
        if row.barred_at is None:
            row.barred_at, row.barred_by, row.barred_why = clock.now(), actor, why.strip()[:200]
            _save(row, None, NameStep.BARRED, actor, why=row.barred_why)


@transaction.atomic
def allow(*, gift_id: int, actor: str) -> None:
    """Let its giver choose again. Nothing is shown by that. Harmless when repeated."""
    for row in _with_siblings(gift_id):
        if row.barred_at is not None:
            row.barred_at, row.barred_by, row.barred_why = None, "", ""
            _save(row, None, NameStep.ALLOWED, actor)


def _with_siblings(gift_id: int) -> list[PublicName]:
    """The locked names of a gift, of its pledge, and of all that came of that."""
    gift = Gift.objects.get(pk=gift_id)
    pledge = Pledge.objects.filter(instalments__gift=gift).first()
    # In one order for everybody: the pledge before its gifts, as an instalment's gift is made.
    first = [_locked(pledge)] if pledge is not None else []
    rows = [*first, _locked(gift)]
    if pledge is not None:
        others = PublicName.objects.filter(gift__instalment__pledge=pledge).exclude(gift=gift)
        rows += others.select_for_update(of=("self",), no_key=True).order_by("pk")
    return rows


def _locked(thing: Gift | Pledge) -> PublicName:
    """What was chosen for it, with the thing itself locked; not saved where nothing was."""
    # The thing stands before its name is chosen, so that two who choose come one after the other.
    if isinstance(thing, Gift):
        Gift.objects.select_for_update(no_key=True).get(pk=thing.pk)
    else:
        Pledge.objects.select_for_update(no_key=True).get(pk=thing.pk)
    return of(thing) or PublicName(**{"gift" if isinstance(thing, Gift) else "pledge": thing})


def _save(
    row: PublicName, shown: Shown | None, step: NameStep, actor: str, *, why: str = ""
) -> None:
    old_name, old_with_sum = row.name, row.with_sum
    row.is_shown = shown is not None
    row.name, row.with_sum = (shown.name, shown.with_sum) if shown else ("", False)
    row.save()
    change = PublicNameChange.objects.create(
        public_name=row,
        step=step,
        made_at=clock.now(),
        actor=actor,
        old_name=old_name,
        new_name=row.name,
        old_with_sum=old_with_sum,
        new_with_sum=row.with_sum,
        why=why,
    )
    # The log holds ids; the names themselves stand with the change, and go with the person.
    log.record(
        actor=actor,
        action=f"name.{step.value}",
        subject=f"gift:{row.gift_id}" if row.gift_id else f"pledge:{row.pledge_id}",
        change=change.pk,
        with_sum=row.with_sum,
    )


# With the person.


def forget(donors: Collection[int]) -> None:
    """Take the names and words of people who were removed out of what was done with them."""
    theirs = Q(gift__donor__in=donors) | Q(pledge__donor__in=donors)
    rows = PublicName.objects.filter(theirs)
    rows.filter(is_shown=True).update(is_shown=False, name="", with_sum=False)
    rows.filter(barred_at__isnull=False).exclude(barred_why=_GONE).update(barred_why=_GONE)
    changes = PublicNameChange.objects.filter(public_name__in=rows)
    changes.exclude(old_name="", new_name="", why__in=["", _GONE]).update(
        old_name="", new_name="", why=_GONE
    )
