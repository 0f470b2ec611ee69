"""What a worker is rung for."""

from celery import shared_task

from funding.imports import running


# Taking in a hundred thousand rows is one transaction of some minutes; the limit stays below the
# time after which the broker hands the task to another worker.
@shared_task(name="funding.imports.tasks.work", soft_time_limit=540, time_limit=570)
def work(import_id: int) -> None:
    """Go on with an import."""
    running.work(import_id)
