"""What a giver got in return for a gift. Its value is told on the receipt, and taxes heed it."""

from django.db import transaction
from django.utils.translation import gettext as _

from donors import receipts, settlements
from donors.models import Gift
from funding.audit import log
from funding.errors import Refused
from funding.money import Money


class NoBenefit(Refused):
    """This cannot be what the giver got for it."""


@transaction.atomic
def value(*, gift_id: int, benefit_minor: int, words: str, actor: str) -> Gift:
    """Say what the giver of a received gift got, and what it was worth in the gift's currency.

    Zero and no words: nothing. A receipt that is out is replaced by one that says so. A second
    time changes nothing. Refuses: NoBenefit.
    """
    gift = settlements.lock(gift_id)
    said = " ".join(words.split())
    if (gift.benefit_minor, gift.benefit_words) == (benefit_minor, said):
        return gift
    _check(gift, benefit_minor, said)
    gift.benefit_minor, gift.benefit_words = benefit_minor, said
    gift.save(update_fields=["benefit_minor", "benefit_words"])
    receipts.reissue(gift)
    log.record(
        actor=actor,
        action="gift.benefit_valued",
        subject=f"gift:{gift.pk}",
        minor=benefit_minor,
        currency=gift.currency,
    )
    return gift


def _check(gift: Gift, minor: int, words: str) -> None:
    if gift.settled_at is None or not gift.left_minor:
        raise NoBenefit(_("Nothing is left of this gift, or it is not here yet."))
    if not 0 <= minor <= gift.gross_minor:
        whole = Money(gift.gross_minor, gift.currency).text()
        raise NoBenefit(_("The value is between nothing and %s, the whole gift.") % whole)
    if bool(minor) != bool(words):
        raise NoBenefit(_("Write both what it was and what it was worth, or neither."))
