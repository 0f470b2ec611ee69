"""Pages that need both halves, and the table of webhooks."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """Home, funds, the webhook and the health page."""

    name = "funding.site"
    label = "site"
