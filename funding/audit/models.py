"""The business log. It holds ids, never names or addresses."""

from django.db import models


class Record(models.Model):
    """One deed. Written once, in the transaction of the deed itself."""

    at = models.DateTimeField()
    # 'user:7', 'donor:12', 'stripe', 'system': who did it, as text, because the log outlives
    # the rows that it speaks of.
    actor = models.CharField(max_length=60)
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=80)
    facts = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["subject", "id"], name="record_of_subject")]

    def __str__(self) -> str:
        return f"{self.actor} {self.action} {self.subject}"
