"""Pro-forma papers: what a zoo promised, for its finance department, before any invoice."""

from django.db import models
from django.db.models import Q

from donors.models.contributions import Contribution


class Proforma(models.Model):
    """One version of the pro-forma paper of a promise. It asks for nothing and books nothing.

    Asked for again the same version stays while its facts do; what says something else is a
    further row, and its document takes the place of the one before. `sha256` fingerprints the
    facts. Rows are never changed.
    """

    contribution = models.ForeignKey(
        Contribution, on_delete=models.PROTECT, related_name="proformas"
    )
    version = models.PositiveSmallIntegerField()
    document = models.OneToOneField(
        "documents.Document", on_delete=models.PROTECT, related_name="+"
    )
    sha256 = models.CharField(max_length=64)
    asked_by = models.CharField(max_length=80, help_text="'user:7', or 'system'.")
    asked_at = models.DateTimeField()

    class Meta:
        ordering = ["contribution_id", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["contribution", "version"], name="proforma_version_is_made_once"
            ),
            models.CheckConstraint(
                condition=Q(version__gte=1), name="proforma_versions_count_from_one"
            ),
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="proforma_has_its_fingerprint"
            ),
        ]

    def __str__(self) -> str:
        return f"pro-forma {self.pk}"
