"""The files of an application: added and taken out while it is written, frozen when it is sent."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from funding import clock
from funding.audit import log
from funding.errors import Refused
from funding.users.models import User
from grants import applications, files, identities
from grants.models import Application, Attachment, FileState, StoredFile

MOST_FILES: Final = 12
MOST_BYTES: Final = 30_000_000


class NoRoom(Refused):
    """The application has as many files, or as many bytes, as it may have."""


class StillBlind(Refused):
    """A file may name who applies, which the person is not to read yet."""


@dataclass(frozen=True, slots=True)
class Room:
    """How many files an application has, and bytes in them."""

    files: int
    bytes: int

    @property
    def is_full(self) -> bool:
        """Whether not one more fits."""
        return self.files >= MOST_FILES or self.bytes >= MOST_BYTES


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a file has come; `is_there` when it belongs to the application."""

    uuid: UUID
    received: int
    is_there: bool


def of(application: Application) -> list[Attachment]:
    """The files in the order in which they came."""
    return list(
        Attachment.objects.filter(application=application).select_related("file").order_by("pk")
    )


def room(application: Application) -> Room:
    """What the files of an application come to."""
    found = Attachment.objects.filter(application=application).aggregate(
        files=Count("pk"), bytes=Sum("file__size")
    )
    return Room(found["files"], found["bytes"] or 0)


def must_open(attachment: Attachment, person: User) -> None:
    """Raises StillBlind."""
    if identities.is_hidden(attachment.application, person):
        raise StillBlind(_("Files may name who applies. They open to you with your review."))


@transaction.atomic
def begin(*, application_id: int, name: str, size: int, sha256: str, by: User) -> Standing:
    """Say that a file is about to come, and hear how far it has come before.

    Raises files.NotAFile, NoRoom, and what `applications.lock_draft` does.
    """
    application = applications.lock_draft(application_id, by)
    if twin := Attachment.objects.filter(application=application, file__sent_sha256=sha256).first():
        return Standing(twin.file.uuid, twin.file.size, is_there=True)
    files.must_fit(size)
    _must_have_room(application, size)
    place = _place(application_id)
    file = files.begin(place=place, name=name, size=size, sha256=sha256, by=by)
    return Standing(file.uuid, file.received, is_there=False)


def append(*, application_id: int, uuid: UUID, start: int, content: bytes, by: User) -> Standing:
    """Take some bytes of a file; with the last of them it is looked at and belongs to the draft.

    Raises files.WrongPlace, and for good files.NotAFile, files.NotTheSame, NoRoom, and what
    `applications.lock_draft` does.
    """
    file = StoredFile.objects.filter(uuid=uuid, place=_place(application_id), added_by=by).first()
    if file is None:
        raise files.NotTheSame(_("This file is no longer on its way. Send it again."))
    file = files.append(file_id=file.pk, start=start, content=content)
    if file.state == FileState.OPEN and file.received == file.size:
        file = _finish(application_id, file, by).file
    return Standing(file.uuid, file.received, is_there=file.state == FileState.WHOLE)


def add(
    *, application_id: int, name: str, size: int, blocks: Iterable[bytes], by: User
) -> Attachment:
    """Add a file that came at once. The same bytes again: the file that is there.

    Raises files.NotAFile, NoRoom, and what `applications.lock_draft` does.
    """
    with transaction.atomic():
        application = applications.lock_draft(application_id, by)
        place = _place(application_id)
        file = files.put(place=place, name=name, size=size, blocks=blocks, by=by)
        return _attach(application, file, by)


@transaction.atomic
def remove(*, application_id: int, uuid: UUID, by: User) -> None:
    """Take a file out of a draft, with its bytes. Again: nothing.

    Raises what `applications.lock_draft` does.
    """
    application = applications.lock_draft(application_id, by)
    found = Attachment.objects.filter(application=application, file__uuid=uuid).first()
    if found is None:
        return
    found.delete()
    files.discard(file_id=found.file_id)
    _record(application, by, "file_removed", found.sha256)


def _finish(application_id: int, file: StoredFile, by: User) -> Attachment:
    try:
        with transaction.atomic():
            application = applications.lock_draft(application_id, by)
            return _attach(application, files.finish(file_id=file.pk), by)
    except Refused:
        # It will be the same tomorrow; whoever sent it is told now.
        if not Attachment.objects.filter(file=file).exists():
            files.discard(file_id=file.pk)
        raise


def _attach(application: Application, file: StoredFile, by: User) -> Attachment:
    if twin := Attachment.objects.filter(application=application, sha256=file.sha256).first():
        if twin.file_id != file.pk:
            files.discard(file_id=file.pk)
        return twin
    _must_have_room(application, file.size)
    made = Attachment.objects.create(
        application=application, file=file, sha256=file.sha256, added_at=clock.now()
    )
    _record(application, by, "file_added", file.sha256)
    return made


def _must_have_room(application: Application, size: int) -> None:
    taken = room(application)
    if taken.files >= MOST_FILES:
        sentence = _("There are %(most)s files already, and more are not read. Take one out first.")
        raise NoRoom(sentence % {"most": MOST_FILES})
    if taken.bytes + size > MOST_BYTES:
        sentence = _("All files together may have %(most)s MB. Take one out, or make it smaller.")
        raise NoRoom(sentence % {"most": MOST_BYTES // 1_000_000})


def _place(application_id: int) -> str:
    return f"application:{application_id}"


def _record(application: Application, by: User, verb: str, sha256: str) -> None:
    log.record(
        actor=f"user:{by.pk}",
        action=f"application.{verb}",
        subject=f"application:{application.pk}",
        sha256=sha256,
    )
