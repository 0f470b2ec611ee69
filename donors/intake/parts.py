"""The parts of the intake, so that the app starts them with one call."""

from donors.intake import (
    costs,
    donor_rows,
    gift_rows,
    lines,
    paid_back,
    statements,
    targets,
)


def register() -> None:
    """Register targets of bank lines, kinds of files, and what `ledger verify` asks."""
    for part in (lines, targets, costs, paid_back, statements, gift_rows, donor_rows):
        part.register()
