"""Who was told by mail what waits for them, and on which of their days."""

from django.conf import settings
from django.db import models


class InboxMail(models.Model):
    """One person's look into their inbox on one day of theirs, made before anything is mailed.

    The row is the claim: a second worker finds it, so nobody is mailed twice on a day. `seen` has
    a fingerprint of each thing that waited; tomorrow only what is not among them is new.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="inbox_mails"
    )
    day = models.DateField(help_text="By the person's own calendar.")
    seen = models.JSONField(default=list)
    is_mailed = models.BooleanField()
    looked_at = models.DateTimeField()

    class Meta:
        ordering = ["user", "day"]
        constraints = [
            models.UniqueConstraint(fields=["user", "day"], name="inboxmail_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"inbox of person {self.user_id} on {self.day}"
