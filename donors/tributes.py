"""Gifts in honour or in memory of somebody, and what a giver may still change of the card."""

import datetime as dt
import hmac
import re
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from donors.models import CardState, Gift, Pledge, PledgeTribute, Tribute, TributeKind
from funding import clock
from funding.audit import log
from funding.errors import Refused

# How far ahead a card may be ordered, and the hour at which one leaves whose day was chosen.
LATEST: Final = dt.timedelta(days=366)
MOST_LINES: Final = 6
_HOUR: Final = dt.time(8)
# An address that a stranger could follow has no place on a card that goes to a third person.
_LINK: Final = re.compile(r"://|www\.|@", re.IGNORECASE)


class CardGone(Refused):
    """The card has been sent, or is not going to be."""


class NotForACard(Refused):
    """These words, or this day, are not for a card."""


@dataclass(frozen=True, slots=True)
class Dedication:
    """What a giver writes. Without an address no card is sent."""

    kind: TributeKind
    honoree: str
    words: str = ""
    to_name: str = ""
    to_email: str = ""
    send_on: dt.date | None = None


def check(dedication: Dedication) -> None:
    """Refuses: NotForACard, for words with an address in them and a day out of reach."""
    for text in (dedication.honoree, dedication.words, dedication.to_name):
        if _LINK.search(text):
            raise NotForACard(
                _("A card carries no web or e-mail addresses. Please leave them out.")
            )
    if len(dedication.words.splitlines()) > MOST_LINES:
        raise NotForACard(_("A card has room for six lines."))
    if dedication.send_on is None:
        return
    # The last place on earth where a day begins: it is not over for anybody.
    today = clock.today("Etc/GMT+12")
    if not today <= dedication.send_on <= today + LATEST:
        raise NotForACard(_("Choose a day from today on, at most a year ahead."))


def write_down(gift: Gift, dedication: Dedication) -> Tribute:
    """Note, in the transaction that begins the gift, whom it is for. Refuses: NotForACard."""
    check(dedication)
    tribute = Tribute(
        gift=gift, kind=dedication.kind, honoree=dedication.honoree, words=dedication.words
    )
    tribute.created_at = tribute.due_at = clock.now()
    if dedication.to_email:
        tribute.card = CardState.WAITING
        _address(tribute, dedication)
    tribute.save()
    _record(tribute, "written", f"donor:{gift.donor_id}")
    return tribute


def write_down_for_all(pledge: Pledge, dedication: Dedication) -> PledgeTribute:
    """Note, in the transaction that begins a regular gift, whom all its gifts are for.

    Refuses: NotForACard.
    """
    check(dedication)
    return PledgeTribute.objects.create(
        pledge=pledge,
        kind=dedication.kind,
        honoree=dedication.honoree,
        words=dedication.words,
        to_name=dedication.to_name,
        to_email=dedication.to_email.strip().lower(),
        send_on=dedication.send_on,
        created_at=clock.now(),
    )


def hand_over(pledge: Pledge, gift: Gift) -> None:
    """Dedicate an instalment's new gift as its pledge is, the first one with the card.

    In the transaction that makes the gift, with the pledge locked. It refuses nothing: words
    were looked at when they were written, and a day that passed meanwhile is today.
    """
    said = PledgeTribute.objects.filter(pledge=pledge).first()
    if said is None:
        return
    tribute = Tribute(gift=gift, kind=said.kind, honoree=said.honoree, words=said.words)
    tribute.created_at = tribute.due_at = clock.now()
    if said.to_email:
        tribute.card = CardState.WAITING
        _address(tribute, _for_card(said, clock.today(gift.entity.zone)))
    tribute.save()
    _record(tribute, "written", f"donor:{gift.donor_id}")
    _forget(said)


def _for_card(said: PledgeTribute, today: dt.date) -> Dedication:
    day = max(said.send_on, today) if said.send_on else None
    kind = TributeKind(said.kind)
    return Dedication(kind, said.honoree, said.words, said.to_name, said.to_email, day)


def _forget(said: PledgeTribute) -> None:
    said.to_name, said.to_email = "", ""
    said.handed_at = said.handed_at or clock.now()
    said.save(update_fields=["to_name", "to_email", "handed_at"])


def carry_on(old: Pledge, follower: Pledge) -> None:
    """A regular gift that is begun again keeps its dedication; its card has gone."""
    if said := PledgeTribute.objects.filter(pledge=old).first():
        write_down_for_all(follower, Dedication(TributeKind(said.kind), said.honoree, said.words))


def give_up(pledge: Pledge) -> None:
    """No first gift is to come of this pledge: whoever was to get the card is forgotten."""
    if said := PledgeTribute.objects.filter(pledge=pledge, handed_at__isnull=True).first():
        _forget(said)


def is_same_of_pledge(pledge: Pledge, dedication: Dedication | None) -> bool:
    """Whether a dedication says what the pledge's already does, as far as that is still known."""
    said = PledgeTribute.objects.filter(pledge=pledge).first()
    if said is None or dedication is None:
        return said is None and dedication is None
    there: tuple[object, ...] = (said.kind, said.honoree, said.words)
    if there != (dedication.kind, dedication.honoree, dedication.words):
        return False
    if said.handed_at is not None:
        return True
    email = dedication.to_email.strip().lower()
    here = (dedication.to_name, email, dedication.send_on)
    return (said.to_name, said.to_email, said.send_on) == here


@transaction.atomic
def change(*, tribute_id: int, dedication: Dedication, actor: str) -> Tribute:
    """Change the words, the day or the address of a card that has not left.

    Refuses: CardGone, NotForACard.
    """
    tribute = _waiting(tribute_id)
    check(dedication)
    if not dedication.to_email:
        raise NotForACard(_("Write the address, or stop the card."))
    tribute.kind, tribute.honoree = dedication.kind, dedication.honoree
    tribute.words = dedication.words
    tribute.version += 1
    _address(tribute, dedication)
    tribute.save()
    _record(tribute, "changed", actor)
    return tribute


@transaction.atomic
def stop(*, tribute_id: int, actor: str) -> Tribute:
    """Send no card. A second time changes nothing. Refuses: CardGone, when it has left."""
    tribute = lock(tribute_id)
    if tribute.card == CardState.STOPPED:
        return tribute
    _check_waiting(tribute)
    end(tribute, CardState.STOPPED, actor=actor)
    return tribute


def lock(tribute_id: int) -> Tribute:
    """The tribute, locked for the rest of the transaction."""
    return Tribute.objects.select_for_update(no_key=True).get(pk=tribute_id)


def _waiting(tribute_id: int) -> Tribute:
    tribute = lock(tribute_id)
    _check_waiting(tribute)
    return tribute


def _check_waiting(tribute: Tribute) -> None:
    if tribute.card == CardState.SENT:
        raise CardGone(_("The card has left already. It cannot be changed any more."))
    if tribute.card != CardState.WAITING:
        raise CardGone(_("No card is going to be sent, so there is nothing to change."))


def end(tribute: Tribute, card: CardState, *, actor: str, why: str = "") -> None:
    """End the locked tribute's card, and forget who was to get it."""
    tribute.card, tribute.ended_at, tribute.ended_why = card, clock.now(), why
    tribute.to_name = tribute.to_email = ""
    if card != CardState.SENT:
        tribute.to_hash = ""
    tribute.save()
    _record(tribute, f"card_{card.value}", actor)


def _address(tribute: Tribute, dedication: Dedication) -> None:
    zone = tribute.gift.entity.zone
    tribute.to_name, tribute.to_email = dedication.to_name, dedication.to_email.strip().lower()
    tribute.to_hash = hash_of(tribute.to_email)
    tribute.send_on, tribute.due_at = dedication.send_on or clock.today(zone), clock.now()
    if dedication.send_on is not None:
        morning = dt.datetime.combine(dedication.send_on, _HOUR, ZoneInfo(zone))
        tribute.due_at = max(tribute.due_at, morning)


def hash_of(email: str) -> str:
    """What stands for an address where it is only to be counted."""
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, f"tribute:{email.strip().lower()}".encode(), "sha256").hexdigest()


def _record(tribute: Tribute, what: str, actor: str) -> None:
    log.record(
        actor=actor,
        action=f"tribute.{what}",
        subject=f"gift:{tribute.gift_id}",
        card=str(tribute.card),
        send_on=tribute.send_on.isoformat() if tribute.send_on else "",
    )


def of_gift(gift: Gift) -> Tribute | None:
    """The tribute of a gift, if it has one."""
    return Tribute.objects.filter(gift=gift).first()


def of_pledge(pledge: Pledge) -> PledgeTribute | None:
    """The dedication of a regular gift, if it has one."""
    return PledgeTribute.objects.filter(pledge=pledge).first()


def is_same(gift: Gift, dedication: Dedication | None) -> bool:
    """Whether a dedication says what the gift's already does; without a day, on its own day."""
    tribute = of_gift(gift)
    if tribute is None or dedication is None:
        return tribute is None and dedication is None
    there = (tribute.kind, tribute.honoree, tribute.words, tribute.to_name, tribute.to_email)
    said = dedication
    here = (said.kind, said.honoree, said.words, said.to_name, said.to_email.strip().lower())
    return there == here and said.send_on in (None, tribute.send_on)


def of_addresses(addresses: list[str]) -> QuerySet[Tribute]:
    """The tributes of somebody who reads these addresses, of gifts that were received."""
    rows = Tribute.objects.filter(gift__donor__email__in=addresses)
    return rows.select_related("gift__entity").order_by("-gift__created_at")
