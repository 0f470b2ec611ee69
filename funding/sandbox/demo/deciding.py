"""Members step out, chairs propose, the committee votes, and at the deadline it is counted."""

from functools import partial
from typing import Final

from funding.ledger.models import Fund
from funding.sandbox.demo import applying, people
from funding.sandbox.demo.catalogue.votes import (
    BALLOTS,
    NOES,
    PROPOSALS,
    STEPS_OUT,
    Ballot,
    No,
    Proposal,
    StepOut,
)
from funding.sandbox.demo.scenes import Days, NotHere, Scene
from funding.users.models import User
from grants import decisions, declarations, letters, motions, papers, votes
from grants.models import Choice, Interest, Item, Motion, MotionState

_CHOICES: Final = {"f": Choice.FOR, "a": Choice.AGAINST, "x": Choice.ABSTAIN}


def scenes(days: Days) -> list[Scene]:
    """Every step of every decision."""
    found = [Scene(each.days_ago, partial(step_out, each)) for each in STEPS_OUT]
    for proposal in PROPOSALS:
        found.append(Scene(proposal.drafted, partial(draft, proposal, days)))
        if proposal.put is not None:
            found.append(Scene(proposal.put, partial(put, proposal, days)))
        if proposal.withdrawn is not None:
            found.append(Scene(proposal.withdrawn, partial(withdraw, proposal, days)))
        elif proposal.put is not None and proposal.closes > 0:
            found.append(Scene(proposal.closes, partial(count, proposal, days)))
    found += [Scene(each.days_ago, partial(vote, each, days)) for each in BALLOTS]
    return found + [Scene(each.days_ago, partial(decline, each)) for each in NOES]


def step_out(step: StepOut) -> None:
    """A member declares an interest."""
    declarations.step_out(
        application_id=applying.application_of(step.ref).pk,
        reason=step.reason,
        by=people.one(step.member),
    )


def _declare(ref: str, member: User) -> None:
    """Before members take part they say that they have no interest."""
    application = applying.application_of(ref)
    if declarations.standing(application, member) == declarations.Standing.UNDECLARED:
        declarations.declare(application_id=application.pk, interest=Interest.NONE, by=member)


def draft(proposal: Proposal, days: Days) -> None:
    """A chair writes a motion."""
    round_ = applying.round_of(proposal.call, days)
    if Motion.objects.filter(round=round_, number=proposal.number).exists():
        return
    for each in proposal.sums:
        _declare(each.ref, people.one(proposal.chair))
    funds = dict(Fund.objects.values_list("slug", "pk"))
    motions.draft(
        round_id=round_.pk,
        text=proposal.text,
        closes_at=days.at(proposal.closes),
        proposals=[
            motions.Proposal(
                application_id=applying.application_of(each.ref).pk,
                parts={funds[slug]: minor for slug, minor in each.parts},
                reason=each.reason,
            )
            for each in proposal.sums
        ],
        by=people.one(proposal.chair),
    )


def put(proposal: Proposal, days: Days) -> None:
    """And puts it to the vote."""
    motion = _motion(proposal.call, proposal.number, days)
    if motion.state == MotionState.DRAFT:
        motions.put(motion_id=motion.pk, by=people.one(proposal.chair))


def withdraw(proposal: Proposal, days: Days) -> None:
    """Or takes it back."""
    motion = _motion(proposal.call, proposal.number, days)
    motions.withdraw(motion_id=motion.pk, by=people.one(proposal.chair))


def vote(ballot: Ballot, days: Days) -> None:
    """A member votes, on what they have not voted on yet."""
    motion = _motion(ballot.call, ballot.number, days)
    member = people.one(ballot.member)
    cast = votes.own(motion.pk, member)
    for ref, letter in (each.split(":") for each in ballot.choices.split()):
        _declare(ref, member)
        item = Item.objects.get(motion=motion, application=applying.application_of(ref))
        if item.pk in cast:
            continue
        try:
            votes.cast(item_id=item.pk, choice=_CHOICES[letter], by=member)
        except votes.VoteClosed as late:
            raise NotHere(
                "The demonstration was broken off too long ago to go on: a vote of it is over. "
                "Start with `python3 manage.py up --fresh`."
            ) from late


def count(proposal: Proposal, days: Days) -> None:
    """The deadline has come: the votes are counted, and the papers follow."""
    decisions.close(motion_id=_motion(proposal.call, proposal.number, days).pk)
    papers.sweep()


def decline(no: No) -> None:
    """An applicant is told why not."""
    _declare(no.ref, people.one(no.chair))
    chair = people.one(no.chair)
    words = letters.Words(no.kind, no.reason, no.improve)
    letter = letters.write(application_id=applying.application_of(no.ref).pk, words=words, by=chair)
    # Without Pango it waits, written, until a chair of the demonstration can look at it.
    if document := letters.lay_out(letter):
        letters.send(letter_id=letter.pk, sha256=document.sha256, by=chair)


def _motion(call: str, number: int, days: Days) -> Motion:
    return Motion.objects.get(round=applying.round_of(call, days), number=number)
