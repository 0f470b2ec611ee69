"""The double-entry journal."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Funds, accounts, entries and postings."""

    name = "funding.ledger"

    def ready(self) -> None:
        """Register checks, the grants of the application role, the fold and tracing."""
        from funding import jobs
        from funding.ledger import balances, checks, privileges, trace

        checks.connect()
        privileges.connect()
        jobs.register_sweep("fold", balances.fold)
        jobs.register_sweep("trace", trace.sweep)
