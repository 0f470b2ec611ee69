"""People who apply together with somebody: asked by mail, joined, and what they say of a draft."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy


class Right(models.TextChoices):
    """What a co-applicant may do with the application, each more than the one before."""

    VIEW = "view", gettext_lazy("Reads it")
    COMMENT = "comment", gettext_lazy("Reads and comments")
    EDIT = "edit", gettext_lazy("Writes it too")


class CoInvitation(models.Model):
    """Asks one address to apply together. It is used once, by whoever reads that address."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    application = models.ForeignKey(
        "grants.Application", on_delete=models.PROTECT, related_name="invitations"
    )
    email = models.EmailField(max_length=254)
    right = models.CharField(max_length=7, choices=Right)
    invited_by = models.CharField(max_length=60)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(right__in=Right.values), name="coinvitation_right_is_known"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")),
                name="coinvitation_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True)
                | Q(withdrawn_at__isnull=True, accepted_at__lte=F("expires_at")),
                name="coinvitation_is_accepted_in_time",
            ),
            models.UniqueConstraint(
                "application",
                Lower("email"),
                condition=Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                name="coinvitation_is_open_once",
            ),
        ]

    def __str__(self) -> str:
        return f"invitation {self.pk}"


class CoApplicant(models.Model):
    """Somebody who applies together with the applicant, until `ended_at`.

    Whoever ever was one has stepped out of the application, for good.
    """

    application = models.ForeignKey(
        "grants.Application", on_delete=models.PROTECT, related_name="coapplicants"
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="coapplications"
    )
    # One way in, used once.
    invitation = models.OneToOneField(
        CoInvitation, on_delete=models.PROTECT, related_name="coapplicant"
    )
    right = models.CharField(max_length=7, choices=Right)
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["application", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(right__in=Right.values), name="coapplicant_right_is_known"
            ),
            models.UniqueConstraint(
                fields=["application", "person"],
                condition=Q(ended_at__isnull=True),
                name="coapplicant_once_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"co-applicant {self.pk}"


class DraftComment(models.Model):
    """What one of the applicants said of the draft to the others. It stays as it was said."""

    # Made by the page, so that the same button pressed twice says it once.
    uuid = models.UUIDField(unique=True, editable=False)
    application = models.ForeignKey(
        "grants.Application", on_delete=models.PROTECT, related_name="comments"
    )
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    words = models.TextField()
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["application", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(words=""), name="draftcomment_says_something")
        ]

    def __str__(self) -> str:
        return f"comment {self.pk}"
