"""The rounds of the watch, and the signs of life that /healthz reads."""

import datetime as dt
import logging
import time

from celery import shared_task
from django.core.cache import cache

from funding import clock, jobs
from funding.gateway import inbox, transactions
from funding.gateway.client import Unreachable
from funding.ledger import balances
from funding.site import followed, reconcile, reports, watching, webhooks
from funding.site.news import digests
from funding.site.privacy import copies, erasures

logger = logging.getLogger(__name__)

# The walk over Stripe's account book finds what every webhook failed to say. It is a list
# call, so it is made now and then and not in each round.
_WALK_EVERY = dt.timedelta(minutes=10)
_ALIVE_SECONDS = 120
_BATCH = 10_000


@shared_task(name="funding.site.tasks.sweep")
def sweep() -> None:
    """Do what is due, once."""
    jobs.sweep_once()


@shared_task(name="funding.site.tasks.look")
def look() -> None:
    """See whether the rounds and queues stand still."""
    watching.look()


@shared_task(name="funding.site.tasks.nightly")
def nightly() -> None:
    """Do what this night has not done yet."""
    jobs.nightly_once()


@shared_task(name="funding.site.tasks.compare_books")
def compare_books(actor: str) -> None:
    """Compare our books with Stripe's and the bank's, because somebody asked."""
    try:
        reconcile.run(actor=actor)
    except Unreachable:
        logger.warning("the books were not compared: Stripe does not answer")


@shared_task(name="funding.site.tasks.drain_inbox")
def drain_inbox() -> None:
    """Handle the events that have come in, and those that come in meanwhile."""
    while drain():
        pass


@shared_task(name="funding.site.tasks.make_report")
def make_report(report_id: int) -> None:
    """Read, number and lay out a fund report."""
    reports.make(report_id)


@shared_task(name="funding.site.tasks.make_followed")
def make_followed(paper_id: int) -> None:
    """Number and lay out a paper of followed money."""
    followed.make(paper_id)


@shared_task(name="funding.site.tasks.make_data_copy")
def make_data_copy(copy_id: int) -> None:
    """Make a copy of what is held on a person."""
    copies.make(copy_id)


@shared_task(name="funding.site.tasks.carry_out_erasure")
def carry_out_erasure(erasure_id: int) -> None:
    """Remove a person, as far as it goes today."""
    erasures.carry_out(erasure_id)


@shared_task(name="funding.site.tasks.beat")
def beat() -> None:
    """Sent by the scheduler and run by a worker: the sign that both are alive."""
    _show_life("beat", "worker")


@shared_task(name="funding.site.tasks.fold")
def fold() -> None:
    """Fold what has been posted since the last time, in batches."""
    while balances.fold(_BATCH) == _BATCH:
        pass
    _show_life("fold")


def _show_life(*names: str) -> None:
    for name in names:
        cache.set(f"alive:{name}", int(time.time()), _ALIVE_SECONDS)


def drain() -> int:
    """Handle every event that is due. Returns how many were taken."""
    return inbox.drain(webhooks.follow_event)


def walk() -> int:
    """Follow Stripe's account book when the last walk is some time ago."""
    last = transactions.last_walk()
    if last is not None and last > clock.now() - _WALK_EVERY:
        return 0
    try:
        return webhooks.walk_movements()
    except Unreachable:
        return 0


@shared_task(name="funding.site.tasks.go_on_with_digest")
def go_on_with_digest(digest_id: int) -> None:
    """Mail the next people of a digest. A sweep finds it when this bell was not heard."""
    digests.go_on(digest_id)
