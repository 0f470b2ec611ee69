"""What is done for zoos without anybody asking, and what a bank line can be for them."""

from donors.zoos import by_card, contributions, invoices, overdue, payments
from funding import jobs


def register() -> None:
    """Issue what is due, mail it, remind of it, and let payments find it."""
    jobs.register_sweep("contributions", contributions.sweep)
    jobs.register_sweep("invoices", invoices.sweep, invoices.waiting)
    jobs.register_nightly("overdue invoices", overdue.remind)
    payments.register()
    by_card.register()
