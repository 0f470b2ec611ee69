"""Which reports of grantees everybody may read, and every step that made it so."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from grants.models.reports import ReportSending


class PublicationKind(models.TextChoices):
    """What was done: the office shows and hides, the grantee takes the consent back or gives it."""

    SHOWN = "shown", "Published"
    HIDDEN = "hidden", "Not published"
    WITHDRAWN = "withdrawn", "Consent taken back"
    AGREED = "agreed", "Consent given again"


class Publication(models.Model):
    """One step. The last one says whether a report is shown; none is ever changed or deleted.

    The first consent is the grantee's tick in the report itself (`ReportSending.is_public`).
    """

    sending = models.ForeignKey(
        ReportSending, on_delete=models.PROTECT, related_name="publications"
    )
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=9, choices=PublicationKind)
    words = models.CharField(max_length=400, blank=True, help_text="Why it is not shown.")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["sending", "number"]
        constraints = [
            models.UniqueConstraint(fields=["sending", "number"], name="publication_number_once"),
            models.CheckConstraint(
                condition=Q(kind__in=PublicationKind.values), name="publication_kind_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(kind=PublicationKind.HIDDEN) | ~Q(words=""),
                name="publication_hidden_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number} of sending {self.sending_id}"
