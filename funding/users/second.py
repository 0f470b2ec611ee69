"""Whose word counts as the second person's, on what somebody else has proposed."""

from funding.errors import Refused
from funding.users import roles
from funding.users.models import Role, User


class SecondPersonNeeded(Refused):
    """It was decided before, or by whom it cannot be."""


def must_keep_money(by: User, noun: str = "this") -> None:
    """Refuses: SecondPersonNeeded, for whoever is neither treasurer nor administrator."""
    if not roles.has(by, Role.TREASURER, Role.ADMINISTRATOR):
        raise SecondPersonNeeded(f"A treasurer or an administrator decides on {noun}.")


def must_be_another(by: User, proposed_by: str, noun: str = "this") -> None:
    """Refuses: SecondPersonNeeded, for `user:<id>` who proposed it."""
    if proposed_by == f"user:{by.pk}":
        raise SecondPersonNeeded(f"You proposed {noun}, so another person decides on it.")


def must_decide(by: User, *, proposed_by: str, is_open: bool, noun: str = "this") -> None:
    """All of it, for a row that is locked. Refuses: SecondPersonNeeded."""
    must_keep_money(by, noun)
    if not is_open:
        raise SecondPersonNeeded(f"{noun.capitalize()} was decided before.")
    must_be_another(by, proposed_by, noun)
