"""Importing files."""

from django.apps import AppConfig


class ImportsConfig(AppConfig):
    """Files and their staged rows."""

    name = "funding.imports"
    label = "imports"

    def ready(self) -> None:
        """Register the sweep that finds what a worker left."""
        from funding import jobs
        from funding.imports import running

        jobs.register_sweep("imports", running.sweep, running.waiting)
