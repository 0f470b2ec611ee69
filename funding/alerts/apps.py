"""Alerts."""

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    """What is wrong, since when, and who said that it is dealt with."""

    name = "funding.alerts"
