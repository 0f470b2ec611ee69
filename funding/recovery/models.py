"""That books were restored, from what, and when: the line that later questions are asked from."""

from django.db import models
from django.db.models import F, Q


class Restore(models.Model):
    """One restore. What was done between `taken_at` and `restored_at` is not in the books."""

    file = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    version = models.CharField(max_length=40)
    taken_at = models.DateTimeField()
    restored_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(restored_at__gte=F("taken_at")), name="restore_follows_its_backup"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file} restored {self.restored_at:%Y-%m-%d}"

    @property
    def cause(self) -> str:
        """The restore as other parts write it down."""
        return f"restore:{self.pk}"
