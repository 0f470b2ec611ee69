"""Files that people send, kept in pieces beside all else, so that every backup has them."""

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThan, LessThanOrEqual

if TYPE_CHECKING:
    from grants.models.applications import ApplicationQuerySet

# What one row of bytes holds at most, and so what is in memory of a file that is only passed on.
PIECE_BYTES = 256 * 1024


class FileKind(models.TextChoices):
    """What a file is by its bytes, whatever it is called."""

    PDF = "pdf", "PDF"
    JPEG = "jpeg", "JPEG"
    PNG = "png", "PNG"
    WEBP = "webp", "WebP"
    ODT = "odt", "ODT"
    ODS = "ods", "ODS"
    DOCX = "docx", "DOCX"
    XLSX = "xlsx", "XLSX"
    TEXT = "text", "Text"


class FileState(models.TextChoices):
    """States of a file: on its way, kept, and taken away."""

    OPEN = "open", "On its way"
    WHOLE = "whole", "Kept"
    GONE = "gone", "Taken away"


class StoredFile(models.Model):
    """A file that is being sent, or was. `place` says for what, such as 'application:7'.

    `sent_sha256` is the fingerprint of the bytes as they were sent, `sha256` of those that are
    kept: of a picture these are others. `size` counts what is told to come, then what is kept.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    place = models.CharField(max_length=60)
    state = models.CharField(max_length=5, choices=FileState, default=FileState.OPEN)
    name = models.CharField(max_length=160)
    kind = models.CharField(max_length=5, choices=FileKind, blank=True)
    size = models.PositiveIntegerField()
    received = models.PositiveIntegerField(default=0)
    sent_sha256 = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64, blank=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    began_at = models.DateTimeField()
    moved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=FileState.values), name="storedfile_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(size__gt=0, received__lte=F("size")), name="storedfile_has_its_bytes"
            ),
            models.CheckConstraint(
                condition=Q(sent_sha256__regex=r"^[0-9a-f]{64}$"),
                name="storedfile_was_told_its_fingerprint",
            ),
            models.CheckConstraint(
                condition=Q(state=FileState.OPEN, kind="", sha256="")
                | ~Q(state=FileState.OPEN)
                & Q(kind__in=FileKind.values, sha256__regex=r"^[0-9a-f]{64}$")
                & Q(received=F("size")),
                name="storedfile_whole_has_kind_and_fingerprint",
            ),
            models.UniqueConstraint(
                "place",
                "added_by",
                "sent_sha256",
                condition=Q(state=FileState.OPEN),
                name="storedfile_is_sent_once_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"file {self.pk}"


class FilePiece(models.Model):
    """Some bytes of a file, from `start` on."""

    file = models.ForeignKey(StoredFile, on_delete=models.CASCADE, related_name="pieces")
    start = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        ordering = ["file", "start"]
        constraints = [
            models.UniqueConstraint(fields=["file", "start"], name="filepiece_once"),
            models.CheckConstraint(
                condition=GreaterThan(Length("content"), 0), name="filepiece_has_bytes"
            ),
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("content"), PIECE_BYTES),
                name="filepiece_is_small",
            ),
        ]

    def __str__(self) -> str:
        return f"piece of file {self.file_id}"


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    """Files of applications, asked for by somebody."""

    def within(self, applications: "ApplicationQuerySet") -> "AttachmentQuerySet":
        """Those of these applications, whose bytes are there."""
        return self.filter(application__in=applications, file__state=FileState.WHOLE)


class Attachment(models.Model):
    """A file that belongs to an application, and is frozen with it. The same bytes stand once."""

    application = models.ForeignKey(
        "grants.Application", on_delete=models.PROTECT, related_name="attachments"
    )
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="attachment")
    sha256 = models.CharField(max_length=64)
    added_at = models.DateTimeField()

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["application", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["application", "sha256"], name="attachment_once"),
        ]

    def __str__(self) -> str:
        return f"attachment {self.pk}"
