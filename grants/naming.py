"""Whom an applicant names as referees, while it is theirs to say.

Who was asked stays. Whoever has not answered can be replaced when an application is completed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from funding import clock
from grants import texts
from grants.models import MOST_REFEREES, Application, CoApplicant, Referee


@dataclass(frozen=True, slots=True)
class Named:
    """One referee, as the applicant names them."""

    name: str = ""
    organisation: str = ""
    email: str = ""
    relation: str = ""
    may_be_asked: bool = False


NOBODY: Final = Named()


def of(application: Application) -> tuple[Named, ...]:
    """Who is named now, in order."""
    return tuple(
        Named(row.name, row.organisation, row.email, row.relation, row.may_be_asked)
        for row in _standing(application)
    )


def answered(application: Application) -> tuple[Named, ...]:
    """Those of them who have answered and so can no longer be replaced."""
    rows = _standing(application).exclude(written_at=None, declined_at=None)
    return tuple(
        Named(row.name, row.organisation, row.email, row.relation, row.may_be_asked) for row in rows
    )


def _standing(application: Application) -> QuerySet[Referee]:
    rows = Referee.objects.filter(application=application, withdrawn_at=None)
    return rows.order_by("position", "pk")


def keep(application: Application, named: Sequence[Named]) -> None:
    """Write down who is named, in the open transaction.

    Who was asked and is named still stays as asked; who is not, and has not answered, is taken
    back.
    """
    wanted = [_clean(each) for each in named]
    rows = list(_standing(application))
    asked = {row.email.lower(): row for row in rows if row.asked_at}
    addresses = {each.email.lower() for each in wanted}
    for row in rows:
        if row.asked_at is None:
            row.delete()
        elif row.email.lower() not in addresses and not (row.written_at or row.declined_at):
            row.withdrawn_at = clock.now()
            row.save(update_fields=["withdrawn_at"])
            asked.pop(row.email.lower())
    free = [at for at in range(MOST_REFEREES) if at not in {row.position for row in asked.values()}]
    new = [each for each in wanted if not each.email or each.email.lower() not in asked]
    Referee.objects.bulk_create(
        Referee(
            application=application,
            position=at,
            name=each.name,
            organisation=each.organisation,
            email=each.email,
            relation=each.relation,
            may_be_asked=each.may_be_asked,
        )
        for at, each in zip(free, new, strict=False)
    )


def _clean(each: Named) -> Named:
    return Named(
        texts.one_line(each.name)[:120],
        texts.one_line(each.organisation)[:160],
        each.email.strip()[:254],
        texts.one_line(each.relation)[:160],
        each.may_be_asked,
    )


def missing(application: Application, named: Sequence[Named]) -> Iterator[tuple[str, str, str]]:
    """Field, code and sentence of what must still be said of them before it is sent."""
    if not named:
        yield "referees", "missing", _("Name at least one person who can be asked.")
    ours = _ours(application) if named else frozenset()
    for number, each in enumerate(named, 1):
        if lacks := _lacks(each):
            sentence = _("Referee %(number)s: write %(what)s.")
            yield "referees", "missing", sentence % {"number": number, "what": ", ".join(lacks)}
        if not each.may_be_asked:
            sentence = _("Referee %(number)s: say that this person has agreed to be asked.")
            yield "referees", "missing", sentence % {"number": number}
        if each.email.lower() in ours:
            sentence = _("Referee %(number)s is one of those who apply.")
            yield "referees", "against", sentence % {"number": number}
    given = [each.email.lower() for each in named if each.email]
    if len(given) != len(set(given)):
        yield "referees", "against", _("Two referees have the same e-mail address.")


def _lacks(each: Named) -> list[str]:
    told = {
        "name": _("the name"),
        "email": _("the e-mail address"),
        "relation": _("how they know you or the work"),
    }
    return [word for name, word in told.items() if not getattr(each, name)]


def _ours(application: Application) -> frozenset[str]:
    joined = CoApplicant.objects.filter(application=application, ended_at=None)
    return frozenset(
        {
            application.applicant.email.lower(),
            *(address.lower() for address in joined.values_list("person__email", flat=True)),
        }
    )
