"""An award's own time: its parts set out, agreed on, told of in reports, and closed.

Of an award that is closed the rules take no step again, so each looks whether it was taken.
"""

from functools import partial
from typing import Final

from funding.money import split
from funding.sandbox.demo import applying, people, telling
from funding.sandbox.demo.catalogue.granting import PROMISES, TELLINGS, Promise, Telling
from funding.sandbox.demo.scenes import Days, Scene
from grants import (
    agreements,
    award_budgets,
    closings,
    report_texts,
    reports,
    schedules,
    tranches,
)
from grants.models import Award, ReportKind, TrancheCondition

_OFFICER: Final = "pat"
_CHAIR: Final = "dan"


def scenes(days: Days) -> list[Scene]:
    """Every step that is none of a payment."""
    found = []
    for each in PROMISES:
        steps = (
            (each.fitted, partial(fit, each)),
            (each.planned, partial(plan, each, days)),
            (each.drawn, partial(draw_up, each)),
            (each.accepted, partial(accept, each)),
            (each.signed, partial(sign, each)),
            (each.closed, partial(close, each)),
        )
        found += [Scene(days_ago, play) for days_ago, play in steps if days_ago is not None]
    for told in TELLINGS:
        found.append(Scene(told.sent, partial(report, told)))
        found.append(Scene(told.accepted, partial(answer, told)))
    return found


def award_of(ref: str) -> Award:
    """The award for this project of the catalogue."""
    return Award.objects.get(application=applying.application_of(ref))


def fit(promise: Promise) -> None:
    """The applicant cuts every line alike."""
    award = award_of(promise.ref)
    lines = award_budgets.asked(award)
    sums = split(award.amount_minor, [line.amount_minor for line in lines])
    award_budgets.fit(
        award_id=award.pk,
        cuts={at: award_budgets.Cut(minor) for at, minor in enumerate(sums)},
        after=0,
        by=award.application.applicant,
    )


def plan(promise: Promise, days: Days) -> None:
    """The officer sets out in which parts it is paid, and when reports are due."""
    award, due = award_of(promise.ref), promise.interim_due
    if tranches.current(award.pk) is not None:
        return
    sums = split(award.amount_minor, [part.percent for part in promise.parts])
    parts = tuple(
        schedules.Wanted(minor, days.at(part.due).date(), TrancheCondition(part.condition))
        for minor, part in zip(sums, promise.parts, strict=True)
    )
    schedules.make(
        award_id=award.pk,
        plan=schedules.Plan(
            parts,
            None if due is None else days.at(due).date(),
            days.at(promise.final_due).date(),
        ),
        after=0,
        by=people.one(_OFFICER),
    )


def draw_up(promise: Promise) -> None:
    """And draws up what is agreed on."""
    award = award_of(promise.ref)
    if agreements.current(award.pk) is None:
        agreements.draw_up(award_id=award.pk, by=people.one(_OFFICER))


def accept(promise: Promise) -> None:
    """The applicant reads and accepts it."""
    award = award_of(promise.ref)
    person, standing = award.application.applicant, agreements.current(award.pk)
    assert standing is not None
    if standing.accepted_at is None:
        agreements.accept(award_id=award.pk, sha256=standing.sha256, name=person.name, by=person)


def sign(promise: Promise) -> None:
    """A chair signs for the organisation."""
    agreements.countersign(award_id=award_of(promise.ref).pk, by=people.one(_CHAIR))


def close(promise: Promise) -> None:
    """Nothing is owed by either side."""
    closings.close(award_id=award_of(promise.ref).pk, note=promise.last_word, by=people.one(_CHAIR))


def report(told: Telling) -> None:
    """The applicant writes a report and sends it."""
    award, kind = award_of(told.ref), ReportKind(told.kind)
    applicant, begun = award.application.applicant, reports.begun(award, kind)
    if reports.last(begun) is not None:
        return
    if told.shows:
        reports.add_photo(
            award_id=award.pk,
            kind=kind,
            content=telling.drawn(telling.DUSK),
            shows=told.shows,
            taken_by=applicant.name,
            has_consent=True,
            is_public=False,
            by=applicant,
        )
        begun = reports.begun(award, kind)
    draft = reports.save(
        award_id=award.pk,
        kind=kind,
        version=begun.version if begun else 0,
        typed=_typed(told, award),
        by=applicant,
    )
    reports.send(award_id=award.pk, kind=kind, version=draft.version, by=applicant)


def _typed(told: Telling, award: Award) -> dict[str, str]:
    typed = {"narrative": told.narrative}
    lines = report_texts.lines(award)
    for (position, _what, budget), percent in zip(lines, told.percents, strict=True):
        whole, cents = divmod(budget * percent // 100, 100)
        typed[f"spent-{position}"] = f"{whole}.{cents:02}"
    typed |= {f"why-{position}": why for position, why in told.whys}
    for at, (name, planned, achieved) in enumerate(told.indicators):
        typed |= {f"indicator-{at}": name, f"planned-{at}": str(planned)}
        typed[f"achieved-{at}"] = str(achieved)
    return typed


def answer(told: Telling) -> None:
    """The officer accepts it: what waited for it can be asked for."""
    sent = reports.last(reports.begun(award_of(told.ref), told.kind))
    assert sent is not None
    reports.accept(sending_id=sent.pk, by=people.one(_OFFICER))
