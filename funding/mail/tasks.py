"""The bell of the outbox."""

from celery import shared_task

from funding.mail import outbox


@shared_task(name="funding.mail.tasks.deliver")
def deliver(pk: int) -> None:
    """Send one mail, if it is still to be sent."""
    outbox.deliver(pk)
