"""What was sent, each time that it was, and the form of a round on paper."""

from django.db import models
from django.db.models import Q


class Submission(models.Model):
    """An application as it was sent once: frozen, with its fingerprint and its paper.

    Applications that were sent before papers were made of them have none.
    """

    application = models.ForeignKey(
        "grants.Application", on_delete=models.PROTECT, related_name="submissions"
    )
    number = models.PositiveSmallIntegerField()
    facts = models.JSONField()
    sha256 = models.CharField(max_length=64)
    submitted_at = models.DateTimeField()
    document = models.OneToOneField(
        "documents.Document",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="submission",
    )

    class Meta:
        ordering = ["application", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "number"], name="submission_once_for_a_number"
            ),
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"),
                name="submission_fingerprint_is_in_hexadecimal",
            ),
        ]

    def __str__(self) -> str:
        return f"submission {self.number} of application {self.application_id}"


class BlankForm(models.Model):
    """The empty form of a round as a PDF: the bytes of what the round said then."""

    round = models.ForeignKey("grants.Round", on_delete=models.PROTECT, related_name="blank_forms")
    sha256 = models.CharField(max_length=64, help_text="Of the facts that it prints.")
    content = models.BinaryField()
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["round", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "sha256"], name="blankform_once_for_what_a_round_says"
            )
        ]

    def __str__(self) -> str:
        return f"form of round {self.round_id}"
