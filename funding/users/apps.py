"""People who sign in."""

from django.apps import AppConfig


class UsersConfig(AppConfig):
    """The user model."""

    name = "funding.users"
