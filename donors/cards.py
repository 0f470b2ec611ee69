"""The card of a tribute, on its way to a third person.

It goes once, on the day that the giver chose, and only after the money is here: whoever wants
to mail words to strangers must give for each. The sum is on none. When it has left, the third
person's address is forgotten here at once, and in the outbox when it can no more come back.
"""

import datetime as dt
import hashlib
import logging
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from donors import tributes
from donors.models import CardState, Gift, GiftState, RefundState, Tribute, UnwantedCards
from funding import clock
from funding.audit import log
from funding.documents import paper, rendering
from funding.documents.checks import CannotRender
from funding.mail import forgetting, links, outbox

logger = logging.getLogger(__name__)

REFUSE: Final = "tribute_refuse"
# How long the link on a card is good, and for how long the outbox knows where it went.
LINK_LIVES: Final = dt.timedelta(days=60)
FORGOTTEN_AFTER: Final = dt.timedelta(days=60)
# No more cards than this to one address in a month, and from one giver in a day.
MOST_TO_ONE: Final = 3
_MONTH: Final = dt.timedelta(days=30)
MOST_FROM_ONE: Final = 5
_DAY: Final = dt.timedelta(days=1)
_LEASE: Final = dt.timedelta(minutes=5)
_LATER: Final = dt.timedelta(hours=1)
# A gift that failed may be paid after all for some days; then its card is given up.
_GIVEN_UP_AFTER: Final = dt.timedelta(days=7)
_UNDER_WAY: Final = [RefundState.PROPOSED, RefundState.REQUESTED, RefundState.PENDING]


def waiting() -> QuerySet[Tribute]:
    """The cards that are to be sent."""
    return Tribute.objects.filter(card=CardState.WAITING)


def sweep(*, limit: int = 50) -> int:
    """Give up cards whose gift went back, send those that are due, forget those long sent."""
    due = waiting().filter(due_at__lte=clock.now()).order_by("due_at", "pk")
    ended = _give_up()
    sent = sum(_send_one(pk) for pk in list(due.values_list("pk", flat=True)[:limit]))
    return ended + sent + forget()


def _give_up() -> int:
    over = Q(gift__state__in=[GiftState.REFUNDED, GiftState.DISPUTED]) | Q(
        gift__state=GiftState.FAILED, gift__ended_at__lt=clock.now() - _GIVEN_UP_AFTER
    )
    return sum(_end_one(pk) for pk in list(waiting().filter(over).values_list("pk", flat=True)))


@transaction.atomic
def _end_one(tribute_id: int) -> int:
    tribute = _locked(tribute_id)
    if tribute.card != CardState.WAITING or tribute.gift.state == GiftState.SETTLED:
        return 0
    tributes.end(tribute, CardState.LEFT, actor="system", why="The gift was not kept.")
    return 1


def _locked(tribute_id: int) -> Tribute:
    """The tribute with its gift, both locked: the gift first, as everybody does."""
    gift_id = Tribute.objects.values_list("gift_id", flat=True).get(pk=tribute_id)
    gift = Gift.objects.select_for_update(no_key=True).get(pk=gift_id)
    tribute = tributes.lock(tribute_id)
    tribute.gift = gift
    return tribute


def _send_one(tribute_id: int) -> int:
    now = clock.now()
    rows = waiting().filter(pk=tribute_id)
    if not rows.filter(due_at__lte=now).update(attempts=F("attempts") + 1, due_at=now + _LEASE):
        return 0
    tribute = rows.select_related("gift__donor", "gift__entity").first()
    if tribute is None:
        return 0
    if tribute.gift.state != GiftState.SETTLED:
        return _put_off(tribute_id, _LATER)
    return send(tribute_id, version=tribute.version, files=_files(tribute))


def _put_off(tribute_id: int, wait: dt.timedelta) -> int:
    waiting().filter(pk=tribute_id).update(due_at=clock.now() + wait)
    return 0


def _files(tribute: Tribute) -> list[outbox.File]:
    """The card as a PDF; nothing where it cannot be laid out, and the mail is the card."""
    try:
        content = rendering.pdf("card", facts(tribute), tribute.gift.language)
    except CannotRender:
        logger.warning("tribute %s goes without its paper", tribute.pk)
        return []
    return [outbox.File("card.pdf", "application/pdf", content)]


@transaction.atomic
def send(tribute_id: int, *, version: int, files: list[outbox.File]) -> int:
    """Queue the card, once, if it still may go and still says what was laid out."""
    tribute = _locked(tribute_id)
    if tribute.card != CardState.WAITING or tribute.version != version:
        return 0
    gift = tribute.gift
    if gift.state != GiftState.SETTLED or gift.refunds.filter(state__in=_UNDER_WAY).exists():
        return _put_off(tribute_id, _LATER)
    if why := _unwanted(tribute):
        tributes.end(tribute, CardState.LEFT, actor="system", why=why)
        return 1
    if _sent_by(gift) >= MOST_FROM_ONE:
        return _put_off(tribute_id, _DAY)
    _queue(tribute, files)
    tributes.end(tribute, CardState.SENT, actor="system")
    return 1


def _unwanted(tribute: Tribute) -> str:
    """Why no card goes to this address, if none does. Locks all cards to it."""
    if tribute.gift.withdrawn_minor:
        return "A bank took the gift back."
    if UnwantedCards.objects.filter(to_hash=tribute.to_hash).exists():
        return "The reader of this address wants no cards."
    same = Tribute.objects.select_for_update(no_key=True).filter(to_hash=tribute.to_hash)
    since = clock.now() - _MONTH
    recent = [t for t in same.order_by("pk") if t.card == CardState.SENT and _ended(t) > since]
    return "Several cards went to this address lately." if len(recent) >= MOST_TO_ONE else ""


def _ended(tribute: Tribute) -> dt.datetime:
    assert tribute.ended_at is not None
    return tribute.ended_at


def _sent_by(gift: Gift) -> int:
    return Tribute.objects.filter(
        gift__donor_id=gift.donor_id, card=CardState.SENT, ended_at__gt=clock.now() - _DAY
    ).count()


def facts(tribute: Tribute) -> dict[str, Any]:
    """Everything that the card says. The sum is not among it."""
    gift, key = tribute.gift, f"tribute:{tribute.pk}:{tribute.version}"
    funds = gift.lines.order_by("position").values_list("fund__name", flat=True)
    return {
        "entity": paper.entity_facts(gift.entity),
        "kind": tribute.kind,
        "honoree": tribute.honoree,
        "words": tribute.words,
        "giver": gift.donor_name,
        "to_name": tribute.to_name,
        "funds": list(funds),
        "on": clock.today(gift.entity.zone).isoformat(),
        "site_url": settings.SITE_URL,
        "document": {
            "identifier": hashlib.sha256(key.encode()).hexdigest()[:32],
            "issued_at": clock.now().isoformat(timespec="seconds"),
        },
    }


def _queue(tribute: Tribute, files: list[outbox.File]) -> None:
    token = links.mark(REFUSE, str(tribute.uuid))
    here = reverse("donors:tribute_refuse", kwargs={"token": token})
    said = facts(tribute)
    outbox.queue(
        key=f"tribute:{tribute.pk}:card",
        cause=f"tribute:{tribute.pk}",
        to_address=tribute.to_email,
        to_name=tribute.to_name,
        template="tribute_card",
        context={
            **said,
            "is_memory": tribute.kind == "memory",
            "has_paper": bool(files),
            "illustrative": tribute.gift.entity.is_illustrative,
            "refuse_url": f"{settings.SITE_URL}{here}",
        },
        language=tribute.gift.language,
        attachments=files,
    )


def of_link(token: str) -> Tribute | None:
    """The tribute whose card carries this link, while it is good."""
    said = links.read(REFUSE, token, lives=LINK_LIVES)
    return Tribute.objects.filter(uuid=UUID(said)).first() if said else None


def refuse(tribute: Tribute) -> None:
    """No more cards to the address that this one went to. Harmless when repeated."""
    if not tribute.to_hash:
        return
    with transaction.atomic():
        _said, is_new = UnwantedCards.objects.get_or_create(
            to_hash=tribute.to_hash, defaults={"said_at": clock.now()}
        )
        if is_new:
            subject = f"gift:{tribute.gift_id}"
            log.record(actor="visitor", action="tribute.unwanted", subject=subject)


def why_not(tribute: Tribute) -> str:
    """Why no card was sent, for its giver. Of its reader's wish nobody is told."""
    if tribute.card != CardState.LEFT:
        return ""
    if tribute.gift.state != GiftState.SETTLED or tribute.gift.withdrawn_minor:
        return _("The gift did not stay with us.")
    return _("To this address we send no further cards at the moment.")


def forget() -> int:
    """Forget in the outbox to whom cards went that have been sent for long."""
    before = clock.now() - FORGOTTEN_AFTER
    rows = Tribute.objects.filter(
        card=CardState.SENT, forgotten_at__isnull=True, ended_at__lt=before
    )
    return sum(_forget_one(pk) for pk in list(rows.values_list("pk", flat=True)[:100]))


@transaction.atomic
def _forget_one(tribute_id: int) -> int:
    tribute = tributes.lock(tribute_id)
    if tribute.forgotten_at is not None or not forgetting.forget(f"tribute:{tribute_id}:card"):
        return 0
    tribute.to_hash, tribute.forgotten_at = "", clock.now()
    tribute.save(update_fields=["to_hash", "forgotten_at"])
    return 1
