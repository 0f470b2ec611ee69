"""What the officer and those who apply write to each other about an application."""

from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual

# Letters, as the reader counts them.
LONGEST: Final = 5_000


class MessageQuerySet(models.QuerySet["Message"]):
    """Messages, asked for by what they wait for."""

    def unanswered(self, *, from_office: bool) -> "MessageQuerySet":
        """Those of one side on which the other has neither written since nor said that there is
        nothing to answer."""
        later = Message.objects.filter(
            application=OuterRef("application"), from_office=not from_office, pk__gt=OuterRef("pk")
        )
        return self.filter(~Exists(later), from_office=from_office, settled_at=None)


class Message(models.Model):
    """One message about an application. It stays as it was written.

    What the committee was shown once stays shown to it.
    """

    # Made by the page, so that the same button pressed twice sends it once.
    uuid = models.UUIDField(unique=True, editable=False)
    application = models.ForeignKey(
        "grants.Application", on_delete=models.PROTECT, related_name="messages"
    )
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # Whether it is the officer's, and not of somebody who applies.
    from_office = models.BooleanField()
    text = models.TextField()
    shared_with_committee = models.BooleanField(default=False)
    sent_at = models.DateTimeField()
    # When the other side said that there is nothing to answer.
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["application", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="message_says_something"),
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("text"), LONGEST), name="message_is_not_endless"
            ),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"


class MessageReader(models.Model):
    """How far a person has read the messages of an application.

    `told_at` is when they were mailed a notice, until they open the page: meanwhile no second
    one is sent.
    """

    application = models.ForeignKey(
        "grants.Application", on_delete=models.PROTECT, related_name="message_readers"
    )
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    last_read_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application", "person"], name="messagereader_once_an_application"
            )
        ]

    def __str__(self) -> str:
        return f"reader {self.pk}"
