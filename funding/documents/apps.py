"""Numbered, frozen PDFs."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """Numbers, snapshots and bytes."""

    name = "funding.documents"

    def ready(self) -> None:
        """Register the check for Pango and the sweep that renders what is due."""
        from funding import jobs
        from funding.documents import checks, register, stuck

        checks.connect()
        jobs.register_sweep("documents", register.render_due, register.waiting)
        stuck.register()
