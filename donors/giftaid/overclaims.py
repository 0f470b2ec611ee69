"""Tax that was claimed for gifts that went back: owed until the next claim nets it.

What is owed is read from the gifts themselves, so that no road by which the news came can be
forgotten: refund, dispute, late failure, or money that came again.
"""

from collections import defaultdict

from django.db import transaction
from django.db.models import Q, QuerySet, Sum

from donors.giftaid import eligibility, limits
from donors.giftaid.shares import legs, of_gifts
from donors.models import Claim, ClaimLine, Gift, Overclaim
from donors.models.giftaid import CLAIMED
from funding import clock
from funding.audit import log
from funding.ledger import book, periods
from funding.ledger.models import Reason

# Gifts of which something went back, or of which a claim was put right before.
_CHANGED = Q(gift__refunded_minor__gt=0) | Q(gift__withdrawn_minor__gt=0)


def sweep() -> int:
    """Notice everywhere what is owed. Returns how many lines changed."""
    return notice()


def notice(*, entity_id: int | None = None) -> int:
    """Book what is owed for claimed gifts that went back and was not noticed yet."""
    rows = ClaimLine.objects.filter(_CHANGED | Q(overclaimed_minor__gt=0), claim__state__in=CLAIMED)
    if entity_id is not None:
        rows = rows.filter(claim__entity_id=entity_id)
    return sum(_notice_one(pk) for pk in list(rows.order_by("pk").values_list("pk", flat=True)))


@transaction.atomic
def _notice_one(line_id: int) -> int:
    gift_id = ClaimLine.objects.values_list("gift_id", flat=True).get(pk=line_id)
    gift = Gift.objects.select_for_update(no_key=True, of=("self",)).get(pk=gift_id)
    line = ClaimLine.objects.select_for_update(of=("self",)).select_related("claim__entity")
    found = line.get(pk=line_id)
    left = eligibility.pounds(gift, gift.left_minor) or 0
    stays = min(limits.tax_on(left), found.tax_minor) if left else 0
    open_here = open_of(found.claim.entity_id).filter(line=found)
    waits = open_here.aggregate(sum=Sum("amount_minor"))["sum"] or 0
    # What a later claim has netted stays netted, also when the money came again.
    change = max(found.tax_minor - stays - found.overclaimed_minor, -waits)
    if not change:
        return 0
    _book(found, gift, change)
    found.overclaimed_minor += change
    found.save(update_fields=["overclaimed_minor"])
    return 1


def _book(line: ClaimLine, gift: Gift, change: int) -> None:
    entity = line.claim.entity
    today = clock.today(entity.zone)
    made = Overclaim.objects.create(line=line, amount_minor=change, noticed_on=today)
    before = of_gifts([(gift.pk, line.overclaimed_minor)])
    after = of_gifts([(gift.pk, line.overclaimed_minor + change)])
    parts = {fund_id: after[fund_id] - before[fund_id] for fund_id in after}
    book.post(
        entity_id=entity.pk,
        key=f"overclaim:{made.pk}:book",
        reason=Reason.GIFT_AID_OWED,
        cause=f"claim:{line.claim_id}",
        actor="system",
        happened_on=periods.open_day(entity_id=entity.pk, day=today),
        legs=legs(parts, debit="gift_aid", credit="gift_aid_owed"),
    )
    log.record(
        actor="system",
        action="claim.overclaimed",
        subject=f"claim:{line.claim_id}",
        gift=gift.pk,
        minor=change,
    )


def open_of(entity_id: int) -> QuerySet[Overclaim]:
    """What waits to be netted in a body's next claim."""
    return Overclaim.objects.filter(line__claim__entity_id=entity_id, netted_in__isnull=True)


def open_minor(entity_id: int) -> int:
    """What is owed of a body's earlier claims, in pence."""
    return open_of(entity_id).aggregate(sum=Sum("amount_minor"))["sum"] or 0


def by_fund_of(claim: Claim) -> dict[int, int]:
    """What a claim nets, by fund, exactly as it was booked."""
    funds: dict[int, int] = defaultdict(int)
    for made in claim.netted.select_related("line").order_by("pk"):
        entry = book.find(f"overclaim:{made.pk}:book")
        assert entry is not None
        for posting in entry.postings.filter(account_id="gift_aid_owed"):
            funds[posting.fund_id] -= posting.amount_minor
    return dict(funds)
