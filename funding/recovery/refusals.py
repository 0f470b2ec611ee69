"""Why a backup or a restore does not happen. Each leaves everything as it was."""

from funding.errors import Refused


class CannotBackUp(Refused):
    """No backup was made, and nothing stands under its final name."""


class CannotRestore(Refused):
    """Nothing was restored, and the database holds what it held before."""


class WrongKey(CannotRestore):
    """The key does not open this file."""


class Damaged(CannotRestore):
    """The file is not a whole backup of this product."""
