"""Pages that need both halves, and the table of webhooks."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """Home, funds, the webhook and the health page."""

    name = "funding.site"
    label = "site"

    def ready(self) -> None:
        """Register the rounds that begin at Stripe's side, and what waits for administrators."""
        from funding import jobs
        from funding.site import people, tasks

        jobs.register_sweep("inbox", tasks.drain)
        jobs.register_sweep("walk", tasks.walk)
        people.register_waits()
