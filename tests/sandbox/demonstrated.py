"""What the demonstration shows of the grants desk: a round that is open, one that is reviewed,
one that is decided, and awards from their agreement to their end."""

from collections import Counter

from funding import waits
from funding.mail import outbox
from funding.sandbox.demo import applying, granting, people
from funding.sandbox.demo.catalogue.entity import DOGS, STEPPE
from funding.sandbox.demo.catalogue.talks import SAID
from grants import (
    agreements,
    allocations,
    messages,
    next_euros,
    notices,
    reports,
    reviews,
    rounds,
    terms,
    tranches,
    workbench,
)
from grants.models import (
    Allocation,
    Application,
    ApplicationState,
    Attachment,
    AwardState,
    CheckResult,
    Closing,
    Completion,
    CompletionState,
    Declaration,
    DeclineLetter,
    DeskCheck,
    DisbursementState,
    FundScope,
    Interest,
    Lottery,
    Message,
    MotionState,
    ReportPhoto,
    Review,
    Round,
)


def desk_is_full() -> None:
    """Everything that an officer, a chair, a member and an applicant would look for."""
    _the_open_round_asks_and_is_asked()
    _a_round_is_reviewed()
    _a_round_is_decided()
    _awards_are_told_of()
    _everybody_has_something_to_do()


def _the_open_round_asks_and_is_asked() -> None:
    scopes = {row.fund.slug: row for row in FundScope.objects.all()}
    assert set(scopes) == {DOGS, STEPPE}
    assert scopes[DOGS].words
    assert scopes[STEPPE].expires_on is not None
    round_ = rounds.open_now().get()
    asked = terms.of(round_)
    assert asked.conditions
    assert asked.cost_limits
    assert len(asked.asked) == 4
    assert asked.limits.bar
    assert Lottery.objects.filter(round=round_).exists()
    draft = Application.objects.get(round=round_, state=ApplicationState.DRAFT)
    assert draft.lines.exists()
    assert Attachment.objects.filter(application=draft).count() == 1
    assert draft.coapplicants.get().person == people.one("rinchen")
    assert draft.invitations.filter(accepted_at=None).count() == 1
    assert Message.objects.filter(application__round=round_).count() == len(SAID)
    assert Completion.objects.get().state == CompletionState.OPEN
    pat, sunita = people.one("pat"), people.one("sunita")
    assert len(messages.waiting_for_office(pat)) == 1
    assert "message" in {each.state for each in waits.for_user(sunita)}


def _a_round_is_reviewed() -> None:
    round_ = Round.objects.get(is_blind=True)
    sent = Application.objects.sent().filter(round=round_)
    assert sent.count() == 6
    assert (
        DeskCheck.objects.filter(application__round=round_, result=CheckResult.PASSED).count() == 5
    )
    refused = DeskCheck.objects.get(result=CheckResult.NOT_ELIGIBLE)
    assert (refused.reason, refused.confirmed_by) == ("costs", people.one("aiko"))
    assert refused.application.state == ApplicationState.DECLINED
    said = Declaration.objects.filter(application__round=round_).exclude(interest=Interest.NONE)
    assert Counter(said.values_list("interest", "ruling__may_take_part")) == {
        ("hard", None): 1,
        ("soft", True): 1,
        ("soft", None): 1,
    }
    asked = reviews.standing().filter(application__round=round_).count()
    given = Review.objects.filter(application__round=round_)
    assert asked == 15
    assert given.filter(handed_in_at=None).get().member == people.one("carol")
    assert given.exclude(handed_in_at=None).count() == asked - 1
    assert reviews.are_in(round_)
    found = workbench.bench(round_, reviews.marks_of(round_))
    assert found.outcome is not None
    assert len(found.outcome.awards) >= 3
    # The last reminder, that of the day itself, is for the product to write.
    assert len(outbox.about(notices.about_reviews(people.one("carol")))) == 1


def _a_round_is_decided() -> None:
    kept = Allocation.objects.get()
    assert allocations.is_replayed(kept)
    assert kept.motion is not None
    assert kept.motion.state == MotionState.DECIDED
    assert kept.motion.minute is not None
    states = Counter(Application.objects.filter(round=kept.round).values_list("state", flat=True))
    assert states == {"awarded": 4, "declined": 1, "submitted": 1}
    letter = DeclineLetter.objects.get(application__round=kept.round)
    assert letter.improve
    assert letter.sent_at
    appeal = next_euros.appeals()[0]
    assert appeal.is_public
    assert appeal.application == applying.application_of("P30")
    assert appeal.missing.minor > 0


def _awards_are_told_of() -> None:
    open_, late, closed, new = (granting.award_of(ref) for ref in ("P25", "P26", "P27", "P28"))
    for award in (open_, late, closed):
        signed = agreements.current(award.pk)
        assert signed is not None
        assert signed.countersigned_at
        assert award.disbursements.get(number=1).state == DisbursementState.RELEASED
    assert [part.is_ready for part in tranches.of(open_)] == [False, True, False]
    assert tranches.of(open_)[-1].row.is_retention
    assert [due.light for due in reports.dues(open_)] == ["done", "ok"]
    assert [due.light for due in reports.dues(late)] == ["late", "ok"]
    assert Closing.objects.get().award == closed
    assert closed.state == AwardState.CLOSED
    drawn = agreements.current(new.pk)
    assert drawn is not None
    assert drawn.accepted_at is None
    assert ReportPhoto.objects.get().report.award == open_


def _everybody_has_something_to_do() -> None:
    wanted = {
        "pat": {"message", "to check", "to be decided"},
        "dan": {"to be ruled on", "open"},
        "carol": {"to review"},
        "rafael": {"to be declared"},
        "asel": {"can be asked for"},
        "rinchen": {"late", "message"},
        "sunita": {"to be accepted", "message"},
        "shirin": {"budget"},
        "oyunaa": {"sent back"},
    }
    for key, states in wanted.items():
        found = {each.state for each in waits.for_user(people.one(key))}
        assert states <= found, (key, states - found)
