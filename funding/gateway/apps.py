"""Stripe."""

from django.apps import AppConfig


class GatewayConfig(AppConfig):
    """The client, the inbox of events, and the checks on keys."""

    name = "funding.gateway"

    def ready(self) -> None:
        """Register the system checks, and what of it may be stuck."""
        from funding.gateway import checks, movements, stuck

        checks.connect()
        stuck.register()
        movements.register()
