"""What the ledger says when it says no, and the one place that reads the database's no."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from django.db import IntegrityError

from funding.errors import Refused
from funding.money import Money


class FundOverdrawn(Refused):
    """The fund does not have the money. `short` is what is missing, above zero."""

    def __init__(self, sentence: str, *, short: Money) -> None:
        super().__init__(sentence)
        self.short = short


class FundIsClosed(Refused):
    """The fund is closed: nothing more is held or promised from it."""


class FundKeepsItsTerms(Refused):
    """Currency, entity and nature of a fund that has postings do not change."""


class FundHasPromises(Refused):
    """A fund that still holds or owes money is not closed."""


class PeriodClosed(Refused):
    """The day lies in a period that was closed."""


class PeriodOverlaps(Refused):
    """Two periods of one entity share a day."""


class AlreadyReversed(Refused):
    """The entry was put right before."""


class NotReversible(Refused):
    """A reversal is not reversed; what it undid is booked again under a key of its own."""


class NeedsAnotherPerson(Refused):
    """One person proposed it; another one decides."""


class AlreadyDecided(Refused):
    """It was booked or declined before."""


class GroundMissing(Refused):
    """Money leaves a restricted fund only with a lawful ground."""


class Misfit(Refused):
    """Funds and places of money that do not belong together."""


class EntryConflict(Exception):
    """A key was used again with other content. A programmer's error, never a person's."""


class Unbalanced(ValueError):
    """Legs that do not sum to zero per fund and currency. A programmer's error."""


def overdrawn(*, fund: str, left: Money, needed: Money) -> FundOverdrawn:
    """The refusal of a rule that knows what is left and what is needed."""
    return FundOverdrawn(
        f"{fund} has {left.text()} available, and {needed.text()} is needed.",
        short=needed - left,
    )


def _overdrawn(facts: dict[str, Any]) -> Refused:
    short = Money(-int(facts["available_minor"]), str(facts["currency"]))
    return FundOverdrawn(f"{facts['fund']} is {short.text()} short for this.", short=short)


# Constraint -> the sentence for the person. Constraints that are missing here are broken by a
# programmer's error only, and stay an IntegrityError.
_REFUSALS: Final[dict[str, Callable[[dict[str, Any]], Refused]]] = {
    "fund_is_not_overdrawn": _overdrawn,
    "fund_is_open": lambda facts: FundIsClosed(
        f"{facts['fund']} is closed, so nothing more can be promised from it."
    ),
    "fund_keeps_its_terms": lambda _: FundKeepsItsTerms(
        "This fund has entries, so its currency, its owner and its nature stay as they are."
    ),
    "fund_closes_without_promises": lambda _: FundHasPromises(
        "This fund still has money held or promised. Settle that first, then close it."
    ),
    "period_is_open": lambda facts: PeriodClosed(
        f"The books for {facts['happened_on']} are closed. Choose a later day."
    ),
    "period_stays_closed": lambda _: PeriodClosed(
        "This period is closed and stays closed. Book a correction on a later day."
    ),
    "period_does_not_overlap": lambda _: PeriodOverlaps(
        "This period shares days with another one of the same organisation."
    ),
    "ledger_entry_reverses_id_key": lambda _: AlreadyReversed("This entry was reversed before."),
    "transfer_is_decided_by_another_person": lambda _: NeedsAnotherPerson(
        "You proposed this transfer, so another person decides on it."
    ),
    "opening_is_decided_by_another_person": lambda _: NeedsAnotherPerson(
        "You proposed this opening balance, so another person decides on it."
    ),
    "transfer_has_a_ground": lambda _: GroundMissing(
        "Money leaves this fund only with a lawful ground. Say which one."
    ),
    "transfer_fits": lambda _: Misfit(
        "A transfer needs two funds of one organisation and currency, and a place of money there."
    ),
    "opening_fits": lambda _: Misfit(
        "An opening balance needs a place of money of the fund's own organisation."
    ),
}


def translated(error: IntegrityError) -> Exception:
    """The refusal behind a broken constraint, or the error itself when nobody can mend it."""
    cause = error.__cause__
    if not isinstance(cause, psycopg.Error):
        return error
    say = _REFUSALS.get(cause.diag.constraint_name or "")
    if say is None:
        return error
    return say(_facts(cause.diag.message_detail))


def _facts(detail: str | None) -> dict[str, Any]:
    if not detail or not detail.startswith("{"):
        return {}
    facts: dict[str, Any] = json.loads(detail)
    return facts


@contextmanager
def refusing() -> Iterator[None]:
    """Turn a broken constraint inside into its refusal.

    The transaction is broken then, so this stands outside its `atomic()`:
    `with refusing(), transaction.atomic():`.
    """
    try:
        yield
    except IntegrityError as error:
        refusal = translated(error)
        if refusal is error:
            raise
        raise refusal from error
