"""How the money of a round was proposed, kept so that anybody can come to the same again."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class Allocation(models.Model):
    """One proposal as it was frozen: question, rules and answer. Written once.

    `frozen` is canonical JSON without anybody's name: marks by the members' numbers, the lot,
    funds with their room, applications with their sums, the rules, and what came of them.
    `sha256` is its fingerprint. `changes` says in words what somebody altered, and why.
    """

    round = models.ForeignKey("grants.Round", on_delete=models.PROTECT, related_name="allocations")
    number = models.PositiveSmallIntegerField()
    frozen = models.TextField()
    sha256 = models.CharField(max_length=64)
    changes = models.JSONField(default=list, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField()
    motion = models.OneToOneField(
        "grants.Motion", null=True, blank=True, on_delete=models.PROTECT, related_name="allocation"
    )

    class Meta:
        ordering = ["round", "number"]
        constraints = [
            models.UniqueConstraint(fields=["round", "number"], name="allocation_number_once"),
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="allocation_has_its_hash"
            ),
        ]

    def __str__(self) -> str:
        return f"allocation {self.number} of round {self.round_id}"
