"""Referees: people whom an applicant names, who are asked by mail for a few words."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

MOST_REFEREES = 3


class Referee(models.Model):
    """Somebody who may be asked what they think of the work, and what they wrote.

    Asked as soon as the application is sent. Until then the row is the applicant's to change;
    from then on it stays, until its person is erased.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    application = models.ForeignKey(
        "grants.Application", on_delete=models.PROTECT, related_name="referees"
    )
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=120, blank=True)
    organisation = models.CharField(max_length=160, blank=True)
    relation = models.CharField(max_length=160, blank=True)
    email = models.EmailField(max_length=254, blank=True)
    may_be_asked = models.BooleanField(
        default=False, help_text="The applicant says that this person has agreed to be asked."
    )
    asked_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    reminded = models.PositiveSmallIntegerField(default=0)
    # What the applicant or the end of the application took back before it was answered.
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    declined_at = models.DateTimeField(null=True, blank=True)
    written_at = models.DateTimeField(null=True, blank=True)
    words = models.TextField(blank=True)
    may_applicant_read = models.BooleanField(default=False)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["application", "position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(position__lt=MOST_REFEREES), name="referee_is_one_of_three"
            ),
            models.UniqueConstraint(
                fields=["application", "position"],
                condition=Q(withdrawn_at__isnull=True),
                name="referee_stands_in_one_place",
            ),
            models.UniqueConstraint(
                "application",
                Lower("email"),
                condition=Q(withdrawn_at__isnull=True) & ~Q(email=""),
                name="referee_is_named_once",
            ),
            models.CheckConstraint(
                condition=Q(asked_at__isnull=True, expires_at__isnull=True)
                | Q(may_be_asked=True, asked_at__isnull=False, expires_at__isnull=False)
                & Q(expires_at__gt=F("asked_at"))
                & ~Q(name="")
                & ~Q(email=""),
                name="referee_is_asked_with_consent",
            ),
            models.CheckConstraint(
                condition=Q(written_at__isnull=True, words="", may_applicant_read=False)
                | Q(written_at__isnull=False, asked_at__isnull=False)
                & Q(written_at__gte=F("asked_at"), written_at__lt=F("expires_at"))
                & ~Q(words=""),
                name="referee_writes_in_time",
            ),
            models.CheckConstraint(
                condition=Q(written_at__isnull=True) | Q(declined_at__isnull=True),
                name="referee_answers_once",
            ),
        ]

    def __str__(self) -> str:
        return f"referee {self.pk}"
