"""The inbox of Stripe's events and the walk over its balance transactions."""

from django.db import models
from django.db.models import Q


class EventState(models.TextChoices):
    """States of an event in the inbox."""

    WAITING = "waiting", "Waiting to be handled"
    DONE = "done", "Handled"
    NOT_OURS = "not_ours", "Not ours"
    GIVEN_UP = "given_up", "Attempts used up"
    LET_GO = "let_go", "Let go"


class Event(models.Model):
    """A signed event as it came, stored once. It is a hint: its object is fetched again."""

    stripe_id = models.CharField(max_length=255, unique=True)
    kind = models.CharField(max_length=120)
    object_id = models.CharField(max_length=255)
    api_version = models.CharField(max_length=60, blank=True)
    # An event written for another API version is kept and followed, but never read.
    is_foreign_version = models.BooleanField(default=False)
    payload = models.JSONField()
    received_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=EventState, default=EventState.WAITING)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    handled_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=EventState.values), name="event_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state=EventState.WAITING, handled_at__isnull=True)
                | ~Q(state=EventState.WAITING) & Q(handled_at__isnull=False),
                name="event_handled_has_its_instant",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(state=EventState.WAITING), name="event_waiting"
            ),
            models.Index(
                fields=["received_at"],
                condition=Q(state=EventState.GIVEN_UP),
                name="event_given_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.stripe_id}"


class Cursor(models.Model):
    """How far a walk over one of Stripe's lists has come."""

    name = models.CharField(max_length=40, unique=True)
    reached_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
