"""One return of an application to its applicant, to complete it."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class CompletionState(models.TextChoices):
    """States of a return."""

    OPEN = "open", "With the applicant"
    DONE = "done", "Completed"
    LAPSED = "lapsed", "Not completed in time"


class Completion(models.Model):
    """What an applicant is asked to complete, and what they have written of it since.

    `reasons` are by the part of the form. What is typed stands here alone until it is sent:
    everybody else goes on reading what was sent first.
    """

    application = models.ForeignKey(
        "grants.Application", on_delete=models.PROTECT, related_name="completions"
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    reasons = models.JSONField()
    typed = models.JSONField(default=dict, blank=True)
    version = models.PositiveIntegerField(default=1)
    saved_in = models.CharField(max_length=36, blank=True)
    saved_at = models.DateTimeField()
    state = models.CharField(max_length=6, choices=CompletionState, default=CompletionState.OPEN)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["application"]
        constraints = [
            models.UniqueConstraint(
                fields=["application"], name="completion_once_for_an_application"
            ),
            models.CheckConstraint(
                condition=Q(state__in=CompletionState.values), name="completion_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state=CompletionState.OPEN, ended_at__isnull=True)
                | ~Q(state=CompletionState.OPEN) & Q(ended_at__isnull=False),
                name="completion_ended_has_its_instant",
            ),
            models.CheckConstraint(
                condition=~Q(reasons={}), name="completion_says_what_is_missing"
            ),
            models.CheckConstraint(
                condition=Q(due_at__gt=models.F("asked_at")), name="completion_leaves_time"
            ),
        ]

    def __str__(self) -> str:
        return f"completion of application {self.application_id}"
