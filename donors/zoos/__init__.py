"""Organisations that contribute: their people, what they promise, and their papers."""


def register() -> None:
    """What the app does at its start, once its tables can be asked."""
    from donors.zoos import duties

    duties.register()
