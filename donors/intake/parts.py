"""The parts of the intake, so that the app starts them with one call."""

from donors.intake import (
    costs,
    donor_rows,
    gift_rows,
    lines,
    paid_back,
    pledge_rows,
    promise_rows,
    statements,
    targets,
)

_FILES = (gift_rows, donor_rows, pledge_rows, promise_rows)


def register() -> None:
    """Register targets of bank lines, kinds of files, and what `ledger verify` asks."""
    for part in (lines, targets, costs, paid_back, statements, *_FILES):
        part.register()
