"""The committee's work before a vote: checked, declared, reviewed, ranked, and proposed."""

from functools import partial

from funding import clock
from funding.sandbox.demo import applying, deciding, people
from funding.sandbox.demo.catalogue.calls import REQUESTS
from funding.sandbox.demo.catalogue.desk import (
    CHECKS,
    JUDGINGS,
    OPINIONS,
    PLANS,
    SILENT,
    TIES,
    UNFINISHED,
    Checks,
    Judging,
    Plan,
    Tie,
)
from funding.sandbox.demo.catalogue.votes import ON_EQUIPMENT
from funding.sandbox.demo.scenes import Days, Scene
from funding.users import roles
from funding.users.models import Role, User
from grants import (
    allocations,
    decisions,
    declarations,
    desk_checks,
    motions,
    papers,
    reminders,
    reviews,
    workbench,
)
from grants.models import Allocation, Application, CheckResult, Interest, Motion, MotionState


def scenes(days: Days) -> list[Scene]:
    """Every step between the end of a call and its decision."""
    found = []
    for each in CHECKS:
        found.append(Scene(each.days_ago, partial(check, each)))
        if each.refused:
            found.append(Scene(each.confirmed, partial(confirm, each)))
    found += [Scene(each.ruled, partial(rule, each)) for each in TIES if each.chair]
    for judging in JUDGINGS:
        found.append(Scene(judging.declared, partial(declare, judging)))
        found.append(Scene(judging.assigned, partial(assign, judging, days)))
        found.append(Scene(judging.given, partial(review, judging)))
        if judging.reminded is not None:
            found.append(Scene(judging.reminded, partial(remind, judging, days)))
    for plan in PLANS:
        found.append(Scene(plan.kept, partial(propose, plan, days)))
        found.append(Scene(plan.put, partial(put, plan, days)))
        found.append(Scene(plan.closes, partial(count, plan, days)))
    votes = [Scene(each.days_ago, partial(deciding.vote, each, days)) for each in ON_EQUIPMENT]
    return found + votes


def check(checks: Checks) -> None:
    """The officer goes through what came in."""
    for ref in _refs(checks.call):
        application = applying.application_of(ref)
        if desk_checks.standing(application) is None:
            finding = _finding(checks, application, is_ok=ref != checks.refused)
            desk_checks.check(application_id=application.pk, finding=finding, by=people.one("pat"))


def _finding(checks: Checks, application: Application, *, is_ok: bool) -> desk_checks.Finding:
    questions = desk_checks.questions(application)
    # Whatever the list is, its last question but one is about the budget.
    wrong = None if is_ok else questions[-2]
    answers = [
        desk_checks.Answer(each, is_ok=each != wrong, note=checks.note if each == wrong else "")
        for each in questions
    ]
    if is_ok:
        return desk_checks.Finding(answers, CheckResult.PASSED)
    return desk_checks.Finding(answers, CheckResult.NOT_ELIGIBLE, checks.reason, checks.sentence)


def confirm(checks: Checks) -> None:
    """A chair looks a second time, and agrees."""
    application, chair = applying.application_of(checks.refused), people.one(checks.chair)
    found = desk_checks.standing(application)
    assert found is not None
    _say_none(application, chair)
    desk_checks.confirm(check_id=found.pk, by=chair)


def declare(judging: Judging) -> None:
    """Every member says what ties them to each application, but for those who have not yet."""
    members = roles.holders(Role.COMMITTEE, Role.CHAIR).order_by("pk")
    ties = {(each.ref, people.ADDRESSES[each.member]): each for each in TIES}
    silent = {(ref, people.ADDRESSES[member]) for member, ref in SILENT}
    for ref in _refs(judging.call):
        application = applying.application_of(ref)
        for member in members:
            if tie := ties.get((ref, member.email)):
                _say(application, tie, member)
            elif (ref, member.email) not in silent:
                _say_none(application, member)


def _say(application: Application, tie: Tie, member: User) -> None:
    declarations.declare(
        application_id=application.pk,
        interest=Interest(tie.interest),
        nature=tie.nature,
        words=tie.words,
        by=member,
    )


def _say_none(application: Application, member: User) -> None:
    if declarations.standing(application, member) == declarations.Standing.UNDECLARED:
        declarations.declare(application_id=application.pk, interest=Interest.NONE, by=member)


def rule(tie: Tie) -> None:
    """A chair lets a member with a soft interest take part."""
    said = declarations.latest(applying.application_of(tie.ref))
    row = next(each for each in said if each.member.email == people.ADDRESSES[tie.member])
    declarations.rule(
        declaration_id=row.pk,
        may_take_part=True,
        sentence=tie.ruling,
        by=people.one(tie.chair),
    )


def assign(judging: Judging, days: Days) -> None:
    """The officer has the reviews shared out."""
    round_ = applying.round_of(judging.call, days)
    reviews.assign(round_id=round_.pk, by=people.one("pat"))


def review(judging: Judging) -> None:
    """Whoever was asked gives marks; one member leaves the last of theirs unfinished."""
    asked = [
        (ref, at, row.member)
        for ref in _refs(judging.call)
        for at, row in enumerate(
            reviews.standing()
            .filter(application=applying.application_of(ref))
            .select_related("member")
            .order_by("pk")
        )
    ]
    call, slow = UNFINISHED
    theirs = [ref for ref, _at, member in asked if member.email == people.ADDRESSES[slow]]
    unfinished = (theirs[-1] if call == judging.call else "", people.ADDRESSES[slow])
    for ref, at, member in asked:
        _give(ref, at, member, is_whole=(ref, member.email) != unfinished)


def _give(ref: str, at: int, member: User, *, is_whole: bool) -> None:
    application, opinion = applying.application_of(ref), OPINIONS[ref][at]
    if reviews.given_by(application, member) is not None:
        return
    keys = application.round.criterions.order_by("position").values_list("pk", flat=True)
    marks = {pk: int(mark) for pk, mark in zip(keys, opinion.marks, strict=True)}
    if not is_whole:
        marks = dict(list(marks.items())[:2])
    draft = reviews.draft_of(application, member)
    draft = reviews.save(
        application_id=application.pk,
        version=draft.version if draft else 0,
        opinion=reviews.Opinion(marks=marks, reasons=opinion.words),
        by=member,
    )
    if is_whole:
        reviews.hand_in(application_id=application.pk, version=draft.version, by=member)


def remind(judging: Judging, days: Days) -> None:
    """Who owes marks is told, but for the last time, which is left to the product."""
    due = applying.round_of(judging.call, days).marks_due_at
    if due is not None and clock.now() < due:
        reminders.sweep()


def propose(plan: Plan, days: Days) -> None:
    """The chair keeps the proposal as it comes from the marks and from what the funds hold."""
    round_ = applying.round_of(plan.call, days)
    if Allocation.objects.filter(round=round_).exists():
        return
    marks = reviews.marks_of(round_)
    found = workbench.bench(round_, marks)
    allocations.freeze(
        round_id=round_.pk,
        marks=marks,
        asked=found.asked,
        seen=workbench.fingerprint(workbench.frozen(found)),
        closes_at=days.at(plan.closes),
        by=people.one(plan.chair),
    )


def put(plan: Plan, days: Days) -> None:
    """And puts the motion that came of it to the vote."""
    motion = _written(plan, days)
    if motion.state == MotionState.DRAFT:
        motions.put(motion_id=motion.pk, by=people.one(plan.chair))


def count(plan: Plan, days: Days) -> None:
    """The deadline has come."""
    decisions.close(motion_id=_written(plan, days).pk)
    papers.sweep()


def _written(plan: Plan, days: Days) -> Motion:
    """The motion that was written from the proposal."""
    return Motion.objects.get(allocation__round=applying.round_of(plan.call, days))


def _refs(call: str) -> list[str]:
    return [each.ref for each in REQUESTS if each.call == call and each.sent is not None]
