"""What of giving does not go on by itself, for the list of stuck work."""

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from donors import (
    disputes,
    gifts,
    receipts,
    refunds,
    settlements,
    statements,
    subscriptions,
    turns,
)
from donors.models import (
    Dispute,
    Gift,
    Pledge,
    PledgeChange,
    Receipt,
    Refund,
    RefundState,
    Statement,
)
from funding import clock, jobs, stuck
from funding.audit import log
from funding.money import Money
from funding.stuck import Stuck

# As many attempts as reach over an hour and a half.
REFUND_ATTEMPTS = 8


def register() -> None:
    """Add them to the list, and say where a gift is shown."""
    stuck.register_page("gift", page_of_gift)
    stuck.register(
        "gifts",
        gifts.stuck,
        retry_gift,
        show=show_gift,
        label=gettext_lazy("Gifts that cannot be followed"),
    )
    stuck.register(
        "refunds",
        stuck_refunds,
        retry_refund,
        show=show_refund,
        label=gettext_lazy("Refunds that failed"),
        leave=leave_refund,
    )
    stuck.register(
        "disputes",
        disputes.stuck,
        retry_dispute,
        show=show_dispute,
        label=gettext_lazy("Disputes that cannot be answered or booked"),
    )
    stuck.register(
        "pledges",
        subscriptions.stuck,
        retry_pledge,
        show=show_pledge,
        label=gettext_lazy("Pledges that cannot be followed"),
    )
    stuck.register(
        "pledge changes",
        turns.stuck,
        retry_change,
        show=show_change,
        label=gettext_lazy("Changes of pledges that cannot be made"),
        leave=leave_change,
    )
    _register_papers()


def _register_papers() -> None:
    stuck.register(
        "receipts",
        receipts.given_up,
        retry_receipt,
        show=show_receipt,
        label=gettext_lazy("Receipts that cannot be made"),
    )
    stuck.register(
        "statements",
        statements.failed,
        statements.retry,
        show=show_statement,
        label=gettext_lazy("Statements that cannot be made"),
    )


def show_statement(statement: Statement) -> Stuck:
    """A statement as the list shows it."""
    what = _("Statement %(pk)s") % {"pk": statement.pk}
    since, error = statement.asked_at, statement.error
    return Stuck(statement.pk, what, since, statement.attempts, error)


def show_gift(gift: Gift) -> Stuck:
    """A gift as the list shows it."""
    what = _("Gift %(pk)s, %(sum)s") % {"pk": gift.pk, "sum": gift.gross.text()}
    return Stuck(gift.pk, what, gift.created_at, gift.failures, gift.error, _page(gift))


@transaction.atomic
def retry_gift(*, pk: int, actor: str) -> None:
    """Ask after a gift in the next round."""
    gift = gifts.stuck().select_for_update().filter(pk=pk).first()
    if gift is None:
        return
    Gift.objects.filter(pk=pk).update(due_at=clock.now(), attempts=0, failures=0)
    log.record(actor=actor, action="gift.retried", subject=f"gift:{pk}")


def stuck_refunds() -> QuerySet[Refund]:
    """Refunds that Stripe would not make or that came back, and those it never answers about."""
    unanswered = Q(
        state__in=[RefundState.REQUESTED, RefundState.PENDING], attempts__gte=REFUND_ATTEMPTS
    ) & ~Q(error="")
    failed = Q(state=RefundState.FAILED, let_go_at__isnull=True)
    return Refund.objects.filter(unanswered | failed).order_by("created_at", "pk")


def show_refund(refund: Refund) -> Stuck:
    """A refund as the list shows it."""
    gift = refund.gift
    money = Money(refund.amount_minor, gift.currency)
    what = _("%(sum)s of gift %(pk)s") % {"sum": money.text(), "pk": gift.pk}
    why = refund.error or str(refund.get_state_display())
    since = refund.ended_at or refund.created_at
    return Stuck(refund.pk, what, since, refund.attempts, why, f"{_page(gift)}#refunds")


@transaction.atomic
def retry_refund(*, pk: int, actor: str) -> None:
    """Ask Stripe once more. Refuses: NothingToRefund, when less than its sum is left.

    What came back from the donor's bank is another refund, with all that it takes: a second
    person, above the limit. The first one then stays as it is.
    """
    gift_id = Refund.objects.values_list("gift_id", flat=True).get(pk=pk)
    gift = settlements.lock(gift_id)
    refund = stuck_refunds().select_for_update(of=("self",)).filter(pk=pk).first()
    if refund is None:
        return
    if refund.state == RefundState.FAILED and refund.stripe_id:
        again = refunds.request(
            gift_id=gift.pk, amount_minor=refund.amount_minor, reason=refund.reason, actor=actor
        )
        _let_go(refund, actor=actor, why=f"refund:{again.pk}")
        return
    if refund.state == RefundState.FAILED:
        refunds.must_be_left(gift, refund.amount_minor)
        # A key keeps its answer, so the next call needs another.
        refund.state, refund.ended_at = RefundState.REQUESTED, None
        refund.key_version += 1
    refund.attempts, refund.due_at, refund.error = 0, clock.now(), ""
    refund.save()
    log.record(actor=actor, action="refund.retried", subject=f"gift:{gift.pk}", refund=pk)


@transaction.atomic
def leave_refund(*, pk: int, actor: str, why: str) -> None:
    """The money stays with us, or went back another way. Only what has failed can be left."""
    refund = stuck_refunds().select_for_update(of=("self",)).filter(pk=pk).first()
    if refund is not None and refund.state == RefundState.FAILED:
        _let_go(refund, actor=actor, why=why)


def _let_go(refund: Refund, *, actor: str, why: str) -> None:
    refund.let_go_at = clock.now()
    refund.save(update_fields=["let_go_at"])
    log.record(
        actor=actor,
        action="refund.let_go",
        subject=f"gift:{refund.gift_id}",
        refund=refund.pk,
        why=why,
    )


def show_receipt(receipt: Receipt) -> Stuck:
    """A receipt as the list shows it."""
    what = _("Receipt of gift %s") % receipt.gift_id
    since, page = receipt.created_at, _page(receipt.gift)
    return Stuck(receipt.pk, what, since, receipt.attempts, receipt.error, page)


@transaction.atomic
def retry_receipt(*, pk: int, actor: str) -> None:
    """Make it once more, with all its attempts."""
    rows = receipts.given_up().select_related(None)
    receipt = rows.select_for_update(of=("self",)).filter(pk=pk).first()
    if receipt is None:
        return
    Receipt.objects.filter(pk=pk).update(attempts=0, due_at=clock.now())
    log.record(actor=actor, action="receipt.retried", subject=f"gift:{receipt.gift_id}")
    jobs.after_commit("donors.tasks.make_receipt", pk)


def page_of_gift(pk: int) -> str:
    """The page of the gift with this number, or nothing without one."""
    gift = Gift.objects.filter(pk=pk).first()
    return _page(gift) if gift else ""


def show_dispute(dispute: Dispute) -> Stuck:
    """A dispute as the list shows it."""
    what = _("Dispute of gift %(pk)s, %(sum)s") % {
        "pk": dispute.gift_id,
        "sum": dispute.amount.text(),
    }
    page, since = disputes.page_of(dispute), dispute.opened_at
    return Stuck(dispute.pk, what, since, dispute.attempts, dispute.error, page)


@transaction.atomic
def retry_dispute(*, pk: int, actor: str) -> None:
    """Answer or book it in the next round."""
    dispute = disputes.stuck().select_for_update(of=("self",)).filter(pk=pk).first()
    if dispute is None:
        return
    Dispute.objects.filter(pk=pk).update(attempts=0, due_at=clock.now())
    log.record(actor=actor, action="dispute.retried", subject=f"gift:{dispute.gift_id}", dispute=pk)


def _page(gift: Gift) -> str:
    return reverse("donors:gift", kwargs={"uuid": gift.uuid})


def show_pledge(pledge: Pledge) -> Stuck:
    """A pledge as the list shows it."""
    what = _("Pledge %(pk)s, %(sum)s") % {"pk": pledge.pk, "sum": pledge.gross.text()}
    page = _page_of_pledge(pledge)
    return Stuck(pledge.pk, what, pledge.created_at, pledge.failures, pledge.error, page)


@transaction.atomic
def retry_pledge(*, pk: int, actor: str) -> None:
    """Ask after a pledge in the next round."""
    pledge = subscriptions.stuck().select_for_update().filter(pk=pk).first()
    if pledge is None:
        return
    Pledge.objects.filter(pk=pk).update(due_at=clock.now(), failures=0)
    log.record(actor=actor, action="pledge.retried", subject=f"pledge:{pk}")


def show_change(change: PledgeChange) -> Stuck:
    """A change of a pledge as the list shows it."""
    what = _("%(kind)s of pledge %(pk)s") % {
        "kind": change.get_kind_display(),
        "pk": change.pledge_id,
    }
    page = _page_of_pledge(change.pledge)
    return Stuck(change.pk, what, change.created_at, change.attempts, change.error, page)


@transaction.atomic
def retry_change(*, pk: int, actor: str) -> None:
    """Make a change in the next round."""
    change = turns.stuck().select_for_update(of=("self",)).filter(pk=pk).first()
    if change is None:
        return
    PledgeChange.objects.filter(pk=pk).update(attempts=0, due_at=clock.now())
    log.record(actor=actor, action="pledge.change_retried", subject=f"pledge:{change.pledge_id}")


@transaction.atomic
def leave_change(*, pk: int, actor: str, why: str) -> None:
    """Not to be made any more: all stays as it was."""
    change = turns.stuck().select_for_update(of=("self",)).filter(pk=pk).first()
    if change is None:
        return
    turns.give_up(change, why)
    log.record(actor=actor, action="pledge.change_left", subject=f"pledge:{change.pledge_id}")


def _page_of_pledge(pledge: Pledge) -> str:
    return reverse("donors:pledge_desk", kwargs={"uuid": pledge.uuid})
