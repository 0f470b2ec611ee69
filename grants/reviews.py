"""Opinions on applications: asked for evenly, given alone, and kept as they were handed in.

Nobody reads what the others think before handing in. A mark that is missing is no mark.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.users import roles
from funding.users.models import Role, User
from grants import assigning, declarations, desk_checks, expertise, recusals, rounds
from grants.assigning import Wanted
from grants.models import (
    Application,
    ApplicationState,
    Assignment,
    Criterion,
    Declaration,
    Interest,
    Item,
    ItemState,
    Mark,
    Recusal,
    Review,
    Round,
)
from grants.terms import MARKS


class NotAsked(Refused):
    """The person is not asked to review this, or may not have others reviewed."""


class NotNow(Refused):
    """The round takes no reviews, or none yet, or none any more."""


class Stale(Refused):
    """Another window saved since this one was opened."""


class NotWhole(Refused):
    """A mark is missing, or is none."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a review says, as far as it is written."""

    marks: Mapping[int, int] = field(default_factory=dict)
    comments: Mapping[int, str] = field(default_factory=dict)
    reasons: str = ""
    advice: str = ""


def standing() -> QuerySet[Assignment]:
    """Who is asked today, but for those who have stepped out since."""
    out = Recusal.objects.filter(application=OuterRef("application"), member=OuterRef("member"))
    return Assignment.objects.filter(~Exists(out), ended_at__isnull=True)


@transaction.atomic
def assign(*, round_id: int, by: User) -> dict[int, int]:
    """Ask members until each application has as many as the round wants. Again: what is missing.

    Whoever has not said what ties them to an application is not asked for it. Returns how many
    opinions nobody is left for, by the application's id. Raises NotAsked, NotNow.
    """
    if not roles.has(by, Role.CHAIR, Role.OFFICER):
        raise NotAsked(_("The chair or the officer asks for reviews."))
    round_ = Round.objects.select_for_update(no_key=True).get(pk=round_id)
    if not round_.reviews_wanted:
        raise NotNow(_("This round does without reviews."))
    if rounds.is_taking(round_) or rounds.phase(round_) != rounds.Phase.CLOSED:
        raise NotNow(_("Applications can still come in. Ask for reviews after the end."))
    asked = Application.objects.filter(round=round_, state=ApplicationState.SUBMITTED).checked()
    ids = list(asked.order_by("pk").values_list("pk", flat=True))
    given = assigning.assign(_wanted(round_, ids), _loads(round_))
    now = clock.now()
    for pk, members in sorted(given.members.items()):
        for member in sorted(members):
            Assignment.objects.create(application_id=pk, member_id=member, assigned_at=now)
    if any(given.members.values()):
        log.record(
            actor=f"user:{by.pk}",
            action="reviews.assigned",
            subject=f"round:{round_.pk}",
            count=sum(len(members) for members in given.members.values()),
        )
    return dict(given.short)


def able(round_: Round, ids: Sequence[int], members: AbstractSet[int]) -> dict[int, set[int]]:
    """Which of these members may give marks on each application: they have said what ties them
    to it, no chair still has to rule on that, and they are not out. By the application's id."""
    out, latest = recusals.out_of(list(ids)), dict[tuple[int, int], Declaration]()
    said = Declaration.objects.filter(application__in=ids, member__in=members)
    for row in said.select_related("ruling").order_by("pk"):
        latest[row.application_id, row.member_id] = row

    def may(pk: int, member: int) -> bool:
        row = latest.get((pk, member))
        if row is None:
            return not round_.asks_interests
        ruling = getattr(row, "ruling", None)
        return row.interest == Interest.NONE or bool(ruling and ruling.may_take_part)

    return {pk: {member for member in members - out[pk] if may(pk, member)} for pk in ids}


def _wanted(round_: Round, ids: list[int]) -> list[Wanted]:
    has = dict[int, set[int]]()
    for pk, member in standing().filter(application__in=ids).values_list("application", "member"):
        has.setdefault(pk, set()).add(member)
    may = able(round_, ids, {member.pk for member in roles.holders(*recusals.MEMBERS)})
    known = expertise.of(set[int]().union(*may.values()))
    rows = Application.objects.select_related("project").in_bulk(ids)
    return [
        Wanted(
            id=pk,
            missing=max(round_.reviews_wanted - len(has.get(pk, ())), 0),
            members=frozenset(may[pk] - has.get(pk, set())),
            versed=frozenset(who for who, said in known.items() if said.covers(rows[pk])),
        )
        for pk in ids
    ]


def _loads(round_: Round) -> dict[int, int]:
    loads = {member.pk: 0 for member in roles.holders(*recusals.MEMBERS)}
    for member in standing().filter(application__round=round_).values_list("member", flat=True):
        if member in loads:
            loads[member] += 1
    return loads


@transaction.atomic
def reassign(*, application_id: int, member_id: int, to_id: int, why: str, by: User) -> Assignment:
    """Ask another member instead; what the first has written is kept and does not count.

    Again: the assignment that stands. Raises NotAsked, NotNow, and what
    `declarations.must_take_part` raises where who reassigns is out of it.
    """
    if not roles.has(by, Role.CHAIR, Role.OFFICER):
        raise NotAsked(_("Only a chair or the officer asks another member instead."))
    application = _lock(application_id)
    declarations.must_take_part(application, by)
    desk_checks.must_have_passed(application)
    rows = Assignment.objects.filter(application=application, ended_at__isnull=True)
    old, new = rows.filter(member=member_id).first(), rows.filter(member=to_id).first()
    if old is None and new is not None:
        return new
    if old is None or new is not None or not why.strip():
        raise NotAsked(_("Choose who is asked now, who is asked instead, and write why."))
    to = User.objects.get(pk=to_id)
    may = able(application.round, [application_id], {to_id})[application_id]
    if not may or not roles.has(to, *recusals.MEMBERS):
        raise NotAsked(_("%(name)s may not review this application.") % {"name": to})
    if _last(application_id, member_id, is_in=True):
        raise NotNow(_("This review is handed in already."))
    old.ended_at, old.ended_why = clock.now(), why.strip()[:400]
    old.save(update_fields=["ended_at", "ended_why"])
    made = Assignment.objects.create(application=application, member=to, assigned_at=clock.now())
    log.record(
        actor=f"user:{by.pk}",
        action="review.reassigned",
        subject=f"application:{application_id}",
        member=member_id,
        to=to_id,
    )
    return made


@transaction.atomic
def save(*, application_id: int, version: int, opinion: Opinion, by: User, tab: str = "") -> Review:
    """Keep a draft. `version` is that of the draft that was looked at, zero for none yet.

    `tab` names the window: the one that saved last may save again though it never heard the
    answer. Raises NotAsked, NotNow, NotWhole, Stale, recusals.Recused.
    """
    application = _lock(application_id)
    _must_be_asked(application, by)
    _must_be_open(application)
    draft = _last(application_id, by.pk, is_in=False)
    if draft is None:
        if _last(application_id, by.pk, is_in=True):
            raise NotNow(_("Your review is handed in. Say why you change it first."))
        draft = Review(application=application, member=by, version=0)
    if draft.version != version and not (tab and tab == draft.saved_in):
        raise Stale(_("Another window saved this review since. Yours is below; look at both."))
    draft.saved_in = tab
    _write(draft, opinion)
    return draft


@transaction.atomic
def hand_in(*, application_id: int, version: int, by: User) -> Review:
    """Give the opinion for good. Again: the one that was given.

    Raises NotAsked, NotNow, NotWhole, Stale, recusals.Recused.
    """
    application = _lock(application_id)
    _must_be_asked(application, by)
    draft = _last(application_id, by.pk, is_in=False)
    if draft is None and (given := _last(application_id, by.pk, is_in=True)):
        return given
    _must_be_open(application)
    if draft is None or draft.version != version:
        raise Stale(_("Another window saved this review since. Yours is below; look at both."))
    wanted = set(Criterion.objects.filter(round=application.round_id).values_list("pk", flat=True))
    if left := len(wanted - set(draft.marks.values_list("criterion", flat=True))):
        raise NotWhole(_("Give every mark first; %(left)s are missing.") % {"left": left})
    draft.handed_in_at = clock.now()
    draft.save(update_fields=["handed_in_at"])
    log.record(
        actor=f"user:{by.pk}", action="review.handed_in", subject=f"application:{application_id}"
    )
    return draft


@transaction.atomic
def correct(*, application_id: int, why: str, by: User) -> Review:
    """Begin another review from the one that stands, with the reason; that one counts until then.

    Again: the draft that was begun. Raises NotAsked, NotNow, recusals.Recused.
    """
    application = _lock(application_id)
    _must_be_asked(application, by)
    _must_be_open(application)
    if draft := _last(application_id, by.pk, is_in=False):
        return draft
    given = _last(application_id, by.pk, is_in=True)
    if given is None or not why.strip():
        raise NotAsked(_("Write why you change your review."))
    draft = Review(
        application=application,
        member=by,
        number=given.number + 1,
        version=0,
        correction=why.strip()[:400],
    )
    told = given.marks.values_list("criterion", "mark", "comment")
    opinion = Opinion(
        {pk: mark for pk, mark, _said in told},
        {pk: said for pk, _mark, said in told},
        given.reasons,
        given.advice,
    )
    _write(draft, opinion)
    log.record(
        actor=f"user:{by.pk}", action="review.corrected", subject=f"application:{application_id}"
    )
    return draft


def _write(draft: Review, opinion: Opinion) -> None:
    wanted = set(
        Criterion.objects.filter(round=draft.application.round_id).values_list("pk", flat=True)
    )
    if set(opinion.marks) - wanted or set(opinion.marks.values()) - set(MARKS):
        raise NotWhole(_("Choose marks from the list."))
    draft.version += 1
    draft.reasons, draft.advice = opinion.reasons.strip(), opinion.advice.strip()
    draft.saved_at = clock.now()
    draft.save()
    draft.marks.all().delete()
    Mark.objects.bulk_create(
        Mark(
            review=draft,
            criterion_id=pk,
            mark=mark,
            comment=opinion.comments.get(pk, "").strip()[:1000],
        )
        for pk, mark in sorted(opinion.marks.items())
    )


def _lock(application_id: int) -> Application:
    rows = Application.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("project", "round").get(pk=application_id)


def _must_be_asked(application: Application, by: User) -> None:
    declarations.must_take_part(application, by)
    desk_checks.must_have_passed(application)
    asked = Assignment.objects.filter(application=application, member=by, ended_at__isnull=True)
    if not roles.has(by, *recusals.MEMBERS) or not asked.exists():
        raise NotAsked(_("You are not asked to review this application."))


def _must_be_open(application: Application) -> None:
    voted = Item.objects.filter(application=application, motion__put_at__isnull=False)
    if (
        application.state != ApplicationState.SUBMITTED
        or voted.exclude(state=ItemState.WITHDRAWN).exists()
    ):
        raise NotNow(_("The committee has begun to vote on it, so its reviews stand."))


def _last(application_id: int, member_id: int, *, is_in: bool) -> Review | None:
    rows = Review.objects.filter(
        application=application_id, member=member_id, handed_in_at__isnull=not is_in
    )
    return rows.order_by("-number").first()


def draft_of(application: Application, member: User) -> Review | None:
    """What the member is writing."""
    return _last(application.pk, member.pk, is_in=False)


def given_by(application: Application, member: User) -> Review | None:
    """What the member has handed in, the last."""
    return _last(application.pk, member.pk, is_in=True)


def to_write(member: User) -> list[Application]:
    """What the member is asked to review and has not handed in, the first that is due first."""
    given = Review.objects.filter(
        application=OuterRef("application"), member=member, handed_in_at__isnull=False
    )
    rows = standing().filter(~Exists(given), member=member)
    wanted = rows.filter(application__state=ApplicationState.SUBMITTED)
    ids = wanted.values_list("application", flat=True)
    found = Application.objects.filter(pk__in=list(ids)).select_related("project", "round")
    return list(found.order_by("round__marks_due_at", "pk"))


def counting(round_: Round) -> dict[int, dict[int, Review]]:
    """The reviews that count: the last of each who is asked and in, by application and member."""
    asked = set(standing().filter(application__round=round_).values_list("application", "member"))
    rows = Review.objects.filter(application__round=round_, handed_in_at__isnull=False)
    found: dict[int, dict[int, Review]] = {}
    for review in rows.order_by("number").prefetch_related("marks"):
        if (review.application_id, review.member_id) in asked:
            found.setdefault(review.application_id, {})[review.member_id] = review
    return found


def marks_of(round_: Round) -> dict[int, dict[int, dict[int, int]]]:
    """Marks that count, by application, member and criterion."""
    return {
        pk: {
            member: {mark.criterion_id: mark.mark for mark in review.marks.all()}
            for member, review in by_member.items()
        }
        for pk, by_member in counting(round_).items()
    }


def are_in(round_: Round) -> bool:
    """Whether the ranking may be looked at: all are handed in, or their day has passed."""
    if not round_.reviews_wanted or round_.marks_due_at is None:
        return False
    if clock.now() >= round_.marks_due_at:
        return True
    if rounds.is_taking(round_) or rounds.phase(round_) != rounds.Phase.CLOSED:
        return False
    found = counting(round_)
    asked = standing().filter(
        application__round=round_, application__state=ApplicationState.SUBMITTED
    )
    pairs = set(asked.values_list("application", "member"))
    return bool(pairs) and all(member in found.get(pk, {}) for pk, member in pairs)


def may_read_others(application: Application, member: User) -> bool:
    """Whether the member may read what the others think of it: never before giving one's own."""
    if not declarations.may_read(application, member):
        return False
    if given_by(application, member):
        return True
    asked = standing().filter(application=application, member=member).exists()
    return not asked and are_in(application.round)
