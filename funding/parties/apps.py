"""Legal bodies."""

from django.apps import AppConfig


class PartiesConfig(AppConfig):
    """Entities that receive and own money."""

    name = "funding.parties"
