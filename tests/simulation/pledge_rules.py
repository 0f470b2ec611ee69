"""What must hold of regular giving: one charge, one instalment and one gift for each invoice."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from django.db.models import Count

from donors import rhythms
from donors.models import (
    Gift,
    GiftState,
    Instalment,
    InstalmentState,
    Pledge,
    PledgeState,
    Rhythm,
)
from donors.models.pledges import RUNNING
from funding.gateway.subscriptions import Recurring
from funding.mail.models import Mail
from tests.simulation.stage import Stage

# How an instalment may stand by how its invoice does. A payment that came late settles one
# that was given up.
_STANDS: Final = {
    "open": {InstalmentState.OPEN},
    "paid": {InstalmentState.PAID},
    "void": {InstalmentState.SKIPPED, InstalmentState.UNPAID},
    "uncollectible": {InstalmentState.UNPAID},
}


def agreed(stage: Stage) -> Iterator[str]:
    """Everything in which pledges, subscriptions, instalments and invoices do not agree."""
    client = stage.stripe.client()
    plans = {
        each.id: each
        for each in client.subscriptions.list({"limit": 100, "status": "all"}).auto_paging_iter()
    }
    ours = Pledge.objects.exclude(state__in=[PledgeState.STARTED, PledgeState.LEFT])
    known = {pledge.subscription: pledge for pledge in ours}
    for id in plans.keys() ^ known.keys():
        yield f"the subscription {id} and our pledges do not know of each other"
    for id in plans.keys() & known.keys():
        yield from _stands(known[id], plans[id])
    bills = list(client.invoices.list({"limit": 100}).auto_paging_iter())
    yield from _instalments([each for each in bills if each.amount_due], stage)
    yield from _told()


def _stands(pledge: Pledge, plan: Any) -> Iterator[str]:
    runs = plan.status != "canceled"
    if (pledge.state in RUNNING) != runs:
        yield f"{pledge} is {pledge.state}, its subscription {plan.status}"
    if not runs:
        return
    price = plan["items"].data[0].price
    if (price.unit_amount, price.currency.upper()) != (pledge.gross.minor, pledge.currency):
        yield f"{pledge} takes {pledge.gross}, its subscription {price.unit_amount}"
    recurring = Recurring(price.recurring.interval, price.recurring.interval_count)
    if rhythms.RECURRING[Rhythm(pledge.rhythm)] != recurring:
        yield f"{pledge} is {pledge.rhythm}, its subscription {recurring}"
    if (pledge.state == PledgeState.PAUSED) != (plan.pause_collection is not None):
        yield f"{pledge} is {pledge.state}, its subscription's pause {plan.pause_collection}"


def _instalments(bills: list[Any], stage: Stage) -> Iterator[str]:
    ours = {each.invoice: each for each in Instalment.objects.select_related("gift", "pledge")}
    drafts = {each.id for each in bills if each.status == "draft"}
    for id in {each.id for each in bills} - drafts - ours.keys():
        yield f"the invoice {id} is no instalment of ours"
    paid = Counter[str]()
    charges = stage.detail()
    for bill in bills:
        instalment = ours.get(bill.id)
        if instalment is None:
            continue
        if instalment.state not in _may_be(instalment, bill.status):
            yield (
                f"{instalment} is {instalment.state}, its invoice {bill.status}, "
                f"its pledge {instalment.pledge.state}, its gift {instalment.gift}"
            )
        if instalment.gross.minor != bill.amount_due:
            yield f"{instalment} is over {instalment.gross}, its invoice over {bill.amount_due}"
        gift = instalment.gift
        if bill.status == "paid" and (gift is None or gift.charge not in charges):
            yield f"{instalment} is paid, and its gift has no charge at Stripe"
        # One that is held was paid too: the first in yen is large as long as nobody knows a rate.
        if gift is not None and (gift.settled_at is not None or gift.state == GiftState.HELD):
            paid[gift.charge] += 1
    for charge, times in paid.items():
        if times != 1:
            yield f"the charge {charge} is {times} gifts"
    of_pledges = {id for id, each in charges.items() if not each["metadata"].get("gift")}
    for charge in of_pledges - paid.keys():
        yield f"the charge {charge} was taken for no instalment of ours"
    yield from _periods(bills)


def _may_be(instalment: Instalment, status: str) -> set[InstalmentState]:
    """Once a pledge is over nobody asks for what Stripe keeps as an open invoice."""
    is_over = instalment.pledge.state == PledgeState.ENDED and status == "open"
    return _STANDS[status] | ({InstalmentState.UNPAID} if is_over else set())


def _periods(bills: list[Any]) -> Iterator[str]:
    """No period of a subscription was charged twice."""
    taken = Counter(
        (each.parent.subscription_details.subscription, each.lines.data[0].period.start)
        for each in bills
        if each.status == "paid"
    )
    for (subscription, start), times in taken.items():
        if times != 1:
            yield f"{subscription} was charged {times} times for the period from {start}"


def _told() -> Iterator[str]:
    """Whoever has begun was told so, whoever has ended was told so, each once."""
    for pledge in Pledge.objects.exclude(state__in=[PledgeState.STARTED, PledgeState.LEFT]):
        keys = Mail.objects.filter(cause=f"pledge:{pledge.pk}").values_list("key", flat=True)
        words = Counter(key.split(":")[2] for key in keys)
        if words["begun"] != 1 or words["ended"] != (pledge.state == PledgeState.ENDED):
            yield f"{pledge} is {pledge.state}, and its giver was told {dict(words)}"
    twice = Gift.objects.filter(instalment__isnull=False, settled_at__isnull=False)
    for gift in twice.annotate(papers=Count("receipts")).filter(papers=0):
        yield f"{gift} is an instalment that was paid, and has no receipt"
