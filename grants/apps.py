"""The granting half of the fund."""

from django.apps import AppConfig


class GrantsConfig(AppConfig):
    """Projects, rounds, applications and awards."""

    name = "grants"

    def ready(self) -> None:
        """Register what must hold of awards."""
        from grants import invariants

        invariants.register()
