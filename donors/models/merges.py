"""Two donors that are one person, brought together, and how to part them again."""

from django.db import models
from django.db.models import F, Q

from donors.models.people import Donor


class Merge(models.Model):
    """What was moved from one donor to another, by whom and why. Undone, it moves back.

    The donor that was brought in stays as a row: whoever gives with its address gives as the
    donor that was kept.
    """

    kept = models.ForeignKey(Donor, on_delete=models.PROTECT, related_name="+")
    gone = models.ForeignKey(Donor, on_delete=models.PROTECT, related_name="+")
    moved = models.JSONField(help_text="Of each kind of row the ids that were moved.")
    why = models.CharField(max_length=400)
    merged_at = models.DateTimeField()
    merged_by = models.CharField(max_length=80)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.CharField(max_length=80, blank=True)
    # Stripe's customers of the pledges that moved follow; empty when they have been told.
    due_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0, db_default=0)
    error = models.TextField(blank=True, default="", db_default="")

    class Meta:
        ordering = ["-merged_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(kept=F("gone")), name="merge_is_of_two"),
            models.CheckConstraint(condition=~Q(why=""), name="merge_has_a_reason"),
            models.UniqueConstraint(
                fields=["gone"],
                condition=Q(undone_at__isnull=True),
                name="merge_of_a_donor_is_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by="")
                | Q(undone_at__isnull=False) & ~Q(undone_by=""),
                name="merge_undone_says_by_whom",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="merge_waiting")
        ]

    def __str__(self) -> str:
        return f"merge {self.pk}"
