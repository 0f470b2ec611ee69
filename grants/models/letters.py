"""Letters that say why an application is not funded."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from grants.models.checks import Refusal


class DeclineLetter(models.Model):
    """What a chair wrote to one applicant. Written, looked at as it will be sent, then sent.

    One stands for an application. Another wording is another letter, and the first is dropped.
    """

    application = models.ForeignKey(
        "grants.Application", on_delete=models.PROTECT, related_name="decline_letters"
    )
    reason = models.CharField(max_length=10, choices=Refusal)
    feedback = models.TextField(help_text="Why, word for word.")
    improve = models.TextField(
        blank=True, help_text="What to improve for another time. With it goes an invitation."
    )
    document = models.OneToOneField(
        "documents.Document", on_delete=models.PROTECT, related_name="+"
    )
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    written_at = models.DateTimeField()
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    sent_at = models.DateTimeField(null=True, blank=True)
    dropped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["application", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["application"],
                condition=Q(dropped_at__isnull=True),
                name="declineletter_one_stands",
            ),
            models.CheckConstraint(
                condition=Q(reason__in=Refusal.values) & ~Q(feedback=""),
                name="declineletter_says_why",
            ),
            models.CheckConstraint(
                condition=Q(sent_by__isnull=True, sent_at__isnull=True)
                | Q(sent_by__isnull=False, sent_at__isnull=False, dropped_at__isnull=True),
                name="declineletter_sent_stays",
            ),
        ]

    def __str__(self) -> str:
        return f"letter {self.pk} on {self.application_id}"
