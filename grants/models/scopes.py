"""What the givers of a fund want it to pay for."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class FundScope(models.Model):
    """What a fund may pay for, with its givers' own words. Never changed: the last row counts.

    Empty countries, themes or projects do not limit. Where several are named, an application
    must lie in each: one of the countries, and one of the themes. Lists of codes and keys, and
    no tables between, because a row is written once and whole. `expires_on` is the last day
    for an award.
    """

    fund = models.ForeignKey("ledger.Fund", on_delete=models.PROTECT, related_name="scopes")
    countries = models.JSONField(default=list, blank=True)
    themes = models.JSONField(default=list, blank=True)
    projects = models.JSONField(default=list, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    words = models.TextField(blank=True, help_text="What the givers wrote, as they wrote it.")
    reason = models.CharField(max_length=400, help_text="Why it was written, or changed.")
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["fund", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="fundscope_says_why"),
        ]

    def __str__(self) -> str:
        return f"scope {self.pk} of fund {self.fund_id}"
