"""Who an application is from, and until when a member of the committee does not read it.

In a blind round people and organisations are called "Applicant 7" towards each member until that
member's own review of the application is handed in; who is not asked for one, until all marks
are in; nobody any more once the committee votes on it. Whatever shows who applies asks here:

* `is_hidden(application, person)`, and for lists `hidden(applications, person)` and
  `hidden_from(person)`.
* `facts(application, person)` are the facts as this person may read them.
* `called(application, is_hidden)` is the name to write.

What a member declares an interest in names the people: that comes before, and hides nothing.
"""

import re
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import psycopg
from django.db import IntegrityError, transaction
from django.db.models import BooleanField, Case, Value, When
from django.utils.translation import gettext as _

from funding.users import roles
from funding.users.models import User
from grants import recusals, reviews, sections, submissions
from grants.models import Application, ApplicationState, Item, ItemState, Review
from grants.models.applications import ApplicationQuerySet

# What a submission says of the work. Everything else may say whose it is, and is left out.
OPEN: Final = frozenset(
    {
        "title",
        "summary",
        "methods",
        "country",
        "country_name",
        "province",
        "theme",
        "area",
        "starts_on",
        "ends_on",
        "round",
        "currency",
        "ask_minor",
        "minimum_minor",
        "minimum_reason",
        "lines",
        "rates",
        "ask",
        "minimum",
        "other",
        "in_kind",
        "whole",
        # Yes or no to what the round asks everybody.
        "conditions",
        # Without what names whose they are.
        "permits",
        "safeguards",
    }
)
# The least of numbers from which one is drawn, so that the last to come does not tell itself.
_LEAST: Final = 99
_TRIES: Final = 20
_NUMBER_TAKEN: Final = "application_blind_number_once_a_round"
# What names somebody in the facts that are left out, and the shortest that is looked for.
_NAMING: Final = frozenset({"name", "email", "website", "registration_number", "phone"})
_SHORTEST_NAME: Final = 4
_REACHED: Final = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?:https?://|www\.)\S+|\+\d[\d ()/.-]{6,}\d", re.IGNORECASE
)


def is_hidden(application: Application, person: User) -> bool:
    """Whether the person may not read yet who applies."""
    return application.pk in hidden([application], person)


def hidden_from(person: User, **where: object) -> frozenset[int]:
    """The same of all that was sent, or of what is named, such as by `round`."""
    rows = Application.objects.sent().filter(round__is_blind=True, **where)
    return hidden(list(rows.select_related("round")), person)


def hidden(applications: Sequence[Application], person: User) -> frozenset[int]:
    """The ids of those of which the person may not read yet who applies. Rounds are at hand."""
    blind = [
        each
        for each in applications
        if each.round.is_blind
        and each.applicant_id != person.pk
        and each.state not in {ApplicationState.AWARDED, ApplicationState.DECLINED}
    ]
    if not blind or not roles.has(person, *recusals.MEMBERS):
        return frozenset()
    ids = [each.pk for each in blind]
    given = Review.objects.filter(
        application__in=ids, member=person, handed_in_at__isnull=False
    ).values_list("application", flat=True)
    voted = Item.objects.filter(application__in=ids, motion__put_at__isnull=False)
    open_ = {
        *given,
        *voted.exclude(state=ItemState.WITHDRAWN).values_list("application", flat=True),
    }
    asked = set(
        reviews.standing()
        .filter(application__in=ids, member=person)
        .values_list("application", flat=True)
    )
    rounds_in = {each.round_id: each.round for each in blind}
    are_in = {pk: reviews.are_in(round_) for pk, round_ in rounds_in.items()}
    return frozenset(
        each.pk
        for each in blind
        if each.pk not in open_ and (each.pk in asked or not are_in[each.round_id])
    )


def told(rows: ApplicationQuerySet, person: User) -> ApplicationQuerySet:
    """The same rows, each saying `is_nameless` where the person may not read who applies."""
    yes, no = Value(value=True), Value(value=False)
    nameless = When(pk__in=hidden_from(person), then=yes)
    return rows.annotate(is_nameless=Case(nameless, default=no, output_field=BooleanField()))


def alias(application: Application) -> str:
    """What the applicant is called while the name is hidden."""
    return _("Applicant %(number)s") % {"number": application.blind_number}


def called(application: Application, *, is_hidden: bool) -> str:
    """Who applies, for a list: the organisation, or its alias."""
    return alias(application) if is_hidden else application.project.organisation.name


def facts(application: Application, person: User) -> dict[str, Any]:
    """What was sent, ready to be shown, with all that tells whose it is taken out where it must.

    In what is told of the work, names, addresses and telephone numbers are covered.
    """
    found = submissions.shown(application.submitted or submissions.told(application))
    if not is_hidden(application, person):
        return found
    name = alias(application)
    left_out = {key: value for key, value in found.items() if key not in OPEN}
    pattern = _pattern(
        {*_names(left_out), application.applicant.name, application.project.organisation.name}
    )
    told = {key: _covered(found[key], pattern, name) for key in OPEN & found.keys() - {"title"}}
    return {**told, **sections.without_names(told), "title": found["title"], "alias": name}


def flags(application: Application, person: User) -> list[str]:
    """What the books flag of a member's own ties, which may name who applies."""
    return [] if is_hidden(application, person) else recusals.flags(application, person)


def number(application: Application) -> None:
    """Draw the number of an application of a blind round, in the open transaction.

    At random, so that it tells neither who came first nor anything else. Again: nothing.
    """
    if not application.round.is_blind or application.blind_number is not None:
        return
    rows = Application.objects.filter(round=application.round_id)
    for _try in range(_TRIES):
        taken = set(rows.filter(blind_number__isnull=False).values_list("blind_number", flat=True))
        free = sorted(set(range(1, max(_LEAST, 3 * len(taken)) + 1)) - taken)
        drawn = secrets.choice(free)
        try:
            with transaction.atomic():
                rows.filter(pk=application.pk).update(blind_number=drawn)
        except IntegrityError as error:
            # Somebody drew the same in this moment.
            cause = error.__cause__
            if not isinstance(cause, psycopg.Error) or cause.diag.constraint_name != _NUMBER_TAKEN:
                raise
        else:
            application.blind_number = drawn
            return
    raise AssertionError("no number is free")


def _names(value: object) -> Iterator[str]:
    """What names people and bodies in facts that are left out, however deep."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            if key in _NAMING and isinstance(each, str):
                yield each
            yield from _names(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _names(each)


def _pattern(names: Iterable[str]) -> re.Pattern[str] | None:
    known = [
        r"\s+".join(re.escape(word) for word in each.split())
        for each in sorted(names, key=lambda each: (-len(each), each))
        if len(each.strip()) >= _SHORTEST_NAME
    ]
    return re.compile(rf"(?<!\w)(?:{'|'.join(known)})(?!\w)", re.IGNORECASE) if known else None


def _covered(value: Any, pattern: re.Pattern[str] | None, name: str) -> Any:  # noqa: ANN401
    """The same shape with every name and address in its texts covered."""
    if isinstance(value, str):
        said = _REACHED.sub(name, value)
        return pattern.sub(name, said) if pattern else said
    if isinstance(value, dict):
        return {key: _covered(each, pattern, name) for key, each in value.items()}
    if isinstance(value, list):
        return [_covered(each, pattern, name) for each in value]
    return value
