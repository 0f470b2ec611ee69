"""People who sign in."""

from django.apps import AppConfig


class UsersConfig(AppConfig):
    """The user model."""

    name = "funding.users"

    def ready(self) -> None:
        """Hear of factors that people add: allauth says so by a signal and no other way."""
        from allauth.mfa.signals import authenticator_added

        from funding.users import adapter

        authenticator_added.connect(adapter.factor_added)
