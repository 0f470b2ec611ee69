"""What a change to an award is made of: what stands, what is wanted, and whether that can be."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from funding import clock
from funding.errors import Refused
from funding.money import Money
from grants import agreements, award_budgets, reports, schedules, texts, tranches
from grants.models import Award, AwardLine, Schedule, TrancheCondition
from grants.schedules import NotASchedule, Plan, Wanted


class NotAChange(Refused):
    """What is wanted cannot be. `at` is the field to look at: "reason", "lines-0", "amount-1",
    "due-1", "words-1", "ends_on", "interim_due_on" or "final_due_on"; empty for the whole."""

    def __init__(self, sentence: str, at: str = "") -> None:
        super().__init__(sentence)
        self.at = at


@dataclass(frozen=True, slots=True)
class Piece:
    """A part as it is wanted: minor units, its day, and the words of its milestone."""

    amount_minor: int
    due_on: dt.date
    words: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """All of an award's time and money as it is wanted: every part and every line of it, in
    their order. Their numbers and what parts wait for stay."""

    ends_on: dt.date | None
    interim_due_on: dt.date | None
    final_due_on: dt.date
    parts: tuple[Piece, ...]
    lines: tuple[int, ...]


def standing(award: Award) -> Wish:
    """What counts now, as if it were wanted."""
    schedule = tranches.current(award.pk)
    assert schedule is not None
    return Wish(
        ends_on=award.application.project.ends_on,
        interim_due_on=schedule.interim_due_on,
        final_due_on=schedule.final_due_on,
        parts=tuple(
            Piece(row.amount_minor, row.due_on, row.words)
            for row in schedule.tranches.order_by("number")
        ),
        lines=tuple(line.amount_minor for line in lines(award)),
    )


def lines(award: Award) -> list[AwardLine]:
    """The lines of the budget that counts; none where the award was not asked for by line."""
    budget = award_budgets.current(award.pk)
    return list(budget.lines.order_by("position")) if budget else []


def cleaned(award: Award, wish: Wish) -> Wish:
    """The wish with words for milestones only, each on one line."""
    schedule = tranches.current(award.pk)
    rows = schedule.tranches.order_by("number") if schedule else ()
    said = [
        replace(
            piece,
            words=texts.one_line(piece.words)[:300]
            if row.condition == TrancheCondition.MILESTONE
            else "",
        )
        for row, piece in zip(rows, wish.parts, strict=False)
    ]
    return replace(wish, parts=(*said, *wish.parts[len(said) :]))


def kept(award: Award) -> set[int]:
    """The numbers of the parts that stay: what they wait for has come, or they were asked for."""
    return {part.number for part in tranches.of(award) if part.met or part.payment}


def plan(schedule: Schedule, wish: Wish) -> Plan:
    """The schedule that a wish makes of the one that stands."""
    parts = tuple(
        Wanted(piece.amount_minor, piece.due_on, row.condition, piece.words)
        for row, piece in zip(schedule.tranches.order_by("number"), wish.parts, strict=True)
    )
    return Plan(parts, wish.interim_due_on, wish.final_due_on)


def must_fit(award: Award, wish: Wish) -> None:
    """Raise NotAChange for what is none, or cannot be. The award is locked by the caller."""
    now, schedule = standing(award), tranches.current(award.pk)
    assert schedule is not None
    if len(wish.parts) != len(now.parts) or len(wish.lines) != len(now.lines):
        raise NotAChange(_("Parts and lines stay as many as they are."))
    if wish == now:
        raise NotAChange(_("Nothing is different from what stands. Change what has to change."))
    _must_be_days(award, wish, now)
    _must_be_lines(award, wish, now)
    _must_keep_what_came(award, wish, now)
    try:
        schedules.must_fit(award, plan(schedule, wish))
    except NotASchedule as refusal:
        at = "" if refusal.at is None else f"amount-{refusal.at}"
        raise NotAChange(refusal.sentence, at) from refusal


def is_large(award: Award, facts: dict[str, Any]) -> bool:
    """Whether a second person looks at it: money of a part moves, or more than a tenth of the
    award moves between lines."""
    before, after = facts["before"], facts["after"]
    moved = sum(
        max(0, new["minor"] - old["minor"])
        for old, new in zip(before["lines"], after["lines"], strict=True)
    )
    parts = [[each["minor"] for each in side["parts"]] for side in (before, after)]
    return parts[0] != parts[1] or moved * 10 > award.amount_minor


def frozen(award: Award, wish: Wish, reason: str, number: int) -> dict[str, Any]:
    """What stands and what is wanted, as plain facts: whole minor units, and days as text."""
    agreement = agreements.current(award.pk)
    assert agreement is not None
    project = award.application.project
    return {
        "number": number,
        "award": {
            "id": award.pk,
            "currency": award.currency,
            "amount_minor": award.amount_minor,
            "round": award.application.round.name,
        },
        "agreement": {"name": agreement.document.name, "sha256": agreement.sha256},
        "grantee": {
            "applicant": str(award.application.applicant),
            "body": project.organisation.name,
        },
        "project": {"title": project.title},
        "reason": reason,
        "before": _told(award, standing(award)),
        "after": _told(award, wish),
    }


def wish_of(told: dict[str, Any]) -> Wish:
    """What frozen facts want, from their "before" or "after"."""
    return Wish(
        ends_on=_day(told["ends_on"]),
        interim_due_on=_day(told["interim"]),
        final_due_on=dt.date.fromisoformat(told["final"]),
        parts=tuple(
            Piece(each["minor"], dt.date.fromisoformat(each["due_on"]), each["words"])
            for each in told["parts"]
        ),
        lines=tuple(each["minor"] for each in told["lines"]),
    )


def _told(award: Award, wish: Wish) -> dict[str, Any]:
    schedule = tranches.current(award.pk)
    assert schedule is not None
    rows = list(schedule.tranches.order_by("number"))
    return {
        "ends_on": wish.ends_on.isoformat() if wish.ends_on else "",
        "interim": wish.interim_due_on.isoformat() if wish.interim_due_on else "",
        "final": wish.final_due_on.isoformat(),
        "parts": [
            {
                "number": row.number,
                "minor": piece.amount_minor,
                "due_on": piece.due_on.isoformat(),
                "condition": row.condition,
                "words": piece.words,
                "is_retention": row.is_retention,
            }
            # Too many or too few are refused by `must_fit`, before anything is kept.
            for row, piece in zip(rows, wish.parts, strict=False)
        ],
        "lines": [
            {"position": line.position, "what": line.what, "minor": minor}
            for line, minor in zip(lines(award), wish.lines, strict=False)
        ],
    }


def _must_be_days(award: Award, wish: Wish, now: Wish) -> None:
    today = clock.today(award.entity.zone)
    starts_on = award.application.project.starts_on
    days = [
        ("ends_on", wish.ends_on, now.ends_on),
        ("interim_due_on", wish.interim_due_on, now.interim_due_on),
        ("final_due_on", wish.final_due_on, now.final_due_on),
    ]
    days += [
        (f"due-{at}", new.due_on, old.due_on)
        for at, (new, old) in enumerate(zip(wish.parts, now.parts, strict=True))
    ]
    for name, new, old in days:
        if new != old and new is not None and new < today:
            raise NotAChange(_("A new day is today or later."), name)
    if wish.ends_on is None and now.ends_on is not None:
        raise NotAChange(_("Write the last day of the work."), "ends_on")
    if wish.ends_on is not None and starts_on is not None and wish.ends_on < starts_on:
        raise NotAChange(_("The work ends after it has begun."), "ends_on")
    ends = (wish.ends_on, wish.final_due_on)
    if (
        wish.ends_on
        and wish.ends_on > wish.final_due_on
        and ends != (now.ends_on, now.final_due_on)
    ):
        raise NotAChange(_("The final report comes after the end of the work."), "final_due_on")
    for due in reports.dues(award):
        name = f"{due.kind}_due_on"
        if due.light in {"done", "waits"} and getattr(wish, name) != getattr(now, name):
            raise NotAChange(_("This report is here already, so its day stays."), name)


def _must_be_lines(award: Award, wish: Wish, now: Wish) -> None:
    if not now.lines:
        return
    for at, minor in enumerate(wish.lines):
        if minor < 0:
            raise NotAChange(_("No line is below nought."), f"line-{at}")
    whole = Money(sum(wish.lines), award.currency)
    if whole.minor != award.amount_minor:
        sentence = _("The lines come to %(whole)s. They have to come to the award, %(award)s.")
        told = Money(award.amount_minor, award.currency).text()
        raise NotAChange(sentence % {"whole": whole.text(), "award": told})
    far = any(abs(new - old) * 10 > old for new, old in zip(wish.lines, now.lines, strict=True))
    rest = (wish.ends_on, wish.interim_due_on, wish.final_due_on, wish.parts)
    if not far and rest == (now.ends_on, now.interim_due_on, now.final_due_on, now.parts):
        sentence = _(
            "No line moves by more than a tenth. That needs no request: tell it in the report."
        )
        raise NotAChange(sentence)


def _must_keep_what_came(award: Award, wish: Wish, now: Wish) -> None:
    stay = kept(award)
    schedule = tranches.current(award.pk)
    assert schedule is not None
    rows = schedule.tranches.order_by("number")
    for at, (row, new, old) in enumerate(zip(rows, wish.parts, now.parts, strict=True)):
        if row.number in stay and new != old:
            sentence = _("Part %(number)s has come or was asked for, so it stays as it is.")
            raise NotAChange(sentence % {"number": row.number}, f"amount-{at}")
        if row.condition == TrancheCondition.MILESTONE and not new.words:
            raise NotAChange(_("Write what the milestone is."), f"words-{at}")


def _day(written: str) -> dt.date | None:
    return dt.date.fromisoformat(written) if written else None
