"""The Celery application: wiring and the timetable, no work."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "funding.settings")

app = Celery("manul_fund")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["funding.mail", "funding.documents", "funding.site", "donors"])
