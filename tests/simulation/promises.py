"""What must have become of every debit at the end, and what its giver has been told of it."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from donors.models import Gift, GiftState
from funding.mail.models import Mail
from tests.simulation.stage import Stage

DEBITS: Final = ("sepa_debit", "bacs_debit")


def told(stage: Stage) -> Iterator[str]:
    """Everything about debits and their mails that is not as it must be."""
    made = [
        each
        for each in _all_charges(stage)
        # Those of a pledge are its instalments, and looked at as such.
        if each.payment_method_details.type in DEBITS and each.metadata.to_dict().get("gift")
    ]
    for charge in made:
        gift = Gift.objects.filter(uuid=charge.metadata["gift"]).first()
        if gift is None:
            yield f"the debit {charge.id} is no gift of ours"
        else:
            yield from _ended(gift, charge)
    theirs = {charge.metadata["gift"] for charge in made}
    for gift in Gift.objects.filter(instalment__isnull=True).exclude(uuid__in=theirs):
        if words := _words(gift):
            yield f"{gift} was never debited and its giver was told {words}"


def fates(stage: Stage) -> Counter[str]:
    """How many debits were set off, by what has become of them at Stripe."""
    made = [each for each in _all_charges(stage) if each.payment_method_details.type in DEBITS]
    return Counter(_fate(each) for each in made)


def _fate(charge: Any) -> str:
    if charge.balance_transaction and charge.status == "failed":
        return "called back"
    return "disputed" if charge.disputed else str(charge.status)


def _all_charges(stage: Stage) -> list[Any]:
    return list(stage.stripe.client().charges.list({"limit": 100}).auto_paging_iter())


def _ended(gift: Gift, charge: Any) -> Iterator[str]:
    """A debit is money, or was, or never came; the last word about it was the true one."""
    words, came = _words(gift), charge.balance_transaction is not None
    if (gift.settled_at is not None) != came:
        yield f"{gift} is {gift.state}, its debit {charge.id} is {charge.status}"
    if gift.charge != charge.id:
        yield f"{gift} knows the charge {gift.charge!r} and was debited by {charge.id}"
    if not came and (gift.state != GiftState.FAILED or "debit_failed" not in words):
        yield f"{gift} is {gift.state} after a refused debit, and its giver was told {words}"
    heard = gift.receipts.filter(mailed_at__isnull=False).exists()
    went = came and gift.state == GiftState.DISPUTED and charge.status == "failed"
    if came and ("debit_failed" in words) != (went and not heard):
        yield f"{gift} is {gift.state} after a debit that came, and its giver was told {words}"


def _words(gift: Gift) -> list[str]:
    """What the mails about a debit say, in the order in which they were queued."""
    rows = Mail.objects.filter(key__startswith=f"gift:{gift.pk}:debit_").order_by("pk")
    return [key.split(":")[2] for key in rows.values_list("key", flat=True)]
