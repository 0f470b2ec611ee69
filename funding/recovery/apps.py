"""Backup and restore."""

from django.apps import AppConfig


class RecoveryConfig(AppConfig):
    """Backups, restores, and what a restore leaves for people to look at."""

    name = "funding.recovery"
