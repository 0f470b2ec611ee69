"""The giving half of the fund."""

from django.apps import AppConfig


class DonorsConfig(AppConfig):
    """Donors, gifts, refunds and receipts."""

    name = "donors"

    def ready(self) -> None:
        """Register the sweeps, in the order in which one feeds the next, and what waits."""
        from donors import disputes, gifts, receipts, refunds, stuck, warnings
        from donors.views.disputes import waiting as disputed
        from donors.views.refunds import waiting
        from donors.views.warnings import waiting as warned
        from funding import jobs, waits
        from funding.gateway import movements
        from funding.users.models import Role

        jobs.register_sweep("gifts", gifts.sweep, gifts.waiting)
        jobs.register_sweep("refunds", refunds.sweep, refunds.waiting)
        jobs.register_sweep("receipts", receipts.sweep, receipts.waiting)
        jobs.register_sweep("disputes", disputes.sweep, disputes.undone)
        jobs.register_nightly("disputes of late", warnings.look_around)
        stuck.register()
        movements.register_bookings("gifts", gifts.BOOKINGS)
        movements.register_bookings("refunds", refunds.BOOKINGS)
        movements.register_bookings(
            "withdrawals", "SELECT balance_transaction, entry_key FROM donors_withdrawal"
        )
        movements.register_pending("gifts", gifts.PENDING)
        keepers = (Role.TREASURER, Role.ADMINISTRATOR)
        waits.register("refunds", waiting, *keepers)
        waits.register("disputes", disputed, *keepers)
        waits.register("warnings", warned, *keepers)
