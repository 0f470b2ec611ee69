"""The granting half of the fund."""

from django.apps import AppConfig


class GrantsConfig(AppConfig):
    """Projects, rounds, applications and awards."""

    name = "grants"
