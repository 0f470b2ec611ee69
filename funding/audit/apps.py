"""The business log."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Who did what, when, to which row."""

    name = "funding.audit"
