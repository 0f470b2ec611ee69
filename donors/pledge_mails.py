"""What a donor is told of a pledge: each thing once, in the transaction that makes it so."""

import datetime as dt
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Sum
from django.urls import reverse
from django.utils.translation import gettext_lazy

from donors import splits
from donors.models import (
    ChangeKind,
    GiftState,
    Instalment,
    InstalmentState,
    Pledge,
    PledgeChange,
    Rhythm,
)
from donors.models.pledges import RUNNING
from funding.documents import paper
from funding.mail import links, outbox
from funding.money import Money

REPAIR: Final = "repair"
AGAIN: Final = "again"
# A link that opens a page without signing in is good for so long after its mail has left.
LINK_LIVES: Final = dt.timedelta(days=14)

EACH: Final = {
    Rhythm.MONTHLY: gettext_lazy("every month"),
    Rhythm.QUARTERLY: gettext_lazy("every three months"),
    Rhythm.YEARLY: gettext_lazy("every year"),
}


def begun(pledge: Pledge) -> None:
    """It runs: what is taken when, where it can be changed, and whether another runs beside it."""
    same = Pledge.objects.filter(donor=pledge.donor_id, fund=pledge.fund_id, state__in=RUNNING)
    facts = {"has_other": same.exclude(pk=pledge.pk).exists()}
    _queue(pledge, "begun", "pledge_begun", facts)


def changed(change: PledgeChange) -> None:
    """A change was made: what was, and what is from now on."""
    pledge = change.pledge
    now = {**change.before, **change.after}
    facts = {
        "kind": change.kind,
        "was": _standing(pledge, change.before),
        "is": _standing(pledge, now),
        "is_skip": change.kind == ChangeKind.SKIP,
    }
    _queue(pledge, f"change-{change.pk}", "pledge_changed", facts)


def failed(instalment: Instalment) -> None:
    """A payment did not go through: why, when it is tried again, and how to put it right.

    The last attempt is told by the mail that says that the pledge has ended.
    """
    if instalment.next_try_at is None and not instalment.asks_giver:
        return
    kind = "asks" if instalment.asks_giver else "failed"
    facts = {
        "due_on": instalment.due_on,
        "this": instalment.gross,
        "asks_giver": instalment.asks_giver,
        "next_try_on": _day(instalment.pledge, instalment.next_try_at),
    }
    key = f"{kind}-{instalment.pk}-{instalment.attempts}"
    _queue(instalment.pledge, key, "pledge_failed", facts)


def ended(pledge: Pledge) -> None:
    """It is over: why, what it has given in all, and how to begin again."""
    paid = pledge.instalments.filter(state=InstalmentState.PAID)
    sums = paid.aggregate(amount=Sum("amount_minor"), cover=Sum("cover_minor"))
    facts = {
        "why": pledge.ended_why,
        "is_part": not pledge.instalments.filter(gift__state=GiftState.REFUNDED).exists(),
        # What the fund ended, or what was disputed, begins by the form with a card given anew.
        **({"again_url": _again_link(pledge)} if pledge.comes_back else {}),
        "count": paid.count(),
        "whole": Money((sums["amount"] or 0) + (sums["cover"] or 0), pledge.currency),
    }
    _queue(pledge, "ended", "pledge_ended", facts)


def ahead(pledge: Pledge) -> None:
    """The next instalment of a yearly pledge is a month away."""
    facts = {"is_card": False, "here_url": f"{settings.SITE_URL}{page_of(pledge)}"}
    _queue(pledge, f"ahead-{_day(pledge, pledge.next_at)}", "pledge_ahead", facts)


def card_ends(pledge: Pledge) -> None:
    """The card ends before the next instalment is due, or soon."""
    facts = {"is_card": True, "here_url": repair_url(pledge)}
    _queue(pledge, f"card-{pledge.card_ends_on}", "pledge_ahead", facts)


def _queue(pledge: Pledge, what: str, template: str, facts: dict[str, Any] | None = None) -> None:
    entity = paper.entity_facts(pledge.entity)
    outbox.queue(
        key=f"pledge:{pledge.pk}:{what}",
        cause=f"pledge:{pledge.pk}",
        to_address=pledge.donor.email,
        to_name=pledge.donor_name,
        template=template,
        context={
            "amount": pledge.gross,
            "cover": Money(pledge.cover_minor, pledge.currency),
            "each": EACH[Rhythm(pledge.rhythm)],
            "fund": pledge.purpose,
            "method": pledge.method,
            "next_on": _day(pledge, pledge.next_at),
            "card_ends_on": pledge.card_ends_on,
            "pledge_url": f"{settings.SITE_URL}{page_of(pledge)}",
            "repair_url": repair_url(pledge),
            "again_url": again_url(pledge),
            "link_days": LINK_LIVES.days,
            "entity": entity,
            "illustrative": entity["is_illustrative"],
            **(facts or {}),
        },
        language=pledge.language,
    )


def page_of(pledge: Pledge) -> str:
    """The donor's own page of a pledge."""
    return reverse("donors:pledge", kwargs={"uuid": pledge.uuid})


def repair_url(pledge: Pledge) -> str:
    """Opens the page for a new card without signing in; signed when the mail leaves."""
    return _signed("donors:pledge_repair", REPAIR, pledge)


def _again_link(pledge: Pledge) -> str:
    """Opens the page on which it is begun again, without signing in; signed as it leaves."""
    return _signed("donors:pledge_again_link", AGAIN, pledge)


def _signed(page: str, purpose: str, pledge: Pledge) -> str:
    # The mark is no word of an address, so it is put in afterwards.
    path = reverse(page, kwargs={"token": "token"})
    token = links.mark(purpose, str(pledge.uuid))
    return f"{settings.SITE_URL}{path.replace('token', token)}"


def again_url(pledge: Pledge) -> str:
    """The giving form, filled with the same fund, sum and rhythm."""
    asked = {
        "fund": pledge.fund.slug,
        "amount": pledge.amount.plain(),
        "currency": pledge.currency,
        "rhythm": pledge.rhythm,
    }
    return f"{settings.SITE_URL}{reverse('donors:give')}?{urlencode(asked)}"


def _standing(pledge: Pledge, told: dict[str, Any]) -> dict[str, Any]:
    """A pledge as it was or is, in words for people."""
    gross = Money(told["amount_minor"] + told["cover_minor"], pledge.currency)
    return {
        "amount": gross,
        "each": EACH[Rhythm(told["rhythm"])],
        "fund": splits.words(pledge, told),
        "next_on": _day(pledge, _instant(told["next_at"])),
        "resumes_on": _day(pledge, _instant(told["resumes_at"])),
        "method": told["method"],
    }


def _instant(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None


def _day(pledge: Pledge, instant: dt.datetime | None) -> dt.date | None:
    """The day of an instant in the receiving body's calendar."""
    return None if instant is None else instant.astimezone(ZoneInfo(pledge.entity.zone)).date()
