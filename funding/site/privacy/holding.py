"""One table in which things about a person stand."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.functional import Promise

from funding.site.privacy.finders import Found
from funding.site.privacy.persons import Person

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Holding:
    """One table: which of its rows are about a person, and what of them a reader is shown.

    `title` heads its part of the readable copy; `shown` are the columns there, with their
    names; `hidden` are columns that are told to nobody, such as what opens an account.
    """

    model: type[Model]
    rows: Found
    title: Words
    shown: dict[str, Words]
    hidden: frozenset[str] = frozenset()

    @property
    def label(self) -> str:
        """'donors.Gift': how the copy for machines names the table."""
        return self.model._meta.label

    def of(self, person: Person) -> QuerySet[Any]:
        """The rows about a person, in the order in which they came."""
        # A row that is found by two paths is one row.
        found: QuerySet[Any] = QuerySet(self.model).filter(self.rows(person))
        return QuerySet(self.model).filter(pk__in=found.values("pk")).order_by("pk")
