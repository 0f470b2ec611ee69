"""Letters that decline: written by a chair, shown as they will be sent, sent once.

The bytes that the chair looks at are the bytes that go: sending names their fingerprint. The
decision and the mail are one transaction, so that a worker or a browser that dies leaves both
or neither.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from funding import clock
from funding.audit import log
from funding.documents import paper, register
from funding.documents.models import Document
from funding.documents.register import CannotRender
from funding.errors import Refused
from funding.users.models import User
from grants import declarations, desk_checks, identities, motions, notices, recusals
from grants.models import (
    Application,
    ApplicationState,
    DeclineLetter,
    ItemState,
    Refusal,
)

LONGEST = 4000


class NotDeclinable(Refused):
    """The application cannot be declined now."""


class NotAsShown(Refused):
    """The letter is not the one that the chair was shown, or is not laid out yet."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a letter says. `improve` is empty, or an invitation to come back goes with it."""

    reason: str
    feedback: str
    improve: str = ""


def standing(application: Application) -> DeclineLetter | None:
    """The letter that was written last, sent or not."""
    rows = DeclineLetter.objects.filter(application=application, dropped_at__isnull=True)
    return rows.select_related("document", "written_by").first()


def sent(application: Application) -> DeclineLetter | None:
    """The letter that went to the applicant."""
    letter = standing(application)
    return letter if letter and letter.sent_at else None


@transaction.atomic
def write(*, application_id: int, words: Words, by: User) -> DeclineLetter:
    """Write the letter, or write it anew; nobody but the chair reads it before it is sent.

    Again the same: the letter that stands. Raises motions.ChairOnly, recusals.ReasonMissing,
    NotDeclinable, desk_checks.NotPassed and what `declarations.must_take_part` does.
    """
    motions.must_be_chair(by)
    told = _told(words)
    application = _lock(application_id)
    declarations.must_take_part(application, by)
    must_know_who(application, by)
    old = standing(application)
    if old is not None and (old.reason, old.feedback, old.improve) == told:
        return old
    _must_be_declinable(application)
    if old is not None:
        old.dropped_at = clock.now()
        old.save(update_fields=["dropped_at"])
        register.void(document_id=old.document_id, actor=f"user:{by.pk}")
    number = DeclineLetter.objects.filter(application=application).count() + 1
    reason, feedback, improve = told
    made = DeclineLetter.objects.create(
        application=application,
        reason=reason,
        feedback=feedback,
        improve=improve,
        document=_issued(application, number, feedback, improve, by),
        written_by=by,
        written_at=clock.now(),
    )
    _record(application, by, "letter_written")
    return made


def must_know_who(application: Application, person: User) -> None:
    """Raises NotDeclinable while a blind round keeps from the person who applies."""
    if identities.is_hidden(application, person):
        raise NotDeclinable(_("A letter names who applies. Give your marks first."))


def lay_out(letter: DeclineLetter) -> Document | None:
    """The bytes as they will be sent; None where they cannot be made today.

    Call it with no transaction open.
    """
    try:
        return register.render(letter.document_id)
    except CannotRender:
        return None


@transaction.atomic
def send(*, letter_id: int, sha256: str, by: User) -> DeclineLetter:
    """Decline the application and send the letter that was shown, in one step.

    Again: nothing. Raises motions.ChairOnly, NotAsShown, NotDeclinable, desk_checks.NotPassed
    and what `declarations.must_take_part` does.
    """
    motions.must_be_chair(by)
    application = _lock(
        DeclineLetter.objects.values_list("application_id", flat=True).get(pk=letter_id)
    )
    letter = DeclineLetter.objects.select_related("document").get(pk=letter_id)
    declarations.must_take_part(application, by)
    must_know_who(application, by)
    document = letter.document
    if letter.dropped_at is not None or document.content is None or sha256 != document.sha256:
        raise NotAsShown(_("The letter is another than the one you were shown. Look at it again."))
    if letter.sent_at is not None:
        return letter
    _must_be_declinable(application)
    now = clock.now()
    letter.sent_by, letter.sent_at = by, now
    letter.save(update_fields=["sent_by", "sent_at"])
    application.state, application.decided_at = ApplicationState.DECLINED, now
    application.decline_reason, application.refusal = letter.feedback, letter.reason
    application.save(update_fields=["state", "decided_at", "decline_reason", "refusal"])
    _record(application, by, "declined")
    notices.application_declined(letter)
    return letter


def decline(*, application_id: int, words: Words, by: User) -> DeclineLetter:
    """Write, lay out and send at once, for a caller who shows the bytes to nobody.

    Raises what `write` and `send` do.
    """
    letter = write(application_id=application_id, words=words, by=by)
    document = lay_out(letter)
    return send(letter_id=letter.pk, sha256=document.sha256 if document else "", by=by)


def _told(words: Words) -> tuple[str, str, str]:
    feedback, improve = words.feedback.strip()[:LONGEST], words.improve.strip()[:LONGEST]
    if words.reason not in Refusal.values:
        raise recusals.ReasonMissing(_("Choose a reason. It is counted over all of the round."))
    if not feedback:
        raise recusals.ReasonMissing(_("Write the reason. It is mailed to the applicant."))
    return words.reason, feedback, improve


def _lock(application_id: int) -> Application:
    rows = Application.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("round__entity", "project__organisation", "applicant").get(
        pk=application_id
    )


def is_declinable(application: Application) -> bool:
    """Whether a letter can go out on it now."""
    try:
        _must_be_declinable(application)
    except Refused:
        return False
    return True


def _must_be_declinable(application: Application) -> None:
    if application.state == ApplicationState.DECLINED:
        raise NotDeclinable(_("This application was declined before, and its reason was mailed."))
    if application.state != ApplicationState.SUBMITTED:
        raise NotDeclinable(_("This application is not open for a decision any more."))
    desk_checks.must_have_passed(application)
    if application.items.filter(state=ItemState.OPEN).exists():
        raise NotDeclinable(_("This application stands in a motion. Wait for its end."))


def _issued(
    application: Application, number: int, feedback: str, improve: str, by: User
) -> Document:
    entity, project = application.round.entity, application.project
    facts: dict[str, Any] = {
        "entity": paper.entity_facts(entity),
        "site_url": settings.SITE_URL,
        "applicant": str(application.applicant),
        "body": project.organisation.name,
        "title": project.title,
        "round": application.round.name,
        "feedback": feedback,
        "improve": improve,
        "chair": str(by),
    }
    return register.issue(
        entity_id=entity.pk,
        template="decline_letter",
        key=f"application:{application.pk}:decline:{number}",
        snapshot=facts,
        language="en",
        actor=f"user:{by.pk}",
    )


def _record(application: Application, by: User, verb: str) -> None:
    log.record(
        actor=f"user:{by.pk}",
        action=f"application.{verb}",
        subject=f"application:{application.pk}",
    )
