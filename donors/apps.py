"""The giving half of the fund."""

from django.apps import AppConfig


class DonorsConfig(AppConfig):
    """Donors, gifts, refunds and receipts."""

    name = "donors"

    def ready(self) -> None:
        """Register the sweeps, in the order in which one feeds the next, and what waits."""
        from donors import bookings, gifts, receipts, refunds, stuck
        from donors.views.refunds import waiting
        from funding import jobs, waits

        jobs.register_sweep("gifts", gifts.sweep, gifts.waiting)
        jobs.register_sweep("refunds", refunds.sweep, refunds.waiting)
        jobs.register_sweep("receipts", receipts.sweep, receipts.waiting)
        bookings.register()
        stuck.register()
        waits.register("refunds", waiting)
