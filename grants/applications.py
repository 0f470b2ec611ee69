"""Applications: begun, saved, sent and withdrawn, all by the person who makes them.

A draft is nobody's business but the applicant's. What is sent is frozen with a fingerprint,
and that is what the committee decides on.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.users.models import User
from grants import (
    applicants,
    budgets,
    conditions,
    confirmations,
    contents,
    countries,
    gaps,
    identities,
    notices,
    references,
    rounds,
    sections,
    slugs,
    submissions,
    texts,
)
from grants.contents import Content as Content
from grants.gaps import Gap
from grants.models import (
    Application,
    ApplicationState,
    BudgetLine,
    ItemState,
    MotionState,
    Project,
    Round,
)


class NotYours(Refused):
    """Another person makes this application."""


class NotADraft(Refused):
    """It was sent or withdrawn, so it can no longer be written."""


class NotTaking(Refused):
    """The round is not open to this: it has not begun, or it is over."""


class Stale(Refused):
    """Another window saved since this one was opened."""


class UnderVote(Refused):
    """The committee is voting on it."""


class Incomplete(Refused):
    """Something is missing. `gaps` names each thing, for people and for machines."""

    def __init__(self, found: Sequence[Gap]) -> None:
        super().__init__(" ".join(gap.sentence for gap in found))
        self.gaps = tuple(found)


def start(
    *,
    uuid: UUID,
    round_id: int,
    content: Content,
    organisation_id: int | None = None,
    name: str = "",
    answers: Mapping[int, bool] | None = None,
    by: User,
) -> Application:
    """Begin a draft for one of the person's organisations, or for the new one in `content`.

    `answers` are those to the questions before the form, by their keys; without them they are
    asked before anything else can be written. The same uuid again is the same draft. Raises
    NotTaking, NotYours, NotAnApplicant, NotMet.
    """
    if known := Application.objects.filter(uuid=uuid).first():
        return _mine(known, by)
    try:
        with transaction.atomic():
            return _start(uuid, round_id, content, organisation_id, name, answers, by)
    except IntegrityError:
        # The same button, pressed twice in the same moment.
        if twin := Application.objects.filter(uuid=uuid).first():
            return _mine(twin, by)
        raise


def _start(
    uuid: UUID,
    round_id: int,
    content: Content,
    organisation_id: int | None,
    name: str,
    answers: Mapping[int, bool] | None,
    by: User,
) -> Application:
    round_ = Round.objects.get(pk=round_id)
    if rounds.phase(round_) != rounds.Phase.OPEN:
        raise NotTaking(_closed(round_))
    if answers is not None:
        conditions.must_be_met(round_, answers)
    applicants.call_oneself(name=name, by=by)
    if content.body is not None:
        organisation = applicants.found(body=content.body, by=by)
    else:
        mine = applicants.organisations(by).filter(pk=organisation_id or 0).first()
        if mine is None:
            raise applicants.NotAnApplicant("organisation", _("Choose one of your organisations."))
        organisation = mine
    # Until it is sent nobody sees its address.
    project = Project(organisation=organisation, slug=f"draft-{uuid}")
    content = replace(content, country=content.country or _in_range(organisation.country))
    now = clock.now()
    application = Application(
        uuid=uuid, round=round_, project=project, applicant=by, created_at=now, saved_at=now
    )
    write(application, content)
    conditions.keep(application, answers or {})
    _record(application, by, "started")
    return application


@transaction.atomic
def save(
    *,
    application_id: int,
    version: int,
    content: Content,
    typed: Mapping[str, Any] | None = None,
    tab: str = "",
    by: User,
) -> Application:
    """Keep what is written so far. `typed` is the whole form while part of it is unreadable.

    `tab` names the window: the one that saved last may save again though it never heard the
    answer, every other one needs the newest version. Saves are counted and not logged: nobody
    else ever sees a draft. Raises NotYours, NotADraft, NotTaking, Stale, NotAnApplicant.
    """
    application = lock_draft(application_id, by)
    if application.version != version and not (tab and tab == application.saved_in):
        raise Stale(
            _("Another window saved this application since. What you typed is not saved yet.")
        )
    if content.body is not None:
        applicants.correct(
            organisation_id=application.project.organisation_id,
            body=content.body,
            for_whom=application.applicant,
            by=by,
        )
    application.typed, application.saved_in = dict(typed or {}), tab
    application.version += 1
    application.saved_at = clock.now()
    write(application, content)
    return application


@transaction.atomic
def answer(*, application_id: int, said: Mapping[int, bool], by: User) -> Application:
    """Answer the questions before the form, by their keys; those left out stay as they are.

    An answer that does not lead on is kept too: it can be put right while it is a draft. Raises
    NotYours, NotADraft, NotTaking.
    """
    application = _lock(application_id, by)
    _must_be_open_draft(application, clock.now())
    if conditions.keep(application, said):
        _record(application, by, "answered")
    return application


@transaction.atomic
def submit(*, application_id: int, version: int, by: User) -> Application:
    """Send the draft as the person saw it; it is frozen and a mail confirms it.

    Harmless when repeated. Raises NotYours, NotADraft, NotTaking, Stale, Incomplete.
    """
    application = _lock(application_id, by)
    if application.state == ApplicationState.SUBMITTED:
        return application
    # One instant decides and is written down: whoever waited here over the end is late.
    now = clock.now()
    _must_be_open_draft(application, now)
    if application.version != version:
        raise Stale(_("Another window saved this application since. Look at it again."))
    if found := gaps.of(application):
        raise Incomplete(found)
    slugs.give(application.project, application.project.title)
    identities.number(application)
    application.submitted = submissions.told(application)
    application.sha256 = submissions.fingerprint(application.submitted)
    application.state = ApplicationState.SUBMITTED
    application.submitted_at = now
    application.save()
    confirmations.keep(application)
    _record(application, by, "submitted", ask=application.ask_minor, sha256=application.sha256)
    notices.application_received(application)
    references.ask(application)
    return application


@transaction.atomic
def withdraw(*, application_id: int, by: User) -> Application:
    """Take a draft or a sent application back. What was sent stays as it was sent.

    Harmless when repeated. Raises NotYours, NotADraft once it is decided, UnderVote.
    """
    application = _lock(application_id, by)
    if application.state == ApplicationState.WITHDRAWN:
        return application
    if application.state not in {ApplicationState.DRAFT, ApplicationState.SUBMITTED}:
        raise NotADraft(_("The committee has decided, so this cannot be withdrawn here."))
    voting = application.items.filter(state=ItemState.OPEN, motion__state=MotionState.OPEN)
    if voting.exists():
        raise UnderVote(_("The committee is voting on this application. Write to the fund."))
    application.state = ApplicationState.WITHDRAWN
    application.save(update_fields=["state"])
    references.withdraw(application)
    _record(application, by, "withdrawn", was_sent=application.submitted_at is not None)
    return application


@transaction.atomic
def show_unfunded(*, application_id: int, may: bool, by: User) -> Application:
    """Say whether everybody may read of what was sent while it waits for money; again: nothing.

    Raises NotYours.
    """
    application = _lock(application_id, by)
    if application.may_be_shown_unfunded != may:
        application.may_be_shown_unfunded = may
        application.save(update_fields=["may_be_shown_unfunded"])
        _record(application, by, "may_be_shown" if may else "not_to_be_shown")
    return application


def facts(application: Application) -> dict[str, Any]:
    """What was sent, or of a draft what is written, ready to be shown: sums, days, words."""
    return submissions.shown(application.submitted or submissions.told(application))


def may_change(application: Application) -> bool:
    """Whether its content and its files may change. The database holds files to the same, by the
    function `grants_may_change`."""
    return application.state == ApplicationState.DRAFT


def lock_draft(application_id: int, by: User) -> Application:
    """The draft, locked in the open transaction, for whoever may write it while its round takes
    applications. Raises NotYours, NotADraft, NotTaking."""
    application = _row(application_id)
    if not Application.objects.filter(pk=application_id).written_by(by).exists():
        raise NotYours(_("You do not write this application."))
    _must_be_open_draft(application, clock.now())
    return application


def _row(application_id: int) -> Application:
    # Locked alone: a row that is joined here would be read as it was before the wait.
    return Application.objects.select_for_update(no_key=True).get(pk=application_id)


def _lock(application_id: int, by: User) -> Application:
    return _mine(_row(application_id), by)


def _mine(application: Application, by: User) -> Application:
    if application.applicant_id != by.pk:
        raise NotYours(_("This application is another person's."))
    return application


def _must_be_open_draft(application: Application, now: dt.datetime) -> None:
    if application.state == ApplicationState.WITHDRAWN:
        raise NotADraft(_("This application was withdrawn."))
    if not may_change(application):
        raise NotADraft(_("This application was sent, so it can no longer be changed."))
    if not rounds.is_taking(application.round, now):
        raise NotTaking(_closed(application.round))


def _closed(round_: Round) -> str:
    if rounds.phase(round_) in {rounds.Phase.HIDDEN, rounds.Phase.SOON}:
        sentence = _("%(round)s is not open yet.")
        return sentence % {"round": round_.name}
    sentence = _("%(round)s closed on %(end)s, so this is too late. Nothing was sent.")
    return sentence % {"round": round_.name, "end": texts.instant(round_.closes_at)}


def _in_range(country: str) -> str:
    return country if country in countries.RANGE else ""


def write(application: Application, content: Content) -> None:
    """Put what is said into the rows, in the open transaction. Raises NotAnApplicant."""
    project = application.project
    project.title = texts.one_line(content.title)[:160]
    if not project.title:
        raise applicants.NotAnApplicant("title", _("Give the work a title."))
    project.theme_id, project.area_id = content.theme, content.area
    project.summary = texts.paragraphs(content.summary)
    project.country, project.province = content.country, texts.one_line(content.province)[:80]
    project.starts_on, project.ends_on = content.starts_on, content.ends_on
    project.save()
    application.project = project
    application.methods = texts.paragraphs(content.methods)
    application.minimum_minor = content.minimum_minor
    application.minimum_reason = texts.paragraphs(content.minimum_reason)
    application.may_be_shown_unfunded = content.may_be_shown_unfunded
    application.ask_minor = budgets.sums(content.lines).us_minor
    rate = content.rate
    application.local_currency = rate.currency if rate else ""
    application.local_rate_e4 = rate.e4 if rate else None
    application.local_rate_on = rate.on if rate else None
    application.save()
    sections.keep(application, content.beside)
    if contents.lines_of(application) != list(content.lines):
        application.lines.all().delete()
        BudgetLine.objects.bulk_create(
            BudgetLine(
                application=application,
                position=position,
                category=line.category,
                what=line.what,
                quantity=line.quantity,
                unit_minor=line.unit_minor,
                amount_minor=line.amount_minor,
                source=line.source,
                **_local(line, application.round.currency),
            )
            for position, line in enumerate(content.lines)
        )


def _local(line: budgets.Line, currency: str) -> dict[str, Any]:
    if line.local is None:
        return {}
    rate = line.local.rate
    return {
        "local_currency": rate.currency,
        "local_unit_minor": line.local.unit_minor,
        "local_rate_e4": rate.e4,
        "local_power": budgets.power(currency, rate.currency),
        "local_rate_on": rate.on,
    }


def _record(application: Application, by: User, verb: str, **more: log.Fact) -> None:
    log.record(
        actor=f"user:{by.pk}",
        action=f"application.{verb}",
        subject=f"application:{application.pk}",
        round=application.round_id,
        **more,
    )
