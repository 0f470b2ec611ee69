"""The giving half of the fund."""

from django.apps import AppConfig


class DonorsConfig(AppConfig):
    """Donors, gifts, refunds and receipts."""

    name = "donors"

    def ready(self) -> None:
        """Register the sweeps, in the order in which one feeds the next, and what waits."""
        from donors import gifts, receipts, refunds
        from donors.views.refunds import waiting
        from funding import jobs, waits

        jobs.register_sweep("gifts", gifts.sweep)
        jobs.register_sweep("refunds", refunds.sweep)
        jobs.register_sweep("receipts", receipts.sweep)
        waits.register("refunds", waiting)
