"""The end of a year: one statement for every donor, asked for together."""

from django.db import models
from django.db.models import F, Q

from donors.models.people import Donor
from donors.models.statements import Statement


class YearEndState(models.TextChoices):
    """How far it has come."""

    GATHERING = "gathering", "Asking for statements"
    MAKING = "making", "Statements are being made"
    DONE = "done", "Done"


class YearEnd(models.Model):
    """Statements for all who gave to an entity in some days. The row is the queue.

    `reached` is the last donor who was looked at: whoever goes on begins behind it.
    """

    entity = models.ForeignKey("parties.Entity", on_delete=models.PROTECT, related_name="+")
    begins_on = models.DateField()
    ends_on = models.DateField(help_text="The last day, included; the entity's calendar.")
    mails = models.BooleanField(help_text="Whether each donor is mailed the statement.")
    asked_by = models.CharField(max_length=80)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=YearEndState, default=YearEndState.GATHERING)
    reached = models.BigIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField()
    failures = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["entity", "begins_on", "ends_on"], name="yearend_once_per_period"
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("begins_on")), name="yearend_period_runs_forward"
            ),
            models.CheckConstraint(
                condition=Q(state__in=YearEndState.values), name="yearend_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state=YearEndState.DONE, done_at__isnull=False)
                | ~Q(state=YearEndState.DONE) & Q(done_at__isnull=True),
                name="yearend_done_has_its_instant",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=~Q(state=YearEndState.DONE), name="yearend_waiting"
            )
        ]

    def __str__(self) -> str:
        return f"year end {self.pk} to {self.ends_on}"


class YearEndShare(models.Model):
    """One donor's statement in it, and whether it was mailed."""

    year_end = models.ForeignKey(YearEnd, on_delete=models.PROTECT, related_name="shares")
    donor = models.ForeignKey(Donor, on_delete=models.PROTECT, related_name="+")
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="+")
    mailed_at = models.DateTimeField(null=True, blank=True, help_text="Put into the outbox.")
    # Of the statement's documents the one that was mailed last, and since when money that moved
    # has not been looked at.
    mailed_version = models.PositiveSmallIntegerField(null=True, blank=True)
    looked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["year_end", "donor"], name="yearendshare_once_per_donor"
            ),
            models.UniqueConstraint(
                fields=["year_end", "statement"], name="yearendshare_once_per_statement"
            ),
            models.CheckConstraint(
                condition=Q(mailed_version__isnull=True) | Q(mailed_at__isnull=False),
                name="yearendshare_mailed_has_its_instant",
            ),
        ]
        indexes = [
            models.Index(
                fields=["year_end", "id"],
                condition=Q(mailed_at__isnull=True),
                name="yearendshare_unmailed",
            )
        ]

    def __str__(self) -> str:
        return f"share {self.pk} of year end {self.year_end_id}"
