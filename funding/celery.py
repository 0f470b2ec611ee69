"""The Celery application: wiring and the timetable, no work."""

import datetime as dt
import os
from typing import Any

from celery import Celery
from celery.signals import (
    beat_init,
    before_task_publish,
    setup_logging,
    task_postrun,
    task_prerun,
)

from funding import logs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "funding.settings")

app = Celery("manul_fund")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(
    ["funding.mail", "funding.documents", "funding.imports", "funding.site", "donors", "grants"]
)


@beat_init.connect
def begin_at_once(sender: Any, **_: object) -> None:  # noqa: ANN401 -- Celery's own service
    """A scheduler that starts does everything once, instead of waiting out each interval."""
    for entry in sender.scheduler.schedule.values():
        entry.last_run_at -= dt.timedelta(days=1)


@setup_logging.connect
def leave_the_log_alone(**_: object) -> None:
    """Django has set it up; with somebody listening here Celery adds no handlers of its own."""


@before_task_publish.connect
def carry_the_number(headers: dict[str, Any], **_: object) -> None:
    """The task bears the number of the request that rings for it."""
    if number := logs.request_number():
        headers["request_number"] = number


@task_prerun.connect
def begin_the_log(task_id: str, task: Any, **_: object) -> None:  # noqa: ANN401 -- Celery's task
    """Every line of a task bears its number and name, and the number of its request."""
    number = logs.sane(str(task.request.get("request_number") or ""))
    logs.begin(task=task_id, job=task.name, **({"request": number} if number else {}))


@task_postrun.connect
def end_the_log(**_: object) -> None:
    """What the worker says between tasks belongs to none."""
    logs.end()
