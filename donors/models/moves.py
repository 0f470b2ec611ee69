"""Changes of a donor's e-mail address."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from donors.models.people import Donor


class EmailChangeState(models.TextChoices):
    """States of a change of address."""

    ASKED = "asked", "Waits for both mailboxes"
    DONE = "done", "Done"
    ENDED = "ended", "Did not come to be"


class EmailChange(models.Model):
    """A wish to be written to at another address, confirmed from the old mailbox and the new.

    The addresses stand here only while they are needed: when it has ended, or is done and
    Stripe knows, they go.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    donor = models.ForeignKey(
        Donor, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    old_email = models.EmailField(max_length=254, blank=True)
    new_email = models.EmailField(max_length=254, blank=True)
    # The new address was known when it was asked for. Only its own mailbox is told so.
    is_known = models.BooleanField(default=False)
    state = models.CharField(max_length=5, choices=EmailChangeState, default=EmailChangeState.ASKED)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    old_confirmed_at = models.DateTimeField(null=True, blank=True)
    new_confirmed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    # Stripe's customers of the donor follow after it is done.
    told_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=EmailChangeState.values), name="emailchange_state_is_known"
            ),
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(state=EmailChangeState.ASKED),
                name="emailchange_is_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state=EmailChangeState.DONE)
                | Q(old_confirmed_at__isnull=False, new_confirmed_at__isnull=False, is_known=False),
                name="emailchange_done_was_confirmed_by_both",
            ),
            models.CheckConstraint(
                condition=Q(state=EmailChangeState.ASKED, ended_at__isnull=True)
                & ~Q(old_email="")
                & ~Q(new_email="")
                | ~Q(state=EmailChangeState.ASKED) & Q(ended_at__isnull=False),
                name="emailchange_open_names_its_addresses",
            ),
            models.CheckConstraint(
                condition=Q(told_at__isnull=True)
                | Q(state=EmailChangeState.DONE, old_email="", new_email=""),
                name="emailchange_told_keeps_no_address",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(state=EmailChangeState.ASKED)
                | Q(state=EmailChangeState.DONE, told_at__isnull=True),
                name="emailchange_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"email change {self.pk}"
