"""What interest members have in an application, and so what of it is open to them.

Before members say it they see who asks, and nothing of what is asked. Whatever shows or scores
an application to the committee asks here, or lets the database ask the same:

* `may_read(application, member)`: whether its content opens. For lists:
  `Application.objects.open_to(member)`.
* `may_score(application, member)`: whether the member may give marks, propose and vote; an
  interest that waits for the chair's ruling leaves reading alone. For lists:
  `Application.objects.decided_by(member)`.
* `must_take_part(application, member)`: the same as a step that raises the sentence.

Where nothing opens, the page is `grants.views.committee.stepped_out`.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import psycopg
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.users import roles
from funding.users.models import Role, User
from grants import recusals
from grants.models import (
    Application,
    ApplicationState,
    Declaration,
    Interest,
    Motion,
    Nature,
    Recusal,
    Round,
    Ruling,
)
from grants.models.applications import ApplicationQuerySet

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

LONGEST: Final = 400


class Undeclared(Refused):
    """The member has not said yet what interest they have."""


class WaitsForTheChair(Refused):
    """The chair has not ruled on the member's interest yet."""


class NotTakenBack(Refused):
    """An interest that was declared stays declared."""


class NotRulable(Refused):
    """There is nothing to rule on, or not for this person."""


class Standing(StrEnum):
    """Where a person stands to an application."""

    ELSEWHERE = "elsewhere"  # no member of the committee: other rules say what they see
    UNDECLARED = "undeclared"
    FREE = "free"  # no interest, or the round does not ask
    WAITS = "waits"  # a soft interest on which the chair has not ruled
    ALLOWED = "allowed"  # a soft interest with which the member takes part
    UNCHECKED = "unchecked"  # the round checks first, and it has not passed yet
    OUT = "out"
    APPLICANT = "applicant"


# What is said, by the constraint that the database holds to it.
_REFUSALS: Final[dict[str, tuple[type[Refused], "StrPromise"]]] = {
    "vote_is_not_of_who_stepped_out": (
        recusals.Recused,
        gettext_lazy("You stepped out of “%(title)s”. Another member takes this step."),
    ),
    "vote_is_of_a_member_who_declared": (
        Undeclared,
        gettext_lazy("First say whether you have an interest in “%(title)s”."),
    ),
    "vote_is_of_what_passed": (
        recusals.Unchecked,
        gettext_lazy("“%(title)s” has not passed the officer's check."),
    ),
    "vote_waits_for_the_ruling": (
        WaitsForTheChair,
        gettext_lazy("The chair has not ruled yet on your interest in “%(title)s”."),
    ),
}

READS: Final = frozenset(
    {Standing.ELSEWHERE, Standing.FREE, Standing.WAITS, Standing.ALLOWED},
)
SCORES: Final = frozenset({Standing.FREE, Standing.ALLOWED})


def standings(applications: Sequence[Application], person: User) -> dict[int, Standing]:
    """Where a person stands to each of these, whose round is at hand, by their ids."""
    ids = [each.pk for each in applications]
    out = set(
        Recusal.objects.filter(application__in=ids, member=person).values_list(
            "application_id", flat=True
        )
    )
    latest = {row.application_id: row for row in _said(ids).filter(member=person)}
    is_member = roles.has(person, *recusals.MEMBERS)
    hidden = recusals.unknown_to(applications, person) if is_member else set()

    def one(each: Application) -> Standing:
        if each.applicant_id == person.pk:
            return Standing.APPLICANT
        if each.pk in out:
            return Standing.OUT
        if each.pk in hidden:
            return Standing.UNCHECKED
        return _by_word(each, latest.get(each.pk)) if is_member else Standing.ELSEWHERE

    return {each.pk: one(each) for each in applications}


def standing(application: Application, person: User) -> Standing:
    """Where a person stands to one application."""
    return standings([application], person)[application.pk]


def may_read(application: Application, member: User) -> bool:
    """Whether the content of the application is open to this person on the committee's side.

    Whoever is not on the committee and did not apply has what their own role gives.
    """
    return standing(application, member) in READS


def is_closed(application: Application, person: User) -> bool:
    """Whether nothing of the application but its title may be shown to this person, on pages
    for those who decide or pay."""
    return not may_read(application, person)


def closed_in(motion: Motion, person: User) -> Application | None:
    """The first application of a motion that is closed to the person."""
    rows = Application.objects.filter(items__motion=motion).select_related(
        "round", "project__organisation", "applicant"
    )
    found = list(rows.order_by("items__pk"))
    where = standings(found, person)
    return next((each for each in found if where[each.pk] not in READS), None)


def may_score(application: Application, member: User) -> bool:
    """Whether the person is a member who may mark, propose and vote on the application."""
    return standing(application, member) in SCORES


def must_take_part(application: Application, member: User) -> None:
    """Raises recusals.Recused, Undeclared or WaitsForTheChair for a member who may not.

    Says nothing of whether the person is a member at all: the caller's rule does.
    """
    name = {
        Standing.OUT: "vote_is_not_of_who_stepped_out",
        Standing.APPLICANT: "vote_is_not_of_who_stepped_out",
        Standing.UNDECLARED: "vote_is_of_a_member_who_declared",
        Standing.WAITS: "vote_waits_for_the_ruling",
        Standing.UNCHECKED: "vote_is_of_what_passed",
    }.get(standing(application, member))
    if name is not None:
        kind, sentence = _REFUSALS[name]
        raise kind(str(sentence) % {"title": application.project.title})


@contextmanager
def refusing(application: Application) -> Iterator[None]:
    """Turn the database's no to a vote or a mark into the sentence of who may not give it."""
    try:
        yield
    except IntegrityError as error:
        cause = error.__cause__
        name = cause.diag.constraint_name if isinstance(cause, psycopg.Error) else ""
        said = _REFUSALS.get(name or "")
        if said is None:
            raise
        kind, sentence = said
        raise kind(str(sentence) % {"title": application.project.title}) from error


def undeclared(round_: Round, member: User) -> ApplicationQuerySet:
    """What a member of the committee has still to declare on in a round, by title."""
    sent = Application.objects.sent().filter(round=round_)
    rows = sent.undeclared_by(member).on_the_bench(member)
    wanted = rows.select_related("round", "project__organisation", "applicant")
    return wanted.prefetch_related("coapplicants__person").order_by("project__title", "pk")


def own(round_: Round, member: User) -> list[Declaration]:
    """What the member said last of each application of a round, by title."""
    ids = list(Application.objects.filter(round=round_).values_list("pk", flat=True))
    rows = _said(ids).filter(member=member).select_related("ruling", "application__project")
    newest = {row.application_id: row for row in rows}
    return sorted(newest.values(), key=lambda row: row.application.project.title)


def latest(application: Application) -> list[Declaration]:
    """What each member said last of an application, with the ruling, in the order it was said."""
    newest = {row.member_id: row for row in _said([application.pk])}
    return sorted(newest.values(), key=lambda row: (row.declared_at, row.pk))


def declare(
    *,
    application_id: int,
    interest: Interest,
    by: User,
    nature: str = "",
    words: str = "",
) -> Declaration:
    """Say what interest the member has; a hard one steps out, a soft one waits for the chair.

    Again the same: the row that stands. Raises recusals.NotAMember, recusals.ReasonMissing,
    recusals.Recused, recusals.DecidedAlready, NotTakenBack.
    """
    if not roles.has(by, *recusals.MEMBERS):
        raise recusals.NotAMember(_("Only members of the committee declare an interest."))
    told = (Interest(interest), *_told(interest, nature, words))
    with transaction.atomic():
        application = recusals.lock(application_id)
        before = _said([application_id]).filter(member=by).last()
        if before is not None and (before.interest, before.nature, before.words) == told:
            return before
        _must_be_sayable(application, before, told[0], by)
        made = Declaration.objects.create(
            application=application,
            member=by,
            interest=told[0],
            nature=told[1],
            words=told[2],
            flags=recusals.flags(application, by),
            declared_at=clock.now(),
        )
        log.record(
            actor=f"user:{by.pk}",
            action="interest.declared",
            subject=f"application:{application_id}",
        )
        if made.interest == Interest.HARD:
            recusals.step_out(application, by, made.words, actor=by)
        elif made.interest == Interest.SOFT:
            recusals.take_votes_back(application_id, by)
        _step_out_the_unruled(application)
    return made


def step_out(
    *, application_id: int, reason: str, by: User, nature: Nature = Nature.OTHER
) -> Declaration:
    """Declare a hard interest: no reading, no marks, no vote. As `declare` does."""
    return declare(
        application_id=application_id, interest=Interest.HARD, nature=nature, words=reason, by=by
    )


@transaction.atomic
def rule(*, declaration_id: int, may_take_part: bool, sentence: str, by: User) -> Ruling:
    """A chair says whether a member with a soft interest takes part; if not, they are out.

    Again the same: nothing. Raises NotRulable, recusals.ReasonMissing, recusals.DecidedAlready
    and what `must_take_part` does.
    """
    said = sentence.strip()[:LONGEST]
    if not roles.has(by, Role.CHAIR):
        raise NotRulable(_("Only a chair of the committee rules on an interest."))
    if not said:
        raise recusals.ReasonMissing(_("Write a sentence. It stands in the minute."))
    row = Declaration.objects.get(pk=declaration_id)
    application = recusals.lock(row.application_id)
    must_take_part(application, by)
    now = _said([row.application_id]).filter(member=row.member_id).last()
    assert now is not None
    if now.pk != row.pk or row.interest != Interest.SOFT or row.member_id == by.pk:
        raise NotRulable(_("This interest is not for you to rule on."))
    if standing_ := Ruling.objects.filter(declaration=row).first():
        if (standing_.may_take_part, standing_.sentence) == (may_take_part, said):
            return standing_
        raise NotRulable(_("A chair has ruled on this interest before."))
    recusals.must_be_undecided(application)
    made = Ruling.objects.create(
        declaration=row,
        may_take_part=may_take_part,
        sentence=said,
        ruled_by=by,
        ruled_at=clock.now(),
    )
    log.record(
        actor=f"user:{by.pk}",
        action="interest.ruled",
        subject=f"application:{application.pk}",
        member=row.member_id,
    )
    if not may_take_part:
        recusals.step_out(application, row.member, row.words, actor=by)
        _step_out_the_unruled(application)
    return made


def unruled(chair: User) -> list[Declaration]:
    """The soft interests on which this chair can rule now."""
    rows = Declaration.objects.filter(
        interest=Interest.SOFT,
        ruling__isnull=True,
        application__state=ApplicationState.SUBMITTED,
    ).exclude(member=chair)
    open_ = Application.objects.decided_by(chair).values("pk")
    wanted = rows.filter(application__in=open_).select_related(
        "application__project", "application__round", "member"
    )
    return [row for row in wanted if _is_waiting(row)]


def _is_waiting(row: Declaration) -> bool:
    later = Declaration.objects.filter(
        application=row.application_id, member=row.member_id, pk__gt=row.pk
    )
    return not later.exists() and recusals.of(row.application_id, row.member) is None


def _said(application_ids: Iterable[int]) -> QuerySet[Declaration]:
    rows = Declaration.objects.filter(application__in=application_ids)
    return rows.select_related("ruling", "member").order_by("pk")


def _by_word(application: Application, said: Declaration | None) -> Standing:
    if said is None:
        asks = application.round.asks_interests
        return Standing.UNDECLARED if asks else Standing.FREE
    if said.interest == Interest.NONE:
        return Standing.FREE
    if said.interest == Interest.HARD:
        return Standing.OUT
    ruling = getattr(said, "ruling", None)
    if ruling is None:
        return Standing.WAITS
    return Standing.ALLOWED if ruling.may_take_part else Standing.OUT


def _told(interest: str, nature: str, words: str) -> tuple[str, str]:
    """Nature and words as they are kept. Raises recusals.ReasonMissing."""
    if interest == Interest.NONE:
        return "", ""
    said = words.strip()[:LONGEST]
    if nature not in Nature.values:
        raise recusals.ReasonMissing(_("Choose what kind of interest it is."))
    if not said:
        raise recusals.ReasonMissing(_("Write what it is, for yourself and the chair only."))
    return nature, said


def _must_be_sayable(
    application: Application, before: Declaration | None, interest: Interest, by: User
) -> None:
    if application.applicant_id == by.pk:
        raise recusals.Recused(_("You applied for this, so you are out of it."))
    if recusals.of(application.pk, by) is not None:
        raise recusals.Recused(_("You stepped out of this application. That stands."))
    if application.submitted_at is None:
        raise recusals.DecidedAlready(_("This application was not sent."))
    order = list(Interest)
    if before is not None and order.index(interest) < order.index(Interest(before.interest)):
        raise NotTakenBack(_("You declared an interest before. Only the chair rules on it."))
    if interest != Interest.NONE and application.state != ApplicationState.SUBMITTED:
        raise recusals.DecidedAlready(
            _("It is decided. Without a word from you it simply stays closed to you.")
        )
    if interest != Interest.NONE:
        recusals.must_be_undecided(application)


def _step_out_the_unruled(application: Application) -> None:
    """A soft interest on which no chair can rule counts as a hard one."""
    said = latest(application)
    out = recusals.out_of([application.pk])[application.pk]
    waiting = [
        row
        for row in said
        if row.member_id not in out and _by_word(application, row) == Standing.WAITS
    ]
    unable = out | {row.member_id for row in waiting}
    if not waiting or roles.holders(Role.CHAIR).exclude(pk__in=unable).exists():
        return
    for row in waiting:
        recusals.step_out(application, row.member, row.words, actor=row.member)
