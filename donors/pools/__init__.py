"""What zoos promise to add to the gifts of others: pools, matches and what zoos are asked for."""

from donors.pools import bills, matches, pools
from funding import jobs


def register() -> None:
    """What the app does at its start: match and release, end what is over, follow with invoices."""
    jobs.register_sweep("matches", matches.sweep)
    jobs.register_sweep("pools", pools.sweep)
    jobs.register_nightly("invoices of pools", bills.adjust_all)
    matches.register()
