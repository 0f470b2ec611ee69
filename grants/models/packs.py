"""Files for an auditor: asked for, made by the worker, and kept for a while."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from grants.models.awards import Award

MOST_ATTEMPTS = 5


class PackState(models.TextChoices):
    """States of a pack."""

    WAITING = "waiting", "Waiting for the worker"
    RUNNING = "running", "Being made"
    DONE = "done", "Made"
    FAILED = "failed", "Could not be made"
    LET_GO = "let_go", "Let go, can be made again"


class Pack(models.Model):
    """Everything that an auditor asks to see of one award, or of all awards of a year.

    Asked for again it is the same row. The row is the queue; the bytes lie in its pieces until
    `expires_at`. `sha256` stays after that: the same facts make the same bytes again.
    """

    entity = models.ForeignKey("parties.Entity", on_delete=models.PROTECT, related_name="+")
    award = models.ForeignKey(
        Award, null=True, blank=True, on_delete=models.PROTECT, related_name="packs"
    )
    year = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="In which they were decided, by the entity's calendar."
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=PackState, default=PackState.WAITING)
    step = models.PositiveSmallIntegerField(default=0, help_text="How many awards are packed.")
    steps = models.PositiveSmallIntegerField(default=1)
    files = models.PositiveIntegerField(default=0)
    size_bytes = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(award__isnull=False, year__isnull=True)
                | Q(award__isnull=True, year__isnull=False),
                name="pack_is_of_an_award_or_of_a_year",
            ),
            models.UniqueConstraint(
                fields=["award"], condition=Q(award__isnull=False), name="pack_once_an_award"
            ),
            models.UniqueConstraint(
                fields=["entity", "year"], condition=Q(year__isnull=False), name="pack_once_a_year"
            ),
            models.CheckConstraint(
                condition=Q(state__in=PackState.values), name="pack_state_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(state=PackState.DONE)
                | Q(done_at__isnull=False, expires_at__isnull=False)
                & Q(sha256__regex=r"^[0-9a-f]{64}$"),
                name="pack_made_has_its_hash",
            ),
        ]

    def __str__(self) -> str:
        return f"pack {self.pk}"


class PackPiece(models.Model):
    """A stretch of a pack's bytes, so that neither writing nor reading it needs all at once."""

    pack = models.ForeignKey(Pack, on_delete=models.CASCADE, related_name="pieces")
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        ordering = ["pack", "number"]
        constraints = [
            models.UniqueConstraint(fields=["pack", "number"], name="packpiece_number_once")
        ]

    def __str__(self) -> str:
        return f"piece {self.number} of pack {self.pack_id}"
