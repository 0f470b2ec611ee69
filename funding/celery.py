"""The Celery application: wiring and the timetable, no work."""

import datetime as dt
import os
from typing import Any

from celery import Celery
from celery.signals import beat_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "funding.settings")

app = Celery("manul_fund")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["funding.mail", "funding.documents", "funding.site", "donors", "grants"])


@beat_init.connect
def begin_at_once(sender: Any, **_: object) -> None:  # noqa: ANN401 -- Celery's own service
    """A scheduler that starts does everything once, instead of waiting out each interval."""
    for entry in sender.scheduler.schedule.values():
        entry.last_run_at -= dt.timedelta(days=1)
