"""Changes to what was agreed on: asked for by the grantee, approved, and accepted as an amendment.

More time, money between lines or between parts, another milestone. The sum of an award never
grows here, and what has come or was asked for stays.
"""

from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from funding import clock
from funding.audit import log
from funding.documents import paper, register
from funding.documents.models import Document
from funding.ledger import book
from funding.users import roles
from funding.users.models import Role, User
from grants import (
    agreements,
    award_budgets,
    award_notices,
    change_facts,
    disbursements,
    schedules,
    submissions,
    texts,
    tranches,
)
from grants.agreements import TextChanged
from grants.change_facts import NotAChange, Wish
from grants.disbursements import WrongPerson, WrongState
from grants.models import (
    OPEN_CHANGES,
    Award,
    AwardChange,
    ChangeState,
)

MAY_DECIDE: Final = (Role.OFFICER, Role.CHAIR)
# The second person, where much money moves.
MAY_CONFIRM: Final = (Role.OFFICER, Role.CHAIR, Role.TREASURER)


def of(award: Award) -> list[AwardChange]:
    """The changes of an award, the newest first."""
    rows = AwardChange.objects.filter(award=award).order_by("-number")
    return list(rows.select_related("asked_by", "approved_by", "confirmed_by", "ended_by"))


def waiting(award: Award) -> AwardChange | None:
    """The one that still waits for somebody."""
    return AwardChange.objects.filter(award=award, state__in=OPEN_CHANGES).first()


def why_not_ask(award: Award) -> str:
    """Why no change of this award can be asked for now, as a sentence; empty if one can be."""
    agreement = agreements.current(award.pk)
    if agreement is None or agreement.accepted_at is None:
        return _("Nothing is agreed on yet. Write to the officer, who can still change it.")
    if waiting(award) is not None:
        return _("A change waits already. It is answered or withdrawn first.")
    return ""


@transaction.atomic
def ask(*, award_id: int, wish: Wish, reason: str, after: int, by: User) -> AwardChange:
    """Ask for a change, as the applicant. The same again is the request that waits.

    `after` is the number of the last change that the asker was shown, 0 for none. Raises
    WrongPerson, WrongState, NotAChange, disbursements.AwardNotActive.
    """
    award = disbursements.lock(award_id)
    if award.application.applicant_id != by.pk:
        raise WrongPerson(_("Only the applicant asks for a change."))
    disbursements.must_be_active(award)
    said, wish = texts.paragraphs(reason), change_facts.cleaned(award, wish)
    last = AwardChange.objects.filter(award=award).order_by("-number").first()
    number = (last.number if last else 0) + 1
    if last is not None and last.state == ChangeState.ASKED and last.reason == said:
        again = change_facts.frozen(award, wish, said, last.number)
        if last.sha256 == submissions.fingerprint(again):
            return last
    if why := why_not_ask(award):
        raise WrongState(why)
    if number != after + 1:
        raise WrongState(_("Another change was asked for meanwhile. Look at it first."))
    if not said:
        raise NotAChange(_("Write why it has to change."), "reason")
    if len(said) > 1000:
        raise NotAChange(_("The reason has 1,000 letters at most."), "reason")
    change_facts.must_fit(award, wish)
    change = _write(award, change_facts.frozen(award, wish, said, number), by)
    _record(change, by, "asked")
    award_notices.change_asked(change, _officers(award))
    return change


@transaction.atomic
def approve(*, change_id: int, words: str, by: User) -> AwardChange:
    """Approve a change: the amendment is offered, or where much money moves a second person looks.

    By the same person again it stays. Raises WrongPerson, WrongState, NotAChange,
    disbursements.AwardNotActive.
    """
    award, change = _locked(change_id)
    if by.pk in {change.approved_by_id, change.confirmed_by_id}:
        return change
    if why := why_not_approve(change, by):
        raise WrongPerson(why)
    if change.state not in {ChangeState.ASKED, ChangeState.CHECKED}:
        raise WrongState(_("This change was answered by now."))
    disbursements.must_be_active(award)
    _must_still_fit(award, change)
    if change.state == ChangeState.ASKED:
        change.approved_by, change.approved_at = by, clock.now()
        change.words = texts.paragraphs(words)[:1000]
    else:
        change.confirmed_by, change.confirmed_at = by, clock.now()
    if change.needs_second and change.confirmed_by is None:
        change.state = ChangeState.CHECKED
    else:
        change.state = ChangeState.OFFERED
        change.document = _issued(change, "", by)
    change.save()
    _record(change, by, "approved")
    if change.state == ChangeState.OFFERED:
        award_notices.change_answered(change)
    return change


@transaction.atomic
def decline(*, change_id: int, words: str, by: User) -> AwardChange:
    """Turn a change down, or take an offered amendment back, with the reason; again it stays.

    Raises WrongPerson, WrongState.
    """
    award, change = _locked(change_id)
    if change.state == ChangeState.DECLINED:
        return change
    if not roles.has(by, *MAY_DECIDE):
        raise WrongPerson(_("An officer or a chair answers a change."))
    if why := disbursements.why_not_award(award, by):
        raise WrongPerson(why)
    said = texts.paragraphs(words)[:1000]
    if not said:
        raise WrongState(_("Write why it is declined."))
    _end(change, ChangeState.DECLINED, by, said)
    award_notices.change_answered(change)
    return change


@transaction.atomic
def withdraw(*, change_id: int, by: User) -> AwardChange:
    """Take a change back, as the applicant, or leave its amendment unaccepted; again it stays.

    Raises WrongPerson, WrongState.
    """
    award, change = _locked(change_id)
    if award.application.applicant_id != by.pk:
        raise WrongPerson(_("Only the applicant withdraws a change."))
    if change.state == ChangeState.WITHDRAWN:
        return change
    _end(change, ChangeState.WITHDRAWN, by, change.words)
    award_notices.change_ended(change, _officers(award))
    return change


@transaction.atomic
def accept(*, change_id: int, sha256: str, name: str, by: User) -> AwardChange:
    """Accept the amendment with this fingerprint, under the name as written: it is in force.

    Accepted again it stays. Raises WrongPerson, WrongState, NotAChange, agreements.TextChanged,
    disbursements.AwardNotActive.
    """
    award, change = _locked(change_id)
    if award.application.applicant_id != by.pk:
        raise WrongPerson(_("Only the applicant accepts the amendment."))
    if change.state == ChangeState.ACCEPTED and change.sha256 == sha256:
        return change
    if change.state != ChangeState.OFFERED:
        raise WrongState(_("There is no amendment to accept."))
    if change.sha256 != sha256:
        raise TextChanged(_("This is another text than the one that stands. Read it first."))
    disbursements.must_be_active(award)
    written = texts.one_line(name)[:200]
    if not written:
        raise WrongState(_("Write your name as a signature."))
    _must_still_fit(award, change)
    change.accepted_at, change.accepted_as = clock.now(), written
    change.accepted_sha256, change.state = sha256, ChangeState.ACCEPTED
    change.signed = _issued(change, "-signed", by)
    change.save()
    assert change.document_id is not None
    register.replace(document_id=change.document_id, by_id=change.signed.pk, actor=_actor(by))
    _put_into_force(award, change, by)
    _record(change, by, "accepted")
    award_notices.change_ended(change, _deciders(change))
    return change


def why_not_approve(change: AwardChange, by: User) -> str:
    """Why this person does not take the next step of approval; empty if they may."""
    wanted = MAY_CONFIRM if change.state == ChangeState.CHECKED else MAY_DECIDE
    if not roles.has(by, *wanted):
        return _("This step is not for you to take.")
    if by.pk == change.approved_by_id:
        return _("You approved it. Much money moves, so a second person looks at it.")
    return disbursements.why_not_award(change.award, by)


def _locked(change_id: int) -> tuple[Award, AwardChange]:
    award_id = AwardChange.objects.values_list("award_id", flat=True).get(pk=change_id)
    award = disbursements.lock(award_id)
    return award, AwardChange.objects.select_related("award", "agreement").get(pk=change_id)


def _write(award: Award, facts: dict[str, Any], by: User) -> AwardChange:
    agreement, schedule = agreements.current(award.pk), tranches.current(award.pk)
    assert agreement is not None
    assert schedule is not None
    return AwardChange.objects.create(
        award=award,
        number=facts["number"],
        agreement=agreement,
        schedule=schedule,
        budget=award_budgets.current(award.pk),
        reason=facts["reason"],
        facts=facts,
        sha256=submissions.fingerprint(facts),
        needs_second=change_facts.is_large(award, facts),
        asked_by=by,
        asked_at=clock.now(),
    )


def _must_still_fit(award: Award, change: AwardChange) -> None:
    """What came or was asked for since it was written may stand in its way."""
    change_facts.must_fit(award, change_facts.wish_of(change.facts["after"]))


def _put_into_force(award: Award, change: AwardChange, by: User) -> None:
    wish = change_facts.wish_of(change.facts["after"])
    standing = tranches.current(award.pk)
    assert standing is not None
    schedules.move(award, change_facts.plan(standing, wish), change, by)
    award_budgets.move(award, wish.lines, change, by)
    project = award.application.project
    if wish.ends_on != project.ends_on:
        project.ends_on = wish.ends_on
        project.save(update_fields=["ends_on"])
    book.settle_constraints()


def _end(change: AwardChange, state: ChangeState, by: User, words: str) -> None:
    if change.state not in OPEN_CHANGES:
        raise WrongState(_("This change was answered by now."))
    change.state, change.words = state, words
    change.ended_by, change.ended_at = by, clock.now()
    change.save()
    if change.document_id is not None:
        register.void(document_id=change.document_id, actor=_actor(by))
    _record(change, by, str(state))


def _issued(change: AwardChange, suffix: str, by: User) -> Document:
    award = change.award
    told = {
        "entity": paper.entity_facts(award.entity),
        "site_url": settings.SITE_URL,
        "amendment": change.facts,
        "sha256": change.sha256,
        "approvals": [
            {"who": str(who), "at": at.isoformat()}
            for who, at in (
                (change.approved_by, change.approved_at),
                (change.confirmed_by, change.confirmed_at),
            )
            if who and at
        ],
        "accepted_as": change.accepted_as,
        "accepted_at": change.accepted_at.isoformat() if change.accepted_at else "",
    }
    return register.issue(
        entity_id=award.entity_id,
        template="amendment",
        key=f"award:{award.pk}:amendment-{change.number}{suffix}",
        snapshot=told,
        language="en",
        actor=_actor(by),
    )


def _officers(award: Award) -> list[User]:
    holders = roles.holders(Role.OFFICER)
    return [each for each in holders if not disbursements.why_not_award(award, each)]


def _deciders(change: AwardChange) -> list[User]:
    return [each for each in (change.approved_by, change.confirmed_by) if each is not None]


def _actor(by: User) -> str:
    return f"user:{by.pk}"


def _record(change: AwardChange, by: User, verb: str) -> None:
    log.record(
        actor=_actor(by),
        action=f"change.{verb}",
        subject=f"award:{change.award_id}",
        number=change.number,
        sha256=change.sha256,
    )
