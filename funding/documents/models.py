"""Numbered documents: a number, a frozen snapshot of every printed fact, and the bytes."""

import hashlib
import textwrap
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy


class Sequence(models.Model):
    """The last number taken in a series: one row per entity, series and year.

    The row is locked while a number is taken and written into its document, so that numbers
    have no gaps whatever happens at the same time.
    """

    entity = models.ForeignKey("parties.Entity", on_delete=models.PROTECT, related_name="+")
    series = models.CharField(max_length=12)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entity", "series", "year"], name="sequence_once_per_year"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.series}-{self.year}"


class Gap(models.Model):
    """Numbers that are never given: they may have been given before books were restored.

    A list of documents is gap-free but for these, and each says why.
    """

    entity = models.ForeignKey("parties.Entity", on_delete=models.PROTECT, related_name="+")
    series = models.CharField(max_length=12)
    year = models.PositiveSmallIntegerField()
    first = models.PositiveIntegerField()
    last = models.PositiveIntegerField()
    why = models.CharField(max_length=300)
    declared_at = models.DateTimeField()
    declared_by = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entity", "series", "year", "first"], name="gap_is_declared_once"
            ),
            models.CheckConstraint(
                condition=Q(first__gte=1, last__gte=F("first")), name="gap_has_its_ends_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.series}-{self.year}-{self.first:06d}..{self.last:06d}"


class DocumentState(models.TextChoices):
    """What a document is worth today."""

    VALID = "valid", gettext_lazy("Valid")
    VOID = "void", gettext_lazy("Void")
    REPLACED = "replaced", gettext_lazy("Replaced by a later document")


class Document(models.Model):
    """A numbered document. Its snapshot and its bytes never change; its worth may end."""

    entity = models.ForeignKey("parties.Entity", on_delete=models.PROTECT, related_name="+")
    template = models.CharField(max_length=40, help_text="'receipt': what kind it is.")
    series = models.CharField(max_length=12)
    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    # '<noun>:<id>:<what>': a second request for the same document makes none.
    key = models.CharField(max_length=120, unique=True)
    verify_code = models.CharField(max_length=20, unique=True)
    snapshot = models.JSONField(help_text="Every printed fact, as it was when it was issued.")
    language = models.CharField(max_length=8, default="en")
    issued_at = models.DateTimeField()
    issued_on = models.DateField(help_text="The printed date, in the entity's zone.")
    state = models.CharField(max_length=8, choices=DocumentState, default=DocumentState.VALID)
    ended_at = models.DateTimeField(null=True, blank=True)
    replaced_by = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaces"
    )
    # Rendering is a job of its own: the number is taken first, the bytes follow.
    content = models.BinaryField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    rendered_at = models.DateTimeField(null=True, blank=True)
    # Whom it names was removed, and no law keeps it: number, day and fingerprint stay.
    scrubbed_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entity", "series", "year", "number"], name="document_number_is_taken_once"
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="document_numbers_from_one"),
            models.CheckConstraint(
                condition=Q(issued_on__year=F("year")), name="document_year_is_of_its_date"
            ),
            models.CheckConstraint(
                condition=Q(state=DocumentState.VALID, ended_at__isnull=True)
                | Q(state__in=[DocumentState.VOID, DocumentState.REPLACED], ended_at__isnull=False),
                name="document_end_has_its_instant",
            ),
            models.CheckConstraint(
                condition=Q(state=DocumentState.REPLACED, replaced_by__isnull=False)
                | ~Q(state=DocumentState.REPLACED) & Q(replaced_by__isnull=True),
                name="document_replaced_names_its_successor",
            ),
            models.CheckConstraint(
                condition=Q(replaced_by__isnull=True) | ~Q(replaced_by=F("id")),
                name="document_does_not_replace_itself",
            ),
            models.CheckConstraint(
                condition=Q(content__isnull=True, sha256="", rendered_at__isnull=True)
                | Q(content__isnull=False, rendered_at__isnull=False)
                & Q(sha256__regex=r"^[0-9a-f]{64}$")
                | Q(content__isnull=True, scrubbed_at__isnull=False, rendered_at__isnull=False),
                name="document_bytes_have_their_hash",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(rendered_at__isnull=True), name="document_waiting"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The number as printed: 'MF-2026-000184'."""
        return f"{self.series}-{self.year}-{self.number:06d}"

    @property
    def verify_text(self) -> str:
        """The code as printed, in groups: 'K7QM-4XTR-9CWA-PD3H'."""
        return "-".join(textwrap.wrap(self.verify_code, 4))

    def facts(self) -> dict[str, Any]:
        """Every printed fact: the snapshot, and under 'document' what the row itself adds."""
        return {
            **self.snapshot,
            "document": {
                "name": self.name,
                "issued_on": self.issued_on.isoformat(),
                "issued_at": self.issued_at.isoformat(timespec="seconds"),
                "verify_text": self.verify_text,
                "identifier": hashlib.sha256(self.key.encode()).hexdigest()[:32],
            },
        }
