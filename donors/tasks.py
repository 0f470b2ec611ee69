"""What a worker is rung for: each task finds its row and calls one rule."""

from celery import shared_task

from donors import (
    disputes,
    earlier_pledges,
    email_changes,
    merge_news,
    receipts,
    refunds,
    statements,
    stops,
    turns,
    year_ends,
)
from donors.brake import refusals
from donors.pools import matches
from donors.zoos import invoices


@shared_task(name="donors.tasks.make_receipt")
def make_receipt(receipt_id: int) -> None:
    """Number, render and mail a receipt."""
    receipts.make(receipt_id)


@shared_task(name="donors.tasks.go_on_with_year_end")
def go_on_with_year_end(year_end_id: int) -> None:
    """Do one piece of a year's statements."""
    year_ends.go_on(year_end_id)


@shared_task(name="donors.tasks.write_to_earlier_givers")
def write_to_earlier_givers() -> None:
    """Write to some of the givers of another system who are to be asked."""
    earlier_pledges.write_some()


@shared_task(name="donors.tasks.make_statement")
def make_statement(statement_id: int) -> None:
    """Number and lay out a statement."""
    statements.make(statement_id)


@shared_task(name="donors.tasks.send_refund")
def send_refund(refund_id: int) -> None:
    """Ask Stripe for a refund."""
    refunds.send(refund_id)


@shared_task(name="donors.tasks.answer_dispute")
def answer_dispute(dispute_id: int) -> None:
    """Tell Stripe what was decided in a dispute."""
    disputes.answer(dispute_id)


@shared_task(name="donors.tasks.make_change")
def make_change(change_id: int) -> None:
    """Make a change of a pledge at Stripe."""
    turns.make(change_id)


@shared_task(name="donors.tasks.make_invoice")
def make_invoice(invoice_id: int) -> None:
    """Render and mail an invoice."""
    invoices.make(invoice_id)


@shared_task(name="donors.tasks.close_page")
def close_page(origin_id: int) -> None:
    """Close a payment page on which too many cards were refused."""
    refusals.close_page(origin_id)


@shared_task(name="donors.tasks.tell_of_address")
def tell_of_address(change_id: int) -> None:
    """Tell Stripe another address of a donor."""
    email_changes.tell(change_id)


@shared_task(name="donors.tasks.tell_of_merge")
def tell_of_merge(merge_id: int) -> None:
    """Tell Stripe whose the pledges are that moved."""
    merge_news.tell(merge_id)


@shared_task(name="donors.tasks.stop_pledge")
def stop_pledge(gift_id: int) -> None:
    """End the pledge of a gift that went back, if it is one's."""
    stops.stop_of(gift_id)


@shared_task(name="donors.tasks.match_gift")
def match_gift(gift_id: int) -> None:
    """Match a gift out of the pools that are open for it, or release what went back of it."""
    matches.consider(gift_id)
