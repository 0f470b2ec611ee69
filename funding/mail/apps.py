"""The outbox."""

from django.apps import AppConfig


class MailConfig(AppConfig):
    """Mails as rows."""

    name = "funding.mail"
    label = "mail"

    def ready(self) -> None:
        """Register the sweep that sends what is due."""
        from funding import jobs
        from funding.mail import outbox, stuck

        jobs.register_sweep("mail", outbox.send_due, outbox.waiting)
        stuck.register()
