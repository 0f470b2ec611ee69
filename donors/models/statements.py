"""Statements: what a donor gave in some days, on one numbered document."""

from django.db import models
from django.db.models import F, Q

from donors.models.people import Donor

MOST_ATTEMPTS = 5


class StatementState(models.TextChoices):
    """States of a statement."""

    WAITING = "waiting", "Waiting for the worker"
    DONE = "done", "Made"
    FAILED = "failed", "Could not be made"
    EMPTY = "empty", "There is nothing left to show"


class Statement(models.Model):
    """All that a donor gave to an entity in some days, and what of it went back.

    Asked for again it is the same row: the document that stands stays while the facts are the
    same, and is replaced by a further one, a version later, when they are not. `sha256`
    fingerprints the facts.
    """

    donor = models.ForeignKey(Donor, on_delete=models.PROTECT, related_name="statements")
    entity = models.ForeignKey("parties.Entity", on_delete=models.PROTECT, related_name="+")
    begins_on = models.DateField()
    ends_on = models.DateField(help_text="The last day, included; the entity's calendar.")
    asked_by = models.CharField(max_length=80, help_text="'user:7', or 'system'.")
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=StatementState, default=StatementState.WAITING)
    version = models.PositiveSmallIntegerField(default=0, help_text="Documents made so far.")
    document = models.OneToOneField(
        "documents.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    sha256 = models.CharField(max_length=64, blank=True)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-ends_on", "-begins_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["donor", "entity", "begins_on", "ends_on"],
                name="statement_once_per_donor_and_period",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("begins_on")), name="statement_period_runs_forward"
            ),
            models.CheckConstraint(
                condition=Q(state__in=StatementState.values), name="statement_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(attempts__lte=MOST_ATTEMPTS), name="statement_attempts_are_few"
            ),
            models.CheckConstraint(
                condition=Q(document__isnull=True, sha256="", version=0)
                | Q(document__isnull=False, sha256__regex=r"^[0-9a-f]{64}$", version__gte=1),
                name="statement_document_has_its_fingerprint",
            ),
            models.CheckConstraint(
                condition=~Q(state=StatementState.DONE) | Q(document__isnull=False),
                name="statement_done_has_its_document",
            ),
            models.CheckConstraint(
                condition=~Q(state=StatementState.FAILED) | ~Q(error=""),
                name="statement_failed_says_why",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(state=StatementState.WAITING),
                name="statement_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"statement {self.pk}"
