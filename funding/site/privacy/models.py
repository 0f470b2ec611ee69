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


class ErasureState(models.TextChoices):
    """How far an erasure has come."""

    ASKED = "asked", "Asked for; waits for what is under way"
    REMOVING = "removing", "Under way: the person is gone, the rest follows"
    DONE = "done", "Done"
    WITHDRAWN = "withdrawn", "Withdrawn before it began"


class Erasure(models.Model):
    """The removal of one person, from the wish to its end. Once it has begun it ends.

    The addresses stand here only until all that was sent to them is emptied.
    """

    subject = models.CharField(max_length=40, help_text="'user:7', or 'donor:12'.")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    donors = models.JSONField(default=list, help_text="Ids of the donors.")
    users = models.JSONField(default=list, help_text="Ids of the accounts.")
    addresses = models.JSONField(default=list, help_text="Until the end.")
    language = models.CharField(max_length=8, default="en")
    asked_by = models.CharField(max_length=60)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=ErasureState, default=ErasureState.ASKED)
    waits_for = models.CharField(max_length=40, blank=True, help_text="What is under way.")
    restored = models.CharField(
        max_length=30,
        blank=True,
        default="",
        db_default="",
        help_text="'restore:3': again after it.",
    )
    begun_at = models.DateTimeField(null=True, blank=True, help_text="From then on, no way back.")
    stripe_told_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ErasureState.values), name="erasure_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(subject__regex=r"^(user|donor):[0-9]+$"), name="erasure_is_of_a_person"
            ),
            models.CheckConstraint(
                condition=Q(state=ErasureState.ASKED, begun_at__isnull=True, ended_at__isnull=True)
                | Q(state=ErasureState.REMOVING, begun_at__isnull=False, ended_at__isnull=True)
                | Q(state=ErasureState.DONE, begun_at__isnull=False, ended_at__isnull=False)
                | Q(state=ErasureState.WITHDRAWN, begun_at__isnull=True, ended_at__isnull=False),
                name="erasure_state_fits_its_instants",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[ErasureState.ASKED, ErasureState.REMOVING])
                | Q(addresses=[]) & Q(error=""),
                name="erasure_ended_keeps_no_address",
            ),
            models.CheckConstraint(
                condition=~Q(state=ErasureState.DONE) | Q(stripe_told_at__isnull=False),
                name="erasure_done_was_told_to_stripe",
            ),
            models.UniqueConstraint(
                fields=["subject"],
                condition=Q(state__in=[ErasureState.ASKED, ErasureState.REMOVING]),
                name="erasure_is_one_at_a_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=[ErasureState.ASKED, ErasureState.REMOVING]),
                name="erasure_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"erasure {self.pk}"


class KeptWhat(models.TextChoices):
    """What the law keeps of somebody who was removed."""

    DOCUMENT = "document", "Numbered document"
    DECLARATION = "declaration", "Gift Aid declaration"
    REFERENCE = "reference", "The bank's name of a gift"
    BANK_LINE = "bank_line", "Line of a bank statement"
    FILE = "file", "File of a funded application"
    REFEREE = "referee", "Reference to a funded application"


class Kept(models.Model):
    """One thing that says who somebody was, kept until the law lets it go.

    `counts_from` is the day from which its years count; how many they are is the entity's to
    say, and may change.
    """

    erasure = models.ForeignKey(Erasure, on_delete=models.PROTECT, related_name="kept")
    entity = models.ForeignKey("parties.Entity", on_delete=models.PROTECT, related_name="+")
    what = models.CharField(max_length=11, choices=KeptWhat)
    number = models.BigIntegerField(help_text="Its id.")
    ground = models.CharField(max_length=5, help_text="'books' or 'aid'.")
    counts_from = models.DateField()
    scrubbed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["what", "number"], name="kept_is_named_once"),
            models.CheckConstraint(condition=Q(what__in=KeptWhat.values), name="kept_is_known"),
            models.CheckConstraint(
                condition=Q(ground__in=["books", "aid"]), name="kept_has_its_ground"
            ),
        ]
        indexes = [
            models.Index(
                fields=["entity", "ground", "counts_from"],
                condition=Q(scrubbed_at__isnull=True),
                name="kept_until_it_goes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.number}"
