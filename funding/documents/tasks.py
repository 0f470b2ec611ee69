"""The bell of the register."""

import logging

from celery import shared_task
from celery.signals import worker_process_init, worker_process_shutdown

from funding.documents import register, rendering
from funding.documents.checks import CannotRender

logger = logging.getLogger(__name__)


@worker_process_init.connect
def _open(**_: object) -> None:
    """The first donor of the day waits no longer for a receipt than the second."""
    rendering.warm_up()


@worker_process_shutdown.connect
def _close(**_: object) -> None:
    """A worker's process ends without Python's own farewell, so it says its own."""
    rendering.close()


@shared_task(name="funding.documents.tasks.render")
def render(pk: int) -> None:
    """Make the bytes of a document; a failure is kept in its row and swept up later."""
    try:
        register.render(pk)
    except CannotRender as error:
        logger.warning("document waits pk=%s why=%s", pk, error)
