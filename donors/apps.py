"""The giving half of the fund."""

from django.apps import AppConfig


class DonorsConfig(AppConfig):
    """Donors, gifts, refunds and receipts."""

    name = "donors"

    def ready(self) -> None:
        """Register the sweeps, in the order in which one feeds the next, and what waits."""
        from donors import bookings, disputes, gifts, receipts, refunds, stuck, warnings
        from donors.views.disputes import waiting as disputed
        from donors.views.refunds import waiting
        from donors.views.warnings import waiting as warned
        from funding import jobs, waits

        jobs.register_sweep("gifts", gifts.sweep, gifts.waiting)
        jobs.register_sweep("refunds", refunds.sweep, refunds.waiting)
        jobs.register_sweep("receipts", receipts.sweep, receipts.waiting)
        bookings.register()
        jobs.register_sweep("disputes", disputes.sweep, disputes.undone)
        jobs.register_nightly("disputes of late", warnings.look_around)
        stuck.register()
        waits.register("refunds", waiting)
        waits.register("disputes", disputed)
        waits.register("warnings", warned)
