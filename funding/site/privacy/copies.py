"""Copies of what is held on a person: asked for on the account or by letter, made by the worker.

The row is the queue. Everything is read at one moment, laid out with no transaction open, and
written down once. Asked for again within a day, it is the same copy; after two weeks its files
are taken away.
"""

import datetime as dt
import hashlib
import logging
from typing import Any, Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from donors.models import Gift
from funding import clock, jobs
from funding.audit import log
from funding.documents import rendering
from funding.documents.checks import CannotRender
from funding.documents.making import Queue
from funding.errors import Refused
from funding.mail import links, outbox
from funding.parties.models import Entity
from funding.site.privacy import facts, persons
from funding.site.privacy.models import MOST_ATTEMPTS, CopyState, DataCopy
from funding.site.privacy.persons import Person
from funding.site.reports import one_moment
from funding.users.models import User

logger = logging.getLogger(__name__)

PURPOSE: Final = "data_copy"
LIVES: Final = dt.timedelta(days=14)
SAME_FOR: Final = dt.timedelta(days=1)


class NobodyThere(Refused):
    """There is no such person, or they are forgotten already."""


def order(*, person: Person, actor: str, language: str) -> DataCopy:
    """Ask for a copy. One that waits, or was made within a day, is the same one."""
    if not person.subject:
        raise NobodyThere(_("Nothing is held here on this person."))
    try:
        with transaction.atomic():
            return standing(person) or _write(person, actor, language)
    except IntegrityError:
        # Asked for twice at once; the other one was first.
        found = standing(person)
        if found is None:
            raise
        return found


def standing(person: Person) -> DataCopy | None:
    """The copy that is under way, or was made so lately that a further one says the same."""
    fresh = Q(state=CopyState.DONE, made_at__gt=clock.now() - SAME_FOR)
    rows = DataCopy.objects.filter(fresh | Q(state=CopyState.WAITING), subject=person.subject)
    return rows.defer("for_machines", "for_readers").order_by("-pk").first()


def _write(person: Person, actor: str, language: str) -> DataCopy:
    now = clock.now()
    copy = DataCopy.objects.create(
        subject=person.subject,
        user_id=person.user_id,
        asked_by=actor,
        asked_at=now,
        language=language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE,
        due_at=now,
    )
    log.record(actor=actor, action="data.copy_asked", subject=person.subject, copy=copy.pk)
    jobs.after_commit("funding.site.tasks.make_data_copy", copy.pk)
    return copy


def of(person: Person) -> QuerySet[DataCopy]:
    """The copies of a person, the latest first, without their files."""
    rows = DataCopy.objects.filter(subject=person.subject)
    return rows.defer("for_machines", "for_readers")


def make(copy_id: int) -> bool:
    """Make both files and mail that they are there; whether that is done. Once, however often
    it is called.
    """
    if not QUEUE.claim(copy_id):
        return False
    try:
        machines, readers = _files(DataCopy.objects.get(pk=copy_id))
        _finish(copy_id, machines, readers)
    except CannotRender as error:
        QUEUE.put_off(copy_id, f"{error} {error.__cause__ or ''}".strip())
        return False
    except Exception as error:
        logger.exception("data copy %s cannot be made", copy_id)
        QUEUE.put_off(copy_id, f"{type(error).__name__}: {error}")
        return False
    return True


def _files(copy: DataCopy) -> tuple[bytes, bytes]:
    with one_moment():
        person = persons.of_subject(copy.subject)
        if person is None:
            raise NobodyThere(_("Nothing is held here on this person."))
        told = facts.told(person)
        entity = _entity(person)
    with translation.override(copy.language):
        printed = facts.for_paper(told, entity=entity, made_at=copy.asked_at)
    return facts.as_json(told), rendering.pdf("personal_data", printed, copy.language)


def _entity(person: Person) -> Entity:
    """The body whose name the paper carries: the one that was given to last."""
    gift = Gift.objects.filter(donor__in=person.donor_ids).order_by("-pk").first()
    return gift.entity if gift else Entity.objects.order_by("pk")[:1].get()


@transaction.atomic
def _finish(copy_id: int, machines: bytes, readers: bytes) -> None:
    copy = DataCopy.objects.select_for_update(of=("self",)).get(pk=copy_id)
    if copy.state != CopyState.WAITING:
        return
    now = clock.now()
    copy.state, copy.made_at, copy.expires_at, copy.error = CopyState.DONE, now, now + LIVES, ""
    copy.for_machines, copy.for_readers = machines, readers
    copy.sha256 = hashlib.sha256(machines).hexdigest()
    copy.save()
    log.record(actor="system", action="data.copy_made", subject=copy.subject, copy=copy.pk)
    if copy.user is not None and copy.asked_by == copy.subject:
        _mail(copy, copy.user)


def _mail(copy: DataCopy, user: User) -> None:
    assert copy.expires_at is not None
    path = reverse("data_copy", kwargs={"token": links.mark(PURPOSE, str(copy.uuid))})
    outbox.queue(
        key=f"data-copy:{copy.pk}:ready",
        cause=copy.subject,
        to_address=user.email,
        to_name=user.name,
        template="data_copy",
        context={"copy_url": settings.SITE_URL + path, "expires_on": copy.expires_at.date()},
        language=copy.language,
    )


def waiting() -> QuerySet[DataCopy]:
    """The copies that are asked for and not made yet."""
    return DataCopy.objects.filter(state=CopyState.WAITING)


QUEUE: Final = Queue(
    waiting, lambda copy: copy.subject, "data.copy_failed", most_attempts=MOST_ATTEMPTS
)


def sweep(*, limit: int = 20) -> int:
    """Make what is due, and take away what has stood its time."""
    made = sum(make(pk) for pk in QUEUE.due(limit))
    over = DataCopy.objects.filter(state=CopyState.DONE, expires_at__lte=clock.now())
    return made + take_away(over)


def take_away(copies: QuerySet[DataCopy]) -> int:
    """Remove the files of copies. Returns of how many."""
    files: dict[str, Any] = {"for_machines": None, "for_readers": None}
    return copies.exclude(state=CopyState.GONE).update(state=CopyState.GONE, error="", **files)
