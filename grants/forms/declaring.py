"""What a member says of many applications on one page, read by hand: their number varies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy

from funding.errors import Refused
from funding.users.models import User
from grants import declarations, recusals
from grants.models import Application, Interest, Nature

INTERESTS: Final = (
    (Interest.NONE, gettext_lazy("None")),
    (Interest.SOFT, gettext_lazy("Some")),
    (Interest.HARD, gettext_lazy("I step out")),
)
# Who applied is out of it anyhow.
NATURES: Final = tuple(each for each in Nature.choices if each[0] != Nature.APPLIED)


@dataclass(frozen=True, slots=True)
class Row:
    """One application to declare on: who asks, what the books flag, and what was typed."""

    application: Application
    flags: list[str]
    interest: str = ""
    nature: str = ""
    words: str = ""
    error: str = ""


def rows(waiting: Sequence[Application], member: User, typed: Mapping[str, str]) -> list[Row]:
    """A row for each application that waits, filled in with what was typed."""
    found = recusals.flags_of(waiting, member)
    return [
        Row(
            application=each,
            flags=found[each.pk],
            interest=typed.get(f"interest-{each.pk}", ""),
            nature=typed.get(f"nature-{each.pk}", ""),
            words=typed.get(f"words-{each.pk}", "").replace("\0", "")[: declarations.LONGEST],
        )
        for each in waiting
    ]


def save(asked: Sequence[Row], member: User) -> tuple[int, list[Row]]:
    """Declare what was filled in. Returns how many were, and the rows that were refused.

    What is not filled in waits for another time; a row that is refused stops no other.
    """
    done, wrong = 0, []
    for row in asked:
        if row.interest not in Interest.values:
            continue
        try:
            declarations.declare(
                application_id=row.application.pk,
                interest=Interest(row.interest),
                nature=row.nature,
                words=row.words,
                by=member,
            )
            done += 1
        except Refused as refusal:
            wrong.append(_told(row, refusal.sentence))
    return done, wrong


def _told(row: Row, sentence: str) -> Row:
    return Row(row.application, row.flags, row.interest, row.nature, row.words, sentence)
