"""The double-entry journal."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Funds, accounts, entries and postings."""

    name = "funding.ledger"

    def ready(self) -> None:
        """Register checks, the grants of the application role, and the fold."""
        from funding import jobs
        from funding.ledger import balances, checks, privileges

        checks.connect()
        privileges.connect()
        jobs.register_sweep("fold", balances.fold)
