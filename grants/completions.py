"""An application sent back to its applicant, once, to complete it.

The applicant completes it though the round has closed. Until they send it everybody reads what
was sent first, and that stands if nothing comes in time.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.users import roles
from funding.users.models import Role, User
from grants import (
    applications,
    confirmations,
    countries,
    declarations,
    gaps,
    notices,
    references,
    submissions,
)
from grants.applications import Incomplete, NotYours, Stale
from grants.contents import Content
from grants.models import (
    Application,
    ApplicationState,
    Completion,
    CompletionState,
    ItemState,
    Review,
)

LONGEST: Final = dt.timedelta(days=60)
MOST_LETTERS: Final = 1_000


class NotReturnable(Refused):
    """It cannot be sent back, or not like this. `field` is the one to look at."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


class NotOpen(Refused):
    """There is nothing to complete: it was completed, the day is over, or it is judged."""


def of(application: Application) -> Completion | None:
    """The one return of an application, whatever became of it."""
    return Completion.objects.filter(application=application).first()


def open_for(application: Application) -> Completion | None:
    """The return that the applicant can still answer."""
    found = of(application)
    return found if found is not None and is_open(found, application, clock.now()) else None


def is_open(row: Completion, application: Application, now: dt.datetime) -> bool:
    """Whether it can be completed at that instant."""
    is_sent = application.state == ApplicationState.SUBMITTED
    return is_sent and row.state == CompletionState.OPEN and now < row.due_at


def why_not(application: Application) -> str:
    """Why the application cannot be sent back; nothing where it can."""
    if application.state != ApplicationState.SUBMITTED:
        return _("Only an application that is not decided can be sent back.")
    if Completion.objects.filter(application=application).exists():
        return _("It was sent back once already, and there is no second time.")
    if is_judged(application):
        return _("Members have judged it as it stands, so it can no longer change.")
    return ""


def is_judged(application: Application) -> bool:
    """Whether a review is handed in, or a motion names it."""
    reviews = Review.objects.filter(application=application, handed_in_at__isnull=False)
    named = application.items.exclude(state=ItemState.WITHDRAWN)
    return reviews.exists() or named.exists()


@transaction.atomic
def ask(
    *, application_id: int, reasons: Mapping[str, str], due_on: dt.date, by: User
) -> Completion:
    """Send an application back, with what is missing in which part, until the end of a day there.

    A mail tells the applicant. Raises NotReturnable.
    """
    application = _lock(application_id)
    if not roles.has(by, Role.OFFICER) or declarations.is_closed(application, by):
        raise NotReturnable(_("Only a programme officer who has not stepped out sends it back."))
    if why := why_not(application):
        raise NotReturnable(why)
    said = {part: words.strip()[:MOST_LETTERS] for part, words in reasons.items() if words.strip()}
    if not said or set(said) - set(gaps.PARTS):
        raise NotReturnable(_("Write what is missing, in at least one part."), "reasons")
    now, due_at = clock.now(), end_of(application, due_on)
    if not now < due_at <= now + LONGEST:
        sentence = _("Choose a day from today on, and at most %(days)s days ahead.")
        raise NotReturnable(sentence % {"days": LONGEST.days}, "due_on")
    made = Completion.objects.create(
        application=application,
        asked_by=by,
        asked_at=now,
        saved_at=now,
        due_at=due_at,
        reasons=said,
    )
    _record(application, f"user:{by.pk}", "returned")
    notices.application_returned(made)
    return made


def end_of(application: Application, day: dt.date) -> dt.datetime:
    """The end of a day where the applicant is."""
    zone = ZoneInfo(countries.zone(application.project.organisation.country))
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), zone)


@transaction.atomic
def save(
    *, application_id: int, version: int, typed: Mapping[str, Any], tab: str = "", by: User
) -> Completion:
    """Keep the form as it was typed so far. Nobody else sees it. Raises NotYours, NotOpen, Stale.

    `tab` names the window, as in `applications.save`.
    """
    _application, row = _opened(application_id, by, clock.now())
    if row.version != version and not (tab and tab == row.saved_in):
        raise Stale(
            _("Another window saved this application since. What you typed is not saved yet.")
        )
    row.typed, row.saved_in = dict(typed), tab
    row.version += 1
    row.saved_at = clock.now()
    row.save(update_fields=["typed", "saved_in", "version", "saved_at"])
    return row


@transaction.atomic
def complete(*, application_id: int, version: int, content: Content, by: User) -> Application:
    """Send the application completed: it is frozen anew, and what was sent first is kept.

    Harmless when repeated. Raises NotYours, NotOpen, Stale, Incomplete.
    """
    now = clock.now()
    application = _lock(application_id)
    _must_be_own(application, by)
    done = of(application)
    if done is not None and done.state == CompletionState.DONE:
        return application
    # The instant is taken once the row is ours: whoever waited over the end is late.
    now = clock.now()
    application, row = _opened(application_id, by, now)
    if row.version != version:
        raise Stale(_("Another window saved this application since. Look at it again."))
    if is_judged(application):
        raise NotOpen(_("Members have judged it as it stood, so that is what counts."))
    if found := gaps.of(application, content):
        raise Incomplete(found)
    applications.write(application, content)
    application.submitted = submissions.told(application)
    application.sha256 = submissions.fingerprint(application.submitted)
    application.submitted_at = now
    application.save()
    kept = confirmations.keep(application)
    _end(row, CompletionState.DONE, now)
    _record(application, f"user:{by.pk}", "completed", sha256=application.sha256)
    notices.application_received(application, kept.number)
    references.ask(application)
    return application


def lapsed(now: dt.datetime | None = None) -> QuerySet[Completion]:
    """The returns whose day is over without an answer."""
    rows = Completion.objects.filter(state=CompletionState.OPEN, due_at__lte=now or clock.now())
    return rows.order_by("due_at", "pk")


def sweep() -> int:
    """Let what was sent first stand where the day is over. Returns how many."""
    return sum(_lapse(pk) for pk in list(lapsed().values_list("application_id", flat=True)[:100]))


@transaction.atomic
def _lapse(application_id: int) -> int:
    application = _lock(application_id)
    now = clock.now()
    row = lapsed(now).filter(application=application).first()
    if row is None:
        return 0
    _end(row, CompletionState.LAPSED, now)
    _record(application, "system", "stands")
    if application.state == ApplicationState.SUBMITTED:
        notices.application_stands(row)
    return 1


def _end(row: Completion, state: CompletionState, now: dt.datetime) -> None:
    row.state, row.ended_at = state, now
    row.save(update_fields=["state", "ended_at"])


def _opened(application_id: int, by: User, now: dt.datetime) -> tuple[Application, Completion]:
    application = _lock(application_id)
    _must_be_own(application, by)
    row = of(application)
    if row is None or not is_open(row, application, now):
        raise NotOpen(_("The day to complete it is over. What you sent first stands."))
    return application, row


def _lock(application_id: int) -> Application:
    return Application.objects.select_for_update(no_key=True).get(pk=application_id)


def _must_be_own(application: Application, by: User) -> None:
    if application.applicant_id != by.pk:
        raise NotYours(_("This application is another person's."))


def _record(application: Application, actor: str, verb: str, **facts: log.Fact) -> None:
    log.record(
        actor=actor,
        action=f"application.{verb}",
        subject=f"application:{application.pk}",
        round=application.round_id,
        **facts,
    )
