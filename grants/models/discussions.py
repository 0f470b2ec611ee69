"""What members of the committee say to each other about an application before it is decided."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual

from grants.models.messages import LONGEST


class Remark(models.Model):
    """One member's words on an application, for the others who decide on it. It stays."""

    # Made by the page, so that the same button pressed twice says it once.
    uuid = models.UUIDField(unique=True, editable=False)
    application = models.ForeignKey(
        "grants.Application", on_delete=models.PROTECT, related_name="remarks"
    )
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    sent_at = models.DateTimeField()

    class Meta:
        ordering = ["application", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="remark_says_something"),
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("text"), LONGEST), name="remark_is_not_endless"
            ),
        ]

    def __str__(self) -> str:
        return f"remark {self.pk}"


class RemarkReader(models.Model):
    """When a member last opened the discussion of an application."""

    application = models.ForeignKey(
        "grants.Application", on_delete=models.PROTECT, related_name="remark_readers"
    )
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # The last remark that stood there, by its number.
    read_upto = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application", "member"], name="remarkreader_once_an_application"
            )
        ]

    def __str__(self) -> str:
        return f"reader {self.pk}"
