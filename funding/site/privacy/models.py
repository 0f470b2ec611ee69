"""Copies of what is held on a person: asked for, made by the worker, gone after some days."""

import uuid
from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q

MOST_ATTEMPTS: Final = 5


class CopyState(models.TextChoices):
    """States of a copy."""

    WAITING = "waiting", "Waiting for the worker"
    DONE = "done", "Made"
    FAILED = "failed", "Could not be made"
    GONE = "gone", "Taken away again"


class DataCopy(models.Model):
    """All that is held on one person, as a file for machines and one for readers.

    `subject` names the person as the log does. Of a person with an account only they open it;
    what was made because somebody asked by letter is opened by those in charge.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    subject = models.CharField(max_length=40, help_text="'user:7', or 'donor:12'.")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    asked_by = models.CharField(max_length=60)
    asked_at = models.DateTimeField()
    language = models.CharField(max_length=8, default="en")
    state = models.CharField(max_length=7, choices=CopyState, default=CopyState.WAITING)
    for_machines = models.BinaryField(null=True, blank=True, help_text="JSON.")
    for_readers = models.BinaryField(null=True, blank=True, help_text="PDF.")
    sha256 = models.CharField(max_length=64, blank=True)
    made_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=CopyState.values), name="datacopy_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(subject__regex=r"^(user|donor):[0-9]+$"), name="datacopy_is_of_a_person"
            ),
            models.UniqueConstraint(
                fields=["subject"],
                condition=Q(state=CopyState.WAITING),
                name="datacopy_is_made_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state=CopyState.DONE)
                & Q(for_machines__isnull=False, for_readers__isnull=False)
                & Q(made_at__isnull=False, expires_at__gt=F("made_at"))
                | ~Q(state=CopyState.DONE) & Q(for_machines__isnull=True, for_readers__isnull=True),
                name="datacopy_holds_its_files_while_it_stands",
            ),
            models.CheckConstraint(
                condition=~Q(state=CopyState.FAILED) | ~Q(error=""), name="datacopy_failed_says_why"
            ),
            models.CheckConstraint(
                condition=Q(attempts__lte=MOST_ATTEMPTS), name="datacopy_attempts_are_few"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(state=CopyState.WAITING), name="datacopy_waiting"
            ),
            models.Index(
                fields=["expires_at"], condition=Q(state=CopyState.DONE), name="datacopy_to_go"
            ),
            models.Index(fields=["subject", "-id"], name="datacopy_of_person"),
        ]

    def __str__(self) -> str:
        return f"data copy {self.pk}"
