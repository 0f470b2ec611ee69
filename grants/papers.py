"""The papers of a decision: a minute for each motion, a letter for each award.

Issuing takes the number in a short transaction of its own; rendering and mailing follow and
may fail and be repeated without a second number or a second mail.
"""

import datetime as dt
import logging
from collections.abc import Callable
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet

from funding import clock
from funding.documents import paper, register
from funding.documents.models import Document
from funding.documents.register import CannotRender
from funding.parties.models import Entity
from funding.users import roles
from funding.users.models import Role, User
from grants import declarations, minutes, notices
from grants.models import Award, Motion, MotionState

logger = logging.getLogger(__name__)

_LEASE: Final = dt.timedelta(minutes=5)
# With waits that double from a minute they reach over four hours; then somebody has to look.
MOST_ATTEMPTS: Final = 9
_FIRST_WAIT: Final = dt.timedelta(minutes=1)


def make_minute(motion_id: int) -> None:
    """Take a minute as far as it will go today: number, PDF, mails. Harmless when repeated."""
    document_id = issue_minute(motion_id)
    if document_id is not None and _is_rendered(document_id):
        mail_minute(motion_id)


def make_letter(award_id: int) -> None:
    """Take a letter as far as it will go today: number, PDF, mail. Harmless when repeated."""
    if _is_rendered(issue_letter(award_id)):
        mail_letter(award_id)


def _is_rendered(document_id: int) -> bool:
    """Whether the bytes are there now. These papers are the message, so the mail waits."""
    try:
        register.render(document_id)
    except CannotRender:
        logger.warning("document %s waits for its PDF", document_id)
        return False
    return True


@transaction.atomic
def issue_minute(motion_id: int) -> int | None:
    """Give a decided motion's minute its number and freeze its facts. None before the end."""
    motion = Motion.objects.select_for_update(no_key=True).get(pk=motion_id)
    if motion.state != MotionState.DECIDED:
        return None
    if motion.minute is None:
        motion.minute = _issued(
            motion.round.entity, "minute", f"motion:{motion.pk}:minute", minutes.facts(motion)
        )
        motion.save(update_fields=["minute"])
    return int(motion.minute.pk)


@transaction.atomic
def issue_letter(award_id: int) -> int:
    """Give an award's letter its number and freeze its facts."""
    award = Award.objects.select_for_update(no_key=True).get(pk=award_id)
    if award.letter is None:
        award.letter = _issued(
            award.entity, "award_letter", f"award:{award.pk}:letter", _letter_facts(award)
        )
        award.save(update_fields=["letter"])
    return int(award.letter.pk)


def _issued(entity: Entity, template: str, key: str, facts: dict[str, Any]) -> Document:
    issuer = {"entity": paper.entity_facts(entity), "site_url": settings.SITE_URL}
    return register.issue(
        entity_id=entity.pk, template=template, key=key, snapshot=issuer | facts, language="en"
    )


def _letter_facts(award: Award) -> dict[str, Any]:
    # One that was taken over has no letter, which the database holds.
    assert award.item is not None
    application, motion = award.application, award.item.motion
    project = application.project
    adopted = award.adopted_at.astimezone(ZoneInfo(award.entity.zone))
    return {
        "award": {
            "id": award.pk,
            "currency": award.currency,
            "amount_minor": award.amount_minor,
            "ask_minor": application.ask_minor,
            "adopted_on": adopted.date().isoformat(),
            "reason": award.item.reason,
            "round": application.round.name,
            "motion": motion.number,
        },
        "applicant": str(application.applicant),
        "body": project.organisation.name,
        "project": {
            "title": project.title,
            "starts_on": project.starts_on.isoformat() if project.starts_on else "",
            "ends_on": project.ends_on.isoformat() if project.ends_on else "",
        },
        "shares": [
            {
                "fund": share.fund.name,
                "purpose": share.fund.purpose,
                "minor": share.amount_minor,
            }
            for share in award.shares.select_related("fund").order_by("fund_id")
        ],
        "chair": str(motion.put_by),
    }


@transaction.atomic
def mail_minute(motion_id: int) -> None:
    """Put the minute into the mail of committee and officers to whom all of it is open, once."""
    motion = Motion.objects.select_for_update(no_key=True, of=("self",)).get(pk=motion_id)
    document = motion.minute
    if motion.minute_mailed_at is not None or document is None or document.content is None:
        return
    members = [member["id"] for member in (motion.frozen or {}).get("members", [])]
    people = User.objects.filter(pk__in=members, is_active=True) | roles.holders(Role.OFFICER)
    for person in people.distinct().order_by("pk"):
        # Sums and voices of what a person stepped out of are not mailed to them either.
        if declarations.closed_in(motion, person) is None:
            notices.minute(motion, document, person)
    motion.minute_mailed_at, motion.error = clock.now(), ""
    motion.save(update_fields=["minute_mailed_at", "error"])


@transaction.atomic
def mail_letter(award_id: int) -> None:
    """Put the letter into the applicant's mail, once."""
    award = Award.objects.select_for_update(no_key=True, of=("self",)).get(pk=award_id)
    document = award.letter
    if award.letter_mailed_at is not None or document is None or document.content is None:
        return
    notices.awarded(award, document)
    award.letter_mailed_at, award.error = clock.now(), ""
    award.save(update_fields=["letter_mailed_at", "error"])


def unmade_minutes() -> QuerySet[Motion]:
    """The decided motions whose minute nobody has yet, the oldest first."""
    rows = Motion.objects.filter(state=MotionState.DECIDED, minute_mailed_at__isnull=True)
    return rows.order_by("decided_at", "pk")


def unmade_letters() -> QuerySet[Award]:
    """The awards whose letter nobody has yet, the oldest first."""
    rows = Award.objects.filter(letter_mailed_at__isnull=True, is_taken_over=False)
    return rows.order_by("adopted_at", "pk")


def waiting_minutes() -> QuerySet[Motion]:
    """Of these minutes those that are tried by themselves."""
    return unmade_minutes().filter(attempts__lt=MOST_ATTEMPTS)


def waiting_letters() -> QuerySet[Award]:
    """Of these letters those that are tried by themselves."""
    return unmade_letters().filter(attempts__lt=MOST_ATTEMPTS)


def sweep() -> int:
    """Make every minute and letter that is due."""
    return sweep_minutes() + sweep_letters()


def sweep_minutes() -> int:
    """Make every minute that is due."""
    return _sweep(waiting_minutes(), make_minute)


def sweep_letters() -> int:
    """Make every letter that is due."""
    return _sweep(waiting_letters(), make_letter)


def _sweep[M: (Motion, Award)](rows: QuerySet[M], make: Callable[[int], None]) -> int:
    due = rows.filter(due_at__lte=clock.now()).order_by("due_at", "pk")
    return sum(_sweep_one(rows, pk, make) for pk in list(due.values_list("pk", flat=True)[:100]))


def _sweep_one[M: (Motion, Award)](rows: QuerySet[M], pk: int, make: Callable[[int], None]) -> int:
    now = clock.now()
    row = rows.filter(pk=pk)
    if not row.filter(due_at__lte=now).update(attempts=F("attempts") + 1, due_at=now + _LEASE):
        return 0
    try:
        make(pk)
    except Exception as error:
        logger.exception("paper of %s %s cannot be made", rows.model.__name__, pk)
        made = rows.model.objects.filter(pk=pk)
        wait = _FIRST_WAIT * 2 ** (made.get().attempts - 1)
        made.update(error=f"{type(error).__name__}: {error}"[:2000], due_at=now + wait)
        return 0
    # A paper that waits for its pages did not fail; the list of documents shows it.
    rows.model.objects.filter(pk=pk).update(attempts=0)
    return 1
