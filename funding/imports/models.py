"""Imported files and their rows."""

import uuid

from django.db import models
from django.db.models import Q


class State(models.TextChoices):
    """How far an import has come."""

    MAPPING = "mapping", "Its columns are to be named"
    READING = "reading", "Being read"
    CHECKING = "checking", "Being checked"
    CHECKED = "checked", "Checked, nothing is taken in yet"
    FAULTY = "faulty", "Has mistakes, nothing was taken in"
    BOOKING = "booking", "Being taken in"
    DONE = "done", "Taken in"
    DROPPED = "dropped", "Put aside, nothing was taken in"


# What the worker goes on with by itself.
WORKING = (State.READING, State.CHECKING, State.BOOKING)


class Import(models.Model):
    """A file that somebody brought. `mapping` names the column of each field that is known.

    Nothing of it stands anywhere else before it is taken in, and then all of it does, in one
    transaction.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=20)
    entity = models.ForeignKey("parties.Entity", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200, help_text="Of the file.")
    content = models.BinaryField(null=True, help_text="Until its rows are read.")
    digest = models.CharField(max_length=64)
    options = models.JSONField(default=dict, help_text="What was chosen or the file says of all.")
    headers = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State, default=State.MAPPING)
    row_count = models.PositiveIntegerField(default=0)
    checked_count = models.PositiveIntegerField(default=0)
    bad_count = models.PositiveIntegerField(default=0)
    known_count = models.PositiveIntegerField(default=0, help_text="Were taken in before.")
    said = models.JSONField(default=list, help_text="Sentences about the file as a whole.")
    started_by = models.CharField(max_length=60)
    started_at = models.DateTimeField()
    accepted_by = models.CharField(max_length=60, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=State.values), name="import_state_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.BOOKING, State.DONE])
                | Q(accepted_at__isnull=False, bad_count=0) & ~Q(accepted_by=""),
                name="import_is_taken_in_without_mistakes",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=False, state__in=[State.DONE, State.DROPPED])
                | Q(ended_at__isnull=True) & ~Q(state__in=[State.DONE, State.DROPPED]),
                name="import_ends_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(state__in=list(WORKING)), name="import_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"import {self.pk}"

    @property
    def new_count(self) -> int:
        """Rows that are right and were not taken in before."""
        return self.checked_count - self.bad_count - self.known_count


class RowState(models.TextChoices):
    """What is known of a row."""

    STAGED = "staged", "Not checked yet"
    GOOD = "good", "New"
    KNOWN = "known", "Taken in before"
    BAD = "bad", "Has a mistake"


class Row(models.Model):
    """One row of a file, field by field as it was written.

    `number` is its line in the file. `key` is what tells it apart from every other row, here
    and in files to come: its own reference, or a mark made of all that it says.
    """

    batch = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    values = models.JSONField()
    key = models.CharField(max_length=140)
    state = models.CharField(max_length=6, choices=RowState, default=RowState.STAGED)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["batch", "number"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="row_has_its_line"),
            models.CheckConstraint(
                condition=Q(state=RowState.BAD) & ~Q(error="")
                | ~Q(state=RowState.BAD) & Q(error=""),
                name="row_says_what_is_wrong",
            ),
        ]
        indexes = [models.Index(fields=["batch", "key"], name="row_of_key")]

    def __str__(self) -> str:
        return f"row {self.number} of import {self.batch_id}"
